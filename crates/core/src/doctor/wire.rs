//! What two hosts tell each other, as texts of lines of encoded words.
//!
//! A line begins with its kind. Kinds that a reader does not know are those of a later version, and
//! it skips them.
//!
//! # Invariants
//! * Whatever bytes a peer sends, reading them ends in a value or an error.
//! * A question has at most [`SECTIONS`] groups, an answer no more lines than the question had.
use crate::decide::pin::Protection;
use crate::doctor::statements::{
    Answer, Compared, Digest, Nonce, Presence, Section, Statement, Verdict,
};
use crate::entry::Timestamp;
use crate::wire::{escape, line};

/// Groups that one question may have.
pub const SECTIONS: usize = 1_000;

/// The largest block that either side takes.
pub const BLOCK_LIMIT: u64 = 1024 * 1024;

/// What precedes the nonce in the answer to the first line of an inquiry.
pub const NONCE: &[u8] = b"OK (nonce). ";

/// The words of a line, decoded.
type Words = Vec<Vec<u8>>;

/// Why the text of a peer makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DoctorError {
    /// A line that must be there is not.
    #[error("cannot read what the peer tells about itself: '{what}' is missing")]
    Missing {
        /// Its kind.
        what: &'static str,
    },
    /// A line does not have the words of its kind.
    #[error("cannot read what the peer tells: a line of kind '{what}' is malformed")]
    Malformed {
        /// Its kind.
        what: &'static str,
    },
    /// More than a peer could have to ask.
    #[error("cannot take a question about more than {SECTIONS} groups")]
    TooLong,
}

/// What the asked host tells of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its version of csync3.
    pub version: String,
    /// For the comparison that may follow.
    pub nonce: Nonce,
    /// Its clock.
    pub clock: Timestamp,
    /// What it calls itself.
    pub host: String,
    /// Where it sees the caller come from.
    pub seen_from: Option<String>,
    /// Where its own calls to the caller come from.
    pub calls_from: Option<String>,
    /// It calls the caller without TLS.
    pub plain_to: bool,
    /// It takes calls of the caller without TLS.
    pub plain_from: bool,
    /// What protects this session.
    pub protection: Protection,
    /// Why it cannot write its database; `None` if it can.
    pub database: Option<String>,
}

/// The word of a protection.
#[must_use]
pub const fn protection_word(protection: Protection) -> &'static str {
    match protection {
        Protection::Plain => "plain",
        Protection::OldTls => "tls-1.2",
        Protection::Tls13 => "tls-1.3",
    }
}

fn parse_protection(word: &str) -> Option<Protection> {
    let all = [Protection::Plain, Protection::OldTls, Protection::Tls13];
    all.into_iter().find(|protection| protection_word(*protection) == word)
}

fn push(out: &mut Vec<u8>, words: &[&[u8]]) {
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        escape::encode_into(word, out);
    }
    out.push(b'\n');
}

fn lines(text: &[u8]) -> impl Iterator<Item = Words> {
    text.split(|byte| *byte == b'\n')
        .map(|text| line::words(text).map(std::borrow::Cow::into_owned).collect::<Words>())
        .filter(|words| !words.is_empty())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = escape::hex_digit(pair[0])? << 4 | escape::hex_digit(pair[1])?;
    }
    Some(bytes)
}

/// A nonce as a word.
#[must_use]
pub fn nonce_word(nonce: &Nonce) -> Vec<u8> {
    hex(nonce).into_bytes()
}

/// Reads a nonce.
#[must_use]
pub fn parse_nonce(word: &[u8]) -> Option<Nonce> {
    bytes(word)
}

/// A digest as a word.
#[must_use]
pub fn digest_word(digest: &Digest) -> Vec<u8> {
    hex(digest).into_bytes()
}

/// Reads a digest.
#[must_use]
pub fn parse_digest(word: &[u8]) -> Option<Digest> {
    bytes(word)
}

impl About {
    /// The text.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push(&mut out, &[b"version", self.version.as_bytes()]);
        push(&mut out, &[b"nonce", &nonce_word(&self.nonce)]);
        push(&mut out, &[b"clock", self.clock.as_nanos().to_string().as_bytes()]);
        push(&mut out, &[b"host", self.host.as_bytes()]);
        for (kind, address) in [("seen-from", &self.seen_from), ("calls-from", &self.calls_from)] {
            if let Some(address) = address {
                push(&mut out, &[kind.as_bytes(), address.as_bytes()]);
            }
        }
        for (kind, is_set) in [("plain-to", self.plain_to), ("plain-from", self.plain_from)] {
            if is_set {
                push(&mut out, &[kind.as_bytes()]);
            }
        }
        push(&mut out, &[b"protection", protection_word(self.protection).as_bytes()]);
        if let Some(why) = &self.database {
            push(&mut out, &[b"database", why.as_bytes()]);
        }
        out
    }

    /// Reads the text of a peer.
    ///
    /// # Errors
    /// [`DoctorError`].
    pub fn parse(text: &[u8]) -> Result<Self, DoctorError> {
        let all: Vec<Words> = lines(text).take(64).collect();
        let find = |kind: &str| all.iter().find(|words| words[0] == kind.as_bytes());
        let said = |kind: &'static str| {
            let value = find(kind).and_then(|words| words.get(1));
            value.map(|word| String::from_utf8_lossy(word).into_owned())
        };
        let told = |kind: &'static str| said(kind).ok_or(DoctorError::Missing { what: kind });
        let malformed = |what| move || DoctorError::Malformed { what };
        let nonce = told("nonce")?;
        Ok(Self {
            version: told("version")?,
            nonce: parse_nonce(nonce.as_bytes()).ok_or_else(malformed("nonce"))?,
            clock: Timestamp::from_nanos(told("clock")?.parse().map_err(|_| malformed("clock")())?),
            host: told("host")?,
            seen_from: said("seen-from"),
            calls_from: said("calls-from"),
            plain_to: find("plain-to").is_some(),
            plain_from: find("plain-from").is_some(),
            protection: parse_protection(&told("protection")?)
                .ok_or_else(malformed("protection"))?,
            database: said("database"),
        })
    }
}

