//! Operands as local paths and as names.
use crate::cli::operands;
use csync3_core::path::{ClusterPath, LocalPath};
use csync3_engine::check::is_covered;
use csync3_engine::host::Host;
use csync3_engine::observer::Event;
use std::env;
use std::error::Error;
use std::ffi::OsString;

/// The canonical local paths of the operands.
pub(crate) fn local(operands: &[OsString]) -> Result<Vec<LocalPath>, Box<dyn Error>> {
    let directory = env::current_dir()?;
    Ok(operands.iter().map(|operand| operands::canonical(operand, &directory)).collect())
}

/// As [`local`], and warns of those that no group could match.
pub(super) fn covered(
    host: &Host,
    operands: &[OsString],
) -> Result<Vec<LocalPath>, Box<dyn Error>> {
    let paths = local(operands)?;
    for path in &paths {
        if !is_covered(&host.config, path) {
            host.observer.notice(&Event::OperandIgnored { path: &path.to_string() });
        }
    }
    Ok(paths)
}

/// The names of the operands: those of the prefixes they lie under, if they do.
pub(super) fn names(
    host: &Host,
    operands: &[OsString],
) -> Result<Vec<ClusterPath>, Box<dyn Error>> {
    let paths = local(operands)?;
    let names = paths.iter().map(|path| host.config.prefixes.to_cluster(path));
    Ok(names.collect::<Result<_, _>>()?)
}
