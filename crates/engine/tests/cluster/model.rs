//! Random edits, removals, crashes, cuts and restarts, and what must hold whatever their order.
//!
//! Every write makes a *version* of its own: its content is its number. A removal is a version, too.
//! What is written and removed on a host before anything looks at it leaves no trace and makes no
//! claim. The laws:
//!
//! * **Whole.** A file is never anything but one version.
//! * **Consent.** What a host itself wrote is replaced there only by the version of a peer that had
//!   held what it replaces. (A person who forces a file gives up that claim for it.) So nobody's
//!   work goes while it exists on one host only.
//! * **Order.** With two hosts a version is replaced only by one that was made from it. So every
//!   version is, in the end, on one of them, or one that was made from it is.
//! * **Convergence.** Once nobody writes and nothing fails any more, a few rounds of check and push
//!   on every host lead to equal files; where they do not, the last round reports the file, by name,
//!   on some host. Nothing else is owed then.
//!
//! The rules are those of a group without `auto`: no conflict is settled by itself.
//!
//! With three hosts a file can be *overtaken*: a host that has received a version from one peer
//! cannot tell whether the offer of another is older, as an offer does not say what it replaces. Such
//! a file is outside the law of convergence, as it is with csync2; consent still holds for it.
use super::cut::Cut;
use super::lab::Lab;
use csync3_core::decide::local::Also;
use csync3_core::path::ClusterPath;
use csync3_disk::Disk;
use csync3_engine::mark::{force, scope};
use csync3_testkit::{Node, Random};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The files that there may be.
const FILES: [&str; 8] = ["a", "b", "c", "d/a", "d/b", "e/a", "e/b", "e/deep/c"];

/// Rounds after which everything is settled or reported.
const ROUNDS: usize = 6;

/// Stories of each test.
const STORIES: u64 = 60;

/// The first story of all, to be chosen from outside: `CSYNC3_FIRST_STORY=60 cargo test …` plays the
/// next ones.
fn stories() -> std::ops::Range<u64> {
    let chosen = std::env::var("CSYNC3_FIRST_STORY");
    let first = chosen.map_or(0, |text| text.parse().expect("CSYNC3_FIRST_STORY is a number"));
    first..first + STORIES
}

/// A version by its number.
type Number = usize;

#[derive(Debug)]
struct Version {
    file: &'static str,
    writer: usize,
    is_removal: bool,
    /// Nobody can know of the removal of a file that was written and removed between two looks.
    is_secret: bool,
    /// What it was made from.
    parents: BTreeSet<Number>,
}

struct Model {
    lab: Lab,
    random: Random,
    versions: Vec<Version>,
    /// What each host has now, by file; a host without a file may have the removal of one.
    now: Vec<BTreeMap<&'static str, Number>>,
    /// What each host ever had.
    held: Vec<BTreeSet<Number>>,
    forced: BTreeSet<&'static str>,
    /// Files of which a host has replaced a version by one that was not made from it.
    overtaken: BTreeSet<&'static str>,
    serving: Vec<bool>,
    /// What was done, for the account of a failure.
    story: Vec<String>,
}

#[test]
fn two_hosts_converge_and_lose_nothing() {
    for seed in stories() {
        let model = Model::play(2, seed, 60);
        let account = || model.account();
        assert!(model.overtaken.is_subset(&model.forced), "{:?}\n{}", model.overtaken, account());
        model.assert_nothing_lost();
    }
}

#[test]
fn three_hosts_converge_or_report_what_differs() {
    let files = stories().count() * FILES.len();
    let overtaken: usize = stories().map(|seed| Model::play(3, seed, 80).overtaken.len()).sum();
    assert!(overtaken < files * 2 / 3, "{overtaken} of {files} files were outside the law");
}

impl Model {
    fn play(hosts: usize, seed: u64, steps: usize) -> Self {
        let mut model = Self {
            lab: Lab::new(hosts, ""),
            random: Random::new(seed),
            versions: Vec::new(),
            now: vec![BTreeMap::new(); hosts],
            held: vec![BTreeSet::new(); hosts],
            forced: BTreeSet::new(),
            overtaken: BTreeSet::new(),
            serving: vec![false; hosts],
            story: vec![format!("seed {seed}")],
        };
        for _ in 0..steps {
            model.step();
            model.observe();
        }
        model.settle();
        model
    }

