//! A group: who shares which names, with which key and rules.
use crate::config::Purpose;
use crate::config::host::HostName;
use crate::config::key::Key;
use crate::path::LocalPath;
use crate::pattern::Pattern;

/// This host's place in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The name that this host uses towards the peers of the group.
    pub myname: HostName,
    /// This host may receive, but its pushes are refused.
    pub slave: bool,
}

/// Where a peer stands in the host list, seen from this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Listed before this host.
    Left,
    /// Listed after this host.
    Right,
}

/// Another host of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The name to connect to, and to expect in `HELLO`.
    pub name: HostName,
    /// It may receive, but its pushes are refused.
    pub slave: bool,
    /// Where it stands.
    pub side: Side,
}

/// How a conflict is settled when nobody says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Auto {
    /// Not at all.
    #[default]
    None,
    /// The host that pushes first wins.
    First,
    /// The newer file wins.
    Younger,
    /// The older file wins.
    Older,
    /// The bigger file wins.
    Bigger,
    /// The smaller file wins.
    Smaller,
    /// The host further left wins.
    Left,
    /// The host further right wins.
    Right,
}

impl Auto {
    /// All of them.
    const ALL: [Self; 8] = [
        Self::None,
        Self::First,
        Self::Younger,
        Self::Older,
        Self::Bigger,
        Self::Smaller,
        Self::Left,
        Self::Right,
    ];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::First => "first",
            Self::Younger => "younger",
            Self::Older => "older",
            Self::Bigger => "bigger",
            Self::Smaller => "smaller",
            Self::Left => "left",
            Self::Right => "right",
        }
    }

    /// The rule of a word.
    #[must_use]
    pub fn of(word: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|auto| auto.word().as_bytes() == word)
    }
}

/// On which hosts an action runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Place {
    /// Where a change arrives.
    #[default]
    Remote,
    /// `do-local`: also where the change was found.
    Both,
    /// `do-local-only`: only where the change was found.
    LocalOnly,
}

/// One `action` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Names that trigger it; none: every name of the group.
    pub patterns: Vec<Pattern>,
    /// Shell commands, as written.
    pub commands: Vec<Vec<u8>>,
    /// Where the output of the commands goes.
    pub logfile: Vec<u8>,
    /// On which hosts it runs.
    pub place: Place,
}

impl Action {
    /// Where output goes if the block does not say.
    pub const DEFAULT_LOGFILE: &[u8] = b"/dev/null";

    /// Says whether a change of `name` triggers this block.
    #[must_use]
    pub fn covers(&self, name: &[u8]) -> bool {
        self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.matches(name))
    }
}

/// Where and how many copies of replaced files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The directory below which copies are put.
    pub directory: LocalPath,
    /// How many copies of one file are kept; at least 2.
    pub generations: u32,
}

/// What a pattern does to the names it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// They belong to the group.
    Include,
    /// They do not.
    Exclude,
    /// They do, but only for comparisons.
    Compare,
}

/// One pattern of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it does.
    pub effect: Effect,
    /// To which names.
    pub pattern: Pattern,
}

/// One `group` block, seen from this host.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its name; `group_1` and so on if it has none.
    pub name: String,
    /// `None`: this host is not listed, or `-G` leaves the group out. Such a group is inactive.
    pub membership: Option<Membership>,
    /// The other hosts, in the order of the text.
    pub peers: Vec<Peer>,
    /// Its key.
    pub key: Key,
    /// How conflicts are settled.
    pub auto: Auto,
    /// Its `action` blocks, in the order of the text.
    pub actions: Vec<Action>,
    /// Its backups, if a directory is set and more than one generation is wanted.
    pub backup: Option<Backup>,
    /// Its patterns, in the order of the text.
    pub rules: Vec<Rule>,
}

impl Group {
    /// The peer of that name.
    ///
    /// A host may be listed twice; the entry that is no slave counts.
    #[must_use]
    pub fn peer(&self, name: &HostName) -> Option<&Peer> {
        let mut listed = self.peers.iter().filter(|peer| peer.name == *name);
        let first = listed.next()?;
        Some(listed.find(|peer| first.slave && !peer.slave).unwrap_or(first))
    }

    /// Says whether `name` (decoded) belongs to the group.
    ///
    /// The last path pattern that matches and the last base pattern that matches must both include.
    ///
    /// # Source
    /// `spec/config.md` 5.
    #[must_use]
    pub fn matches(&self, name: &[u8], purpose: Purpose) -> bool {
        let base = self.deciding(purpose, name, false).unwrap_or(true);
        base && self.deciding(purpose, name, true).unwrap_or(false)
    }

    /// What the last matching rule of one kind says.
    fn deciding(&self, purpose: Purpose, name: &[u8], path: bool) -> Option<bool> {
        self.rules_for(purpose)
            .rev()
            .filter(|rule| rule.pattern.is_path() == path)
            .find(|rule| rule.pattern.matches(name))
            .map(|rule| rule.effect != Effect::Exclude)
    }

    /// The rules that count for a purpose, in the order of the text.
    fn rules_for(&self, purpose: Purpose) -> impl DoubleEndedIterator<Item = &Rule> {
        self.rules
            .iter()
            .filter(move |rule| purpose == Purpose::Compare || rule.effect != Effect::Compare)
    }

    /// Says whether `name` lies on the way to something that an include of the group names.
    #[must_use]
    pub fn on_the_way(&self, name: &[u8], purpose: Purpose) -> bool {
        self.rules_for(purpose)
            .any(|rule| rule.effect != Effect::Exclude && rule.pattern.on_the_way(name))
    }

    /// Says whether anything below the directory `name` can belong to the group.
    ///
    /// `false` only if that is certain.
    #[must_use]
    pub fn may_match_below(&self, directory: &[u8], purpose: Purpose) -> bool {
        self.some_base_passes(purpose) && self.some_path_passes_below(directory, purpose)
    }

    /// `false` if the base patterns turn every name down.
    fn some_base_passes(&self, purpose: Purpose) -> bool {
        self.rules_for(purpose)
            .rev()
            .filter(|rule| !rule.pattern.is_path())
            .find(|rule| rule.effect != Effect::Exclude || rule.pattern.matches_everything())
            .is_none_or(|rule| rule.effect != Effect::Exclude)
    }

    /// `false` if the path patterns turn every name below `directory` down.
    fn some_path_passes_below(&self, directory: &[u8], purpose: Purpose) -> bool {
        let paths = self.rules_for(purpose).rev().filter(|rule| rule.pattern.is_path());
        for rule in paths {
            let excludes = rule.effect == Effect::Exclude;
            if !excludes && rule.pattern.may_match_below(directory) {
                return true;
            }
            if excludes && rule.pattern.matches(directory) {
                return false;
            }
        }
        false
    }
}
