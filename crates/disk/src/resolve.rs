//! From a [`Located`](csync3_core::path::Located) to a directory handle and a last component.
