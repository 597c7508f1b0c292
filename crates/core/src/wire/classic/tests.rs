//! Commands to lines and back, by example, by law and as csync2 really speaks.
use crate::entry::{ContentHash, Timestamp};
use crate::path::{ClusterPath, PathError};
use crate::wire::classic::{ListRow, encode_command, parse_command};
use crate::wire::command::{Command, FileCommand, Meta, Request};
use crate::wire::line::COMMAND_LIMIT;
use proptest::prelude::*;

mod recorded;

fn encoded(command: &Command) -> Vec<u8> {
    let mut out = Vec::new();
    encode_command(command, &mut out);
    out
}

fn on_file(request: Request) -> Command {
    Command::OnFile(FileCommand {
        key: b"K".to_vec(),
        name: ClusterPath::from_decoded(b"%p%/a b"),
        request,
    })
}

fn request_of(line: &[u8]) -> Request {
    match parse_command(line) {
        Some(Command::OnFile(command)) => command.request,
        other => panic!("{other:?} is no command on a file"),
    }
}

const META: Meta = Meta {
    uid: 1000,
    gid: u32::MAX - 5,
    mode: 0o100_644,
    mtime: Timestamp { seconds: 1_795_331_525, nanos: 42 },
};

#[test]
fn every_request_is_written_as_csync2_and_its_fork_write_it() {
    let hash = ContentHash([0xab; 32]);
    let meta = "1000 -6 33188 1795331525000000042";
    let cases = [
        (Request::Signature, "SIG K %25p%25/a%20b".to_owned()),
        (Request::AtomicPatch(META), format!("ATOMICPATCH K %25p%25/a%20b {meta}")),
        (
            Request::Put { meta: META, hash },
            format!("PUT K %25p%25/a%20b {meta} {}", "ab".repeat(32)),
        ),
        (Request::MakeDir(None), "MKDIR K %25p%25/a%20b".to_owned()),
        (Request::MakeDir(Some(META)), format!("MKDIR K %25p%25/a%20b {meta}")),
        (Request::MakeCharDevice { dev: 1283 }, "MKCHR K %25p%25/a%20b 1283".to_owned()),
        (
            Request::MakeLink { target: b"tar get".to_vec() },
            "MKLINK K %25p%25/a%20b tar%20get".to_owned(),
        ),
        (Request::SetOwner { uid: 0, gid: u32::MAX - 1 }, "SETOWN K %25p%25/a%20b 0 -2".to_owned()),
        (Request::SetMode(0o100_600), "SETMOD K %25p%25/a%20b 33152".to_owned()),
        (Request::SetTime(META.mtime), "SETIME K %25p%25/a%20b 1795331525".to_owned()),
    ];
    for (request, line) in cases {
        let printed = encoded(&on_file(request));
        assert_eq!(String::from_utf8_lossy(&printed), format!("{line}\n"));
    }
}

#[test]
fn command_words_are_read_in_any_case_and_through_any_blanks() {
    let expected = Some(on_file(Request::Delete));
    assert_eq!(parse_command(b"dEl K %25p%25/a%20b\r"), expected);
    assert_eq!(parse_command(b"  DEL\tK   %25p%25/a%20b extra"), expected);
    assert_eq!(parse_command(b"%44EL K %25p%25/a%20b"), expected);
}

#[test]
fn a_line_without_words_is_no_command() {
    for line in [&b""[..], b"\r", b" \t "] {
        assert_eq!(parse_command(line), None);
    }
}

#[test]
fn a_name_that_is_none_is_reported_and_not_lost() {
    let Some(Command::OnFile(command)) = parse_command(b"DEL K /a/../b") else {
        panic!("a command on a file");
    };
    assert!(matches!(command.name, Err(PathError::Component { .. })), "{:?}", command.name);
    let Some(Command::OnFile(command)) = parse_command(b"SIG") else {
        panic!("a command on a file");
    };
    assert!(matches!(command.name, Err(PathError::NotAbsolute { .. })), "{:?}", command.name);
    assert!(command.key.is_empty());
}

#[test]
fn a_bad_name_keeps_its_place_when_it_is_sent() {
    let command = Command::OnFile(FileCommand {
        key: b"K".to_vec(),
        name: ClusterPath::from_decoded(b"a b"),
        request: Request::SetMode(1),
    });
    assert_eq!(encoded(&command), b"SETMOD K ? 1\n");
}

#[test]
fn an_unknown_line_stays_what_it_was() {
    let line = b"Fetch  K %25p%25";
    assert_eq!(parse_command(line), Some(Command::Unknown(line.to_vec())));
    let short_hash = b"PUT K /a 0 0 33188 0 abcd";
    assert!(matches!(parse_command(short_hash), Some(Command::Unknown(_))));
}

#[test]
fn a_short_make_dir_states_no_metadata() {
    assert_eq!(request_of(b"MKDIR K /a 0 0 16877"), Request::MakeDir(None));
    let whole = request_of(b"MKDIR K /a 0 0 16877 1795331525");
    let Request::MakeDir(Some(meta)) = whole else {
        panic!("{whole:?} states metadata");
    };
    assert_eq!(meta.mtime.seconds, 1_795_331_525);
}

#[test]
fn a_put_just_after_the_epoch_keeps_its_time() {
    let line = format!("PUT K /a 0 0 33188 1000000000 {}", "00".repeat(32));
    let Request::Put { meta, .. } = request_of(line.as_bytes()) else {
        panic!("a put");
    };
    assert_eq!(meta.mtime, Timestamp { seconds: 1, nanos: 0 });
}

