//! csync2's dialect: commands to lines and back, and the rows of `LIST`.
//!
//! Which command may come when is the session's matter; a line means the same at any time.
//!
//! # Source
//! csync2 `daemon.c`; `spec/wire.md` 2, 3 and 7; `spec/fork.md` for `ATOMICPATCH` and the long
//! `MKDIR`. `PUT` and `DOCTOR` are csync3's own.
use crate::entry::{ContentHash, Timestamp};
use crate::path::ClusterPath;
use crate::wire::command::{Command, FileCommand, Meta, Request};
use crate::wire::number::{atoi, atoll};
use crate::wire::{escape, line};
use std::borrow::Cow;

/// The words of one line; a missing word is empty.
struct Words<'a>(Vec<Cow<'a, [u8]>>);

impl Words<'_> {
    fn get(&self, index: usize) -> &[u8] {
        self.0.get(index).map_or(b"", |word| word)
    }

    fn owned(&self, index: usize) -> Vec<u8> {
        self.get(index).to_vec()
    }

    fn owned_from(&self, index: usize) -> Vec<Vec<u8>> {
        let rest = self.0.get(index..).unwrap_or_default();
        rest.iter().map(|word| word.to_vec()).collect()
    }

    /// An id or a mode: csync2 prints these as signed 32-bit numbers.
    fn unsigned(&self, index: usize) -> u32 {
        atoi(self.get(index)).cast_unsigned()
    }

    /// A device number; a negative one is what a signed 32-bit sender makes of a large one.
    fn device(&self, index: usize) -> u64 {
        let number = atoll(self.get(index));
        u64::try_from(number).unwrap_or_else(|_| u64::from(self.unsigned(index)))
    }

    /// Owner, group, mode and time, starting at word 3.
    fn meta(&self, time: fn(i64) -> Timestamp) -> Meta {
        Meta {
            uid: self.unsigned(3),
            gid: self.unsigned(4),
            mode: self.unsigned(5),
            mtime: time(atoll(self.get(6))),
        }
    }
}

/// Reads one command line (without its LF); `None` for a line without a word.
///
/// Missing words are empty, words too many are ignored, and so are letters after a number, all as
/// csync2's server does.
#[must_use]
pub fn parse_command(line: &[u8]) -> Option<Command> {
    let words = Words(line::words(line).collect());
    let verb = words.0.first()?.to_ascii_uppercase();
    let unknown = || Command::Unknown(line.strip_suffix(b"\r").unwrap_or(line).to_vec());
    Some(match &verb[..] {
        b"SSL" => Command::Ssl,
        b"CONFIG" => Command::Config(words.owned(1)),
        b"GROUP" => Command::Group(words.owned(1)),
        b"HELLO" => Command::Hello { name: words.owned(1), extras: words.owned_from(2) },
        b"BYE" => Command::Bye,
        b"NATIVE" => Command::Native,
        b"DOCTOR" => Command::Doctor(words.owned_from(1)),
        b"LIST" => Command::List {
            peer: words.owned(1),
            name: (words.get(2) != b"-").then(|| words.owned(2)),
            keys: words.owned_from(3),
        },
        verb => match parse_request(verb, &words) {
            Some(request) => Command::OnFile(FileCommand {
                key: words.owned(1),
                name: ClusterPath::from_decoded(words.get(2)),
                request,
            }),
            None => unknown(),
        },
    })
}

fn parse_request(verb: &[u8], words: &Words<'_>) -> Option<Request> {
    Some(match verb {
        b"SIG" => Request::Signature,
        b"TYPE" => Request::Content,
        b"GETTM" => Request::ModificationTime,
        b"GETSZ" => Request::Size,
        b"MARK" => Request::Mark,
        b"FLUSH" => Request::Flush,
        b"DEL" => Request::Delete,
        b"PATCH" => Request::Patch,
        b"ATOMICPATCH" => Request::AtomicPatch(words.meta(Timestamp::from_peer)),
        b"PUT" => Request::Put {
            // Ours alone, so the unit is known and times near the epoch are not misread.
            meta: words.meta(Timestamp::from_nanos),
            hash: ContentHash(blake3::Hash::from_hex(words.get(7)).ok()?.into()),
        },
        b"MKDIR" => {
            Request::MakeDir((words.0.len() >= 7).then(|| words.meta(Timestamp::from_peer)))
        }
        b"MKCHR" => Request::MakeCharDevice { dev: words.device(3) },
        b"MKBLK" => Request::MakeBlockDevice { dev: words.device(3) },
        b"MKFIFO" => Request::MakeFifo,
        b"MKLINK" => Request::MakeLink { target: words.owned(3) },
        b"MKSOCK" => Request::MakeSocket,
        b"SETOWN" => Request::SetOwner { uid: words.unsigned(3), gid: words.unsigned(4) },
        b"SETMOD" => Request::SetMode(words.unsigned(3)),
        b"SETIME" => Request::SetTime(Timestamp::from_peer(atoll(words.get(3)))),
        _ => return None,
    })
}

