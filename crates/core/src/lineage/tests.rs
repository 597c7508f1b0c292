use super::{
    Claim, Held, Known, Lineage, Origin, Owed, Standing, Version, claim, decode, encode,
    marked_again, removed_here, standing,
};
use crate::entry::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn made(number: i64, after: Option<Version>) -> Version {
    Version::made(format!("v1:{number}").as_bytes(), "web1", Timestamp::from_nanos(number), after)
}

fn from(host: &str) -> Origin {
    Origin::of(host)
}

fn replacing(version: Version, replaces: &[Version]) -> Claim {
    Claim { version, replaces: Some(replaces.to_vec()) }
}

#[test]
fn what_is_stored_is_read_back() {
    let versions = [made(2, None), Version::of_state(b"v1:1"), Version::removal(made(1, None))];
    assert_eq!(decode(&encode(&versions)), Some(versions.to_vec()));
    for origin in [None, Some(from("web2"))] {
        let lineage = Lineage::new(origin, versions[0], versions[1..].to_vec());
        assert_eq!(Lineage::decode(&lineage.encode()), Some(lineage));
    }
    for odd in [&b""[..], b"12345678", b"123456789", &[0; 31]] {
        assert_eq!(Lineage::decode(odd), None, "{odd:?}");
    }
    assert_eq!(decode(&[0; 17]), None);
}

#[test]
fn names_of_hosts_have_no_case() {
    assert_eq!(from("Web1"), from("wEB1"));
    assert_ne!(from("web1"), from("web2"));
}

#[test]
fn a_version_that_is_replaced_gives_way_and_another_does_not() {
    let (one, two, other) = (made(1, None), made(2, None), made(3, None));
    let held = Lineage::new(Some(from("web3")), one, []);
    let ask =
        |claim: &Claim, owed| standing(Held::Object(Some(&held)), owed, Some(claim), from("web2"));
    for owed in [Owed::Nothing, Owed::Change(&[])] {
        assert_eq!(ask(&replacing(two, &[one]), owed), Standing::Later);
        assert_eq!(ask(&replacing(two, &[other]), owed), Standing::Apart);
    }
    assert_eq!(ask(&replacing(two, &[one]), Owed::Anyway), Standing::Apart);
}

#[test]
fn a_version_from_the_caller_or_of_this_host_gives_way_if_the_caller_has_it() {
    let (one, two) = (made(1, None), made(2, None));
    for origin in [None, Some(from("web2"))] {
        let held = Lineage::new(origin, one, []);
        let ask = |owed| {
            let claim = replacing(two, &[]);
            standing(Held::Object(Some(&held)), owed, Some(&claim), from("web2"))
        };
        assert_eq!(ask(Owed::Nothing), Standing::Later);
        assert_eq!(ask(Owed::Change(&[])), Standing::Apart);
    }
}

#[test]
fn an_earlier_version_is_known_as_one() {
    let (one, two) = (made(1, None), made(2, None));
    let held = Lineage::new(Some(from("web3")), two, [one]);
    let ask = |claim| standing(Held::Object(Some(&held)), Owed::Nothing, Some(&claim), from("a"));
    assert_eq!(ask(replacing(one, &[])), Standing::Earlier);
    // The same state may come back later, as a version of its own.
    assert_eq!(ask(replacing(made(1, Some(two)), &[two, one])), Standing::Later);
    assert_eq!(ask(replacing(made(1, Some(one)), &[one])), Standing::Apart);
}

#[test]
fn without_knowledge_the_debt_decides() {
    let one = Lineage::new(Some(from("web3")), made(1, None), []);
    let classic = Lineage::new(Some(from("web3")), Version::of_state(b"v1:1"), []);
    let known = replacing(made(2, None), &[]);
    let asked = Claim { version: made(2, None), replaces: None };
    let cases = [
        (Held::Object(Some(&one)), None),
        (Held::Object(Some(&one)), Some(&asked)),
        (Held::Object(None), Some(&known)),
        (Held::Object(Some(&classic)), Some(&known)),
        (Held::Nothing, Some(&known)),
    ];
    for (held, claim) in cases {
        assert_eq!(standing(held, Owed::Nothing, claim, from("a")), Standing::Later);
        for owed in [Owed::Change(&[]), Owed::Anyway] {
            assert_eq!(standing(held, owed, claim, from("a")), Standing::Apart);
        }
    }
}

