//! What a bracket expression of a glob means, one byte at a time.
//!
//! Owns the syntax between `[` and `]`: negation, ranges, escapes, classes, equivalence and
//! collating forms. Where the expression ends depends on the byte when it is malformed, so the
//! question is always "this expression, this byte".
//!
//! # Source
//! POSIX.1-2017 2.13.1 and the observed answers of glibc's `fnmatch` in the C locale, which
//! `crates/core/tests/fnmatch.rs` compares with.

/// What becomes of one byte at a bracket expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The byte matches; the pattern goes on at this index.
    Match(usize),
    /// The byte does not match, or the expression can match nothing.
    Fail,
    /// There is no closing bracket: the opening one stands for itself.
    Literal,
}

/// Says what `byte` does at the bracket expression whose opening bracket is before `at`.
pub(super) fn outcome(text: &[u8], at: usize, byte: u8) -> Outcome {
    let mut reader = Reader { text, at };
    let negated = matches!(reader.peek(0), b'!' | b'^');
    reader.at += usize::from(negated);
    match (reader.search(byte), negated) {
        (Search::Found, false) => reader.close(),
        (Search::Found, true) => match reader.close() {
            Outcome::Literal => Outcome::Literal,
            Outcome::Match(_) | Outcome::Fail => Outcome::Fail,
        },
        (Search::Closed, true) => Outcome::Match(reader.at),
        (Search::Closed, false) | (Search::Broken, _) => Outcome::Fail,
        (Search::Unterminated, _) => Outcome::Literal,
    }
}

/// How the search for a byte among the elements ended.
enum Search {
    Found,
    Closed,
    Broken,
    Unterminated,
}

/// One element of the list.
enum Element {
    Byte(u8),
    Class([u8; CLASS_LIMIT], usize),
    Broken,
    Unterminated,
}

/// Longer words are no class names.
const CLASS_LIMIT: usize = 32;

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The byte `ahead` of the next one; 0 past the end.
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn next(&mut self) -> u8 {
        let byte = self.peek(0);
        self.at += 1;
        byte
    }

    /// Looks through the elements for one that contains `byte`; stops right behind it.
    fn search(&mut self, byte: u8) -> Search {
        loop {
            let hit = match self.element() {
                Element::Unterminated => return Search::Unterminated,
                Element::Broken => return Search::Broken,
                Element::Class(name, length) => match in_class(&name[..length], byte) {
                    Some(hit) => hit,
                    None => return Search::Broken,
                },
                Element::Byte(low) => match self.range_end() {
                    None if low == byte => true,
                    None if self.peek(0) == b'-' && self.peek(1) == 0 => return Search::Broken,
                    None => false,
                    Some(Element::Byte(high)) => low <= byte && byte <= high,
                    Some(_) => return Search::Broken,
                },
            };
            if hit {
                return Search::Found;
            }
            if self.peek(0) == b']' {
                self.at += 1;
                return Search::Closed;
            }
        }
    }

    /// Reads one element; a closing bracket in first place is an ordinary one.
    fn element(&mut self) -> Element {
        match (self.next(), self.peek(0)) {
            (0, _) => Element::Unterminated,
            (b'\\', 0) => Element::Broken,
            (b'\\', escaped) => {
                self.at += 1;
                Element::Byte(escaped)
            }
            (b'[', b':') => self.class(),
            (b'[', b'=') => self.equivalence(),
            (b'[', b'.') => self.collating(),
            (plain, _) => Element::Byte(plain),
        }
    }

    /// `[:name:]`, or a plain `[` if no class name can follow.
    fn class(&mut self) -> Element {
        let mut name = [0; CLASS_LIMIT];
        let mut length = 0;
        loop {
            match self.peek(length + 1) {
                b':' if self.peek(length + 2) == b']' => {
                    self.at += length + 3;
                    return Element::Class(name, length);
                }
                letter @ b'a'..=b'y' if length < CLASS_LIMIT => {
                    name[length] = letter;
                    length += 1;
                }
                b'a'..=b'y' => return Element::Broken,
                _ => return Element::Byte(b'['),
            }
        }
    }

    /// `[=x=]`, or a plain `[`.
    fn equivalence(&mut self) -> Element {
        match (self.peek(1), self.peek(2), self.peek(3)) {
            (0, _, _) => Element::Broken,
            (byte, b'=', b']') => {
                self.at += 4;
                Element::Byte(byte)
            }
            _ => Element::Byte(b'['),
        }
    }

    /// `[.x.]`; longer names mean nothing in the C locale.
    fn collating(&mut self) -> Element {
        let mut length = 0;
        while !(self.peek(length + 1) == b'.' && self.peek(length + 2) == b']') {
            if self.peek(length + 1) == 0 {
                return Element::Broken;
            }
            length += 1;
        }
        let byte = self.peek(1);
        self.at += length + 3;
        if length == 1 { Element::Byte(byte) } else { Element::Broken }
    }

    /// The upper end, if a range follows.
    fn range_end(&mut self) -> Option<Element> {
        if self.peek(0) != b'-' || matches!(self.peek(1), 0 | b']') {
            return None;
        }
        self.at += 1;
        Some(match (self.next(), self.peek(0)) {
            (b'\\', 0) => Element::Broken,
            (b'\\', escaped) => {
                self.at += 1;
                Element::Byte(escaped)
            }
            (b'[', b'.') => self.collating(),
            (plain, _) => Element::Byte(plain),
        })
    }

    /// Skips what is left of the list after a hit.
    fn close(&mut self) -> Outcome {
        loop {
            match (self.next(), self.peek(0)) {
                (0, _) => return Outcome::Literal,
                (b']', _) => return Outcome::Match(self.at),
                (b'\\', 0) => return Outcome::Fail,
                (b'\\', _) => self.at += 1,
                (b'[', b':') => {
                    if matches!(self.class(), Element::Broken) {
                        return Outcome::Fail;
                    }
                }
                (b'[', b'=') => match (self.peek(1), self.peek(2), self.peek(3)) {
                    (1.., b'=', b']') => self.at += 4,
                    _ => return Outcome::Fail,
                },
                (b'[', b'.') => {
                    while !(self.peek(1) == b'.' && self.peek(2) == b']') {
                        if self.peek(1) == 0 {
                            return Outcome::Fail;
                        }
                        self.at += 1;
                    }
                    self.at += 3;
                }
                _ => {}
            }
        }
    }
}

/// Says whether `byte` is in a character class of the C locale; `None` for an unknown class.
fn in_class(name: &[u8], byte: u8) -> Option<bool> {
    Some(match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => matches!(byte, b' '..=b'~'),
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => return None,
    })
}
