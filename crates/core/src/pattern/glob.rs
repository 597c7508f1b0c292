//! `fnmatch`, compiled.
//!
//! A pattern becomes a row of tokens. Matching remembers only the last star: what stands between
//! two stars is placed as early as possible, which never loses a match, so a name is gone through
//! at most once per byte of the pattern.
use crate::pattern::bracket::{self, Outcome};

/// The two flags that csync2 uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    /// `FNM_PATHNAME`: only a literal slash matches a slash.
    pub pathname: bool,
    /// `FNM_LEADING_DIR`: a match of a leading part that ends before a slash is enough.
    pub leading_dir: bool,
}

/// One compiled `fnmatch` pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    tokens: Box<[Token]>,
    flags: Flags,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// These bytes; never empty.
    Literal(Box<[u8]>),
    /// `?`
    One,
    /// `[..]`
    Set(Box<ByteSet>),
    /// `*`
    Star,
    /// Nothing can match from here on.
    Never,
}

/// A set of bytes, one bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ByteSet([u64; 4]);

impl ByteSet {
    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }
}

impl Glob {
    /// Compiles a pattern of host names: `fnmatch` without flags.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        Self::compile(text, Flags::default())
    }

    /// Compiles a pattern with its flags.
    #[must_use]
    pub fn compile(text: &[u8], flags: Flags) -> Self {
        let mut tokens = Vec::new();
        let mut literal = Vec::new();
        let mut at = 0;
        let mut after_star = false;
        while at < text.len() {
            let (piece, length) = match &text[at..] {
                // glibc's star does not find a slash that is escaped.
                [b'\\', b'/', ..] if after_star && flags.pathname => {
                    (Piece::Token(Token::Never), 2)
                }
                _ => piece(text, at),
            };
            after_star = text[at] == b'*' || (after_star && text[at] == b'?');
            at += length;
            match piece {
                Piece::Byte(byte) => literal.push(byte),
                Piece::Token(token) => {
                    end_literal(&mut tokens, &mut literal);
                    if token != Token::Star || tokens.last() != Some(&Token::Star) {
                        tokens.push(token);
                    }
                }
            }
        }
        end_literal(&mut tokens, &mut literal);
        Self { tokens: tokens.into(), flags }
    }

    /// The bytes that every matching name starts with.
    #[must_use]
    pub fn literal_head(&self) -> &[u8] {
        match self.tokens.first() {
            Some(Token::Literal(bytes)) => bytes,
            _ => b"",
        }
    }

    /// Says whether every name matches.
    #[must_use]
    pub fn matches_everything(&self) -> bool {
        *self.tokens == [Token::Star] && !self.flags.pathname
    }

    /// Says whether `name` matches.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        let (mut token, mut at) = (0, 0);
        let mut star = None;
        loop {
            match self.tokens.get(token) {
                Some(Token::Star) => {
                    token += 1;
                    match &self.tokens[token..] {
                        [] => return self.star_reaches_the_end(&name[at..]),
                        [Token::Literal(tail)] if self.flags == Flags::default() => {
                            return name[at..].ends_with(tail);
                        }
                        _ => {}
                    }
                    star = Some((token, at));
                    continue;
                }
                Some(step) => {
                    if let Some(length) = self.step(step, &name[at..]) {
                        token += 1;
                        at += length;
                        continue;
                    }
                }
                None if self.may_end(&name[at..]) => return true,
                None => {}
            }
            // The fragment after the last star does not fit here: the star takes one byte more.
            let Some((after, from)) = star else {
                return false;
            };
            match name.get(from) {
                None => return false,
                Some(b'/') if self.flags.pathname => return false,
                Some(_) => {}
            }
            star = Some((after, from + 1));
            (token, at) = (after, from + 1);
        }
    }

    /// How many bytes of `rest` a token other than a star takes.
    fn step(&self, token: &Token, rest: &[u8]) -> Option<usize> {
        let free = |byte: u8| byte != b'/' || !self.flags.pathname;
        match (token, rest) {
            (Token::Literal(bytes), _) => rest.starts_with(bytes).then_some(bytes.len()),
            (Token::One, [byte, ..]) if free(*byte) => Some(1),
            (Token::Set(set), [byte, ..]) if free(*byte) && set.contains(*byte) => Some(1),
            _ => None,
        }
    }

    fn may_end(&self, rest: &[u8]) -> bool {
        rest.is_empty() || (self.flags.leading_dir && rest[0] == b'/')
    }

    fn star_reaches_the_end(&self, rest: &[u8]) -> bool {
        !self.flags.pathname || self.flags.leading_dir || !rest.contains(&b'/')
    }
}

/// A part of a pattern's text.
enum Piece {
    /// A byte that stands for itself.
    Byte(u8),
    /// Anything else.
    Token(Token),
}

/// What stands at `at`, and how many bytes it takes.
fn piece(text: &[u8], at: usize) -> (Piece, usize) {
    match (text[at], text.get(at + 1)) {
        (b'*', _) => (Piece::Token(Token::Star), 1),
        (b'?', _) => (Piece::Token(Token::One), 1),
        (b'[', _) => set(text, at + 1),
        (b'\\', Some(&escaped)) => (Piece::Byte(escaped), 2),
        (b'\\', None) => (Piece::Token(Token::Never), 1),
        (plain, _) => (Piece::Byte(plain), 1),
    }
}

/// Compiles the bracket expression whose opening bracket is before `at`.
fn set(text: &[u8], at: usize) -> (Piece, usize) {
    if bracket::outcome(text, at, b'[') == Outcome::Literal {
        return (Piece::Byte(b'['), 1);
    }
    let mut set = ByteSet::default();
    let mut end = None;
    for byte in 1..=u8::MAX {
        if let Outcome::Match(next) = bracket::outcome(text, at, byte) {
            set.insert(byte);
            end = Some(next);
        }
    }
    match end {
        Some(end) => (Piece::Token(Token::Set(Box::new(set))), end + 1 - at),
        None => (Piece::Token(Token::Never), 1),
    }
}

fn end_literal(tokens: &mut Vec<Token>, literal: &mut Vec<u8>) {
    if !literal.is_empty() {
        tokens.push(Token::Literal(std::mem::take(literal).into()));
    }
}
