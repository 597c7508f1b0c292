//! Contents that are here under another name.
//!
//! A rename arrives as a removal and, later, an addition. What is removed in a session stays open until
//! the session leaves the dialect, so that the addition finds its content. Who may remove a file knows
//! its name and key, so nobody learns by that of contents that are none of his.
//!
//! A content gets its new name only after it was read and has the offered hash.
use super::super::super::permit::Target;
use super::super::super::receive::{look, stage};
use super::super::Session;
use super::Native;
use super::apply::trusted;
use csync3_core::decide::local::Recorded;
use csync3_core::entry::{ContentHash, Kind, Observed};
use csync3_core::native::spare::{Find, Spare, SpareId, Spares};
use csync3_core::path::Located;
use csync3_core::wire::command::Meta;
use csync3_disk::{DiskSession, Staged};
use std::collections::HashMap;

/// The most contents that one session keeps; each holds a descriptor.
const KEPT: usize = 32_768;

/// Bytes that stay free on a file system as long as contents are kept.
const RESERVE: u64 = 64 * 1024 * 1024;

/// Contents of removed files.
pub(super) struct Reuse {
    spares: Spares,
    contents: HashMap<SpareId, csync3_disk::Spare>,
}

impl Default for Reuse {
    fn default() -> Self {
        Self { spares: Spares::new(KEPT), contents: HashMap::new() }
    }
}

/// What came of the search for a content.
pub(super) enum Reused {
    /// Here it is.
    Staged(Box<Staged>),
    /// Only its hash can tell whether it is here.
    WantsHash,
    /// It is not here.
    Nothing,
}

impl Reuse {
    /// Keeps what was removed.
    pub(super) fn keep(&mut self, spare: Option<(Spare, csync3_disk::Spare)>) {
        let Some((about, content)) = spare else {
            return;
        };
        if let Some(kept) = self.spares.keep(about) {
            self.contents.insert(kept.id, content);
            if let Some(id) = kept.dropped {
                self.contents.remove(&id);
            }
        }
    }

    /// Gives the space of all that is kept back if so many bytes would not fit otherwise.
    pub(super) fn make_room(&mut self, disk: &DiskSession, at: &Located, bytes: u64) {
        let needed = bytes.saturating_add(RESERVE);
        if !self.spares.is_empty() && disk.free(at).is_ok_and(|free| free < needed) {
            *self = Self::default();
        }
    }

    fn take(&mut self, id: SpareId) -> Option<csync3_disk::Spare> {
        self.spares.take(id);
        self.contents.remove(&id)
    }

    /// Makes the hash of a content that nobody has recorded, or forgets what cannot be read.
    fn read(&mut self, id: SpareId) {
        match self.contents.get(&id).map(csync3_disk::Spare::hash) {
            Some(Ok(hash)) => self.spares.learn(id, hash),
            _ => drop(self.take(id)),
        }
    }
}

impl Session {
    /// The content of a file that is about to be removed, if it is worth keeping.
    pub(super) fn spare(
        &self,
        native: &Native,
        target: &Target,
        recorded: Option<&Recorded>,
    ) -> Option<(Spare, csync3_disk::Spare)> {
        let source = self.disk.open(&target.at).ok()?;
        let seen = source.observed();
        let Kind::File { size } = seen.kind else {
            return None;
        };
        if !native.reuse.spares.is_worth_keeping(size) {
            return None;
        }
        let (mtime, hash) = (seen.fingerprint.mtime, trusted(recorded, seen));
        Some((Spare { size, mtime, hash }, source.into_spare()?))
    }

    /// Stages an offered file, if its content is at hand.
    pub(super) fn reuse(
        &self,
        native: &mut Native,
        target: &Target,
        offered: &Observed,
        hash: Option<ContentHash>,
    ) -> Reused {
        let Kind::File { size } = offered.kind else {
            return Reused::Nothing;
        };
        native.reuse.make_room(&self.disk, &target.at, size);
        loop {
            match native.reuse.spares.find(size, offered.fingerprint.mtime, hash) {
                Find::Nothing => return Reused::Nothing,
                Find::WantedHash => return Reused::WantsHash,
                Find::Read(id) => native.reuse.read(id),
                Find::This(id) => {
                    let Some(content) = native.reuse.take(id) else {
                        continue;
                    };
                    match self.dressed(target, offered, &content) {
                        Some(staged) if staged.hash() == hash => {
                            return Reused::Staged(Box::new(staged));
                        }
                        // What was recorded of it is wrong, or it cannot be read: it is no content
                        // to go by. There may be another.
                        _ => {}
                    }
                }
            }
        }
    }

    /// A content as the offered file.
    fn dressed(
        &self,
        target: &Target,
        offered: &Observed,
        content: &csync3_disk::Spare,
    ) -> Option<Staged> {
        let Self { host, disk, .. } = self;
        let look = look(&Meta::of(offered), host.config.ignore);
        let staged = stage(host, disk, target, || {
            let mut file = disk.stage_file(&target.at, false)?;
            file.copy_spare(content)?;
            file.finish(look)
        });
        staged.ok()
    }
}
