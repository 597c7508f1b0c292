use super::{BASIS_CHANGED, Conversation, Dialect, Event, Facts, OnPeer, Outcome, Step};
use crate::checktxt::{Ignore, Times, render};
use crate::config::{Auto, Side, TieRule};
use crate::entry::{Fingerprint, Kind, Observed, Timestamp};
use crate::wire::command::{Meta, Request};
use crate::wire::reply::Reply;
use proptest::prelude::*;

fn object(kind: Kind) -> Observed {
    let time = Timestamp { seconds: 100, nanos: 9 };
    let fingerprint = Fingerprint { mtime: time, ctime: time, inode: 1 };
    Observed { kind, permissions: 0o644, uid: 1, gid: 2, fingerprint }
}

fn file() -> Observed {
    object(Kind::File { size: 6 })
}

fn facts(object: Option<Observed>) -> Facts {
    Facts {
        object,
        forced: false,
        dry_run: false,
        dialect: Dialect::Csync2,
        on_peer: OnPeer::Unknown,
        fresh_owner: None,
        tie: None,
        ignore: Ignore::default(),
    }
}

fn described(object: Option<&Observed>) -> Event {
    match object {
        Some(object) => Event::Described {
            reply: Reply::Data,
            checktxt: render(object, Ignore::default(), Times::Zero),
            status: Reply::Done,
        },
        None => Event::Described {
            reply: Reply::PathNotFound,
            checktxt: b"---".to_vec(),
            status: Reply::Done,
        },
    }
}

const DONE: Event = Event::Replied(Reply::Done);
const SET: Event = Event::Set { refused: None };

/// Plays a conversation and returns every step it made.
fn play(facts: Facts, events: impl IntoIterator<Item = Event>) -> Vec<Step> {
    let mut conversation = Conversation::new(facts);
    let mut steps = vec![conversation.begin()];
    steps.extend(events.into_iter().map(|event| conversation.next(event)));
    steps
}

fn setters() -> [Step; 2] {
    let owner = Request::SetOwner { uid: 1, gid: 2 };
    let mtime = Timestamp { seconds: 100, nanos: 9 };
    [Step::Set(vec![owner, Request::SetMode(0o100_644)]), Step::Set(vec![Request::SetTime(mtime)])]
}

#[test]
fn a_new_file_gets_content_then_owner_and_mode_then_its_time() {
    let elsewhere = Observed { uid: 0, gid: 0, ..file() };
    let events = [described(None), DONE, described(Some(&elsewhere)), SET, SET];
    let steps = play(facts(Some(file())), events);
    let [owner, time] = setters();
    let (ask, end) = (Step::Send(Request::Signature), Step::End(Outcome::Updated));
    assert_eq!(steps, [ask.clone(), Step::Patch(Request::Patch), ask, owner, time, end]);
}

#[test]
fn a_new_file_that_has_the_right_owner_by_itself_only_gets_its_mode() {
    let known = Facts { fresh_owner: Some((1, 2)), ..facts(Some(file())) };
    let steps = play(known, [described(None), DONE]);
    assert_eq!(steps[2], Step::Set(vec![Request::SetMode(0o100_644)]));

    let mut asks = Conversation::new(facts(Some(file())));
    asks.begin();
    for event in [described(None), DONE, described(Some(&file()))] {
        asks.next(event);
    }
    assert_eq!(asks.fresh_owner(), Some((1, 2)));
}

#[test]
fn a_file_that_was_there_always_gets_its_owner() {
    let other = Observed { uid: 0, ..file() };
    let known = Facts { fresh_owner: Some((1, 2)), ..facts(Some(file())) };
    let steps = play(known, [described(Some(&other)), DONE]);
    let [owner, _] = setters();
    assert_eq!(steps.last(), Some(&owner));
}

#[test]
fn an_equal_file_only_gets_its_time() {
    let local = file();
    let equal = Event::Compared { equal: true };
    let steps = play(facts(Some(local.clone())), [described(Some(&local)), equal, SET]);
    let [_, time] = setters();
    let end = Step::End(Outcome::UpToDate);
    assert_eq!(steps, [Step::Send(Request::Signature), Step::Compare, time, end]);
}

#[test]
fn equal_texts_with_other_contents_are_sent() {
    let local = file();
    let other = Event::Compared { equal: false };
    let steps = play(facts(Some(local.clone())), [described(Some(&local)), other]);
    assert_eq!(steps.last(), Some(&Step::Patch(Request::Patch)));
}

