//! Which dirty rows of a peer are pushed, in which order.
//!
//! Removals come first and from the leaves up, so that a directory is empty when it goes and a file
//! can take its place; additions and changes follow from the roots down. Rows are read in pages, so
//! memory does not grow with their number.
use super::PushOptions;
use crate::host::Host;
use crate::observer::{Event, Problem};
use csync3_core::config::HostName;
use csync3_core::path::{LocalPath, Located, PathError};
use csync3_store::StoreError;
use csync3_store::row::{Direction, DirtyPage, DirtyRow};
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

/// Rows read together: so many that those of one page last longer than a database some milliseconds
/// away takes for the next, which is read meanwhile.
const PAGE: usize = 1_000;

/// What a reading of rows gives.
type Page = Result<Vec<DirtyRow>, StoreError>;

/// How many rows are found between two reports of their number.
const PROGRESS_STEP: u64 = 500;

/// A row that this run may push.
pub(super) struct Candidate {
    pub(super) row: DirtyRow,
    pub(super) at: Located,
    pub(super) key: Vec<u8>,
}

/// The dirty rows of a peer in one direction.
pub(super) struct Rows<'a> {
    host: &'a Host,
    options: &'a PushOptions,
    peer: &'a HostName,
    page: DirtyPage,
    waiting: VecDeque<DirtyRow>,
    /// The page behind [`Self::waiting`], on its way.
    ahead: Option<JoinHandle<Page>>,
    exhausted: bool,
    /// Rows found so far, where they are counted for the progress of the run.
    counted: Option<u64>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        host: &'a Host,
        options: &'a PushOptions,
        peer: &'a HostName,
        direction: Direction,
    ) -> Self {
        let peer_text = Some(peer.as_str().to_owned());
        let page = DirtyPage { peer: peer_text, after: None, direction, limit: PAGE };
        Self {
            host,
            options,
            peer,
            page,
            waiting: VecDeque::new(),
            ahead: None,
            exhausted: false,
            counted: None,
        }
    }

    /// Reports how many rows there are while they are read.
    pub(super) fn counted(mut self) -> Self {
        self.counted = Some(0);
        self
    }

    fn count(&mut self, more: u64) {
        let Some(counted) = &mut self.counted else {
            return;
        };
        *counted += more;
        if more == 0 || *counted % PROGRESS_STEP == 0 {
            let (peer, rows) = (self.peer.as_str(), *counted);
            self.host.notice(&Event::PushPlanned { peer, rows });
        }
    }

    /// The next row that is wanted and that a group with this peer covers.
    pub(super) fn next(&mut self) -> Result<Option<Candidate>, StoreError> {
        loop {
            let Some(row) = self.waiting.pop_front() else {
                if self.exhausted {
                    self.count(0);
                    return Ok(None);
                }
                self.read()?;
                continue;
            };
            if let Some(candidate) = self.candidate(row) {
                self.count(1);
                return Ok(Some(candidate));
            }
        }
    }

    fn read(&mut self) -> Result<(), StoreError> {
        let rows = match self.ahead.take().map(JoinHandle::join) {
            Some(Ok(rows)) => rows?,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => self.host.store.dirty(&self.page)?,
        };
        self.exhausted = rows.len() < PAGE;
        if let Some(last) = rows.last() {
            self.page.after = Some((last.name.clone(), last.peer.clone()));
        }
        if !self.exhausted {
            self.ahead = self.read_ahead();
        }
        self.waiting = rows.into();
        Ok(())
    }

    /// Begins to read the next page. Without a thread for it the page is read when it is needed.
    fn read_ahead(&self) -> Option<JoinHandle<Page>> {
        let (store, page) = (Arc::clone(&self.host.store), self.page.clone());
        thread::Builder::new().name("rows".into()).spawn(move || store.dirty(&page)).ok()
    }

    fn candidate(&self, row: DirtyRow) -> Option<Candidate> {
        let key = self.host.config.key_for(&row.name.decoded(), self.peer);
        let at = self.host.config.prefixes.locate(&row.name);
        let Some(key) = key else {
            let peer = self.peer;
            self.host.detail(2, || {
                format!("Skipping file update {} on {peer} - not in my groups.", row.name)
            });
            return None;
        };
        let at = at.inspect_err(|why| self.nowhere(&row, why)).ok()?;
        if !is_wanted(&at.path(), &self.options.operands, self.options.recursive) {
            return None;
        }
        Some(Candidate { key: key.as_bytes().to_vec(), at, row })
    }

    /// Tells about a row whose object has no place on this host; once, in the pass that counts.
    fn nowhere(&self, row: &DirtyRow, why: &PathError) {
        if self.counted.is_some() && self.options.operands.is_empty() {
            let problem = Problem::new(&row.name, "cannot send").because(why.clone());
            self.host.notice(&Event::Problem(&problem.with_peer(self.peer)));
        }
    }
}

impl Drop for Rows<'_> {
    /// The store is not used any more once the rows are gone.
    fn drop(&mut self) {
        if let Some(ahead) = self.ahead.take() {
            // Nobody wants these rows, nor what went wrong with them.
            let _ = ahead.join();
        }
    }
}

/// Says whether the operands select a local path: an operand selects itself, everything below it if
/// the run is recursive, and `/` selects everything.
fn is_wanted(path: &LocalPath, operands: &[LocalPath], recursive: bool) -> bool {
    operands.is_empty()
        || operands.iter().any(|operand| {
            operand.as_bytes() == b"/" || path == operand || (recursive && path.is_within(operand))
        })
}

#[cfg(test)]
mod tests {
    use super::is_wanted;
    use csync3_core::path::LocalPath;

    fn wanted(path: &str, operands: &[&str], recursive: bool) -> bool {
        let operands: Vec<_> =
            operands.iter().map(|path| LocalPath::new(path.as_bytes())).collect();
        is_wanted(&LocalPath::new(path.as_bytes()), &operands, recursive)
    }

    #[test]
    fn operands_select_local_paths() {
        assert!(wanted("/srv/a/f", &[], false));
        assert!(wanted("/srv/a", &["/srv/a"], false));
        assert!(!wanted("/srv/a/f", &["/srv/a"], false));
        assert!(wanted("/srv/a/f", &["/x", "/srv/a"], true));
        assert!(!wanted("/srv/ab", &["/srv/a"], true));
        assert!(wanted("/srv/a/f", &["/"], false));
    }
}
