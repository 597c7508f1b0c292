//! One name: gathers the facts, asks [`csync3_core::decide::local`], says what to write.
use crate::host::Host;
use crate::observer::{Found, Problem};
use csync3_core::checktxt::{self, Times};
use csync3_core::config::Trigger;
use csync3_core::decide::local::{self, Also, Local, Recorded, Shown};
use csync3_core::entry::{ContentHash, Kind, Observed, Timestamp};
use csync3_core::lineage::{Lineage, Version};
use csync3_core::path::ClusterPath;
use csync3_disk::DiskError;
use csync3_store::row::{ActionRow, Change, Mark};

/// What a found difference leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Marking {
    /// Record it, owe it to nobody.
    pub(crate) init: bool,
    /// Marks overrule the peers.
    pub(crate) forced: bool,
}

/// What one name needs.
#[derive(Debug)]
pub(crate) struct Finding {
    /// What to write.
    pub(crate) change: Change,
    /// The difference; `None` if only this host's knowledge got better.
    pub(crate) found: Option<Found>,
}

/// Decides names one after the other.
pub(crate) struct Judge<'a> {
    host: &'a Host,
    marking: Marking,
    /// A time before anything was looked at.
    since: Timestamp,
    text: Vec<u8>,
}

impl<'a> Judge<'a> {
    /// `since` must not be later than the first look at any object that is judged.
    pub(crate) fn new(host: &'a Host, marking: Marking, since: Timestamp) -> Self {
        Self { host, marking, since, text: Vec::with_capacity(128) }
    }

    /// Compares what is recorded of a name with what was seen (`None`: it certainly is not there).
    ///
    /// A row that announces a state ([`Recorded::also`]) is judged in the object's turn only; what a
    /// crash left beside the object is removed then.
    ///
    /// # Errors
    /// Only the content could tell, and it cannot be read: nobody knows whether it has changed.
    pub(crate) fn judge(
        &mut self,
        name: &ClusterPath,
        recorded: Option<&Recorded>,
        seen: Option<&Observed>,
    ) -> Result<Option<Finding>, Problem> {
        if recorded.is_some_and(|row| row.also.is_some()) {
            self.clear_beside(name);
        }
        let shown = seen.map(|seen| {
            checktxt::render_into(seen, self.host.config.ignore, Times::Stated, &mut self.text);
            Shown::new(seen, &self.text)
        });
        let mut verdict = local::local(recorded, shown);
        let mut hash = None;
        if verdict == Local::Verify {
            match self.hash(name) {
                Ok(content) => {
                    hash = Some(content);
                    verdict = recorded.map_or(Local::New, |row| local::verified(row, content));
                }
                // It went meanwhile; whoever looks next will find that.
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(Problem::new(name, "cannot look at it").because(error)),
            }
        }
        let found = match verdict {
            Local::Absent | Local::Same => return Ok(None),
            Local::Refresh | Local::Forget | Local::Verify => None,
            Local::New => Some(Found::New),
            Local::Changed => Some(Found::Changed),
            Local::Gone => Some(Found::Gone),
        };
        let now = seen.map(|seen| {
            let row = self.remember(name, seen, verdict, recorded, hash);
            Recorded { lineage: self.lineage(recorded, found), ..row }
        });
        Ok(Some(self.finding(name, recorded, now, found)))
    }

    /// Who announced the state may have died between the rename that made it visible and the end of
    /// what stood beside it; no later attempt looks for that, as the object is in place.
    fn clear_beside(&self, name: &ClusterPath) {
        if let Ok(at) = self.host.config.prefixes.locate(name) {
            // What cannot be removed now is a leftover for a later scan.
            let _ = self.host.disk.session().clear_beside(&at);
        }
    }

    fn finding(
        &self,
        name: &ClusterPath,
        recorded: Option<&Recorded>,
        now: Option<Recorded>,
        found: Option<Found>,
    ) -> Finding {
        let marks = found.is_some() && !self.marking.init;
        let change = Change::Checked {
            name: name.clone(),
            was: recorded.cloned(),
            now,
            marks: if marks { self.marks(name, &replaced(recorded, found)) } else { Vec::new() },
            actions: if marks { actions(self.host, name, Trigger::Local) } else { Vec::new() },
        };
        Finding { change, found }
    }