#[test]
fn a_csync3_peer_gets_metadata_with_the_content() {
    let csync3 = Facts { dialect: Dialect::Csync3, ..facts(Some(file())) };
    let steps = play(csync3, [described(None), DONE]);
    let end = Step::End(Outcome::Updated);
    assert_eq!(steps, [Step::Send(Request::Signature), Step::Put, end]);

    let dir = object(Kind::Dir);
    let meta = Some(Meta::of(&dir));
    let csync3 = Facts { dialect: Dialect::Csync3, ..facts(Some(dir)) };
    let steps = play(csync3, [described(None), DONE]);
    assert_eq!(steps[1..], [Step::Send(Request::MakeDir(meta)), Step::End(Outcome::Updated)]);
}

#[test]
fn a_large_file_waits_for_the_consent_of_the_peer() {
    let large = object(Kind::File { size: (1 << 20) + 1 });
    let atomic = Step::Patch(Request::AtomicPatch(Meta::of(&large)));
    let csync3 = Facts { dialect: Dialect::Csync3, ..facts(Some(large)) };
    let steps = play(csync3, [described(None), DONE]);
    assert_eq!(steps[1..], [atomic, Step::End(Outcome::Updated)]);
}

#[test]
fn a_put_onto_another_basis_falls_back_once() {
    let csync3 = Facts { dialect: Dialect::Csync3, ..facts(Some(file())) };
    let changed = Event::Replied(Reply::Other(BASIS_CHANGED.to_vec()));
    let steps = play(csync3, [described(None), changed.clone(), changed]);
    assert_eq!(steps[2], Step::Patch(Request::AtomicPatch(Meta::of(&file()))));
    assert!(matches!(steps[3], Step::End(Outcome::Refused { request: "ATOMICPATCH", .. })));
}

#[test]
fn what_is_known_to_be_absent_is_not_asked_for() {
    let known = Facts { on_peer: OnPeer::Absent, ..facts(Some(file())) };
    assert_eq!(play(known, []), [Step::Patch(Request::Patch)]);
}

#[test]
fn symlinks_get_an_owner_only() {
    let target = b"/x".to_vec();
    let link = object(Kind::Symlink { target: target.clone() });
    let steps = play(facts(Some(link)), [described(None), DONE, SET]);
    let owner = Step::Set(vec![Request::SetOwner { uid: 1, gid: 2 }]);
    let make = Step::Send(Request::MakeLink { target });
    assert_eq!(steps[1..], [make, owner, Step::End(Outcome::Updated)]);
}

#[test]
fn a_device_is_sent_with_its_number() {
    let device = object(Kind::CharDevice { dev: 259 });
    let steps = play(facts(Some(device)), [described(None)]);
    assert_eq!(steps[1], Step::Send(Request::MakeCharDevice { dev: 259 }));
}

#[test]
fn a_socket_is_done_when_the_peer_says_so() {
    let steps = play(facts(Some(object(Kind::Socket))), [described(None), DONE]);
    assert_eq!(steps.last(), Some(&Step::End(Outcome::Updated)));
}

#[test]
fn a_removal_ends_at_once_where_nothing_is() {
    for event in [described(None), Event::Replied(Reply::ParentMissing)] {
        let steps = play(facts(None), [event]);
        assert_eq!(steps.last(), Some(&Step::End(Outcome::AlreadyGone)));
    }
    let steps = play(facts(None), [described(Some(&file())), DONE]);
    assert_eq!(steps[1..], [Step::Send(Request::Delete), Step::End(Outcome::Deleted)]);
}

#[test]
fn a_dry_run_asks_and_changes_nothing() {
    let local = file();
    let dry = |object| Facts { dry_run: true, ..facts(object) };
    let equal = Event::Compared { equal: true };
    let cases = [
        (Some(local.clone()), vec![described(Some(&local)), equal], Outcome::WouldKeep),
        (Some(local.clone()), vec![described(None)], Outcome::WouldChange),
        (None, vec![described(None)], Outcome::WouldKeep),
        (None, vec![described(Some(&local))], Outcome::WouldChange),
    ];
    for (object, events, outcome) in cases {
        assert_eq!(play(dry(object), events).last(), Some(&Step::End(outcome)));
    }
    let forced = Facts { forced: true, ..dry(Some(local)) };
    assert_eq!(play(forced, []), [Step::End(Outcome::WouldChange)]);
}

#[test]
fn a_forced_row_overrules_without_asking() {
    let forced = Facts { forced: true, ..facts(Some(file())) };
    let steps = play(forced, [DONE]);
    assert_eq!(steps, [Step::Send(Request::Flush), Step::Patch(Request::Patch)]);
    let forced = Facts { forced: true, ..facts(None) };
    assert_eq!(play(forced, [DONE])[1], Step::Send(Request::Delete));
}

fn with_rule(object: Option<Observed>, auto: Auto) -> Facts {
    let rule = TieRule { master_over_slave: false, auto, side: Some(Side::Right) };
    Facts { tie: Some(rule), ..facts(object) }
}

const DIRTY: Event = Event::Replied(Reply::MarkedDirty);

