//! A [`Scope`] as a condition on `filename`.
use super::value::Text;
use crate::columns::below;
use crate::row::Scope;

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
                let below = below(root);
                // One range of the index, in order; names between (`dir.old`) are passed over.
                (
                    "filename >= ?1 AND filename < ?3 AND (filename = ?1 OR filename >= ?2)",
                    vec![root.encoded().to_vec(), below.start, below.end],
                )
            }
        };
        Self { condition, values: values.into_iter().map(Text).collect() }
    }
}
