//! What every store must do, backend by backend.
macro_rules! rules {
    ($($rule:ident),+ $(,)?) => {
        mod memory {
            $(#[test]
            fn $rule() {
                super::$rule(&csync3_store::memory::MemoryStore::new());
            })+
        }
        mod sqlite {
            $(#[test]
            fn $rule() {
                let directory = tempfile::tempdir().unwrap();
                super::$rule(&crate::sqlite::open(directory.path()));
            })+
        }
        /// The rules by name, for a server that all of them share.
        pub(crate) const RULES: &[(&str, fn(&dyn csync3_store::Store))] =
            &[$((stringify!($rule), $rule)),+];
    };
}

mod dirty;
mod files;
mod pins;
mod totals;
mod whole;

/// Every rule.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, fn(&dyn csync3_store::Store))> {
    let all = [dirty::RULES, files::RULES, pins::RULES, totals::RULES, whole::RULES];
    all.into_iter().flatten().copied()
}

fn name_bytes(decoded: &str) -> Vec<u8> {
    csync3_core::wire::escape::encode(decoded.as_bytes()).into_owned()
}