#[test]
fn a_conflict_without_a_rule_keeps_both_versions() {
    let steps = play(with_rule(Some(file()), Auto::None), [described(None), DIRTY]);
    let lost = Outcome::Conflict { lost: None, removal: false };
    assert_eq!(steps.last(), Some(&Step::End(lost)));
}

#[test]
fn the_younger_file_wins_after_asking_and_overrules() {
    let asked = [described(None), DIRTY, Event::Number(99), DONE];
    let steps = play(with_rule(Some(file()), Auto::Younger), asked);
    let ask = Step::Send(Request::ModificationTime);
    assert_eq!(steps[2..], [ask, Step::Send(Request::Flush), Step::Patch(Request::Patch)]);

    let lost = [described(None), DIRTY, Event::Number(101)];
    let steps = play(with_rule(Some(file()), Auto::Younger), lost);
    let outcome = Outcome::Conflict { lost: Some("younger/older"), removal: false };
    assert_eq!(steps.last(), Some(&Step::End(outcome)));
}

#[test]
fn a_tie_is_played_only_once() {
    let twice = [described(None), DIRTY, DONE, DIRTY];
    let steps = play(with_rule(Some(file()), Auto::First), twice);
    assert!(matches!(steps.last(), Some(Step::End(Outcome::Conflict { .. }))), "{steps:?}");
}

#[test]
fn a_refused_owner_keeps_the_time_from_being_set() {
    let refused = Event::Set { refused: Some(("SETOWN", Reply::MarkedDirty)) };
    let other = Observed { permissions: 0o600, ..file() };
    let events = [described(Some(&other)), DONE, refused];
    let steps = play(facts(Some(file())), events);
    assert!(matches!(steps.last(), Some(Step::End(Outcome::Conflict { .. }))), "{steps:?}");
}

#[test]
fn a_missing_parent_is_told_apart_from_a_refusal() {
    let missing = Event::Replied(Reply::ParentMissing);
    let steps = play(facts(Some(file())), [missing]);
    assert_eq!(steps.last(), Some(&Step::End(Outcome::ParentMissing)));
    let forced = Facts { forced: true, ..facts(Some(file())) };
    let unasked = Event::Replied(Reply::Other(b"No such file or directory".to_vec()));
    let steps = play(forced, [DONE, unasked]);
    assert_eq!(steps.last(), Some(&Step::End(Outcome::ParentMissing)));
}

fn any_reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Done),
        Just(Reply::MarkedDirty),
        Just(Reply::ParentMissing),
        Just(Reply::Denied),
        Just(Reply::Other(BASIS_CHANGED.to_vec())),
    ]
}

/// An answer that fits the step, whatever it says.
fn answer(step: &Step, reply: Reply, equal: bool, number: i64) -> Event {
    match step {
        Step::Send(Request::Signature) if reply.is_ok() => {
            described(if equal { Some(file()) } else { None }.as_ref())
        }
        Step::Send(Request::ModificationTime | Request::Size) if reply.is_ok() => {
            Event::Number(number)
        }
        Step::Compare => Event::Compared { equal },
        Step::Set(requests) => {
            let refused = (!reply.is_ok()).then(|| (requests[0].word(), reply));
            Event::Set { refused }
        }
        _ => Event::Replied(reply),
    }
}

fn any_auto() -> impl Strategy<Value = Auto> {
    prop_oneof![
        Just(Auto::None),
        Just(Auto::First),
        Just(Auto::Younger),
        Just(Auto::Older),
        Just(Auto::Bigger),
        Just(Auto::Smaller),
        Just(Auto::Left),
        Just(Auto::Right),
    ]
}

proptest! {
    #[test]
    fn every_conversation_ends_and_overrules_only_with_a_reason(
        (present, forced, dry_run, csync3) in any::<(bool, bool, bool, bool)>(),
        auto in any_auto(),
        answers in proptest::collection::vec((any_reply(), any::<bool>(), -1i64..200), 12),
    ) {
        let dialect = if csync3 { Dialect::Csync3 } else { Dialect::Csync2 };
        let facts = Facts { forced, dry_run, dialect, ..with_rule(present.then(file), auto) };
        let mut conversation = Conversation::new(facts);
        let mut step = conversation.begin();
        let mut flushed = false;
        for (reply, equal, number) in answers {
            if dry_run {
                let asks = matches!(step, Step::Send(Request::Signature) | Step::Compare);
                prop_assert!(asks || matches!(step, Step::End(_)), "dry run: {step:?}");
            }
            match &step {
                Step::End(_) => break,
                Step::Send(Request::Flush) => {
                    prop_assert!(forced || conversation.won().is_some());
                    flushed = true;
                }
                _ => prop_assert!(!forced || flushed),
            }
            step = conversation.next(answer(&step, reply, equal, number));
        }
        prop_assert!(matches!(step, Step::End(_)), "still at {step:?}");
    }
}
