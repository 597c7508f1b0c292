//! May this peer do that to this object, and would it lose a version of this host?
use super::greet::Caller;
use super::ledger::Ledger;
use super::refused_for;
use crate::check::{Judge, Marking, look};
use crate::host::{Host, now};
use crate::observer::{Event, Problem};
use csync3_core::config::{Denial, Permission, Purpose};
use csync3_core::decide::remote::{Remote, remote};
use csync3_core::entry::Observed;
use csync3_core::lineage::{Claim, Version};
use csync3_core::path::{ClusterPath, Located};
use csync3_core::wire::command::{FileCommand, Request};
use csync3_core::wire::reply::Reply;
use csync3_disk::Turn;
use csync3_store::StoreError;
use csync3_store::row::{Change, DirtyRow, Facts, Mark};

/// An object that a peer may work on.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) name: ClusterPath,
    pub(super) at: Located,
}

/// Checks name and key of a command. The refusal is the answer to send.
pub(super) fn permit(
    host: &Host,
    caller: &Caller,
    command: &FileCommand,
) -> Result<Target, Refusal> {
    let peer = caller.name.as_str();
    let word = command.request.word();
    let name = match &command.name {
        Ok(name) => name,
        Err(why) => {
            refused_for(host, peer, word.to_owned(), why.to_string());
            return Err(Refusal::from(Reply::Denied));
        }
    };
    let purpose = match command.request {
        Request::Content => Purpose::Compare,
        _ => Purpose::Sync,
    };
    match host.config.permission(&name.decoded(), &command.key, &caller.name, purpose) {
        Permission::Granted => {}
        denied => {
            let denial = host.config.explain_denial(&name.decoded(), &command.key, &caller.name);
            let why = explain(denial);
            refused_for(host, peer, format!("{word} {name}"), why);
            let reply = match denied {
                Permission::Slave => Reply::DeniedForSlave,
                _ if caller.is_csync3 => Reply::DeniedBecause(why.as_bytes().to_vec()),
                _ => Reply::Denied,
            };
            let restore = (denied == Permission::Slave).then(|| name.clone());
            return Err(Refusal { reply, restore });
        }
    }
    match host.config.prefixes.locate(name) {
        Ok(at) => Ok(Target { name: name.clone(), at }),
        Err(why) => {
            refused_for(host, peer, format!("{word} {name}"), why.to_string());
            Err(Refusal::from(Reply::Denied))
        }
    }
}

/// Logs that a command would lose a version of this host; the answer to send.
pub(super) fn conflict(host: &Host, caller: &Caller, request: &Request, target: &Target) -> Reply {
    let what = format!("{} {}", request.word(), target.name);
    let why = "it changed here too, and the peer does not have this version (a conflict)";
    refused_for(host, caller.name.as_str(), what, why);
    Reply::MarkedDirty
}

/// Why a command is not carried out.
#[derive(Debug)]
pub(super) struct Refusal {
    /// The answer to send.
    pub(super) reply: Reply,
    /// A slave pushed this object: it has to get this host's version back.
    pub(super) restore: Option<ClusterPath>,
}

impl From<Reply> for Refusal {
    fn from(reply: Reply) -> Self {
        Self { reply, restore: None }
    }
}

fn explain(denial: Denial) -> &'static str {
    match denial {
        Denial::PathNotIncluded => "no group of this host includes the path",
        Denial::NotInGroup => "the groups that include the path do not list this peer",
        Denial::WrongKey => "the peer showed another key than the group has here",
        Denial::SlaveOnly => "the peer is a slave in the group",
    }
}

