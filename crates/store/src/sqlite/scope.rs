//! A [`Scope`] as a condition on `filename`.
use super::value::Text;
use crate::row::Scope;
use csync3_core::path::ClusterPath;

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

/// The encoded names below a directory (without its own), as csync2 selects them.
///
/// `0` follows `/` in ASCII, so `DIR/` up to `DIR0` is what begins with `DIR/`. Below `/` is every
/// absolute name.
fn below(directory: &ClusterPath) -> std::ops::Range<Vec<u8>> {
    let base: &[u8] = match directory.encoded() {
        b"/" => b"",
        other => other,
    };
    [base, b"/"].concat()..[base, b"0"].concat()
}
