//! The configuration as written: blocks and statements with their places, nothing settled.
//!
//! Included files are spliced in already. [`Ast::print`] writes a text that reads back as the same
//! tree.
use crate::config::diagnostic::Span;
use crate::config::group::Effect;
use crate::config::lex;

/// A word or quotation and where it stands. Two are equal if their bytes are.
#[derive(Debug, Clone, Default)]
pub struct Text {
    /// The bytes, without quotes.
    pub bytes: Vec<u8>,
    /// Where.
    pub span: Span,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Text {}

impl Text {
    /// The text for messages, with what is not UTF-8 replaced.
    #[must_use]
    pub fn display(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A whole configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ast {
    /// In the order of the text.
    pub blocks: Vec<Block>,
}

/// One statement outside of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// `group NAME { .. }`
    Group(GroupBlock),
    /// `prefix NAME { on PATTERN: PATH; .. }`
    Prefix {
        /// Its name.
        name: Text,
        /// Its `on` statements.
        places: Vec<PrefixPlace>,
    },
    /// `nossl FROM TO;`
    NoSsl {
        /// The pattern of this host's name.
        from: Text,
        /// The pattern of the peer's name.
        to: Text,
    },
    /// `ignore PROPERTY ..;`
    Ignore(Vec<Text>),
    /// `database DB;`
    Database(Text),
    /// `tempdir DIR;`
    Tempdir(Text),
    /// `lock-timeout SECONDS;`
    LockTimeout(Text),
    /// `no-cygwin-lowercase;`, with the keyword.
    NoCygwinLowercase(Text),
    /// `#csync3 WORD ..;`
    Own(OwnStatement),
}

/// A statement that csync2 takes for a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnStatement {
    /// Its first word.
    pub name: Text,
    /// The others.
    pub values: Vec<Text>,
}

/// `on PATTERN: PATH;`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixPlace {
    /// The pattern of host names.
    pub hosts: Text,
    /// The path there.
    pub path: Text,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupBlock {
    /// The keyword.
    pub keyword: Text,
    /// Its name, if it has one.
    pub name: Option<Text>,
    /// What stands between the braces.
    pub statements: Vec<Statement>,
    /// Nothing of it was left out for a fault; always so in a tree without faults.
    pub complete: bool,
}

/// One statement of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `host NAME@ALIAS (SLAVE) ..;`
    Hosts(Vec<HostEntry>),
    /// `key FILE;`
    Key(Text),
    /// `auto METHOD;`
    Auto(Text),
    /// `include`, `exclude` or `compare`.
    Patterns {
        /// Which of the three.
        effect: Effect,
        /// The patterns.
        patterns: Vec<Text>,
    },
    /// `backup-directory DIR;`
    BackupDirectory(Text),
    /// `backup-generations N;`
    BackupGenerations(Text),
    /// `action { .. }`
    Action(Vec<ActionStatement>),
    /// `#csync3 WORD ..;`
    Own(OwnStatement),
}

/// One host of a `host` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEntry {
    /// The host's own name.
    pub name: Text,
    /// The name by which peers know it.
    pub alias: Option<Text>,
    /// It stands in parentheses.
    pub slave: bool,
}

/// One statement of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionStatement {
    /// `pattern PATTERN ..;`
    Patterns(Vec<Text>),
    /// `exec COMMAND ..;`
    Commands(Vec<Text>),
    /// `logfile FILE;`
    Logfile(Text),
    /// `do-local;`
    DoLocal,
    /// `do-local-only;`
    DoLocalOnly,
}

impl Ast {
    /// Writes the configuration; reading it gives an equal tree.
    #[must_use]
    pub fn print(&self) -> Vec<u8> {
        let mut printer = Printer(Vec::new());
        for block in &self.blocks {
            printer.block(block);
        }
        printer.0
    }
}

struct Printer(Vec<u8>);

impl Printer {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Group(group) => self.group(group),
            Block::Prefix { name, places } => {
                self.raw("prefix").word(name).raw(" {\n");
                for place in places {
                    self.raw("    on").word(&place.hosts).raw(" :").word(&place.path).raw(";\n");
                }
                self.raw("}\n");
            }
            Block::NoSsl { from, to } => self.statement("nossl", [from, to]),
            Block::Ignore(properties) => self.statement("ignore", properties),
            Block::Database(name) => self.statement("database", [name]),
            Block::Tempdir(directory) => self.statement("tempdir", [directory]),
            Block::LockTimeout(seconds) => self.statement("lock-timeout", [seconds]),
            Block::NoCygwinLowercase(_) => self.statement("no-cygwin-lowercase", []),
            Block::Own(own) => self.own(own),
        }
    }

    fn group(&mut self, group: &GroupBlock) {
        self.raw("group");
        if let Some(name) = &group.name {
            self.word(name);
        }
        self.raw(" {\n");
        for statement in &group.statements {
            self.raw("    ");
            self.group_statement(statement);
        }
        self.raw("}\n");
    }

    fn group_statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Hosts(hosts) => self.hosts(hosts),
            Statement::Key(file) => self.statement("key", [file]),
            Statement::Auto(method) => self.statement("auto", [method]),
            Statement::Patterns { effect, patterns } => {
                let keyword = match effect {
                    Effect::Include => "include",
                    Effect::Exclude => "exclude",
                    Effect::Compare => "compare",
                };
                self.statement(keyword, patterns);
            }
            Statement::BackupDirectory(path) => self.statement("backup-directory", [path]),
            Statement::BackupGenerations(count) => self.statement("backup-generations", [count]),
            Statement::Own(own) => self.own(own),
            Statement::Action(statements) => {
                self.raw("action {\n");
                for statement in statements {
                    self.raw("        ");
                    self.action_statement(statement);
                }
                self.raw("    }\n");
            }
        }
    }

    fn action_statement(&mut self, statement: &ActionStatement) {
        match statement {
            ActionStatement::Patterns(patterns) => self.statement("pattern", patterns),
            ActionStatement::Commands(commands) => self.statement("exec", commands),
            ActionStatement::Logfile(file) => self.statement("logfile", [file]),
            ActionStatement::DoLocal => self.statement("do-local", []),
            ActionStatement::DoLocalOnly => self.statement("do-local-only", []),
        }
    }

    fn own(&mut self, OwnStatement { name, values }: &OwnStatement) {
        self.statement("#csync3", std::iter::once(name).chain(values));
    }

    fn hosts(&mut self, hosts: &[HostEntry]) {
        self.raw("host");
        for host in hosts {
            self.raw(if host.slave { " (" } else { "" }).word(&host.name);
            if let Some(alias) = &host.alias {
                self.raw(" @").word(alias);
            }
            self.raw(if host.slave { " )" } else { "" });
        }
        self.raw(";\n");
    }

    fn statement<'a>(&mut self, keyword: &str, words: impl IntoIterator<Item = &'a Text>) {
        self.raw(keyword);
        for word in words {
            self.word(word);
        }
        self.raw(";\n");
    }

    fn raw(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Writes a word, in quotes where it needs them; no text has a quote inside.
    fn word(&mut self, text: &Text) -> &mut Self {
        let quote = if lex::is_plain_word(&text.bytes) { "" } else { "\"" };
        self.raw(" ").raw(quote);
        self.0.extend_from_slice(&text.bytes);
        self.raw(quote)
    }
}
