//! What a host has acknowledged outlives a loss of power.
//!
//! Everything that the receiver does to its disk and its store, and every row that the sender clears,
//! is written down in one list. A loss of power takes what was done after the last `syncfs` and the
//! last flush of the store, at worst. So nothing is lost if between what was done for an object and
//! the clearing of its row there always is one of each, in this order: a row that is durable without
//! its object would hide that it is missing.
use super::cut::Cut;
use super::hooked::{Call, Hooked};
use super::lab::Lab;
use super::scene::{LARGE, Scene};
use csync3_core::path::{ClusterPath, LocalPath};
use csync3_disk::{Disk, Faults};
use csync3_engine::host::Host;
use csync3_store::row::{Change, FileRow};
use std::sync::{Arc, Mutex};

/// What was done, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Done {
    /// The receiver's disk was told to do something to a path.
    Disk(&'static str, LocalPath),
    /// The receiver's disk was told to make everything durable.
    Synced,
    /// The receiver's store was told to record a name.
    Recorded(ClusterPath),
    /// The receiver's store was told to make everything durable.
    Flushed,
    /// The sender cleared the row of a name.
    Cleared(ClusterPath),
}

type Timeline = Arc<Mutex<Vec<Done>>>;

fn note(timeline: &Timeline, done: Done) {
    timeline.lock().expect("nobody panics with it").push(done);
}

/// The second host, whose every step is written down.
fn receiver(lab: &Lab, timeline: &Timeline) -> Host {
    let of_disk = Arc::clone(timeline);
    let disk = Disk::with_faults(Faults::hook(move |operation, path| {
        let done = match operation {
            "make durable" => Done::Synced,
            "reach" | "look at" | "open" | "read" | "list" => return Ok(()),
            operation => Done::Disk(operation, path.clone()),
        };
        note(&of_disk, done);
        Ok(())
    }));
    let of_store = Arc::clone(timeline);
    let ask = move |call: Call<'_>| {
        match call {
            Call::Read => {}
            Call::Write(changes) => {
                for change in changes {
                    if let Change::Checked { name, .. }
                    | Change::PutFile(FileRow { name, .. })
                    | Change::DropFile(name) = change
                    {
                        note(&of_store, Done::Recorded(name.clone()));
                    }
                }
            }
            Call::Flush => note(&of_store, Done::Flushed),
        }
        Ok(())
    };
    let host = lab.host(1, &disk);
    Host { store: Arc::new(Hooked { inner: host.store, ask }), ..host }
}

/// The first host, of which only what it clears is written down.
fn sender(lab: &Lab, timeline: &Timeline) -> Host {
    let timeline = Arc::clone(timeline);
    let ask = move |call: Call<'_>| {
        if let Call::Write(changes) = call {
            for change in changes {
                if let Change::Clear { name, .. } = change {
                    note(&timeline, Done::Cleared(name.clone()));
                }
            }
        }
        Ok(())
    };
    let host = lab.host(0, &Disk::new());
    Host { store: Arc::new(Hooked { inner: host.store, ask }), ..host }
}

/// Pushes, and says what was done and how many rows were cleared.
fn watched(mut scene: Scene) -> (Vec<Done>, usize) {
    let timeline = Timeline::default();
    let host = receiver(&scene.lab, &timeline);
    scene.lab.serve_as(1, host, Cut::Never);
    scene.lab.check(0, &Disk::new(), false);
    let pushed = scene.lab.push_as(0, &sender(&scene.lab, &timeline)).expect("a memory store");
    assert_eq!(pushed.problems, 0, "{:?}", scene.lab.told(0));
    scene.lab.stop(1);
    let done = timeline.lock().expect("nobody panics with it").clone();
    let cleared: Vec<usize> =
        (0..done.len()).filter(|at| matches!(done[*at], Done::Cleared(_))).collect();
    for at in &cleared {
        let Done::Cleared(name) = &done[*at] else { unreachable!("it was one") };
        assert_durable(&scene, &done[..*at], name);
    }
    scene.lab.assert_in_sync(&[0, 1]);
    (done, cleared.len())
}

/// Demands that what was done for a name would outlive a loss of power now.
#[track_caller]
fn assert_durable(scene: &Scene, done: &[Done], name: &ClusterPath) {
    let config = scene.lab.host(1, &Disk::new()).config;
    let path = config.prefixes.locate(name).expect("it has a place").path();
    let last = |wanted: &dyn Fn(&Done) -> bool| done.iter().rposition(wanted);
    let touched = last(&|it| matches!(it, Done::Disk(_, at) if *at == path));
    let recorded = last(&|it| matches!(it, Done::Recorded(of) if of == name));
    let after = |start: Option<usize>, wanted: &Done| {
        let start = start.map_or(0, |at| at + 1);
        done[start..].iter().position(|it| it == wanted).map(|at| start + at)
    };
    let synced = touched.map(|at| after(Some(at), &Done::Synced));
    assert_ne!(synced, Some(None), "{name} is not on the disk yet");
    if recorded.is_some() {
        let since = recorded.max(synced.flatten());
        let flushed = after(since, &Done::Flushed);
        assert!(
            flushed.is_some(),
            "the row of {name} is not on the disk yet, or before its object"
        );
    }
}

#[test]
fn nothing_that_was_acknowledged_is_lost_with_the_power() {
    let (done, cleared) = watched(Scene::new(LARGE));
    assert!(cleared >= 20, "only {cleared} rows");
    assert!(done.contains(&Done::Synced) && done.contains(&Done::Flushed));
}

#[test]
fn nor_is_it_while_much_more_is_on_its_way() {
    let scene = Scene::new(LARGE);
    for number in 0..3_000 {
        scene.lab.node(0).write(format!("many/d{}/f{number}", number % 9), format!("{number}"));
    }
    let (done, cleared) = watched(scene);
    assert!(cleared >= 3_000, "only {cleared} rows");
    let syncs = done.iter().filter(|it| **it == Done::Synced).count();
    assert!((3..100).contains(&syncs), "{syncs} times for {cleared} rows");
}
