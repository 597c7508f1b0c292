//! The modes that work on the store, the disk and the peers: a file per verb that does more than
//! call the engine once.
mod check;
mod db;
mod insync;
mod list;
pub(crate) mod paths;
pub(crate) mod push;
mod resolve;
mod status;
mod wait;

pub(crate) use push::port;

use crate::cli::{Invocation, Verb};
use crate::daemon;
use crate::doctor;
use crate::exit::Outcome;
use crate::render::Console;
use crate::site::Sites;
use crate::start::Start;
use csync3_engine::host::Host;
use csync3_engine::{actions, cleanup, hint, mark};
use std::error::Error;
use std::ffi::OsString;
use std::sync::Arc;

/// Carries out a verb.
///
/// # Errors
/// What ends the whole run; problems of one path or peer go to the console.
pub fn run(
    invocation: &Invocation,
    start: &Start,
    console: &Arc<Console>,
) -> Result<Outcome, Box<dyn Error>> {
    if let Verb::Doctor { files, ask_peers } = &invocation.verb {
        return doctor::run(invocation, start, console, files, *ask_peers);
    }
    if let Verb::Db(command) = &invocation.verb {
        return db::run(command, invocation, start, console);
    }
    let sites = Arc::new(Sites::new(invocation, start, console));
    if let Verb::Serve(mode) = invocation.verb {
        daemon::run(mode, invocation, start, &sites, console)?;
        return Ok(Outcome::default());
    }
    let host = sites.site(None).map_err(plain)?;
    let outcome = on_this_host(invocation, &host, console)?;
    sites.flush().map_err(plain)?;
    Ok(outcome)
}

fn on_this_host(
    invocation: &Invocation,
    host: &Host,
    console: &Console,
) -> Result<Outcome, Box<dyn Error>> {
    match &invocation.verb {
        Verb::Hint(operands) => {
            hint::hint(host, &paths::covered(host, operands)?, invocation.recursive)?;
        }
        Verb::Check(operands) => {
            check::check(invocation, host, operands)?;
            run_actions(host);
        }
        Verb::Update(operands) => {
            // The other modes that push warn of these operands when they check them.
            let paths = paths::covered(host, operands)?;
            push::push_paths(invocation, host, console, paths)?;
            run_actions(host);
        }
        Verb::CheckUpdate(operands) => {
            check::check(invocation, host, operands)?;
            push::push(invocation, host, console, operands)?;
            run_actions(host);
        }
        Verb::Sync(operands) => {
            check::check_all(invocation, host, operands)?;
            push::push(invocation, host, console, operands)?;
            run_actions(host);
        }
        Verb::Force(operands) => {
            for name in paths::names(host, operands)? {
                mark::force(host, mark::scope(name, invocation.recursive))?;
            }
        }
        Verb::Mark(operands) => mark_all(invocation, host, operands)?,
        Verb::CleanUp => {
            cleanup::clean_up(host)?;
        }
        Verb::InSync(test) => {
            let outcome = insync::test(test, invocation, host, console)?;
            if invocation.init {
                run_actions(host);
            }
            return Ok(outcome);
        }
        Verb::Resolve { files, side } => {
            return resolve::resolve(invocation, host, console, files, *side);
        }
        Verb::Status => return status::status(invocation, host, console),
        Verb::Wait { peers, timeout } => {
            return wait::wait(invocation, host, peers, *timeout);
        }
        listing => return list::list(listing, invocation, host),
    }
    Ok(Outcome::default())
}

fn mark_all(
    invocation: &Invocation,
    host: &Host,
    operands: &[OsString],
) -> Result<(), Box<dyn Error>> {
    paths::covered(host, operands)?;
    for name in paths::names(host, operands)? {
        mark::mark(host, &name, invocation.recursive, invocation.force)?;
    }
    run_actions(host);
    Ok(())
}

/// Runs what the verb has scheduled. Verbs that schedule nothing leave the actions of others alone.
fn run_actions(host: &Host) {
    actions::run(host);
}

/// An error that need not cross threads any more.
pub(crate) fn plain(error: Box<dyn Error + Send + Sync>) -> Box<dyn Error> {
    error
}
