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
    };
}

mod dirty;
mod files;
mod pins;
mod totals;
mod whole;

fn name_bytes(decoded: &str) -> Vec<u8> {
    csync3_core::wire::escape::encode(decoded.as_bytes()).into_owned()
}
