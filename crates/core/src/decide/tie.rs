//! tie
