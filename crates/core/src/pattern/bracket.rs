//! What a bracket expression means.