#[test]
fn what_came_over_the_other_dialect_is_found_by_its_state() {
    let state = b"v1:mtime=5";
    let there = Version::made(state, "web1", Timestamp::from_nanos(1), None);
    let held = Lineage::new(Some(from("web3")), there, []);
    let claim = replacing(made(2, None), &[Version::of_state(state)]);
    let ask = |owed| standing(Held::Object(Some(&held)), owed, Some(&claim), from("web2"));
    assert_eq!(ask(Owed::Nothing), Standing::Later);
    assert_eq!(ask(Owed::Change(&[])), Standing::Apart);
}

#[test]
fn what_is_set_piece_by_piece_is_one_version() {
    let (one, caller) = (made(1, None), from("web3"));
    let there = Lineage::new(None, one, []);
    let known = |lineage| Known { checktxt: b"v1:a", lineage };
    let content = Lineage::received_by_state(b"v1:b", caller, Some(&known(Some(&there))));
    let owner = Lineage::received_by_state(b"v1:c", caller, Some(&known(Some(&content))));
    assert_eq!(owner.versions(), [Version::of_state(b"v1:c"), one]);
    assert_eq!(owner.from(), Some(caller));
    let unknown = Lineage::received_by_state(b"v1:b", caller, Some(&known(None)));
    assert_eq!(unknown.before(), [Version::of_state(b"v1:a")]);
    assert_eq!(Lineage::received_by_state(b"v1:b", caller, None).before(), []);
}

#[test]
fn a_removal_that_the_caller_has_seen_gives_way() {
    let (one, two) = (made(1, None), made(2, None));
    let ask =
        |claim: Claim| standing(Held::Nothing, Owed::Change(&[one]), Some(&claim), from("web2"));
    assert_eq!(ask(replacing(two, &[Version::removal(one)])), Standing::Later);
    assert_eq!(ask(replacing(two, &[one])), Standing::Apart);
}

#[test]
fn a_mark_that_is_made_again_keeps_what_the_peer_may_have() {
    let (one, two) = (made(1, None), made(2, None));
    assert_eq!(marked_again(Some(&[two]), Some(&[one])), Some(vec![two, one]));
    let many = [one; super::OWED];
    assert_eq!(marked_again(Some(&[two]), Some(&many)).map(|all| all.len()), Some(super::OWED));
    assert_eq!(marked_again(None, Some(&[one])), None);
    assert_eq!(marked_again(Some(&[one]), None), None);
}

/// One host of the model: what it has, what it owes.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Which change is here, and its lineage.
    held: Option<(u32, Lineage)>,
    /// Which change was here last, if nothing is.
    had: Option<u32>,
    owed: BTreeMap<usize, Option<Vec<Version>>>,
}

/// Hosts with one object, and the whole history beside what they remember of it.
struct Model {
    nodes: Vec<Node>,
    /// For each change all that came before it. A removal is a change.
    history: Vec<BTreeSet<u32>>,
    /// The last change that each host knows, removals included.
    last: Vec<Option<u32>>,
}

/// What happens in the model.
#[derive(Debug, Clone, Copy)]
enum Step {
    Edit(usize),
    Remove(usize),
    Push { from: usize, to: usize, is_told: bool },
}

/// What came of a push.
#[derive(Debug, PartialEq, Eq)]
enum Pushed {
    Nothing,
    Applied,
    Earlier,
    Conflict,
}

impl Model {
    fn new(hosts: usize) -> Self {
        let nodes = vec![Node::default(); hosts];
        let last = vec![None; hosts];
        Self { nodes, history: Vec::new(), last }
    }

