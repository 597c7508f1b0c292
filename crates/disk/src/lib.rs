//! csync3-disk: the synced trees of this host.
//!
//! Nothing else opens a synced file. What the other crates want to know about or do to an object is
//! asked of a [`Disk`], by the [`Located`](csync3_core::path::Located) that the configuration's
//! prefixes give a name. Policy is not made here: callers say what a target must still be, and hear
//! when it is something else.
//!
//! # Invariants
//! * Every path is resolved beneath its root by directory handle; no symlink is followed below the
//!   root, and the root itself may not be one. `..` cannot be expressed.
//! * A target is never written in place. Content and metadata are complete under a hidden name in
//!   the same directory before one rename makes them visible.
//! * Before something is replaced or removed it is compared with what the caller decided upon.
//! * What a crash leaves is a temporary of a known name, which the next attempt or scan removes.
//!
//! # Map
//! * [`Disk`], [`DiskSession`]: entry points; a session remembers a few directory handles
//! * `resolve`: from a `Located` to a directory handle and a last component
//! * `observe`, `source`: what is there, its content and its hash
//! * `spare`: contents that outlive their names
//! * `stage`: new objects under hidden names, and their publication; `temporary`,
//!   `leftover`, `part`: the hidden names
//! * [`Turn`]: one at a time puts objects in place in a directory
//! * `durable`: what was put in place outlives a power loss
//! * `attributes`, `remove`, `parents`, `backup`: the other changes
//! * [`scan`](Disk::scan): the sorted walk
//! * [`Faults`]: makes chosen operations fail, for tests
#![forbid(unsafe_code)]

mod attributes;
mod backup;
mod disk;
mod durable;
mod error;
mod fault;
mod leftover;
mod observe;
mod parents;
mod part;
mod remove;
mod resolve;
mod scan;
mod session;
mod source;
mod spare;
mod stage;
mod temporary;
mod turn;

pub use attributes::Look;
pub use disk::Disk;
pub use error::{DiskError, PublishError};
pub use fault::Faults;
pub use observe::Presence;
pub use scan::{
    Entry, Extent, LeftoverPolicy, Order, Problem, Scan, ScanItem, ScanOptions, ScanRoot, Select,
    Visit,
};
pub use session::DiskSession;
pub use source::{Run, Source};
pub use spare::Spare;
pub use stage::{Device, Staged, StagedFile};
pub use temporary::is_temporary;
pub use turn::Turn;
