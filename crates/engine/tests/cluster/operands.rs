//! Which rows an operand means.
use super::lab::Lab;
use csync3_core::path::ClusterPath;
use csync3_disk::Disk;
use csync3_engine::mark::{force, mark, scope};
use csync3_store::row::{Direction, DirtyPage};

#[test]
fn everything_below_the_root_includes_the_names_of_prefixes() {
    let lab = Lab::new(2, "");
    lab.node(0).write("a", "");
    lab.node(0).write("d/b", "");
    let disk = Disk::new();
    lab.check(0, &disk, true);
    assert_eq!(lab.dirty(0), []);
    let host = lab.host(0, &disk);
    let root = || ClusterPath::from_decoded(b"/").expect("a path");

    mark(&host, &root(), true, false).expect("a memory store");
    let names: Vec<_> = lab.dirty(0).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["%tree%", "%tree%/a", "%tree%/d", "%tree%/d/b"]);

    force(&host, scope(root(), true)).expect("a memory store");
    let page =
        DirtyPage { peer: None, after: None, direction: Direction::Ascending, limit: usize::MAX };
    let rows = host.store.dirty(&page).expect("a memory store");
    assert!(rows.len() == 4 && rows.iter().all(|row| row.forced), "{rows:?}");
}
