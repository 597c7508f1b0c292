//! `-T` and `-TT`: a test for each row of the table of forms, and what they mark.
use crate::scene::{OLD, Scene};

/// A pair that has all: equal, differing, and on one of them only.
fn differing() -> Scene {
    let scene = Scene::pair();
    let (host, peer) = (scene.host(), scene.peer());
    for file in ["both", "changed", "dir/mode", "gone"] {
        host.write(file, file);
        host.set_mtime(file, OLD);
    }
    scene.prepare(&["-x"]);
    host.edit("changed", "changed here");
    host.chmod("dir/mode", 0o600);
    host.write("here", "here");
    host.remove("gone");
    scene.prepare(&["-cIr", "/"]);
    peer.write("away", "away");
    peer.run(&["-cIr", "/"]).success();
    scene
}

#[test]
fn every_form_tells_the_same_and_marks_nothing() {
    let scene = differing();
    for operands in [
        &[][..],
        &["@tree/changed"],
        &["@tree/both"],
        &["@me", "@peer"],
        &["@peer", "@me"],
        &["@me", "@peer", "@tree/changed"],
        &["@me", "@peer", "@tree"],
        &["@me", "nobody"],
        &["@me", "nobody", "@tree/changed"],
    ] {
        let outcome = scene.alike(&*[&["-T"], operands].concat());
        outcome.has(0, "dirty");
    }
    scene.alike(&["-T"]).exits(0);
    scene.alike(&["-T", "@tree/both"]).exits(2).prints("");
}

#[test]
fn contents_are_compared_alike() {
    let scene = differing();
    for file in ["@tree/changed", "@tree/both", "@tree/here", "@tree/gone", "@tree/away"] {
        scene.alike(&["-TT", file]).has(0, "dirty");
        scene.alike(&["-TT", "@me", "@peer", file]).has(0, "dirty");
    }
}

#[test]
fn what_differs_is_marked_for_whom_the_modifiers_say() {
    for (words, marks) in [
        (&["-TI"][..], 3),
        (&["-TIU"], 3),
        (&["-TIX"], 5),
        (&["-TIXU"], 5),
        (&["-TI", "@tree/changed"], 1),
        (&["-TIX", "@me", "@peer"], 5),
    ] {
        let scene = differing();
        let marked = scene.alike(words);
        let dirty = marked.table("dirty").len();
        assert_eq!(dirty, marks, "{words:?}: {:#?}", marked.table("dirty"));
    }
}
