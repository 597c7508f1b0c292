use crate::fixture::{EIO, Tree, independent, local};
use csync3_core::entry::{Kind, Observed};
use csync3_core::path::{ClusterPath, Located};
use csync3_disk::{
    Disk, Extent, Faults, Order, Problem, ScanItem, ScanOptions, ScanRoot, Select, Visit,
};
use proptest::prelude::*;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Patterns as two functions of the decoded name.
struct Chosen<L, M>(L, M);

impl<L, M> Select for Chosen<L, M>
where
    L: Fn(&[u8]) -> Visit + Send + Sync,
    M: Fn(&[u8]) -> bool + Send + Sync,
{
    fn level(&self, decoded_name: &[u8]) -> Visit {
        self.0(decoded_name)
    }

    fn may_hold(&self, decoded_dir: &[u8]) -> bool {
        self.1(decoded_dir)
    }
}

fn everything() -> Arc<dyn Select> {
    Arc::new(Chosen(|_: &[u8]| Visit::Yes, |_: &[u8]| true))
}

fn options(threads: usize) -> ScanOptions {
    ScanOptions { threads, ..ScanOptions::default() }
}

/// The tree as the prefix `%p%`, from a name below it.
fn root(tree: &Tree, below: &str) -> ScanRoot {
    let name = match below {
        "" => "%p%".to_owned(),
        below => format!("%p%/{below}"),
    };
    ScanRoot { name: ClusterPath::from_decoded(name.as_bytes()).unwrap(), at: tree.at(below) }
}

fn entries(items: impl Iterator<Item = ScanItem>) -> Vec<(ClusterPath, Observed)> {
    items
        .map(|item| match item {
            ScanItem::Entry(entry) => (entry.name, entry.seen),
            ScanItem::Problem(problem) => panic!("{problem:?}"),
        })
        .collect()
}

fn shown(items: impl Iterator<Item = ScanItem>) -> Vec<String> {
    entries(items).into_iter().map(|(name, _)| name.display()).collect()
}

fn scan(tree: &Tree, below: &[&str], select: Arc<dyn Select>, options: ScanOptions) -> Vec<String> {
    let roots = below.iter().map(|name| root(tree, name)).collect();
    shown(Disk::new().scan(roots, select, options))
}

/// The walk written down as it is defined, without order.
fn naive(path: &Path, name: &ClusterPath, found: &mut Vec<(ClusterPath, Observed)>) {
    let seen = independent(path);
    let is_dir = seen.kind == Kind::Dir;
    found.push((name.clone(), seen));
    if is_dir {
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            naive(&entry.path(), &name.child(entry.file_name().as_bytes()), found);
        }
    }
}

/// Parents before children, siblings in descending order.
fn naive_compare(path: &Path, name: &ClusterPath, found: &mut Vec<ClusterPath>) {
    found.push(name.clone());
    if fs::symlink_metadata(path).unwrap().is_dir() {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        for child in names.into_iter().rev() {
            naive_compare(&path.join(&child), &name.child(child.as_bytes()), found);
        }
    }
}

/// A path of up to four components over bytes around the slash, the percent sign and above ASCII.
fn a_path() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop::sample::select(b" !%-.0:a\n\xff".to_vec());
    let component = prop::collection::vec(byte, 1..4)
        .prop_filter("a plain name", |name| !matches!(name.as_slice(), b"." | b".."));
    prop::collection::vec(component, 1..5)
}

