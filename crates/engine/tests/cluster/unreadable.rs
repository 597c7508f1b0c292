//! What cannot be read is a counted problem, never a removal, and holds up nothing else.
use super::cut::Cut;
use super::lab::Lab;
use csync3_core::path::LocalPath;
use csync3_disk::{Disk, Faults};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// `EACCES`.
const PERMISSION_DENIED: i32 = 13;

/// A disk on which these operations fail at `path`.
fn without(operations: &'static [&'static str], path: &Path) -> Disk {
    let path = LocalPath::new(path.as_os_str().as_bytes());
    Disk::with_faults(Faults::hook(move |operation, at| {
        match *at == path && operations.contains(&operation) {
            true => Err(std::io::Error::from_raw_os_error(PERMISSION_DENIED)),
            false => Ok(()),
        }
    }))
}

/// Two hosts in sync with a directory of two files.
fn lab() -> Lab {
    let mut lab = Lab::new(2, "");
    for host in [0, 1] {
        for name in ["d/a", "d/deep/b", "e"] {
            lab.node(host).write(name, name);
            lab.node(host).set_mtime(name, 1_700_000_000);
        }
        lab.check(host, &Disk::new(), true);
    }
    lab.serve(1, &Disk::new(), Cut::Never);
    lab
}

#[test]
fn a_directory_that_cannot_be_read_is_one_problem_and_no_removal() {
    let lab = lab();
    lab.node(0).write("f", "new");
    let disk = without(&["open", "list"], &lab.node(0).path("d"));
    let checked = lab.check(0, &disk, false);
    assert_eq!((checked.problems, checked.differences), (1, 1), "{:?}", lab.told(0));
    let names: Vec<_> = lab.dirty(0).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["%tree%/f"]);
    assert_eq!(lab.push(0, &disk).problems, 0);
    lab.assert_in_sync(&[0, 1]);
}

#[test]
fn a_file_that_cannot_be_read_stays_owed_and_all_others_arrive() {
    let lab = lab();
    lab.node(0).edit("d/a", "edited");
    lab.node(0).write("f", "new");
    lab.check(0, &Disk::new(), false);
    let pushed = lab.push(0, &without(&["open"], &lab.node(0).path("d/a")));
    assert_eq!((pushed.problems, pushed.settled), (1, 1), "{:?}", lab.told(0));
    assert_eq!(lab.node(1).read("f"), b"new");
    assert_eq!(lab.node(1).read("d/a"), b"d/a");
    assert_eq!(lab.dirty(0), [("%tree%/d/a".to_owned(), lab.node(1).name().to_owned())]);
    assert_eq!(lab.push(0, &Disk::new()).problems, 0);
    lab.assert_in_sync(&[0, 1]);
}

#[test]
fn a_file_that_the_receiver_cannot_read_is_no_conflict() {
    let mut lab = lab();
    // Too fresh for its times to be trusted: only the content tells whether it has changed.
    lab.node(1).write("e", "fresh");
    lab.check(1, &Disk::new(), true);
    lab.node(0).edit("e", "edited");
    lab.check(0, &Disk::new(), false);
    lab.serve(1, &without(&["read"], &lab.node(1).path("e")), Cut::Never);
    assert_eq!(lab.push(0, &Disk::new()).problems, 1);
    assert_eq!(lab.node(1).read("e"), b"fresh");
    lab.serve(1, &Disk::new(), Cut::Never);
    assert_eq!(lab.push(0, &Disk::new()).problems, 0, "{:?}", lab.told(0));
    lab.assert_in_sync(&[0, 1]);
}
