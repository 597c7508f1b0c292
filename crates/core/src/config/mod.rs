//! The configuration: csync2's text in, answers out.
//!
//! [`load`] reads the main file and what it includes through [`Sources`], and settles everything
//! that depends on this host. What comes out is a [`Config`]: every group has a key, every name is
//! lower case, every pattern is compiled. It opens no file itself and changes nothing afterwards.
//!
//! `lex` cuts the text into tokens, `parse` makes a tree of them, `check` settles it.
//! [`ast`]: the tree · [`diagnostic`]: what is wrong, and where · [`host`], [`key`]: names and
//! secrets · [`group`]: what a group is · [`lookup`]: the questions a configuration answers ·
//! `pairs`: those of a comparison with peers · [`listed`]: which listed host is this one
//!
//! # Source
//! `spec/config.md`, verified against csync2 2.1.
pub mod ast;
mod check;
pub mod diagnostic;
pub mod group;
pub mod host;
pub mod key;
mod lex;
pub mod listed;
pub mod lookup;
mod pairs;
mod parse;

pub use ast::Ast;
pub use diagnostic::{ConfigErrors, Diagnostic, Position, SourceText, Span};
pub use group::{Action, Auto, Backup, Effect, Group, Membership, Peer, Place, Rule, Side};
pub use host::HostName;
pub use key::{Key, KeyError};
pub use listed::{Listed, guess, listed_hosts};
pub use lookup::{Denial, Level, Permission, Target, TieRule, Trigger};

use crate::checktxt::Ignore;
use crate::path::{LocalPath, PrefixMap};
use crate::pattern::Glob;
use lex::Lexed;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the texts come from: config files, includes and key files.
pub trait Sources {
    /// Reads a whole file.
    ///
    /// # Errors
    /// The reason in the system's words, such as `No such file or directory`.
    fn read(&self, path: &Path) -> Result<Vec<u8>, String>;

    /// Reads a key file, which nobody but its owner should be able to read.
    ///
    /// # Errors
    /// As [`Self::read`].
    fn read_key(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.read(path)
    }
}

/// What the command line and the environment say.
#[derive(Debug, Clone)]
pub struct Setting {
    /// This host (`-N`, or what the system says).
    pub host: HostName,
    /// The directory that key files are relative to.
    pub system_dir: PathBuf,
    /// `-G`: the only groups that are active.
    pub groups: Option<Vec<String>>,
    /// `-P`: the peers that count.
    pub peers: Option<Vec<String>>,
}

/// What a name is looked up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Synchronisation.
    Sync,
    /// Comparison: `compare` patterns count as includes.
    Compare,
}

/// What a host says it has got, in the native dialect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Durability {
    /// Only what a loss of power cannot take any more.
    #[default]
    Full,
    /// What is in place; the system writes it to the disk when it likes.
    Off,
}

/// One `nossl` statement.
#[derive(Debug, Clone)]
pub struct Plain {
    /// Compared with this host's name.
    pub from: Glob,
    /// Compared with the peer's name.
    pub to: Glob,
}

/// A configuration that can be used.
#[derive(Debug, Clone)]
pub struct Config {
    /// This host.
    pub host: HostName,
    /// All groups, active or not, in the order of the text.
    pub groups: Vec<Group>,
    /// The prefixes.
    pub prefixes: PrefixMap,
    /// Properties that are not compared.
    pub ignore: Ignore,
    /// What is acknowledged to a csync3 host.
    pub durability: Durability,
    /// Database name or URL; `-D` goes before it.
    pub database: Option<String>,
    /// First choice for temporary files.
    pub tempdir: Option<LocalPath>,
    /// How long a busy database is waited for, in seconds.
    pub lock_timeout: u32,
    /// The `nossl` statements.
    pub plain: Vec<Plain>,
    /// `-P`: comparisons only look at groups with one of these peers.
    pub wanted_peers: Option<Vec<HostName>>,
    /// Doubts that do not stop anything.
    pub warnings: Vec<Diagnostic>,
    /// The texts that the warnings point into.
    pub texts: Vec<SourceText>,
    /// The paths of the prefixes that count here.
    prefix_paths: Vec<LocalPath>,
}

impl Config {
    /// Seconds that a busy database is waited for if the configuration does not say.
    pub const DEFAULT_LOCK_TIMEOUT: u32 = 12;
}

/// Reads and settles a configuration.
///
/// # Errors
/// All faults that were found, with the texts they point into.
pub fn load(main: &Path, setting: &Setting, sources: &dyn Sources) -> Result<Config, ConfigErrors> {
    let lexed = lex::read(main, sources);
    if !lexed.faults.is_empty() {
        return Err(ConfigErrors { diagnostics: lexed.faults, texts: lexed.texts });
    }
    let Lexed { tokens, texts, .. } = lexed;
    let (ast, mut faults) = parse::parse(&tokens);
    match check::check(&ast, setting, sources) {
        Ok(config) if faults.is_empty() => return Ok(Config { texts, ..config }),
        Ok(_) => {}
        Err(others) => faults.extend(others),
    }
    let order: BTreeMap<_, _> =
        tokens.iter().map(|token| place(token.span)).zip(0_usize..).collect();
    faults.sort_by_key(|fault| order.get(&place(fault.span)));
    Err(ConfigErrors { diagnostics: faults, texts })
}

/// Where a token starts: no two tokens share that.
fn place(span: Span) -> (usize, usize) {
    (span.source, span.start)
}

/// Reads a configuration as it is written, without asking what it means.
///
/// # Errors
/// All faults of files and syntax that were found, with the texts they point into.
pub fn read(main: &Path, sources: &dyn Sources) -> Result<(Ast, Vec<SourceText>), ConfigErrors> {
    let lexed = lex::read(main, sources);
    let (ast, faults) = parse::parse(&lexed.tokens);
    let texts = lexed.texts;
    let diagnostics = if lexed.faults.is_empty() { faults } else { lexed.faults };
    if diagnostics.is_empty() { Ok((ast, texts)) } else { Err(ConfigErrors { diagnostics, texts }) }
}

#[cfg(test)]
mod tests;
