//! csync3-store
