//! Both hosts changed an object: who wins?
//!
//! Only the pushing side decides, by the rule of the first matching group with the peer. No rule
//! wins for a removal but those that do not look at the object.
//!
//! # Source
//! `spec/sync.md` 6; all combinations verified against csync2 2.1.
use crate::config::{Auto, Side, TieRule};
use crate::entry::{Kind, Observed};

/// What a conflict needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// This host's version overrules the peer's; the name of the rule, for messages.
    Won(&'static str),
    /// The peer keeps its version; the rule, or `None` if there is no rule at all.
    Lost(Option<&'static str>),
    /// The rule cannot win for a removal.
    LostRemoval,
    /// The peer's modification time decides: ask and call [`settle`].
    AskTime,
    /// The peer's size decides: ask and call [`settle`].
    AskSize,
}

const LEFT_RIGHT: &str = "left/right";
const YOUNGER_OLDER: &str = "younger/older";
const BIGGER_SMALLER: &str = "bigger/smaller";

/// Decides as far as the configuration alone can. `local` is `None` for a removal.
#[must_use]
pub fn tie(rule: &TieRule, local: Option<&Observed>) -> Tie {
    if rule.master_over_slave {
        return Tie::Won("master/slave");
    }
    match rule.auto {
        Auto::None => Tie::Lost(None),
        Auto::First => Tie::Won("first"),
        Auto::Left => by_side(rule.side, Side::Right),
        Auto::Right => by_side(rule.side, Side::Left),
        _ if local.is_none() => Tie::LostRemoval,
        Auto::Younger | Auto::Older => Tie::AskTime,
        Auto::Bigger | Auto::Smaller => Tie::AskSize,
    }
}

fn by_side(peer: Option<Side>, loses: Side) -> Tie {
    if peer == Some(loses) { Tie::Won(LEFT_RIGHT) } else { Tie::Lost(Some(LEFT_RIGHT)) }
}

/// Settles [`Tie::AskTime`] and [`Tie::AskSize`] with the peer's answer: its number, -1 if it has
/// no such object.
///
/// csync2 states times in whole seconds, its fork and csync3 may state nanoseconds; a time is
/// compared in the unit that the peer used.
#[must_use]
pub fn settle(rule: &TieRule, local: &Observed, peer: i64) -> Tie {
    let (name, greater) = match rule.auto {
        Auto::Younger | Auto::Older => (YOUNGER_OLDER, time_in_unit_of(local, peer) > peer),
        _ => (BIGGER_SMALLER, size(local) > peer),
    };
    let won = match rule.auto {
        _ if peer == -1 => true,
        Auto::Younger | Auto::Bigger => greater,
        _ => !greater,
    };
    if won { Tie::Won(name) } else { Tie::Lost(Some(name)) }
}

fn time_in_unit_of(local: &Observed, peer: i64) -> i64 {
    let mtime = local.fingerprint.mtime;
    if peer.unsigned_abs() < 100_000_000_000 { mtime.seconds } else { mtime.as_nanos() }
}

/// The size that csync2 sees by `lstat`; what is no file or link counts as empty.
#[must_use]
pub fn size(local: &Observed) -> i64 {
    match &local.kind {
        Kind::File { size } => i64::try_from(*size).unwrap_or(i64::MAX),
        Kind::Symlink { target } => i64::try_from(target.len()).unwrap_or(i64::MAX),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::{Tie, settle, tie};
    use crate::config::{Auto, Side, TieRule};
    use crate::entry::{Fingerprint, Kind, Observed, Timestamp};

    fn rule(auto: Auto) -> TieRule {
        TieRule { master_over_slave: false, auto, side: Some(Side::Right) }
    }

    fn file(mtime: i64, size: u64) -> Observed {
        let time = Timestamp { seconds: mtime, nanos: 3 };
        let fingerprint = Fingerprint { mtime: time, ctime: time, inode: 1 };
        Observed { kind: Kind::File { size }, permissions: 0o644, uid: 0, gid: 0, fingerprint }
    }

    #[test]
    fn rules_that_do_not_look_at_the_object_also_win_for_removals() {
        let object = file(1, 1);
        for local in [None, Some(&object)] {
            assert_eq!(tie(&rule(Auto::First), local), Tie::Won("first"));
            assert_eq!(tie(&rule(Auto::Left), local), Tie::Won("left/right"));
            assert_eq!(tie(&rule(Auto::Right), local), Tie::Lost(Some("left/right")));
            assert_eq!(tie(&rule(Auto::None), local), Tie::Lost(None));
            let master = TieRule { master_over_slave: true, ..rule(Auto::None) };
            assert_eq!(tie(&master, local), Tie::Won("master/slave"));
        }
    }

    #[test]
    fn rules_that_look_at_the_object_never_win_for_removals() {
        for auto in [Auto::Younger, Auto::Older, Auto::Bigger, Auto::Smaller] {
            assert_eq!(tie(&rule(auto), None), Tie::LostRemoval);
        }
    }

    #[test]
    fn ties_are_won_by_older_and_smaller() {
        let object = file(100, 50);
        for (auto, peer, won) in [
            (Auto::Younger, 99, true),
            (Auto::Younger, 100, false),
            (Auto::Older, 100, true),
            (Auto::Older, 99, false),
            (Auto::Bigger, 49, true),
            (Auto::Bigger, 50, false),
            (Auto::Smaller, 50, true),
            (Auto::Smaller, 49, false),
        ] {
            let settled = settle(&rule(auto), &object, peer);
            assert_eq!(matches!(settled, Tie::Won(_)), won, "{auto:?} against {peer}");
        }
    }

    #[test]
    fn whoever_still_has_the_object_wins_against_a_removal() {
        for auto in [Auto::Younger, Auto::Older, Auto::Bigger, Auto::Smaller] {
            assert!(matches!(settle(&rule(auto), &file(1, 1), -1), Tie::Won(_)), "{auto:?}");
        }
    }

    #[test]
    fn a_peer_that_states_nanoseconds_is_compared_in_nanoseconds() {
        let object = file(1_795_331_525, 1);
        let younger = rule(Auto::Younger);
        assert!(matches!(settle(&younger, &object, 1_795_331_525_000_000_002), Tie::Won(_)));
        assert!(matches!(settle(&younger, &object, 1_795_331_525_000_000_003), Tie::Lost(_)));
    }
}
