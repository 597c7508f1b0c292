//! A peer's request against what this host holds: may the change be applied?
//!
//! The rule is narrower than csync2's, which refuses for *any* dirty row. Whether what the caller has
//! came after what is here is found by [`crate::lineage`]; whoever else is owed what is here will get
//! the caller's version from either of us.
use crate::lineage::Standing;
use crate::wire::command::Request;

/// Whether a request may be carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remote {
    /// Carry it out.
    Accept,
    /// Answer `File is also marked dirty here!`.
    AlsoChangedHere,
}

/// Decides one request that has passed identification and permission.
#[must_use]
pub fn remote(request: &Request, stands: Standing) -> Remote {
    match (replaces(request), stands) {
        (true, Standing::Earlier | Standing::Apart) => Remote::AlsoChangedHere,
        (true, Standing::Later) | (false, _) => Remote::Accept,
    }
}

/// Says whether a request changes the object, so that a version of this host could be lost by it.
///
/// `SETIME` is the one setter that csync2 carries out in any case: it says that both contents are
/// equal already.
#[must_use]
pub fn replaces(request: &Request) -> bool {
    match request {
        Request::Delete
        | Request::Patch
        | Request::AtomicPatch(_)
        | Request::Put { .. }
        | Request::MakeDir(_)
        | Request::MakeCharDevice { .. }
        | Request::MakeBlockDevice { .. }
        | Request::MakeFifo
        | Request::MakeLink { .. }
        | Request::MakeSocket
        | Request::SetOwner { .. }
        | Request::SetMode(_) => true,
        Request::Signature
        | Request::Content
        | Request::ModificationTime
        | Request::Size
        | Request::Mark
        | Request::Flush
        | Request::SetTime(_) => false,
    }
}
