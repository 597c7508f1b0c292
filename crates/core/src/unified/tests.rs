use super::{Unified, unified};

fn hunks(old: &str, new: &str) -> String {
    match unified(old.as_bytes(), new.as_bytes()) {
        Unified::Hunks(text) => String::from_utf8(text).expect("made of text"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn equal_contents_are_identical_even_if_they_are_no_text() {
    for content in [&b""[..], b"a", b"a\n", b"\0"] {
        assert_eq!(unified(content, content), Unified::Identical);
    }
}

#[test]
fn a_nul_near_the_beginning_makes_a_binary_file() {
    assert_eq!(unified(b"a\0b", b"a"), Unified::Binary);
    assert_eq!(unified(b"", b"\0"), Unified::Binary);
    let late = [&[b'a'; 4096][..], b"\0"].concat();
    assert!(matches!(unified(b"", &late), Unified::Hunks(_)));
}

#[test]
fn an_empty_side_has_no_lines() {
    assert_eq!(hunks("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
    assert_eq!(hunks("a\nb\n", ""), "@@ -1,2 +0,0 @@\n-a\n-b\n");
}

#[test]
fn a_missing_last_line_end_is_told() {
    let note = "\\ No newline at end of file\n";
    assert_eq!(hunks("a", "a\n"), format!("@@ -1 +1 @@\n-a\n{note}+a\n"));
    assert_eq!(hunks("x\na", "y\na"), format!("@@ -1,2 +1,2 @@\n-x\n+y\n a\n{note}"));
}

#[test]
fn differences_share_a_hunk_if_their_context_meets() {
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n";
    let together = old.replace('1', "x").replace('8', "y");
    assert_eq!(hunks(old, &together).matches("@@ -").count(), 1);
    let apart = format!("{old}9\n");
    let changed = apart.replace('1', "x").replace('9', "y");
    let expected = "@@ -1,4 +1,4 @@\n-1\n+x\n 2\n 3\n 4\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+y\n";
    assert_eq!(hunks(&apart, &changed), expected);
}

#[test]
fn of_equal_lines_the_last_ones_are_new() {
    let told = hunks("{\n}\n\n{\n}\n", "{\n}\n\n{\n}\n\n{\n}\n");
    assert_eq!(told, "@@ -3,3 +3,6 @@\n \n {\n }\n+\n+{\n+}\n");
}
