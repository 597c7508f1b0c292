//! Commands to lines and back.
