//! csync3-testkit
