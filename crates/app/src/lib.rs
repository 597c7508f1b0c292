//! csync3-app