fn make(tree: &Tree, paths: &[Vec<Vec<u8>>]) {
    for (index, path) in paths.iter().enumerate() {
        let real = path.iter().fold(tree.path(), |path, name| path.join(OsStr::from_bytes(name)));
        // A path through what another one made a file of is left out.
        if fs::create_dir_all(real.parent().unwrap()).is_ok() && index % 3 > 0 {
            let _ = fs::write(&real, "x");
        } else {
            let _ = fs::create_dir(&real);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_scan_is_the_naive_walk_in_the_order_of_the_store(
        paths in prop::collection::vec(a_path(), 0..60),
        threads in 0usize..4,
        look_ahead in 0usize..20,
    ) {
        let tree = Tree::new();
        make(&tree, &paths);
        let options = ScanOptions { look_ahead, ..options(threads) };
        let mut expected = Vec::new();
        naive(&tree.path(), &root(&tree, "").name, &mut expected);
        expected.sort_by(|a, b| a.0.cmp(&b.0));
        let disk = if threads % 2 == 0 { Disk::new() } else { Disk::without_openat2() };
        let found = entries(disk.scan(vec![root(&tree, "")], everything(), options));
        prop_assert_eq!(found, expected);

        let options = ScanOptions { order: Order::Compare, ..options };
        let mut expected = Vec::new();
        naive_compare(&tree.path(), &root(&tree, "").name, &mut expected);
        let found = entries(disk.scan(vec![root(&tree, "")], everything(), options));
        prop_assert_eq!(found.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn an_absolute_tree_has_absolute_names() {
    let tree = Tree::new();
    tree.dir("a!").dir("a").file("a/x", b"1").file("a.b", b"1");
    let path = tree.path();
    let relative = path.as_os_str().as_bytes()[1..].into();
    let root = ScanRoot {
        name: ClusterPath::from_decoded(path.as_os_str().as_bytes()).unwrap(),
        at: Located { root: local("/".as_ref()), relative },
    };
    let found = shown(Disk::new().scan(vec![root], everything(), options(2)));
    let expected =
        ["", "/a", "/a!", "/a.b", "/a/x"].map(|below| format!("{}{below}", path.display()));
    assert_eq!(found, expected);
}

#[test]
fn the_root_of_the_file_system_is_named_slash() {
    let at = Located { root: local("/".as_ref()), relative: [].into() };
    let name = ClusterPath::from_decoded(b"/").unwrap();
    let only_etc = Chosen(
        |name: &[u8]| {
            if matches!(name, b"/" | b"/etc" | b"/etc/passwd") { Visit::Yes } else { Visit::No }
        },
        |dir: &[u8]| matches!(dir, b"/" | b"/etc"),
    );
    let scan = Disk::new().scan(vec![ScanRoot { name, at }], Arc::new(only_etc), options(1));
    assert_eq!(shown(scan), ["/", "/etc", "/etc/passwd"]);
}

#[test]
fn roots_are_merged_and_what_two_lead_to_comes_once() {
    let tree = Tree::new();
    tree.dir("a/b/c").dir("a!").file("a/b/x", b"").file("a!/y", b"").file("z", b"");
    let expected = ["%p%/a", "%p%/a!", "%p%/a!/y", "%p%/a/b", "%p%/a/b/c", "%p%/a/b/x", "%p%/z"];
    let found =
        scan(&tree, &["z", "a/b", "a", "a/b/c", "a!", "z", "none"], everything(), options(2));
    assert_eq!(found, expected);
    // The patterns keep the walk from `a` away from what `a/b` leads to.
    let not_from_outside = || {
        let level = |name: &[u8]| {
            if name == b"%p%/a" { Visit::Yes } else { Visit::Way }
        };
        let outer = Chosen(level, |dir: &[u8]| dir != b"%p%/a");
        Arc::new(outer)
    };
    assert_eq!(scan(&tree, &["a"], not_from_outside(), options(1)), ["%p%/a"]);
    let below = Chosen(
        |name: &[u8]| {
            if name == b"%p%/a/b" { Visit::Way } else { Visit::Yes }
        },
        |dir: &[u8]| dir != b"%p%/a",
    );
    let found = scan(&tree, &["a", "a/b"], Arc::new(below), options(1));
    assert_eq!(found, ["%p%/a", "%p%/a/b/c", "%p%/a/b/x"]);
}

#[test]
fn without_recursion_only_the_roots_are_looked_at() {
    let tree = Tree::new();
    tree.dir("d").file("d/x", b"").file("f", b"").link("l", "d");
    let flat = ScanOptions { recursive: false, ..options(2) };
    let roots = ["f", "d", "none", "l/x", "l", "f"];
    assert_eq!(scan(&tree, &roots, everything(), flat), ["%p%/d", "%p%/f", "%p%/l"]);
    let as_given = ScanOptions { order: Order::Compare, ..flat };
    let found = scan(&tree, &roots, everything(), as_given);
    assert_eq!(found, ["%p%/f", "%p%/d", "%p%/l", "%p%/f"]);
}

#[test]
fn directories_are_not_entered_through_symlinks() {
    let tree = Tree::new();
    tree.dir("d").file("d/x", b"").link("l", "d").link("up", "..");
    assert_eq!(
        scan(&tree, &[""], everything(), options(1)),
        ["%p%", "%p%/d", "%p%/d/x", "%p%/l", "%p%/up"]
    );
    assert_eq!(scan(&tree, &["l"], everything(), options(1)), ["%p%/l"]);
}

#[test]
fn directories_on_the_way_are_entered_but_not_reported() {
    let tree = Tree::new();
    tree.dir("way/no")
        .dir("way/yes")
        .file("way/yes/x", b"")
        .file("way/no/x", b"")
        .file("way/f", b"");
    tree.link("way/link", "yes");
    let level = |name: &[u8]| match name {
        b"%p%/way/no" => Visit::No,
        name if name.ends_with(b"yes") || name.ends_with(b"x") => Visit::Yes,
        _ => Visit::Way,
    };
    let select = Arc::new(Chosen(level, |_: &[u8]| true));
    assert_eq!(scan(&tree, &[""], select, options(1)), ["%p%/way/yes", "%p%/way/yes/x"]);
}

/// A disk that counts nothing but fails if `operation` is ever tried on `path`.
fn never(operation: &'static str, path: &Path) -> Disk {
    let path = local(path);
    Disk::with_faults(Faults::hook(move |tried, at| {
        assert!(tried != operation || *at != path, "{operation} {path}");
        Ok(())
    }))
}

#[test]
fn a_directory_that_can_hold_nothing_is_never_opened() {
    let tree = Tree::new();
    tree.dir("d").file("d/x", b"");
    let select = Chosen(|_: &[u8]| Visit::Yes, |dir: &[u8]| dir == b"%p%");
    let disk = never("open", &tree.real("d"));
    let found = shown(disk.scan(vec![root(&tree, "")], Arc::new(select), options(0)));
    assert_eq!(found, ["%p%", "%p%/d"]);
}

#[test]
fn what_no_pattern_wants_is_never_looked_at() {
    let tree = Tree::new();
    tree.file("x", b"").dir("no").dir("way").file("way/x", b"");
    let level = |name: &[u8]| match name {
        b"%p%/way" => Visit::Way,
        b"%p%" | b"%p%/way/x" => Visit::Yes,
        _ => Visit::No,
    };
    for name in ["x", "no", "way"] {
        let disk = never("look at", &tree.real(name));
        let select = Arc::new(Chosen(level, |_: &[u8]| true));
        let found = shown(disk.scan(vec![root(&tree, "")], select, options(0)));
        assert_eq!(found, ["%p%", "%p%/way/x"]);
    }
}

/// The problems of a scan, and the names that it found.
fn split(items: impl Iterator<Item = ScanItem>) -> (Vec<Problem>, Vec<String>) {
    let (mut problems, mut names) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            ScanItem::Entry(entry) => names.push(entry.name.display()),
            ScanItem::Problem(problem) => problems.push(problem),
        }
    }
    (problems, names)
}

#[test]
fn an_unreadable_directory_hides_what_is_below_it_and_nothing_else() {
    let tree = Tree::new();
    tree.dir("a")
        .dir("b/c")
        .dir("d")
        .file("a/x", b"")
        .file("b/y", b"")
        .file("b/c/z", b"")
        .file("d/x", b"");
    for operation in ["open", "list"] {
        let disk = Disk::with_faults(Faults::at(operation, local(&tree.real("b")), 13));
        let (problems, names) = split(disk.scan(vec![root(&tree, "")], everything(), options(2)));
        assert_eq!(names, ["%p%", "%p%/a", "%p%/a/x", "%p%/b", "%p%/d", "%p%/d/x"], "{operation}");
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!((problem.name.display().as_str(), problem.extent), ("%p%/b", Extent::Below));
        assert!(problem.error.is_permission_denied());
        assert_eq!(problem.error.path, local(&tree.real("b")));
        let covers = |name| problem.covers(&root(&tree, name).name);
        assert!(covers("b/y") && covers("b/c/z") && covers("b/gone"));
        assert!(!covers("b") && !covers("ba") && !covers("a/x"));
    }
}

#[test]
fn an_object_that_cannot_be_looked_at_is_not_taken_for_gone() {
    let tree = Tree::new();
    tree.dir("d/sub").file("d/x", b"");
    for name in ["d", "d/x", ""] {
        let disk = Disk::with_faults(Faults::at(
            "look at",
            local(&tree.real(name).components().collect::<std::path::PathBuf>()),
            EIO,
        ));
        let (problems, names) = split(disk.scan(vec![root(&tree, "")], everything(), options(1)));
        let object = root(&tree, name).name;
        assert!(problems.iter().any(|problem| problem.covers(&object)), "{problems:?}");
        assert!(!names.contains(&object.display()));
        for below in ["d/sub", "d/x"].map(|below| root(&tree, below).name) {
            let is_known = names.contains(&below.display());
            assert!(is_known || problems.iter().any(|problem| problem.covers(&below)), "{below}");
        }
    }
}

#[test]
fn what_vanishes_during_a_scan_is_not_there() {
    let tree = Tree::new();
    let stop = AtomicBool::new(false);
    let populate = |round: usize| {
        for number in 0..20 {
            let directory = tree.real(&format!("d{number}/e"));
            let _ = fs::create_dir_all(&directory);
            let _ = fs::write(directory.join(format!("f{round}")), "x");
            let _ = fs::write(tree.real(&format!("d{number}/g")), "x");
        }
    };
    populate(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 1.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                for number in 0..20 {
                    let _ = fs::remove_dir_all(tree.real(&format!("d{number}")));
                }
                populate(round);
            }
        });
        for round in 0..60 {
            let found =
                entries(Disk::new().scan(vec![root(&tree, "")], everything(), options(round % 3)));
            assert!(found.is_sorted_by(|a, b| a.0 < b.0));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_vanished_object_is_no_problem_at_any_step() {
    let tree = Tree::new();
    tree.dir("d").file("d/x", b"").file("y", b"");
    for (operation, name, left) in [
        ("open", "d", vec!["%p%", "%p%/d", "%p%/y"]),
        ("list", "d", vec!["%p%", "%p%/d", "%p%/y"]),
        ("look at", "d/x", vec!["%p%", "%p%/d", "%p%/y"]),
        ("look at", "d", vec!["%p%", "%p%/y"]),
    ] {
        let disk = Disk::with_faults(Faults::at(operation, local(&tree.real(name)), 2));
        let found = shown(disk.scan(vec![root(&tree, "")], everything(), options(1)));
        assert_eq!(found, left, "{operation} {name}");
    }
}

#[test]
fn paths_longer_than_the_kernel_takes_are_walked() {
    let tree = Tree::new();
    let deep = vec!["d".repeat(240); 40].join("/");
    Disk::new().make_parents(&tree.at(&format!("{deep}/x"))).unwrap();
    crate::fixture::put(&Disk::new(), &tree.at(&format!("{deep}/x")), b"deep").unwrap();
    for disk in crate::fixture::disks() {
        let found = shown(disk.scan(vec![root(&tree, "")], everything(), options(1)));
        assert_eq!(found.len(), 42);
        assert_eq!(found.last().unwrap(), &format!("%p%/{deep}/x"));
    }
}

#[test]
fn a_deep_tree_is_walked_with_few_open_directories() {
    let tree = Tree::new();
    let mut path = String::new();
    for _ in 0..300 {
        for sibling in ["a", "b", "c"] {
            tree.dir(&format!("{path}{sibling}"));
        }
        path.push_str("a/");
    }
    let most = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let disk = Disk::with_faults(Faults::hook(move |_, _| {
        let open = fs::read_dir("/proc/self/fd").unwrap().count();
        seen.fetch_max(open, Ordering::Relaxed);
        Ok(())
    }));
    let found = shown(disk.scan(vec![root(&tree, "")], everything(), options(0)));
    assert_eq!(found.len(), 901);
    assert!(most.load(Ordering::Relaxed) < 140, "{most:?}");
}

#[test]
fn temporaries_are_not_reported_and_young_ones_stay() {
    let tree = Tree::new();
    let disk = Disk::new();
    tree.file("x", b"old");
    let living = disk.stage_file(&tree.at("x"), false).unwrap();
    tree.file(".csync3-00000000000000aa", b"left just now").file(".csync3-notes", b"mine");
    let found = scan(&tree, &[""], everything(), options(1));
    assert_eq!(found, ["%p%", "%p%/.csync3-notes", "%p%/x"]);
    assert_eq!(tree.names("").len(), 4);
    drop(living);
    assert_eq!(tree.names(""), [".csync3-00000000000000aa", ".csync3-notes", "x"]);
}

#[test]
fn a_scan_that_is_dropped_midway_ends_its_threads() {
    let tree = Tree::new();
    for number in 0..200 {
        tree.dir(&format!("d{number}")).file(&format!("d{number}/x"), b"");
    }
    let asked = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&asked);
    let level = move |_: &[u8]| {
        flag.store(true, Ordering::Relaxed);
        Visit::Yes
    };
    let select = Arc::new(Chosen(level, |_: &[u8]| true));
    let mut scan = Disk::new().scan(vec![root(&tree, "")], select, options(3));
    assert!(scan.by_ref().take(10).count() == 10);
    drop(scan);
    asked.store(false, Ordering::Relaxed);
    thread::sleep(std::time::Duration::from_millis(20));
    assert!(!asked.load(Ordering::Relaxed));
}

#[test]
#[should_panic(expected = "a thread of the scan panicked")]
fn a_panic_of_the_patterns_reaches_the_consumer() {
    let tree = Tree::new();
    for number in 0..50 {
        tree.dir(&format!("d{number}")).file(&format!("d{number}/x"), b"");
    }
    let level = |name: &[u8]| {
        let is_thread = thread::current().name() == Some("csync3-scan");
        assert!(!(is_thread && name.ends_with(b"x")), "a pattern that panics");
        if !is_thread && name.ends_with(b"x") {
            thread::sleep(std::time::Duration::from_millis(2));
        }
        Visit::Yes
    };
    let select = Arc::new(Chosen(level, |_: &[u8]| true));
    Disk::new().scan(vec![root(&tree, "")], select, options(2)).count();
}

#[test]
fn work_may_move_between_threads() {
    fn may_move<T: Send>() {}
    fn may_be_shared<T: Send + Sync>() {}
    may_be_shared::<Disk>();
    may_be_shared::<csync3_disk::Source>();
    may_move::<csync3_disk::DiskSession>();
    may_move::<csync3_disk::StagedFile>();
    may_move::<csync3_disk::Staged>();
    may_move::<csync3_disk::Scan>();
}
