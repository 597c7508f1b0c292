//! One name, looked at and recorded outside a check.
use super::again::turn;
use super::{Judge, Marking, look};
use crate::host::{Host, now};
use crate::observer::{Event, Problem};
use csync3_core::entry::Observed;
use csync3_core::path::ClusterPath;
use csync3_store::StoreError;
use csync3_store::row::Facts;

/// Looks at an object as a check would and records what has changed. Tells what is there and what is
/// known of it then.
pub(crate) fn take_note(
    host: &Host,
    name: &ClusterPath,
) -> Result<Result<(Option<Observed>, Facts), Problem>, StoreError> {
    let mut judge = Judge::new(host, Marking::default(), now());
    let mut facts = known(host, name)?;
    let mut held = None;
    if facts.recorded.as_ref().is_some_and(|row| row.also.is_some()) {
        // What is announced may be on its way: nobody can tell before it has happened.
        held = Some(turn(host, [name]));
        facts = known(host, name)?;
    }
    let seen = match look(host, &host.disk.session(), name) {
        Ok(seen) => seen,
        Err(problem) => return Ok(Err(problem)),
    };
    let finding = match judge.judge(name, facts.recorded.as_ref(), seen.as_ref()) {
        Ok(Some(finding)) => finding,
        Ok(None) => return Ok(Ok((seen, facts))),
        Err(problem) => return Ok(Err(problem)),
    };
    if finding.found.is_some() {
        host.notice(&Event::Marked { name });
    }
    // Should another process have recorded it meanwhile, its mark is the one that counts.
    host.store.commit(vec![finding.change])?;
    drop(held);
    Ok(Ok((seen, known(host, name)?)))
}

fn known(host: &Host, name: &ClusterPath) -> Result<Facts, StoreError> {
    let facts = host.store.facts(std::slice::from_ref(name))?;
    Ok(facts.into_iter().next().unwrap_or_default())
}