    fn hosts(&self) -> std::ops::Range<usize> {
        0..self.now.len()
    }

    fn step(&mut self) {
        let host = self.random.index(self.now.len());
        let file = FILES[self.random.index(FILES.len())];
        let directory = ["d", "e"][self.random.index(2)];
        match self.random.between(0..=99) {
            0..=34 => self.write(host, file),
            35..=44 => self.remove(host, file),
            45..=46 => self.remove_directory(host, directory),
            47..=54 => self.check(host),
            55..=84 => self.sync(host),
            85..=97 => self.restart(host),
            _ => self.force(host, file),
        }
    }

    fn tell(&mut self, what: impl Into<String>) {
        self.story.push(what.into());
    }

    fn version(&mut self, host: usize, file: &'static str, is_removal: bool) -> Number {
        let number = self.versions.len();
        let is_secret = is_removal && !self.is_recorded(host, file);
        let before = self.now[host].get(file).copied();
        let written = before.filter(|before| !self.versions[*before].is_removal);
        let parents =
            written.map_or_else(|| self.removals(file), |before| BTreeSet::from([before]));
        self.versions.push(Version { file, writer: host, is_removal, is_secret, parents });
        self.now[host].insert(file, number);
        self.held[host].insert(number);
        number
    }

    /// Says whether a host knows of a file that it has, and has not been told to remove it.
    fn is_recorded(&self, host: usize, file: &str) -> bool {
        let store = self.lab.host(host, &Disk::new()).store;
        let facts = store.facts(&[name_of(file)]).expect("a memory store");
        let recorded = facts.into_iter().next().and_then(|facts| facts.recorded);
        recorded.is_some_and(|row| row.also != Some(Also::Absent))
    }

    /// All removals of a file: a host that does not have it may have any of them.
    fn removals(&self, file: &str) -> BTreeSet<Number> {
        let versions = self.versions.iter().enumerate();
        let removals = versions.filter(|(_, version)| version.is_removal && version.file == file);
        removals.map(|(number, _)| number).collect()
    }

    fn write(&mut self, host: usize, file: &'static str) {
        let path = self.lab.node(host).path(file);
        let parent = path.parent().expect("below the root");
        // A file of the name of the directory may not be there: the model has none.
        fs::create_dir_all(parent).expect("the tree is writable");
        let number = self.version(host, file, false);
        self.tell(format!("{host} writes {file} = {number}"));
        fs::write(path, content(number)).expect("the tree is writable");
    }

    fn remove(&mut self, host: usize, file: &'static str) {
        if read(self.lab.node(host), file).is_some() {
            let number = self.version(host, file, true);
            self.tell(format!("{host} removes {file} = {number}"));
            self.lab.node(host).remove(file);
        }
    }

    fn remove_directory(&mut self, host: usize, directory: &str) {
        let below = FILES.into_iter().filter(|file| file.starts_with(&format!("{directory}/")));
        below.for_each(|file| self.remove(host, file));
        if self.lab.node(host).exists(directory) {
            self.tell(format!("{host} removes {directory}"));
            self.lab.node(host).remove(directory);
        }
    }

    /// How many operations a process may live, and how that is told; most are not disturbed.
    fn life(&mut self) -> u64 {
        if self.random.chance(30) { self.random.between(1..=120) } else { u64::MAX }
    }

    fn check(&mut self, host: usize) {
        let life = self.life();
        self.tell(format!("{host} checks, {life} operations"));
        // A process that dies reports nothing.
        let _ = Lab::check_as(&self.lab.mortal(host, life), false);
    }

    fn sync(&mut self, host: usize) {
        self.check(host);
        let life = self.life();
        self.tell(format!("{host} pushes, {life} operations"));
        let _ = self.lab.push_as(host, &self.lab.mortal(host, life));
        let told = self.lab.told(host);
        self.tell(format!("  {told:?}"));
    }

