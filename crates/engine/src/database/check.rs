//! `db check`: what is wrong with a database, and which of its rows nobody needs. Writes nothing.
use super::rows::{Row, Rows, RowsError};
use crate::observer::{Event, Observer};
use csync3_core::config::Config;
use csync3_core::doctor::rows::{self, RowFaults};
use csync3_core::doctor::{Check, Finding};
use csync3_store::upkeep::{Fault, Upkeep};
use csync3_store::{Store, StoreError};

/// Rows between two reports of progress.
const PROGRESS_STEP: u64 = 1_000;

/// Looks a database through; `database` is how it is shown.
///
/// # Errors
/// What keeps it from being read, damage excepted: that is found.
pub fn check(
    upkeep: &mut dyn Upkeep,
    config: &Config,
    database: &str,
    observer: &dyn Observer,
) -> Result<Vec<Finding>, StoreError> {
    let faults = upkeep.faults()?;
    let is_damaged = faults.iter().any(|fault| matches!(fault, Fault::Damaged { .. }));
    let mut found: Vec<Finding> =
        faults.into_iter().flat_map(|fault| of_fault(database, fault)).collect();
    if is_damaged {
        // What else it says may be wrong.
        return Ok(found);
    }
    let missing = upkeep.missing()?.len();
    let listing = upkeep.listing()?;
    if missing > 0 {
        let skipped = if listing.is_none() { ", and its rows were not looked at" } else { "" };
        let cause = format!("{missing} statements would make it csync3's{skipped}");
        let remedy = "csync3 db upgrade --dry-run shows them; csync3 runs them when it opens it";
        found.push(Finding::note(Check::Schema, database, cause).remedy(remedy));
    }
    if let Some(store) = listing {
        found.extend(of_rows(&*store, config, observer)?);
    }
    Ok(found)
}

fn of_fault(database: &str, fault: Fault) -> Vec<Finding> {
    let rebuild = "stop csync3 and csync2 here and run csync3 db rebuild; of a database on a server, \
                   ask its administrator";
    let upgrade = "csync3 db upgrade makes equal rows one and adds it";
    match fault {
        Fault::Damaged { what } => what
            .into_iter()
            .map(|line| Finding::problem(Check::Integrity, database, line).remedy(rebuild))
            .collect(),
        Fault::NoKey { table, columns } => {
            let cause = format!("there is no unique key of {columns}");
            vec![Finding::problem(Check::Schema, table, cause).remedy(upgrade)]
        }
        Fault::Duplicates { table, columns, rows } => {
            let cause = format!("{rows} of its rows have others with the same {columns}");
            let remedy = "csync3 db upgrade makes them one; remove those without a name with SQL";
            vec![Finding::problem(Check::Duplicates, table, cause).remedy(remedy)]
        }
        Fault::BadValues { table, column, expected, rows, example } => {
            let cause =
                format!("{rows} of its rows, {example} for one: {column} is not {expected}");
            let remedy = "remove them with SQL; the next check records the objects anew";
            vec![Finding::problem(Check::Values, table, cause).remedy(remedy)]
        }
        // A backend knows more than this.
        other => vec![Finding::problem(Check::Integrity, database, format!("{other:?}"))],
    }
}

fn of_rows(
    store: &dyn Store,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Vec<Finding>, StoreError> {
    let (mut faults, mut pins, mut order) = (RowFaults::default(), Vec::new(), None);
    let listed = Rows::of(store).and_then(|rows| {
        for (row, seen) in rows.zip(1_u64..) {
            match row? {
                Row::File(row) => {
                    let fault = rows::file(config, &row.name, &row.recorded.checktxt);
                    fault.into_iter().for_each(|it| faults.add("file", &row.name, it));
                }
                Row::Dirty(row) => {
                    let fault = rows::dirty(config, &row.name, &row.myname, &row.peer);
                    fault.into_iter().for_each(|it| faults.add("dirty", &row.name, it));
                }
                Row::Action(row) => {
                    let fault = rows::name(config, &row.name);
                    fault.into_iter().for_each(|it| faults.add("action", &row.name, it));
                }
                Row::Pin(pin) if !rows::is_peer(config, &pin.peer) => pins.push(of_pin(&pin.peer)),
                Row::Pin(_) | Row::Hint(..) | Row::Pushes { .. } => {}
            }
            if seen % PROGRESS_STEP == 0 {
                observer.notice(&Event::Rows { rows: PROGRESS_STEP });
            }
        }
        Ok(())
    });
    match listed {
        Err(RowsError::Store(error)) => return Err(error),
        Err(RowsError::Order { row }) => order = Some(of_order(&row)),
        Ok(()) => {}
    }
    Ok(order.into_iter().chain(faults.findings()).chain(pins).collect())
}

fn of_pin(peer: &str) -> Finding {
    let cause = "the certificate of a host that the configuration does not have is remembered";
    Finding::warning(Check::Orphan, "x509_cert", cause)
        .with_peer(peer)
        .remedy(format!("csync3 cert forget {peer}, if the configuration is as it should be"))
}

fn of_order(row: &str) -> Finding {
    let cause = format!(
        "{row} stands twice, or not in the order of bytes; rows after it were not \
                         looked at"
    );
    Finding::problem(Check::Duplicates, "rows", cause)
        .remedy("csync3 db upgrade, if the table has no unique key; else remove the row with SQL")
}
