//! `-h` and `-c` without operands: paths that somebody says have changed.
use crate::check::{CheckOptions, CheckSummary, check};
use crate::host::Host;
use csync3_core::path::LocalPath;
use csync3_store::StoreError;
use csync3_store::row::{Change, Hint};

/// Inserts a hint per path.
///
/// # Errors
/// The store's.
pub fn hint(host: &Host, paths: &[LocalPath], recursive: bool) -> Result<(), StoreError> {
    let hints = paths.iter().map(|path| Hint { path: path.clone(), recursive });
    host.store.commit(hints.map(Change::AddHint).collect())?;
    host.store.flush()
}

/// Checks every hint and removes it, newest first.
///
/// A hint goes once its check is recorded; one that is given again meanwhile stays for the next
/// call, because it is a row of its own.
///
/// # Errors
/// The store's.
pub fn check_hints(host: &Host, options: &mut CheckOptions) -> Result<CheckSummary, StoreError> {
    let mut summary = CheckSummary::default();
    for row in host.store.hints()?.into_iter().rev() {
        options.recursive = row.hint.recursive;
        summary += check(host, &row.hint.path, options)?;
        host.store.commit(vec![Change::DropHint(row)])?;
    }
    Ok(summary)
}