/// The text of a question.
#[must_use]
pub fn question_text(sections: &[Section]) -> Vec<u8> {
    let mut out = Vec::new();
    for section in sections {
        push(&mut out, &[b"group", &section.group]);
        for (statement, digest) in &section.digests {
            push(&mut out, &[statement.word().as_bytes(), &digest_word(digest)]);
        }
    }
    out
}

/// Reads a question.
///
/// # Errors
/// [`DoctorError`].
pub fn parse_question(text: &[u8]) -> Result<Vec<Section>, DoctorError> {
    let mut sections: Vec<Section> = Vec::new();
    for words in lines(text) {
        if words[0] == b"group" {
            let group = words.get(1).ok_or(DoctorError::Malformed { what: "group" })?.clone();
            if sections.len() >= SECTIONS {
                return Err(DoctorError::TooLong);
            }
            sections.push(Section { group, digests: Vec::new() });
            continue;
        }
        let Some(statement) = Statement::of(&words[0]) else {
            continue;
        };
        let malformed = DoctorError::Malformed { what: statement.word() };
        let digest = words.get(1).and_then(|word| parse_digest(word)).ok_or(malformed)?;
        let section = sections.last_mut().ok_or(malformed)?;
        if section.digests.len() < Statement::ALL.len() {
            section.digests.push((statement, digest));
        }
    }
    Ok(sections)
}

/// The text of an answer.
#[must_use]
pub fn answer_text(answer: &Answer) -> Vec<u8> {
    let mut out = Vec::new();
    for verdict in &answer.verdicts {
        match &verdict.presence {
            Presence::Same => push(&mut out, &[b"group", b"same"]),
            Presence::Renamed(name) => push(&mut out, &[b"group", b"renamed", name]),
            Presence::Absent => push(&mut out, &[b"group", b"absent"]),
        }
        for Compared { statement, same, count } in &verdict.compared {
            let sign: &[u8] = if *same { b"=" } else { b"!" };
            let count = count.to_string();
            push(&mut out, &[statement.word().as_bytes(), sign, count.as_bytes()]);
        }
    }
    push(&mut out, &[b"more", answer.more.to_string().as_bytes()]);
    out
}

/// Reads the answer to a question about so many groups.
///
/// # Errors
/// [`DoctorError`].
pub fn parse_answer(text: &[u8], asked: usize) -> Result<Answer, DoctorError> {
    let mut answer = Answer::default();
    for words in lines(text) {
        let number = |at: usize| {
            let word = words.get(at).and_then(|word| std::str::from_utf8(word).ok());
            word.and_then(|word| word.parse::<u64>().ok())
        };
        match &words[0][..] {
            b"group" => {
                let presence = match (words.get(1).map(Vec::as_slice), words.get(2)) {
                    (Some(b"same"), _) => Presence::Same,
                    (Some(b"renamed"), Some(name)) => Presence::Renamed(name.clone()),
                    (Some(b"absent"), _) => Presence::Absent,
                    _ => return Err(DoctorError::Malformed { what: "group" }),
                };
                answer.verdicts.push(Verdict { presence, compared: Vec::new() });
            }
            b"more" => answer.more = number(1).ok_or(DoctorError::Malformed { what: "more" })?,
            word => {
                let Some(statement) = Statement::of(word) else {
                    continue;
                };
                let malformed = DoctorError::Malformed { what: statement.word() };
                let same = match words.get(1).map(Vec::as_slice) {
                    Some(b"=") => true,
                    Some(b"!") => false,
                    _ => return Err(malformed),
                };
                let verdict = answer.verdicts.last_mut().ok_or(malformed)?;
                if verdict.compared.len() < Statement::ALL.len() {
                    let count = number(2).ok_or(malformed)?;
                    verdict.compared.push(Compared { statement, same, count });
                }
            }
        }
        if answer.verdicts.len() > asked {
            return Err(DoctorError::Malformed { what: "group" });
        }
    }
    if answer.verdicts.len() < asked {
        return Err(DoctorError::Missing { what: "group" });
    }
    Ok(answer)
}

#[cfg(test)]
mod tests;
