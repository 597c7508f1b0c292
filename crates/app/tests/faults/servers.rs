//! Database servers that are killed at any moment of a check, a push or a session that receives.
//!
//! A server that comes back soon is waited for. One that stays away ends the run with its name and
//! what to do. In either case, before anything is repaired, every name on the receiver has its old or
//! its new state; and once the server is back a check and a push make the trees equal, through the
//! daemon that has lived through it all.
use super::csync3;
use csync3_testkit::server::{Mysql, Postgres, Server};
use csync3_testkit::{
    Cluster, Metadata, Node, Output, Random, States, assert_old_or_new, leftovers, states,
};
use std::time::{Duration, Instant};

/// The names of files that a round may touch.
const FILES: u64 = 80;
/// The most that a run may take; most take a thousandth of it.
const LIMIT: Duration = Duration::from_secs(100);

/// What is going on when the server is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// The checking host has its state on the server.
    Check,
    /// The sending host has.
    Push,
    /// The receiving host has.
    Receive,
}

/// What becomes of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    ComesBack,
    StaysAway,
}

#[test]
fn a_postgresql_server_that_is_killed_and_comes_back_costs_no_change() {
    play(Postgres::start(), Fate::ComesBack, 12, 1);
}

#[test]
fn a_mariadb_server_that_is_killed_and_comes_back_costs_no_change() {
    play(Mysql::start(), Fate::ComesBack, 12, 2);
}

#[test]
fn a_postgresql_server_that_stays_away_ends_the_run_which_says_so() {
    play(Postgres::start(), Fate::StaysAway, 5, 3);
}

#[test]
fn a_mariadb_server_that_stays_away_ends_the_run_which_says_so() {
    play(Mysql::start(), Fate::StaysAway, 5, 4);
}

/// Kills the server so many times in each kind of work.
fn play<S: Server>(mut server: S, fate: Fate, kills: u64, seed: u64) {
    for work in [Work::Check, Work::Push, Work::Receive] {
        Scene::new(&mut server, work, fate, seed).play(kills);
    }
}

struct Scene<'a, S> {
    server: &'a mut S,
    cluster: Cluster,
    work: Work,
    fate: Fate,
    random: Random,
    /// How long undisturbed work takes.
    usual: Duration,
    before: States,
    /// How many runs have told of the kill.
    told: u64,
    /// Which kill this is, for whoever reads of a failure.
    what: String,
}

impl<'a, S: Server> Scene<'a, S> {
    fn new(server: &'a mut S, work: Work, fate: Fate, seed: u64) -> Self {
        let patience = if fate == Fate::StaysAway { 1 } else { 60 };
        let url = format!("{}?patience={patience}", server.url(""));
        let nodes = Cluster::builder();
        let cluster = match work {
            Work::Receive => nodes.node(&csync3()).node_on(&csync3(), &url),
            Work::Check | Work::Push => nodes.node_on(&csync3(), &url).node(&csync3()),
        };
        let mut scene = Self {
            server,
            cluster: cluster.build(),
            work,
            fate,
            random: Random::new(seed),
            usual: Duration::ZERO,
            before: States::new(),
            told: 0,
            what: format!("before the first kill of seed {seed}, {work:?}"),
        };
        scene.receiver().serve();
        for _ in 0..3 {
            scene.edit();
            scene.complete();
        }
        scene.edit();
        scene.prepare();
        scene.usual = scene.sender().run(scene.arguments()).success().elapsed;
        scene.complete();
        scene.what = format!("seed {seed}, {work:?}, {fate:?}");
        scene
    }

    fn sender(&self) -> &Node {
        self.cluster.node(0)
    }

    fn receiver(&self) -> &Node {
        self.cluster.node(1)
    }

