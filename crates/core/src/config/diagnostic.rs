//! What is wrong with a configuration, and where.
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

/// A stretch of one of the texts that make up the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Index into the texts.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// One file of the configuration, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceText {
    /// The path that it was read from.
    pub path: PathBuf,
    /// Its bytes; empty when it could not be read.
    pub text: Vec<u8>,
}

/// A place in a text as people count: both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in bytes.
    pub column: usize,
}

impl SourceText {
    /// The line and column of a byte offset; offsets past the end count as the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let before = &self.text[..offset.min(self.text.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Position {
            line: memchr::memchr_iter(b'\n', before).count() + 1,
            column: before.len() - line_start + 1,
        }
    }
}

/// One fault of the configuration, or one doubt about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where: index into the texts and bytes.
    pub span: Span,
    /// What is wrong, in csync2's words where it has some.
    pub message: String,
    /// What was expected at the place; may be empty.
    pub label: String,
    /// How to put it right.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A fault without help.
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>, label: impl Into<String>) -> Self {
        Self { span, message: message.into(), label: label.into(), help: None }
    }

    /// The same fault with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// The index of the text that it is about.
    #[must_use]
    pub const fn source(&self) -> usize {
        self.span.source
    }

    /// The bytes of that text that it is about.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.span.start..self.span.end
    }
}

/// All faults of a configuration that cannot be used, with the texts they point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    /// The faults, at least one, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts; the first is the main file.
    pub texts: Vec<SourceText>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.diagnostics.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{}", diagnostic.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
