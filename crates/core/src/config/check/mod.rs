//! [`Ast`] to [`Config`]: settles what depends on this host, and finds what cannot be meant.
//!
//! Collects every fault; key files are read through [`Sources`]. What csync2 accepts is accepted:
//! doubts become warnings.
//!
//! [`group`]: one group
//!
//! # Source
//! `spec/config.md` 3 and 4, messages as csync2 2.1 prints them.
mod group;

use crate::checktxt::Ignore;
use crate::config::ast::{Ast, Block, OwnStatement, PrefixPlace, Text};
use crate::config::diagnostic::{Diagnostic, SourceText, Span};
use crate::config::{Config, Durability, HostName, Plain, Setting, Sources};
use crate::path::{LocalPath, Prefix, PrefixMap};
use crate::pattern::Glob;

/// Settles a configuration; the faults, if any, are in the order of the text.
pub(super) fn check(
    ast: &Ast,
    setting: &Setting,
    sources: &dyn Sources,
) -> Result<Config, Vec<Diagnostic>> {
    let mut checker = Checker {
        setting,
        sources,
        known_prefixes: prefix_names(ast),
        unnamed: 0,
        faults: Vec::new(),
        warnings: Vec::new(),
    };
    let config = checker.config(ast);
    if checker.faults.is_empty() {
        let warnings = checker.warnings;
        Ok(Config { warnings, ..config })
    } else {
        Err(checker.faults)
    }
}

fn prefix_names(ast: &Ast) -> Vec<&[u8]> {
    let names = ast.blocks.iter().filter_map(|block| match block {
        Block::Prefix { name, .. } => Some(&*name.bytes),
        _ => None,
    });
    names.collect()
}

