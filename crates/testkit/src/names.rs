//! File names that break programs which take names for text.
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

/// Every trap once; the same list at each call.
pub(crate) fn odd_names() -> Vec<OsString> {
    let mut names: Vec<Vec<u8>> = [
        &b"two words"[..],
        b" leading and trailing ",
        b"-rf",
        b"--help",
        b"line\nbreak",
        b"tab\there",
        b"carriage\rreturn",
        b"quote'single",
        b"quote\"double",
        b"back\\slash",
        b"per%cent",
        b"%25encoded%2F",
        b"%tree%",
        b"dollar$HOME",
        b"col:on",
        b"pi|pe",
        b"semi;colon&`ampersand`",
        b"star*question?[bracket]",
        b"hash#mark",
        b"tilde~",
        b"...",
        b"..two dots",
        b".hidden",
        b"latin1-\xe4\xf6\xfc",
        b"broken-utf8-\xff\xfe\xc3",
        b"utf8-\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
        b"bell\x07delete\x7fescape\x1b[31m",
        b"CASE",
        b"case",
        b"\x01",
    ]
    .iter()
    .map(|name| name.to_vec())
    .collect();
    names.push(b"n".repeat(255));
    names.push([&b"\xc3\xbc".repeat(127)[..], b" "].concat());
    names.into_iter().map(OsString::from_vec).collect()
}
