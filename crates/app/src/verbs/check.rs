//! `-c`, and the checking half of `-cu` and `-x`.
use super::paths;
use crate::cli::Invocation;
use crate::render::errors::{self, Hinted};
use csync3_core::path::LocalPath;
use csync3_engine::check::{self, CheckOptions};
use csync3_engine::hint;
use csync3_engine::host::Host;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use std::error::Error;
use std::ffi::OsString;
use std::fs::File;
use std::io;

/// Checks the operands, or all hints if there are none.
pub(super) fn check(
    invocation: &Invocation,
    host: &Host,
    operands: &[OsString],
) -> Result<(), Box<dyn Error>> {
    if operands.is_empty() {
        hint::check_hints(host, &mut options(invocation)?)?;
        return Ok(());
    }
    check_paths(invocation, host, &paths::covered(host, operands)?, invocation.recursive)
}

/// Checks the operands, or everything if there are none.
pub(super) fn check_all(
    invocation: &Invocation,
    host: &Host,
    operands: &[OsString],
) -> Result<(), Box<dyn Error>> {
    if operands.is_empty() {
        return check_paths(invocation, host, &[LocalPath::new(b"/")], true);
    }
    check_paths(invocation, host, &paths::covered(host, operands)?, invocation.recursive)
}

fn check_paths(
    invocation: &Invocation,
    host: &Host,
    paths: &[LocalPath],
    recursive: bool,
) -> Result<(), Box<dyn Error>> {
    let mut options = options(invocation)?;
    options.recursive = recursive;
    for path in paths {
        check::check(host, path, &mut options)?;
    }
    Ok(())
}

fn options(invocation: &Invocation) -> Result<CheckOptions, Box<dyn Error>> {
    Ok(CheckOptions {
        recursive: invocation.recursive,
        init: invocation.init,
        forced: invocation.force,
        dump_directories: match invocation.dump_dirs {
            Some(number) => Some(Box::new(inherited(number)?)),
            None => None,
        },
    })
}

/// A file that this process was started with, by its number.
fn inherited(number: i32) -> Result<File, Box<dyn Error>> {
    let duplicate = pidfd_open(getpid(), PidfdFlags::empty())
        .and_then(|this| pidfd_getfd(this, number, PidfdGetfdFlags::empty()));
    duplicate.map(File::from).map_err(|error| {
        let message =
            format!("Invalid dump_dir_fd {number}: {}", errors::chain(&io::Error::from(error)));
        Hinted::new(message, "open it for csync3, as in `csync3 -cr -W 5 / 5>FILE`").into()
    })
}