    fn arguments(&self) -> &'static [&'static str] {
        match self.work {
            Work::Check => &["-cr", "/"],
            Work::Push | Work::Receive => &["-u"],
        }
    }

    fn prepare(&self) {
        if self.work != Work::Check {
            self.sender().run(&["-cr", "/"]).success();
        }
    }

    fn play(mut self, kills: u64) {
        let what = self.what.clone();
        for kill in 0..kills {
            self.what = format!("{what}, kill {kill}");
            self.before = states(self.receiver().root());
            self.edit();
            self.prepare();
            let output = self.work_and_kill();
            self.judge(&output);
            self.assert_whole();
            if self.fate == Fate::StaysAway {
                self.server.restart();
            }
            self.complete();
        }
        if self.fate == Fate::StaysAway {
            assert!(self.told > 0, "no kill was noticed: {what}");
        }
    }

    fn work_and_kill(&mut self) -> Output {
        let most = u64::try_from(self.usual.as_micros()).expect("a short time");
        let moment = Duration::from_micros(self.random.between(0..=most));
        self.what = format!("{}, after {moment:?}", self.what);
        let run = self.sender().start(self.arguments());
        std::thread::sleep(moment);
        self.server.kill9();
        if self.fate == Fate::ComesBack {
            self.server.restart();
        }
        run.wait_within(LIMIT)
    }

    /// A run ends well, or says what is wrong with which server and what to do.
    fn judge(&mut self, output: &Output) {
        if output.code() == Some(0) {
            return;
        }
        self.told += 1;
        let what = &self.what;
        assert_eq!(output.code(), Some(1), "{what}: {output}");
        let said = output.stderr_text();
        if self.work == Work::Receive {
            assert!(said.contains(self.receiver().name()), "{what}: {output}");
            // The peer may be told before the log is.
            let deadline = Instant::now() + LIMIT;
            while !is_clear(&self.receiver().daemon_log(), self.server) {
                let log = self.receiver().daemon_log();
                assert!(Instant::now() < deadline, "{what}: {log}");
                std::thread::sleep(Duration::from_millis(5));
            }
        } else {
            assert!(is_clear(&said, self.server), "{what}: {output}");
        }
    }

    /// Every name has its old or its new state.
    fn assert_whole(&self) {
        let new = states(self.sender().root());
        let now = states(self.receiver().root());
        assert_old_or_new(&now, &self.before, &new, Metadata::WithContent);
    }

    /// Checks and pushes again, which leaves nothing to be done.
    fn complete(&self) {
        let (sender, receiver, what) = (self.sender(), self.receiver(), &self.what);
        for arguments in [&["-cr", "/"][..], &["-u"]] {
            let output = sender.run(arguments);
            let log = receiver.daemon_log();
            assert!(output.code() == Some(0), "{what}: {output}\n{log}");
        }
        receiver.run(&["-cr", "/"]).success();
        for node in self.cluster.nodes() {
            assert_eq!(node.dirty(), [], "{what}: {} owes something", node.name());
        }
        self.cluster.assert_same_trees();
        let deadline = Instant::now() + LIMIT;
        while !leftovers(receiver.root()).is_empty() {
            // A session may still be about to clean up.
            assert!(Instant::now() < deadline, "{what}: {:?}", leftovers(receiver.root()));
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Edits, new files, removals, and a directory with all that is in it.
    fn edit(&mut self) {
        for _ in 0..40 {
            let number = self.random.between(0..=FILES - 1);
            let name = format!("d{}/f{number}", number % 6);
            if self.random.chance(20) {
                self.remove(&name);
            } else {
                let length = self.random.index(20_000);
                let content = self.random.bytes(length, false);
                self.sender().write(&name, content);
            }
        }
        if self.random.chance(20) {
            let directory = format!("d{}", self.random.between(0..=5));
            self.remove(&directory);
        }
    }

    fn remove(&self, name: &str) {
        if self.sender().exists(name) {
            self.sender().remove(name);
        }
    }
}

/// Whether a text names the server and says what to do.
fn is_clear<S: Server>(text: &str, server: &S) -> bool {
    let url = server.url("");
    let place = url.rsplit('@').next().expect("a URL has a place");
    let hints = ["(is the server running", "(see that"];
    text.contains(&format!("csync2@{place}csync3_")) && hints.iter().any(|it| text.contains(it))
}
