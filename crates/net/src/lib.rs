//! csync3-net