    /// Another server, a better or worse one, or none.
    fn restart(&mut self, host: usize) {
        let life = self.life();
        let bytes = self.random.between(0..=3_000);
        let cut = match self.random.between(0..=9) {
            0 => Cut::AfterReceiving(bytes),
            1 => Cut::AfterSending(bytes),
            _ => Cut::Never,
        };
        self.serving[host] = self.random.chance(85);
        self.tell(format!("{host} serves {}, {life} operations, {cut:?}", self.serving[host]));
        match self.serving[host] {
            true => self.lab.serve_as(host, self.lab.mortal(host, life), cut),
            false => self.lab.stop(host),
        }
    }

    fn force(&mut self, host: usize, file: &'static str) {
        self.tell(format!("{host} forces {file}"));
        self.forced.insert(file);
        let scope = scope(name_of(file), false);
        force(&self.lab.host(host, &Disk::new()), scope).expect("a memory store");
    }

    /// Looks at all hosts, and whether the laws hold for what has come about.
    fn observe(&mut self) {
        let seen: Vec<BTreeMap<&'static str, Number>> =
            self.hosts().map(|host| self.files(host)).collect();
        for host in self.hosts() {
            for file in FILES {
                let before = self.now[host].get(file).copied();
                let after = self.after(host, file, seen[host].get(file).copied());
                if let Some(before) = before.filter(|before| Some(*before) != after) {
                    self.assert_consent(host, before, after);
                    if !self.is_made_from(file, after, before) {
                        self.overtaken.insert(file);
                    }
                }
                if self.now[host].get(file).copied() != after {
                    self.tell(format!("  {host} has {file} = {after:?}"));
                }
                match after {
                    Some(after) => _ = self.now[host].insert(file, after),
                    None => _ = self.now[host].remove(file),
                }
            }
        }
        for host in self.hosts() {
            self.held[host].extend(self.now[host].values().copied());
            // All removals of a file look the same.
            let absent = FILES.into_iter().filter(|file| !seen[host].contains_key(file));
            let removals: Vec<_> = absent.flat_map(|file| self.removals(file)).collect();
            self.held[host].extend(removals);
        }
    }

    /// The version of a file that a host has now. One that is absent has the removal it had before,
    /// or the latest one that a peer has.
    fn after(&self, host: usize, file: &str, seen: Option<Number>) -> Option<Number> {
        let is_removal = |number: &Number| self.versions[*number].is_removal;
        let before = self.now[host].get(file).copied();
        let of_peers = || self.now.iter().filter_map(|now| now.get(file).copied());
        seen.or(before.filter(is_removal)).or_else(|| of_peers().filter(is_removal).max())
    }