/// Appends the line of a command, with its LF, to `out`.
///
/// No word but the last may be empty: the reader takes a run of separators for one. Names, keys and
/// the targets of links never are.
pub fn encode_command(command: &Command, out: &mut Vec<u8>) {
    match command {
        Command::Unknown(line) => out.extend_from_slice(line),
        _ => out.extend_from_slice(command.word().as_bytes()),
    }
    match command {
        Command::Ssl | Command::Bye | Command::Native | Command::Unknown(_) => {}
        Command::Config(text) | Command::Group(text) => push_word(text, out),
        Command::Hello { name, extras } => {
            push_word(name, out);
            extras.iter().for_each(|word| push_word(word, out));
        }
        Command::List { peer, name, keys } => {
            push_word(peer, out);
            push_word(name.as_deref().unwrap_or(b"-"), out);
            keys.iter().for_each(|key| push_word(key, out));
        }
        Command::Doctor(words) => words.iter().for_each(|word| push_word(word, out)),
        Command::OnFile(command) => {
            push_word(&command.key, out);
            push_name(command, out);
            push_arguments(&command.request, out);
        }
    }
    out.push(b'\n');
}

fn push_name(command: &FileCommand, out: &mut Vec<u8>) {
    out.push(b' ');
    match &command.name {
        Ok(name) => out.extend_from_slice(name.encoded()),
        // No server takes this name either, so its answer is the one the caller would get anyway.
        Err(_) => out.push(b'?'),
    }
}

fn push_arguments(request: &Request, out: &mut Vec<u8>) {
    match request {
        Request::Signature
        | Request::Content
        | Request::ModificationTime
        | Request::Size
        | Request::Mark
        | Request::Flush
        | Request::Delete
        | Request::Patch
        | Request::MakeDir(None)
        | Request::MakeFifo
        | Request::MakeSocket => {}
        Request::AtomicPatch(meta) | Request::MakeDir(Some(meta)) => push_meta(meta, out),
        Request::Put { meta, hash } => {
            push_meta(meta, out);
            push_word(blake3::Hash::from(hash.0).to_hex().as_bytes(), out);
        }
        Request::MakeCharDevice { dev } | Request::MakeBlockDevice { dev } => push(*dev, out),
        Request::MakeLink { target } => push_word(target, out),
        Request::SetOwner { uid, gid } => {
            push(uid.cast_signed(), out);
            push(gid.cast_signed(), out);
        }
        Request::SetMode(mode) => push(mode.cast_signed(), out),
        Request::SetTime(time) => push(time.seconds, out),
    }
}

fn push_meta(meta: &Meta, out: &mut Vec<u8>) {
    push(meta.uid.cast_signed(), out);
    push(meta.gid.cast_signed(), out);
    push(meta.mode.cast_signed(), out);
    push(meta.mtime.as_nanos(), out);
}

fn push(number: impl itoa::Integer, out: &mut Vec<u8>) {
    out.push(b' ');
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

fn push_word(word: &[u8], out: &mut Vec<u8>) {
    out.push(b' ');
    escape::encode_into(word, out);
}

/// One row of a `LIST` answer; both texts are encoded, as the database has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListRow<'a> {
    /// The encoded checktxt.
    pub checktxt: &'a [u8],
    /// The encoded name.
    pub name: &'a [u8],
}

impl<'a> ListRow<'a> {
    /// Reads a line (without its LF) of a `LIST` answer; `None` when it is no row but a reply.
    ///
    /// csync2's client tells rows by their first byte, the `v` of the checktxt's version.
    #[must_use]
    pub fn parse(line: &'a [u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let tab = memchr::memchr(b'\t', line).filter(|_| line.starts_with(b"v"))?;
        Some(Self { checktxt: &line[..tab], name: &line[tab + 1..] })
    }

    /// Appends the line with its LF to `out`.
    pub fn encode_into(self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.checktxt);
        out.push(b'\t');
        out.extend_from_slice(self.name);
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests;
