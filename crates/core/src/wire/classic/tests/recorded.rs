//! Sessions of csync2 with itself, read and written again byte for byte.
use crate::delta::patch::{PatchEvent, PatchReader};
use crate::delta::signature::Signature;
use crate::wire::block::BlockHeader;
use crate::wire::classic::{ListRow, encode_command, parse_command};
use crate::wire::command::Command;
use crate::wire::line::{self, Scan, scan};
use crate::wire::reply::Reply;

macro_rules! recording {
    ($name:literal) => {
        ($name, include_str!(concat!("../../../../../../testdata/wire/", $name, ".txt")))
    };
}

/// Every recording, by name.
const RECORDINGS: [(&str, &str); 8] = [
    recording!("bad_config"),
    recording!("change"),
    recording!("conflict"),
    recording!("list"),
    recording!("new"),
    recording!("no_config"),
    recording!("refusals"),
    recording!("remove"),
];

/// The turns of a recording: a side, and what it said.
fn turns(recording: &str) -> impl Iterator<Item = (&str, Vec<u8>)> {
    recording
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| (&line[..1], unescape(&line[2..])))
}

fn unescape(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let (value, used) = match (byte, tail.first()) {
            (b'\\', Some(b'n')) => (b'\n', 1),
            (b'\\', Some(b't')) => (b'\t', 1),
            (b'\\', Some(b'x')) => {
                let digits = std::str::from_utf8(&tail[1..3]).expect("two digits");
                (u8::from_str_radix(digits, 16).expect("hexadecimal"), 3)
            }
            (b'\\', Some(b'\\')) => (b'\\', 1),
            _ => (byte, 0),
        };
        out.push(value);
        rest = &tail[used..];
    }
    out
}

/// Takes a line off the front of a turn.
fn take_line<'a>(bytes: &mut &'a [u8], limit: usize) -> &'a [u8] {
    let Scan::Line { line, taken } = scan(bytes, limit) else {
        panic!("no line in {:?}", String::from_utf8_lossy(bytes));
    };
    *bytes = &bytes[taken..];
    line
}

/// Takes a block off the front of a turn: its header is checked, its bytes returned.
fn take_block<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let line = take_line(bytes, line::BLOCK_HEADER_LIMIT);
    let header = BlockHeader::parse(line, 1 << 20).expect("a header");
    let mut again = Vec::new();
    header.encode_into(&mut again);
    assert_eq!(again, [line, b"\n"].concat());
    let BlockHeader::Data(length) = header else {
        panic!("{header:?} announces no data");
    };
    let (block, rest) = bytes.split_at(usize::try_from(length).expect("a small block"));
    *bytes = rest;
    block
}

fn check_commands(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        if bytes.starts_with(b"octet-stream") {
            check_delta(take_block(&mut bytes));
            continue;
        }
        let line = take_line(&mut bytes, line::COMMAND_LIMIT);
        let command = parse_command(line).expect("a command");
        // Typed by hand in lower case, or with an unencoded word.
        if matches!(command, Command::Unknown(_)) || line[0].is_ascii_lowercase() {
            continue;
        }
        let mut again = Vec::new();
        encode_command(&command, &mut again);
        assert_eq!(again, [line, b"\n"].concat(), "{command:?}");
    }
}

fn check_delta(mut delta: &[u8]) {
    let mut reader = PatchReader::new();
    let mut last = None;
    while let Some(event) = reader.next_event(&mut delta).expect("a sound delta") {
        last = Some(event);
    }
    assert_eq!(last, Some(PatchEvent::End));
}

fn check_replies(mut bytes: &[u8]) {
    while !bytes.is_empty() {
        if bytes.starts_with(b"octet-stream") {
            let block = take_block(&mut bytes);
            if !block.is_empty() {
                Signature::parse(block, 1000).expect("a signature");
            }
            continue;
        }
        let line = take_line(&mut bytes, line::CHECKTXT_LIMIT);
        let is_data = line.starts_with(b"v1:") || line == b"---";
        let is_number = line.iter().all(|byte| b"-0123456789".contains(byte));
        if is_data || is_number || ListRow::parse(line).is_some() {
            continue;
        }
        let reply = Reply::parse(line);
        assert_eq!(&*reply.text(), line);
        let system = Reply::Other(b"No such file or directory".to_vec());
        assert!(!matches!(reply, Reply::Other(_)) || reply == system, "{reply:?}");
    }
}

#[test]
fn recorded_sessions_are_understood_and_written_alike() {
    for (name, recording) in RECORDINGS {
        let mut said = 0;
        for (side, bytes) in turns(recording) {
            said += bytes.len();
            match side {
                "C" => check_commands(&bytes),
                "S" => check_replies(&bytes),
                _ => panic!("{name}: nobody is '{side}'"),
            }
        }
        assert!(said > 0, "{name} is empty");
    }
}