/// The mark that makes this host send its own version to the caller: to a slave that has pushed, or to
/// one whose version is older than ours. `replaces` says what the caller has, as far as that is known.
pub(super) fn restore(
    host: &Host,
    caller: &Caller,
    name: &ClusterPath,
    replaces: Option<&[Version]>,
) -> Vec<Change> {
    let targets = host.config.targets_with(&name.decoded(), &caller.name);
    let marks = targets.into_iter().filter(|target| target.peer == caller.name).map(|target| {
        let mark = Mark {
            peer: target.peer.as_str().to_owned(),
            myname: target.myname.as_str().to_owned(),
            forced: false,
            replaces: replaces.map(<[_]>::to_vec),
        };
        Change::Mark { name: name.clone(), mark }
    });
    marks.collect()
}

/// What is there, after this host has taken note of it.
#[derive(Debug, Clone)]
pub(super) struct Current {
    /// The object as it is now.
    pub(super) seen: Option<Observed>,
    /// What is remembered of it.
    pub(super) facts: Facts,
}

impl Current {
    /// The mark by which the caller is owed this object.
    pub(super) fn owed_to(&self, caller: &Caller) -> Option<&DirtyRow> {
        self.facts.dirty.iter().find(|row| row.peer == caller.name.as_str())
    }

    /// Decides a request of the caller.
    pub(super) fn decide(
        &self,
        request: &Request,
        caller: &Caller,
        claim: Option<&Claim>,
    ) -> Remote {
        remote(request, self.standing(caller, claim))
    }
}

/// Looks at objects as a check would, and records what has changed here meanwhile.
///
/// `marking` says who is owed the changes. The answers are in the order of the names; an object that
/// cannot be looked at is a refusal. The turn is that of all these objects: without it a state that
/// another session has announced and not reached yet would be taken for one that it has given up.
pub(super) fn refresh(
    host: &Host,
    ledger: &mut Ledger,
    names: &[ClusterPath],
    marking: Marking,
    _turn: &Turn,
) -> Result<Vec<Result<Current, Reply>>, StoreError> {
    let since = now();
    let mut judge = Judge::new(host, marking, since);
    // Directories are looked up anew, but only once for all that is in them.
    let disk = host.disk.session();
    let mut current = Vec::with_capacity(names.len());
    let mut changes = Vec::new();
    let mut changed = Vec::new();
    for (name, facts) in names.iter().zip(ledger.facts(names)?) {
        let looked = look(host, &disk, name).and_then(|seen| {
            let finding = judge.judge(name, facts.recorded.as_ref(), seen.as_ref())?;
            Ok((seen, finding))
        });
        let (seen, finding) = match looked {
            Ok(looked) => looked,
            Err(problem) => {
                current.push(Err(unseen(host, &problem)));
                continue;
            }
        };
        if let Some(finding) = finding {
            if finding.found.is_some() && !marking.init {
                host.notice(&Event::Marked { name });
            }
            changed.push(current.len());
            changes.push(finding.change);
        }
        current.push(Ok(Current { seen, facts }));
    }
    if !changes.is_empty() {
        ledger.commit(changes)?;
    }
    for at in changed {
        if let Ok(current) = &mut current[at] {
            let again = ledger.facts(&names[at..=at])?;
            current.facts = again.into_iter().next().unwrap_or_default();
        }
    }
    Ok(current)
}

/// As [`refresh`], for one object.
pub(super) fn refresh_one(
    host: &Host,
    ledger: &mut Ledger,
    target: &Target,
    marking: Marking,
    turn: &Turn,
) -> Result<Result<Current, Reply>, StoreError> {
    let looked = refresh(host, ledger, std::slice::from_ref(&target.name), marking, turn)?;
    Ok(looked.into_iter().next().unwrap_or(Err(Reply::ParentMissing)))
}

fn unseen(host: &Host, problem: &Problem) -> Reply {
    host.problem(problem);
    let cause = problem.cause.as_ref().and_then(|cause| cause.downcast_ref());
    Reply::Other(cause.map_or_else(
        || b"Input/output error".to_vec(),
        |error: &csync3_disk::DiskError| error.reply_text().into_bytes(),
    ))
}
