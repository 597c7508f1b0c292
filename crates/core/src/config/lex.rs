//! Text to tokens.
//!
//! Owns the rules of words, quotes and comments, and splices included files in wherever `config`
//! stands. Knows no grammar: what may follow what is [`super::parse`]'s business.
//!
//! # Invariants
//! * The tokens end with exactly one [`TokenKind::End`].
//! * Every span lies within the text it names.
//! * An included file ends every token: no word or quotation reaches across its end.
//!
//! # Source
//! `spec/config.md` 1, checked against csync2 2.1.
use crate::config::Sources;
use crate::config::diagnostic::{Diagnostic, SourceText, Span};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// How deep files may include each other; the main file does not count.
const DEEPEST: usize = 10;

/// What begins a statement of csync3's own. Words after it are no keywords, and none of them is one
/// elsewhere, so no configuration of csync2's means anything else here.
const OWN: &[u8] = b"#csync3";

/// A word that the grammar knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    Group,
    Host,
    Exclude,
    Include,
    Compare,
    Key,
    Auto,
    Action,
    Pattern,
    Exec,
    Logfile,
    DoLocal,
    DoLocalOnly,
    Prefix,
    On,
    NoSsl,
    Ignore,
    Database,
    Tempdir,
    LockTimeout,
    BackupDirectory,
    BackupGenerations,
    NoCygwinLowercase,
}

impl Keyword {
    const ALL: [(Self, &'static str); 23] = [
        (Self::Group, "group"),
        (Self::Host, "host"),
        (Self::Exclude, "exclude"),
        (Self::Include, "include"),
        (Self::Compare, "compare"),
        (Self::Key, "key"),
        (Self::Auto, "auto"),
        (Self::Action, "action"),
        (Self::Pattern, "pattern"),
        (Self::Exec, "exec"),
        (Self::Logfile, "logfile"),
        (Self::DoLocal, "do-local"),
        (Self::DoLocalOnly, "do-local-only"),
        (Self::Prefix, "prefix"),
        (Self::On, "on"),
        (Self::NoSsl, "nossl"),
        (Self::Ignore, "ignore"),
        (Self::Database, "database"),
        (Self::Tempdir, "tempdir"),
        (Self::LockTimeout, "lock-timeout"),
        (Self::BackupDirectory, "backup-directory"),
        (Self::BackupGenerations, "backup-generations"),
        (Self::NoCygwinLowercase, "no-cygwin-lowercase"),
    ];

    fn of(word: &[u8]) -> Option<Self> {
        let known = Self::ALL.iter().find(|(_, text)| text.as_bytes() == word);
        known.map(|(keyword, _)| *keyword)
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word of the grammar, unquoted.
    Keyword(Keyword),
    /// Any other word.
    Word,
    /// The inside of a quotation; never empty.
    Quoted,
    /// One of `{ } ( ) ; : @`.
    Punctuation(u8),
    /// `#csync3`: a statement follows that is a comment to csync2.
    Own,
    /// A quotation that does not end.
    Unterminated,
    /// The end of the configuration.
    End,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// The bytes that it stands for, without quotes.
    pub(super) text: Vec<u8>,
    pub(super) span: Span,
    /// The line on which it ends, counted through all files as csync2 does.
    pub(super) line: usize,
}

/// A configuration cut into tokens.
#[derive(Debug)]
pub(super) struct Lexed {
    pub(super) tokens: Vec<Token>,
    pub(super) texts: Vec<SourceText>,
    /// Files that could not be read.
    pub(super) faults: Vec<Diagnostic>,
}

/// Says whether these bytes form one word that is no keyword.
pub(super) fn is_plain_word(text: &[u8]) -> bool {
    word_length(text) == text.len()
        && !matches!(text, b"" | b"{" | b"}" | b"config")
        && Keyword::of(text).is_none()
}

/// Reads the main file and everything it includes.
pub(super) fn read(main: &Path, sources: &dyn Sources) -> Lexed {
    let mut lexer = Lexer {
        sources,
        lexed: Lexed { tokens: Vec::new(), texts: Vec::new(), faults: Vec::new() },
        line: 1,
        stopped: false,
    };
    match sources.read(main) {
        Ok(text) => lexer.file(main, &text, 0),
        Err(reason) => {
            lexer.lexed.texts.push(SourceText { path: main.to_owned(), text: Vec::new() });
            let message = format!("Can not open config file `{}': {reason}", main.display());
            let fault = Diagnostic::new(Span::default(), message, "");
            lexer.lexed.faults.push(fault);
        }
    }
    let end = lexer.lexed.texts.first().map_or(0, |main| main.text.len());
    let span = Span { source: 0, start: end, end };
    lexer.push(TokenKind::End, b"", span);
    lexer.lexed
}

struct Lexer<'a> {
    sources: &'a dyn Sources,
    lexed: Lexed,
    line: usize,
    /// Set once the files include each other too deeply: what follows has no meaning.
    stopped: bool,
}

impl Lexer<'_> {
    /// Cuts one file.
    fn file(&mut self, path: &Path, text: &[u8], depth: usize) {
        let source = self.lexed.texts.len();
        self.lexed.texts.push(SourceText { path: path.to_owned(), text: text.to_vec() });
        let mut at = 0;
        while at < text.len() && !self.stopped {
            at += self.token(text, at, source, depth);
        }
    }

