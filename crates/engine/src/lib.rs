//! csync3-engine