struct Checker<'a> {
    setting: &'a Setting,
    sources: &'a dyn Sources,
    known_prefixes: Vec<&'a [u8]>,
    /// How many groups without name there were.
    unnamed: usize,
    faults: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn config(&mut self, ast: &Ast) -> Config {
        let mut config = empty(self.setting);
        let mut prefixes = Vec::new();
        for block in &ast.blocks {
            match block {
                Block::Group(group) => config.groups.extend(self.group(group)),
                Block::Prefix { name, places } => prefixes.push(self.prefix(name, places)),
                Block::NoSsl { from, to } => config
                    .plain
                    .push(Plain { from: Glob::parse(&from.bytes), to: Glob::parse(&to.bytes) }),
                Block::Ignore(properties) => self.ignore(properties, &mut config.ignore),
                Block::Database(name) => self.database(name, &mut config.database),
                Block::Tempdir(path) => config.tempdir = Some(LocalPath::new(&path.bytes)),
                Block::LockTimeout(seconds) => config.lock_timeout = self.number(seconds),
                Block::Own(own) => self.own(own, &mut config),
                Block::NoCygwinLowercase(keyword) => self.fault(
                    keyword.span,
                    "Config error: Found 'nocygwinlowercase' but this is not a cygwin csync2.",
                    "only means something on Cygwin",
                ),
            }
        }
        config.prefixes = PrefixMap::new(prefixes);
        let paths = config.prefixes.roots().map(|(_, path)| path.clone());
        config.prefix_paths = paths.collect();
        config
    }

    fn fault(&mut self, span: Span, message: impl Into<String>, label: &str) {
        self.faults.push(Diagnostic::new(span, message, label));
    }

    fn warn(&mut self, span: Span, message: impl Into<String>, label: &str) {
        self.warnings.push(Diagnostic::new(span, message, label));
    }

    /// A prefix with its path here: that of the first `on` that matches this host.
    fn prefix(&mut self, name: &Text, places: &[PrefixPlace]) -> Prefix {
        let mut path = None;
        for place in places {
            if !place.path.bytes.starts_with(b"/") {
                let shown = place.path.display();
                let message = format!("Config error: Prefix '{shown}' is not an absolute path.");
                self.fault(place.path.span, message, "does not start with `/`");
            }
            let here = self.setting.host.as_str().as_bytes();
            if path.is_none() && Glob::parse(&place.hosts.bytes).matches(here) {
                path = Some(LocalPath::new(without_trailing_slashes(&place.path.bytes)));
            }
        }
        Prefix { name: name.bytes.clone(), path }
    }

    fn ignore(&mut self, properties: &[Text], ignore: &mut Ignore) {
        for property in properties {
            match &*property.bytes {
                b"uid" => ignore.uid = true,
                b"gid" => ignore.gid = true,
                b"mod" => ignore.mode = true,
                _ => {
                    let shown = property.display();
                    let message = format!("Config error: Unknown 'ignore' porperty: '{shown}'.");
                    self.fault(property.span, message, "expected `uid`, `gid` or `mod`");
                }
            }
        }
    }

    /// A statement of csync3's own, outside of groups.
    fn own(&mut self, OwnStatement { name, values }: &OwnStatement, config: &mut Config) {
        let values: Vec<&[u8]> = values.iter().map(|value| &*value.bytes).collect();
        match (&*name.bytes, &*values) {
            (b"durability", [b"full"]) => config.durability = Durability::Full,
            (b"durability", [b"off"]) => config.durability = Durability::Off,
            (b"durability", _) => {
                let message = "Config error: '#csync3 durability' is full or off.";
                self.fault(name.span, message, "expected `durability full;` or `durability off;`");
            }
            _ => self.unknown_own(name),
        }
    }

    fn unknown_own(&mut self, name: &Text) {
        let message = format!("Config error: csync3 knows no statement '{}' here.", name.display());
        self.fault(name.span, message, "expected `durability`, outside of groups");
    }

    /// Only the first `database` counts.
    fn database(&mut self, name: &Text, database: &mut Option<String>) {
        if database.is_some() {
            self.warn(name.span, "this database is not used", "an earlier one counts");
            return;
        }
        match String::from_utf8(name.bytes.clone()) {
            Ok(text) => *database = Some(text),
            Err(_) => self.fault(
                name.span,
                format!("Config error: Database '{}' is not UTF-8.", name.display()),
                "expected a path or URL in UTF-8",
            ),
        }
    }

    /// A count as C's `atoi` reads it; negative ones count as none.
    fn number(&mut self, text: &Text) -> u32 {
        let number = leading_number(&text.bytes);
        if text.bytes.iter().any(|byte| !byte.is_ascii_digit()) {
            let message = format!("'{}' is read as {number}", text.display());
            self.warn(text.span, message, "expected a number");
        }
        number
    }

    /// A host name; `None`, and a fault, for what cannot be one.
    fn host_name(&mut self, text: &Text) -> Option<HostName> {
        let name = HostName::parse(&text.bytes);
        if name.is_none() {
            let message = format!("Config error: '{}' is not a host name.", text.display());
            self.fault(text.span, message, "expected a host name");
        }
        name
    }
}

/// A configuration that says nothing.
fn empty(setting: &Setting) -> Config {
    let names = |list: &Vec<String>| {
        let names = list.iter().filter_map(|name| HostName::parse(name.as_bytes()));
        names.collect()
    };
    Config {
        host: setting.host.clone(),
        groups: Vec::new(),
        prefixes: PrefixMap::default(),
        ignore: Ignore::default(),
        durability: Durability::Full,
        database: None,
        tempdir: None,
        lock_timeout: Config::DEFAULT_LOCK_TIMEOUT,
        plain: Vec::new(),
        wanted_peers: setting.peers.as_ref().map(names),
        warnings: Vec::new(),
        texts: Vec::<SourceText>::new(),
        prefix_paths: Vec::new(),
    }
}

fn leading_number(text: &[u8]) -> u32 {
    let text = text.trim_ascii_start();
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number: u32, digit| {
        let digit = u32::from(digit - b'0');
        number.saturating_mul(10).saturating_add(digit)
    })
}

/// The path without trailing slashes; `/` stays.
fn without_trailing_slashes(path: &[u8]) -> &[u8] {
    let length = path.iter().rposition(|&byte| byte != b'/').map_or(1, |at| at + 1);
    &path[..length.min(path.len())]
}