    fn change(&mut self, at: usize) -> u32 {
        let number = u32::try_from(self.history.len()).expect("a test is short");
        let mut before = BTreeSet::new();
        if let Some(last) = self.last[at] {
            before.extend(&self.history[last as usize]);
            before.insert(last);
        }
        self.history.push(before);
        self.last[at] = Some(number);
        number
    }

    /// What has come after both of these.
    fn both(&mut self, one: u32, other: Option<u32>) -> u32 {
        let Some(other) = other.filter(|other| *other != one) else {
            return one;
        };
        let histories = (&self.history[one as usize], &self.history[other as usize]);
        if histories.0.contains(&other) {
            return one;
        }
        let mut before = histories.0 | histories.1;
        before.extend([one, other]);
        self.history.push(before);
        u32::try_from(self.history.len() - 1).expect("a test is short")
    }

    fn mark(&mut self, at: usize, replaced: &[Version]) {
        for peer in (0..self.nodes.len()).filter(|peer| *peer != at) {
            let old = self.nodes[at].owed.get(&peer).cloned();
            let new = match &old {
                Some(old) => marked_again(Some(replaced), old.as_deref()),
                None => Some(replaced.to_vec()),
            };
            self.nodes[at].owed.insert(peer, new);
        }
    }

    fn edit(&mut self, at: usize) {
        let was = self.nodes[at].held.take();
        let before = was.map_or_else(Vec::new, |(_, lineage)| lineage.versions().to_vec());
        let number = self.change(at);
        let found = Timestamp::from_nanos(number.into());
        let after = before.first().copied();
        let version = Version::made(format!("{number}").as_bytes(), "any", found, after);
        let replaced: Vec<_> = before.first().copied().into_iter().collect();
        self.nodes[at].held = Some((number, Lineage::found(version, &before)));
        self.mark(at, &replaced);
    }

    fn remove(&mut self, at: usize) {
        if let Some((number, lineage)) = self.nodes[at].held.take() {
            self.nodes[at].had = Some(number);
            self.change(at);
            self.mark(at, lineage.versions());
        }
    }

    /// Pushes, and checks what the receiver decides against the whole history.
    fn push(&mut self, from: usize, to: usize, is_told: bool) -> Pushed {
        let Some(owed) = self.nodes[from].owed.get(&to).cloned() else {
            return Pushed::Nothing;
        };
        let offered = self.nodes[from].held.clone();
        let of_object =
            offered.as_ref().map(|(_, lineage)| Known { checktxt: b"", lineage: Some(lineage) });
        let claim = claim(of_object, owed.as_deref());
        let here = self.nodes[to].held.clone();
        let is_equal = offered.as_ref().map(|it| it.0) == here.as_ref().map(|it| it.0);
        let debt = self.nodes[to].owed.get(&from).cloned();
        let debt = match &debt {
            None => Owed::Nothing,
            Some(Some(versions)) => Owed::Change(versions),
            Some(None) => Owed::Anyway,
        };
        let held = here.as_ref().map_or(Held::Nothing, |(_, lineage)| Held::Object(Some(lineage)));
        let caller = Origin::of(&from.to_string());
        let stands = match is_equal {
            true => Standing::Later,
            false => standing(held, debt, claim.as_ref(), caller),
        };
        let (theirs, ours) = (self.last[from].expect("it owes something"), self.last[to]);
        if let Some((number, _)) = &here
            && !is_equal
        {
            let is_later = self.history[theirs as usize].contains(number);
            match stands {
                Standing::Later => assert!(is_later, "{number} was lost to {theirs}"),
                Standing::Earlier => {
                    let ours = ours.expect("something is here");
                    // Equal removals are one version, whoever made them: it is their object that counts.
                    let made = match &offered {
                        Some((number, _)) => *number,
                        None => self.nodes[from].had.expect("something was removed"),
                    };
                    assert!(self.history[ours as usize].contains(&made), "{made} was dropped");
                }
                Standing::Apart => {}
            }
        }
        match stands {
            Standing::Apart => return Pushed::Conflict,
            Standing::Earlier => {
                let before = here.expect("it is later").1.before().to_vec();
                self.nodes[to].owed.entry(from).or_insert(Some(before));
            }
            Standing::Later => {
                self.nodes[to].owed.remove(&from);
                let was_here = here.is_some();
                self.nodes[to].had = here.as_ref().map(|it| it.0).or(self.nodes[to].had);
                let held = here.map_or_else(Vec::new, |(_, lineage)| lineage.versions().to_vec());
                // Who has removed it, too, only notes that both have: its own removal stays what it owes.
                if offered.is_none()
                    && was_here
                    && let Some(claim) = &claim
                {
                    for owed in self.nodes[to].owed.values_mut() {
                        *owed = removed_here(claim, &held, owed.as_deref());
                    }
                }
                self.nodes[to].held = offered.map(|(number, _)| {
                    let claim = claim.expect("there is an object");
                    (number, Lineage::received(&claim, caller, &held))
                });
                self.last[to] = Some(self.both(theirs, ours));
            }
        }
        if is_told {
            self.nodes[from].owed.remove(&to);
        }
        if stands == Standing::Earlier { Pushed::Earlier } else { Pushed::Applied }
    }
}

