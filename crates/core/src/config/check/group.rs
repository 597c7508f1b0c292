//! One group: its hosts as seen from here, its key, its patterns, actions and backups.
use crate::config::ast::{ActionStatement, GroupBlock, HostEntry, Statement, Text};
use crate::config::check::Checker;
use crate::config::group::{
    Action, Auto, Backup, Effect, Group, Membership, Peer, Place, Rule, Side,
};
use crate::config::host::HostName;
use crate::config::key::{Key, KeyError};
use crate::path::LocalPath;
use crate::pattern::Pattern;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Generations kept if the group does not say.
const DEFAULT_GENERATIONS: u32 = 3;

/// A group as far as it has been read.
#[derive(Default)]
struct Draft {
    membership: Option<Membership>,
    peers: Vec<Peer>,
    key: Option<Option<Key>>,
    auto: Option<Auto>,
    actions: Vec<Action>,
    backup_directory: Option<LocalPath>,
    generations: Option<u32>,
    rules: Vec<Rule>,
}

impl Checker<'_> {
    /// Settles a group; `None` if it has no usable key, which is a fault then.
    pub(super) fn group(&mut self, block: &GroupBlock) -> Option<Group> {
        let name = self.group_name(block);
        let mut draft = Draft::default();
        for statement in &block.statements {
            self.group_statement(statement, &mut draft);
        }
        if draft.key.is_none() && block.complete {
            let place = block.name.as_ref().unwrap_or(&block.keyword);
            let message = "Config error: every group must have a key.";
            self.fault(place.span, message, "this group has none");
        }
        let asked = self.setting.groups.as_ref();
        let active = asked.is_none_or(|groups| groups.contains(&name));
        let generations = draft.generations.unwrap_or(DEFAULT_GENERATIONS);
        let directory = draft.backup_directory.filter(|_| generations > 1);
        Some(Group {
            name,
            membership: draft.membership.filter(|_| active),
            peers: draft.peers,
            key: draft.key??,
            auto: draft.auto.unwrap_or_default(),
            actions: draft.actions,
            backup: directory.map(|directory| Backup { directory, generations }),
            rules: draft.rules,
        })
    }

    fn group_name(&mut self, block: &GroupBlock) -> String {
        match &block.name {
            Some(name) => name.display(),
            None => {
                self.unnamed += 1;
                format!("group_{}", self.unnamed)
            }
        }
    }

    fn group_statement(&mut self, statement: &Statement, draft: &mut Draft) {
        match statement {
            Statement::Hosts(hosts) => {
                for host in hosts {
                    self.host(host, draft);
                }
            }
            Statement::Key(file) if draft.key.is_some() => {
                let message = "Config error: a group might only have one key.";
                self.fault(file.span, message, "the second one");
            }
            Statement::Key(file) => draft.key = Some(self.key(file)),
            Statement::Auto(method) => self.auto(method, draft),
            Statement::Patterns { effect, patterns } => {
                for pattern in patterns {
                    draft.rules.push(self.rule(*effect, pattern));
                }
            }
            Statement::BackupDirectory(path) => {
                draft.backup_directory = Some(LocalPath::new(&path.bytes));
            }
            Statement::BackupGenerations(count) => draft.generations = Some(self.number(count)),
            Statement::Own(own) => self.unknown_own(&own.name),
            Statement::Action(statements) => draft.actions.push(action(statements)),
        }
    }

    /// Takes one host: this one, whose entry moves all before it to its left, or a peer.
    fn host(&mut self, entry: &HostEntry, draft: &mut Draft) {
        let Some(host) = self.host_name(&entry.name) else {
            return;
        };
        let known_as = match &entry.alias {
            None => Some(host.clone()),
            Some(alias) => self.host_name(alias),
        };
        let Some(known_as) = known_as else {
            return;
        };
        if host == self.setting.host {
            if draft.membership.is_some() {
                let message = format!("host {host} is listed twice");
                self.warn(entry.name.span, message, "this entry counts");
            }
            for peer in &mut draft.peers {
                peer.side = Side::Left;
            }
            draft.membership = Some(Membership { myname: known_as, slave: entry.slave });
        } else {
            self.doubt_repeated_peer(&known_as, entry, draft);
            draft.peers.push(Peer { name: known_as, slave: entry.slave, side: Side::Right });
        }
    }

    fn doubt_repeated_peer(&mut self, name: &HostName, entry: &HostEntry, draft: &Draft) {
        if draft.peers.iter().any(|peer| peer.name == *name) {
            let message = format!("host {name} is listed twice");
            self.warn(entry.name.span, message, "it is a slave only if all entries say so");
        }
    }

    /// Reads a key file; `None` after a fault.
    fn key(&mut self, file: &Text) -> Option<Key> {
        let path = Path::new(OsStr::from_bytes(&file.bytes));
        let path = self.setting.system_dir.join(path);
        let shown = path.display();
        let unreadable = || format!("Config error: Can't read keyfile {shown}.");
        let (message, label) = match self.sources.read_key(&path) {
            Err(reason) => (unreadable(), reason),
            Ok(text) => match Key::parse(&text) {
                Ok(key) => return Some(key),
                Err(KeyError::Empty) => (unreadable(), "it is empty".to_owned()),
                Err(KeyError::Character { byte }) => {
                    let letter = byte.escape_ascii();
                    let letter = if byte == b'\'' { "'".to_owned() } else { letter.to_string() };
                    (
                        format!("Unallowed character '{letter}' in key file {shown}."),
                        "a key is made of `A-Z a-z 0-9 . _`".to_owned(),
                    )
                }
                Err(KeyError::Short { length }) => (
                    format!("Config error: Key in file {shown} is too short."),
                    format!("{length} of at least {} characters", Key::SHORTEST),
                ),
            },
        };
        self.fault(file.span, message, &label);
        if let Some(fault) = self.faults.last_mut() {
            fault.help = Some(format!("`csync3 -k {shown}` makes a new key"));
        }
        None
    }

    fn auto(&mut self, method: &Text, draft: &mut Draft) {
        if draft.auto.is_some() {
            let message = "Config error: a group might only have one auto-setting.";
            self.fault(method.span, message, "the second one");
            return;
        }
        draft.auto = Some(Auto::of(&method.bytes).unwrap_or_else(|| {
            let message = format!(
                "Config error: Unknown auto-setting '{}' (use 'none', 'younger', 'older', \
                 'bigger', 'smaller', 'left' or 'right').",
                method.display()
            );
            self.fault(method.span, message, "expected a method, or `first`");
            Auto::None
        }));
    }

    fn rule(&mut self, effect: Effect, text: &Text) -> Rule {
        let pattern = Pattern::parse(&text.bytes);
        if !pattern.is_path() && pattern.text().contains(&b'/') {
            let message = format!("pattern '{}' matches nothing", text.display());
            self.warn(
                text.span,
                message,
                "without `/` or `%` in front it is compared with the last component only",
            );
        }
        if let Some(prefix) = named_prefix(&text.bytes)
            && !self.known_prefixes.contains(&prefix)
        {
            let name = String::from_utf8_lossy(prefix);
            let message = format!("prefix '{name}' is not defined anywhere");
            self.warn(text.span, message, "matches nothing");
        }
        Rule { effect, pattern }
    }
}

/// The prefix that a pattern names literally.
fn named_prefix(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"%")?;
    let name = &inner[..memchr::memchr(b'%', inner)?];
    let literal = !name.iter().any(|byte| b"*?[\\/".contains(byte));
    literal.then_some(name)
}

fn action(statements: &[ActionStatement]) -> Action {
    let mut action = Action {
        patterns: Vec::new(),
        commands: Vec::new(),
        logfile: Action::DEFAULT_LOGFILE.to_vec(),
        place: Place::Remote,
    };
    for statement in statements {
        match statement {
            ActionStatement::Patterns(texts) => {
                let patterns = texts.iter().map(|text| Pattern::parse_path(&text.bytes));
                action.patterns.extend(patterns);
            }
            ActionStatement::Commands(texts) => {
                let commands = texts.iter().map(|text| text.bytes.clone());
                action.commands.extend(commands);
            }
            ActionStatement::Logfile(file) => action.logfile.clone_from(&file.bytes),
            ActionStatement::DoLocal if action.place == Place::LocalOnly => {}
            ActionStatement::DoLocal => action.place = Place::Both,
            ActionStatement::DoLocalOnly => action.place = Place::LocalOnly,
        }
    }
    action
}