    fn files(&self, host: usize) -> BTreeMap<&'static str, Number> {
        let node = self.lab.node(host);
        FILES.into_iter().filter_map(|file| Some((file, self.number(&read(node, file)?)))).collect()
    }

    #[track_caller]
    fn number(&self, found: &[u8]) -> Number {
        let text = std::str::from_utf8(found).unwrap_or_default();
        let number = text.strip_prefix("version ").and_then(|digits| digits.parse().ok());
        let whole = number.filter(|number| content(*number).as_bytes() == found);
        whole.unwrap_or_else(|| panic!("no version: {text:?}\n{}", self.account()))
    }

    /// Says whether what a host has now, or has not, was made from what it had. A host without a file
    /// may have been told of any removal of it.
    fn is_made_from(&self, file: &str, after: Option<Number>, before: Number) -> bool {
        let removals = self.removals(file);
        let mut may_have_had = match removals.contains(&before) {
            true => removals.clone(),
            false => BTreeSet::from([before]),
        };
        may_have_had.retain(|number| !self.versions[*number].is_secret);
        let ends = match after {
            Some(after) if !removals.contains(&after) => BTreeSet::from([after]),
            _ => removals,
        };
        let mut made_from = BTreeSet::new();
        ends.into_iter().for_each(|end| self.add_with_ancestors(end, &mut made_from));
        may_have_had.is_subset(&made_from)
    }

    #[track_caller]
    fn assert_consent(&self, host: usize, before: Number, after: Option<Number>) {
        let version = &self.versions[before];
        if version.writer != host || version.is_secret || self.forced.contains(version.file) {
            return;
        }
        let agreed = self.hosts().filter(|peer| *peer != host).any(|peer| {
            let has_it = after.is_none_or(|after| self.held[peer].contains(&after));
            has_it && self.held[peer].contains(&before)
        });
        assert!(
            agreed,
            "host {host} lost its version {before} of {} for {after:?}, whose host never had it\n{}",
            version.file,
            self.account()
        );
    }

    /// Nothing fails any more: everything is settled or reported.
    fn settle(&mut self) {
        for host in self.hosts() {
            self.lab.serve(host, &Disk::new(), Cut::Never);
        }
        let mut told = Vec::new();
        for round in 0..ROUNDS {
            told.clear();
            for host in self.hosts() {
                self.lab.check(host, &Disk::new(), false);
                self.lab.push(host, &Disk::new());
                told.extend(self.lab.told(host));
                self.observe();
            }
            self.tell(format!("round {round}: {told:#?}"));
        }
        let is_told = |name: &str| told.iter().any(|text| text.starts_with(&format!("{name}: ")));
        for file in FILES.into_iter().filter(|file| !self.overtaken.contains(file)) {
            let found: Vec<_> =
                self.hosts().map(|host| self.files(host).get(file).copied()).collect();
            let is_same = found.windows(2).all(|pair| pair[0] == pair[1]);
            let above = file.rsplit_once('/').map_or("", |(directory, _)| directory);
            assert!(
                is_same
                    || is_told(&format!("%tree%/{file}"))
                    || is_told(&format!("%tree%/{above}")),
                "{file} differs and nobody says so: {found:?}\n{}",
                self.account()
            );
        }
        for (name, peer) in self.hosts().flat_map(|host| self.lab.dirty(host)) {
            assert!(is_told(&name), "{name} is owed to {peer} in silence\n{}", self.account());
        }
    }

    #[track_caller]
    fn assert_nothing_lost(&self) {
        for file in FILES.into_iter().filter(|file| !self.forced.contains(file)) {
            let mut kept = BTreeSet::new();
            for host in self.hosts() {
                let ends = match read(self.lab.node(host), file) {
                    Some(content) => BTreeSet::from([self.number(&content)]),
                    None => self.removals(file),
                };
                ends.into_iter().for_each(|end| self.add_with_ancestors(end, &mut kept));
            }
            self.add_secrets(file, &mut kept);
            let versions = self.versions.iter().enumerate();
            let lost: Vec<_> = versions
                .filter(|(number, version)| version.file == file && !kept.contains(number))
                .map(|(number, _)| number)
                .collect();
            assert!(lost.is_empty(), "{file} lost {lost:?}\n{}", self.account());
        }
    }

    /// What a host itself has removed before anybody looked is nobody's loss.
    fn add_secrets(&self, file: &str, kept: &mut BTreeSet<Number>) {
        for (number, version) in self.versions.iter().enumerate() {
            let mut next = Some(number).filter(|_| version.is_secret && version.file == file);
            while let Some(number) = next {
                kept.insert(number);
                let parents = self.versions[number].parents.iter().copied();
                let own = |parent: &Number| {
                    self.versions[*parent].writer == version.writer
                        && !self.versions[*parent].is_removal
                };
                next = parents.filter(own).max();
            }
        }
    }

    fn add_with_ancestors(&self, version: Number, kept: &mut BTreeSet<Number>) {
        if kept.insert(version) {
            for parent in &self.versions[version].parents {
                self.add_with_ancestors(*parent, kept);
            }
        }
    }

    fn account(&self) -> String {
        let names: Vec<_> = self.hosts().map(|host| self.lab.node(host).name()).collect();
        format!("hosts {names:?}\n{}", self.story.join("\n"))
    }
}

fn name_of(file: &str) -> ClusterPath {
    ClusterPath::from_decoded(format!("%tree%/{file}").as_bytes()).expect("a name")
}

/// All versions have the same size, so that only finer facts than size and second tell an edit.
fn content(number: Number) -> String {
    format!("version {number:06}")
}

fn read(node: &Node, file: &str) -> Option<Vec<u8>> {
    fs::read(node.path(file)).ok()
}
