//! A peer's request against what this host holds: may the change be applied?
//!
//! The rule is narrower than csync2's, which refuses for *any* dirty row: a request is refused only
//! when this host holds a version that the **caller** does not have, that is, when the caller is
//! still owed the object. Whoever else is owed it will get the caller's version from either of us.
use crate::wire::command::Request;

/// What the store says about one name and the peer that asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed {
    /// The caller has every version of this host.
    Nothing,
    /// A change here has not reached the caller.
    ThisName,
}

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
pub fn remote(request: &Request, owed: Owed) -> Remote {
    match (replaces(request), owed) {
        (true, Owed::ThisName) => Remote::AlsoChangedHere,
        (true, Owed::Nothing) | (false, _) => Remote::Accept,
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