    /// Cuts what starts at `at`; says how many bytes it took.
    fn token(&mut self, text: &[u8], at: usize, source: usize, depth: usize) -> usize {
        let rest = &text[at..];
        let span = |length: usize| Span { source, start: at, end: at + length };
        match rest[0] {
            b'\n' => {
                self.line += 1;
                1
            }
            b' ' | b'\t' | b'\r' => 1,
            b'#' if is_own(rest) => {
                self.push(TokenKind::Own, OWN, span(OWN.len()));
                OWN.len()
            }
            b'#' => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            b'"' => self.quotation(rest, span),
            mark @ (b'(' | b')' | b';' | b'@') => {
                self.push(TokenKind::Punctuation(mark), &[mark], span(1));
                1
            }
            first => {
                let length = word_length(rest).max(1);
                let word = &rest[..length];
                let kind = match word {
                    b"{" | b"}" | b":" => TokenKind::Punctuation(first),
                    b"config" => return length + self.includes(text, at + length, source, depth),
                    _ => Keyword::of(word).map_or(TokenKind::Word, TokenKind::Keyword),
                };
                self.push(kind, word, span(length));
                length
            }
        }
    }

    /// Cuts a quotation; an empty one is nothing at all.
    fn quotation(&mut self, rest: &[u8], span: impl Fn(usize) -> Span) -> usize {
        let closing = memchr::memchr(b'"', &rest[1..]).map(|length| length + 1);
        let length = closing.map_or(rest.len(), |at| at + 1);
        self.line += memchr::memchr_iter(b'\n', &rest[..length]).count();
        match closing {
            None => self.push(TokenKind::Unterminated, &rest[1..], span(length)),
            Some(1) => {}
            Some(at) => self.push(TokenKind::Quoted, &rest[1..at], span(length)),
        }
        length
    }

    fn push(&mut self, kind: TokenKind, text: &[u8], span: Span) {
        self.lexed.tokens.push(Token { kind, text: text.to_vec(), span, line: self.line });
    }

    /// Splices in the files named between `config` and its semicolon; says how many bytes that is.
    fn includes(&mut self, text: &[u8], start: usize, source: usize, depth: usize) -> usize {
        let mut at = start;
        while at < text.len() && !self.stopped {
            match text[at] {
                b';' => return at + 1 - start,
                b'\n' => {
                    self.line += 1;
                    at += 1;
                }
                b' ' | b'\t' | b'\r' => at += 1,
                _ => {
                    let (name, length) = include_name(&text[at..]);
                    let span = Span { source, start: at, end: at + length };
                    self.include(name, span, depth);
                    at += length;
                }
            }
        }
        at - start
    }

    /// Splices one file in.
    fn include(&mut self, name: &[u8], span: Span, depth: usize) {
        if depth == DEEPEST {
            self.stopped = true;
            let fault = Diagnostic::new(
                span,
                "Config includes nested too deeply.",
                format!("more than {DEEPEST} files deep"),
            );
            self.lexed.faults.push(fault.with_help("look for a file that includes itself"));
            return;
        }
        match self.find(name, span) {
            Ok((path, text)) => self.file(&path, &text, depth + 1),
            Err(fault) => self.lexed.faults.push(fault),
        }
    }

    /// Reads an included file: as it is named, else beside the file that includes it.
    fn find(&self, name: &[u8], span: Span) -> Result<(PathBuf, Vec<u8>), Diagnostic> {
        let named = Path::new(OsStr::from_bytes(name));
        let reason = match self.sources.read(named) {
            Ok(text) => return Ok((named.to_owned(), text)),
            Err(reason) => reason,
        };
        let message = format!("Can't open included config file '{}'.", named.display());
        let fault = Diagnostic::new(span, message, reason);
        let beside = match self.lexed.texts[span.source].path.parent() {
            Some(directory) if named.is_relative() => directory.join(named),
            _ => return Err(fault),
        };
        match self.sources.read(&beside) {
            Ok(text) => Ok((beside, text)),
            Err(_) => Err(fault.with_help(format!(
                "looked for it in the current directory and as {}",
                beside.display()
            ))),
        }
    }
}

/// Says whether a comment is a statement of csync3's own.
fn is_own(comment: &[u8]) -> bool {
    comment.strip_prefix(OWN).is_some_and(|rest| matches!(rest.first(), Some(b' ' | b'\t')))
}

/// The file name at the start of `rest`, without quotes, and the bytes that it takes.
fn include_name(rest: &[u8]) -> (&[u8], usize) {
    if let Some(inner) = rest.strip_prefix(b"\"")
        && let Some(length) = memchr::memchr(b'"', inner)
    {
        return (&inner[..length], length + 2);
    }
    let end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b';');
    let length = rest.iter().position(end).unwrap_or(rest.len());
    (&rest[..length], length)
}

/// How many bytes at the start of `rest` are one word: colons at its end are not part of it.
fn word_length(rest: &[u8]) -> usize {
    let end = |byte: &u8| {
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'@' | b';' | b'(' | b')' | b'#' | b'"')
    };
    let run = rest.iter().position(end).unwrap_or(rest.len());
    let last = rest[..run].iter().rposition(|&byte| byte != b':');
    last.map_or(0, |at| at + 1)
}
