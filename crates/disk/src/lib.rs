//! csync3-disk