#[test]
fn numbers_of_peers_are_read_as_c_reads_them() {
    let owner = |uid, gid| Request::SetOwner { uid, gid };
    assert_eq!(request_of(b"SETOWN K /a -6 12x"), owner(u32::MAX - 5, 12));
    assert_eq!(request_of(b"SETOWN K /a x"), owner(0, 0));
    assert_eq!(request_of(b"MKBLK K /a"), Request::MakeBlockDevice { dev: 0 });
    let wide = Request::MakeBlockDevice { dev: 0xfff0_0001 };
    assert_eq!(request_of(b"MKBLK K /a -1048575"), wide);
}

#[test]
fn listing_names_one_file_or_all() {
    let list = |name: Option<&[u8]>| Command::List {
        peer: b"p".to_vec(),
        name: name.map(<[u8]>::to_vec),
        keys: vec![b"k1".to_vec(), b"k2".to_vec()],
    };
    assert_eq!(parse_command(b"LIST p - k1 k2"), Some(list(None)));
    assert_eq!(parse_command(b"LIST p %25x%25 k1 k2"), Some(list(Some(b"%x%"))));
}

#[test]
fn a_row_of_a_listing_is_no_reply() {
    let row = ListRow { checktxt: b"v1%3Atype=dir", name: b"%25p%25" };
    let mut line = Vec::new();
    row.encode_into(&mut line);
    assert_eq!(line, b"v1%3Atype=dir\t%25p%25\n");
    assert_eq!(ListRow::parse(&line[..line.len() - 1]), Some(row));
    assert_eq!(ListRow::parse(b"OK (cmd_finished)."), None);
    assert_eq!(ListRow::parse(b"very bad"), None);
}

fn word() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(1u8.., 1..12)
}

/// Times that both units can say, so that reading does not depend on guessing.
fn mtime() -> impl Strategy<Value = Timestamp> {
    (100_i64..9_000_000_000, 0u32..1_000_000_000)
        .prop_map(|(seconds, nanos)| Timestamp { seconds, nanos })
}

fn meta() -> impl Strategy<Value = Meta> {
    (any::<u32>(), any::<u32>(), any::<u32>(), mtime()).prop_map(|(uid, gid, mode, mtime)| Meta {
        uid,
        gid,
        mode,
        mtime,
    })
}

fn request() -> impl Strategy<Value = Request> {
    let dev = any::<u32>().prop_map(u64::from);
    prop_oneof![
        Just(Request::Signature),
        Just(Request::Content),
        Just(Request::ModificationTime),
        Just(Request::Size),
        Just(Request::Mark),
        Just(Request::Flush),
        Just(Request::Delete),
        Just(Request::Patch),
        meta().prop_map(Request::AtomicPatch),
        (meta(), any::<[u8; 32]>())
            .prop_map(|(meta, hash)| Request::Put { meta, hash: ContentHash(hash) }),
        proptest::option::of(meta()).prop_map(Request::MakeDir),
        dev.clone().prop_map(|dev| Request::MakeCharDevice { dev }),
        dev.prop_map(|dev| Request::MakeBlockDevice { dev }),
        Just(Request::MakeFifo),
        word().prop_map(|target| Request::MakeLink { target }),
        Just(Request::MakeSocket),
        (any::<u32>(), any::<u32>()).prop_map(|(uid, gid)| Request::SetOwner { uid, gid }),
        any::<u32>().prop_map(Request::SetMode),
        mtime().prop_map(|time| Request::SetTime(Timestamp { nanos: 0, ..time })),
    ]
}

fn file_command() -> impl Strategy<Value = Command> {
    let component = proptest::collection::vec(
        any::<u8>().prop_filter("no separator", |byte| !matches!(byte, 0 | b'/' | b'.')),
        1..8,
    );
    let name = proptest::collection::vec(component, 1..4)
        .prop_map(|parts| parts.iter().flat_map(|part| [b"/", &part[..]].concat()).collect());
    (word(), name, request()).prop_map(|(key, name, request): (_, Vec<u8>, _)| {
        Command::OnFile(FileCommand { key, name: ClusterPath::from_decoded(&name), request })
    })
}

fn command() -> impl Strategy<Value = Command> {
    let words = || proptest::collection::vec(word(), 0..5);
    prop_oneof![
        Just(Command::Ssl),
        proptest::collection::vec(1u8.., 0..12).prop_map(Command::Config),
        word().prop_map(Command::Group),
        (word(), words()).prop_map(|(name, extras)| Command::Hello { name, extras }),
        Just(Command::Bye),
        file_command(),
        (word(), proptest::option::of(word()), words())
            .prop_filter("`-` is no name", |(_, name, _)| name.as_deref() != Some(b"-"))
            .prop_map(|(peer, name, keys)| Command::List { peer, name, keys }),
        words().prop_map(Command::Doctor),
    ]
}

proptest! {
    #[test]
    fn parsing_undoes_printing(command in command()) {
        let line = encoded(&command);
        prop_assert_eq!(line.iter().position(|&byte| byte == b'\n'), Some(line.len() - 1));
        prop_assert_eq!(parse_command(&line[..line.len() - 1]), Some(command));
    }

    #[test]
    fn any_bytes_are_some_command_or_none(
        line in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let command = parse_command(&line);
        prop_assert!(command.is_some() || line.iter().all(|byte| b" \t\r\n".contains(byte)));
    }

    #[test]
    fn garbage_after_a_command_word_is_no_danger(
        verb in prop::sample::select(vec!["LIST", "PUT", "MKDIR", "SETIME", "MKCHR", "HELLO"]),
        rest in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let line = [verb.as_bytes(), b" ", &rest].concat();
        let command = parse_command(&line).expect("it has a word");
        let again = encoded(&command);
        prop_assert!(again.len() <= COMMAND_LIMIT && again.ends_with(b"\n"));
    }
}
