//! New objects, complete under a hidden name before they become visible.
//!
//! [`mod@file`]: a regular file, written and hashed · [`object`]: everything else ·
//! [`publish`]: the rename that makes either visible
mod file;
mod object;
mod publish;

pub use file::StagedFile;
pub use object::Device;
pub use publish::Staged;

pub(crate) use file::dress as dress_file;
pub(crate) use object::{dress as dress_object, make};