fn steps(hosts: usize) -> impl Strategy<Value = Step> {
    let host = 0..hosts;
    prop_oneof![
        2 => host.clone().prop_map(Step::Edit),
        1 => host.clone().prop_map(Step::Remove),
        5 => (host.clone(), host, any::<bool>())
            .prop_filter("to another", |(from, to, _)| from != to)
            .prop_map(|(from, to, is_told)| Step::Push { from, to, is_told }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever happens, no version is given up for one that does not come after it.
    #[test]
    fn no_version_is_lost(steps in proptest::collection::vec(steps(4), 1..40)) {
        let mut model = Model::new(4);
        for step in steps {
            match step {
                Step::Edit(at) => model.edit(at),
                Step::Remove(at) => model.remove(at),
                Step::Push { from, to, is_told } => _ = model.push(from, to, is_told),
            }
        }
    }

    /// If only somebody who has the newest version changes it, nobody ever speaks of a conflict, whoever
    /// is down meanwhile and whatever answers are lost; and in the end all have it.
    #[test]
    fn changes_in_turn_are_no_conflict(steps in proptest::collection::vec(steps(4), 1..40)) {
        let mut model = Model::new(4);
        let edits = steps.into_iter().filter(|step| !matches!(step, Step::Remove(_)));
        prop_assert_eq!(in_turn(&mut model, edits), 0);
        prop_assert_eq!(settled(&mut model), 0);
    }
}

/// Plays steps, changes only where the newest version is; how many conflicts that makes.
fn in_turn(model: &mut Model, steps: impl IntoIterator<Item = Step>) -> usize {
    let mut conflicts = 0;
    model.edit(0);
    for step in steps {
        let newest = u32::try_from(model.history.len() - 1).expect("a test is short");
        match step {
            Step::Edit(at) if model.last[at] == Some(newest) => model.edit(at),
            Step::Remove(at) if model.last[at] == Some(newest) => model.remove(at),
            Step::Push { from, to, is_told } => {
                conflicts += usize::from(model.push(from, to, is_told) == Pushed::Conflict);
            }
            _ => {}
        }
    }
    conflicts
}

/// Pushes until nobody owes anything: then all have the same. How many conflicts that makes.
fn settled(model: &mut Model) -> usize {
    let mut conflicts = 0;
    for _ in 0..6 {
        for (from, to) in (0..4).flat_map(|from| (0..4).map(move |to| (from, to))) {
            if from != to {
                conflicts += usize::from(model.push(from, to, true) == Pushed::Conflict);
            }
        }
    }
    assert!(model.nodes.iter().all(|node| node.owed.is_empty()), "{:?}", model.nodes);
    let held = model.nodes.iter().map(|node| node.held.as_ref().map(|it| it.0));
    assert_eq!(held.collect::<BTreeSet<_>>().len(), 1);
    conflicts
}
