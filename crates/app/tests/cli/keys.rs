//! `-k FILE` from outside.
use super::call;
use std::fs;
use std::path::Path;

#[test]
fn a_key_is_written_without_any_configuration() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let key = directory.path().join("key");
    let words = ["-k", key.to_str().expect("a UTF-8 path")];
    let nowhere = Path::new("/nonexistent");
    let silent = (Some(0), String::new(), String::new());
    assert_eq!(call(nowhere, &words), silent);
    let text = fs::read(&key).expect("the key");
    assert_eq!((text.len(), text.last()), (65, Some(&b'\n')));
    let refused = "Can't create key file: File exists\n".to_owned();
    assert_eq!(call(nowhere, &words), (Some(1), String::new(), refused));
    assert_eq!(fs::read(&key).expect("the key"), text);
}
