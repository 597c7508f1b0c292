//! A [`Scope`] as a condition on `filename`.
use super::value::Text;
use crate::row::{self, Scope};

/// A condition and the values of its placeholders, which are numbered from 1.
pub(super) struct Names {
    pub(super) condition: &'static str,
    pub(super) values: Vec<Text<Vec<u8>>>,
}

impl Names {
    /// The names of a scope.
    pub(super) fn of(scope: &Scope) -> Self {
        let (condition, values) = match scope {
            Scope::All => ("1", vec![]),
            Scope::One(name) => ("filename = ?1", vec![name.encoded().to_vec()]),
            Scope::Tree(root) => {
                let below = row::below(root);
                // `+0` would hide the index; two ranges with OR are two searches of it.
                (
                    "(filename = ?1 OR filename >= ?2 AND filename < ?3)",
                    vec![root.encoded().to_vec(), below.start, below.end],
                )
            }
        };
        Self {
            condition,
            values: values.into_iter().map(Text).collect(),
        }
    }
}