    fn marks(&self, name: &ClusterPath, replaced: &[Version]) -> Vec<Mark> {
        let forced = self.marking.forced;
        let targets = self.host.config.targets(&name.decoded());
        targets.into_iter().map(|target| mark(target, forced, Some(replaced.to_vec()))).collect()
    }

    /// The lineage of what was seen. [`Self::text`] holds its checktxt.
    fn lineage(&self, recorded: Option<&Recorded>, found: Option<Found>) -> Option<Lineage> {
        match found {
            // Whatever the peers have instead counts as the same.
            Some(_) if self.marking.init => None,
            Some(_) => {
                let before = recorded.map_or_else(Vec::new, Recorded::versions);
                let host = self.host.config.host.as_str();
                let after = before.first().copied();
                let version = Version::made(&self.text, host, self.since, after);
                Some(Lineage::found(version, &before))
            }
            None => {
                recorded.filter(|row| self.is_of_lineage(row)).and_then(|row| row.lineage.clone())
            }
        }
    }

    /// Says whether a row's lineage is that of what was seen. One that announces a change still has the
    /// lineage of the state before that.
    fn is_of_lineage(&self, row: &Recorded) -> bool {
        match &row.also {
            None => true,
            Some(Also::Text(before)) => *before == self.text && row.checktxt != self.text,
            Some(Also::Absent) => false,
        }
    }

    /// The row for a state that was seen. [`Self::text`] holds its checktxt.
    fn remember(
        &self,
        name: &ClusterPath,
        seen: &Observed,
        verdict: Local,
        recorded: Option<&Recorded>,
        hash: Option<ContentHash>,
    ) -> Recorded {
        let mut row = Recorded { checktxt: self.text.clone(), ..Recorded::default() };
        if !matches!(seen.kind, Kind::File { .. }) {
            return row;
        }
        // After an interrupted update the row's hash may be that of the other state.
        let same_state = |row: &&Recorded| verdict == Local::Refresh && row.checktxt == self.text;
        row.hash = hash.or_else(|| recorded.filter(same_state).and_then(|row| row.hash));
        if local::is_racy(seen.fingerprint, self.since) {
            // Without a hash a row without fingerprint would be taken as it is.
            row.hash = row.hash.or_else(|| self.hash(name).ok()).or(Some(ContentHash::UNKNOWN));
        } else {
            row.fingerprint = Some(seen.fingerprint);
        }
        row
    }

    fn hash(&self, name: &ClusterPath) -> Result<ContentHash, DiskError> {
        match self.host.config.prefixes.locate(name) {
            Ok(at) => self.host.disk.hash(&at),
            // What was seen has a place; without one there is no content.
            Err(_) => Ok(ContentHash::UNKNOWN),
        }
    }
}

/// The versions that a change has replaced, for those who are owed it. What is there says itself what
/// came before the last one; of a removal nothing else is left.
fn replaced(recorded: Option<&Recorded>, found: Option<Found>) -> Vec<Version> {
    let mut versions = recorded.map_or_else(Vec::new, Recorded::versions);
    if found != Some(Found::Gone) {
        versions.truncate(1);
    }
    versions
}

/// The dirty row that a target of the configuration asks for; `replaces` is what it lets a peer have
/// instead, `None` if the peer is to get it whatever it has.
pub(crate) fn mark(
    target: csync3_core::config::Target,
    forced: bool,
    replaces: Option<Vec<Version>>,
) -> Mark {
    Mark {
        peer: target.peer.as_str().to_owned(),
        myname: target.myname.as_str().to_owned(),
        forced,
        replaces,
    }
}

/// The actions that a change of a name schedules.
pub(crate) fn actions(host: &Host, name: &ClusterPath, trigger: Trigger) -> Vec<ActionRow> {
    let scheduled = host.config.actions_for(&name.decoded(), trigger).into_iter();
    scheduled
        .map(|(command, logfile)| ActionRow {
            name: name.clone(),
            command: command.to_vec(),
            logfile: logfile.to_vec(),
        })
        .collect()
}
