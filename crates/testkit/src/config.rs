//! The configuration text of a cluster.
use std::fmt::Write as _;

/// One group of the configuration.
///
/// In every text, `$NODE` stands for the directory of the node that reads it and `$CLUSTER` for
/// the directory of the whole cluster.
#[derive(Debug, Clone)]
pub struct Group {
    name: String,
    members: Option<Vec<usize>>,
    slaves: Vec<usize>,
    includes: Vec<String>,
    statements: Vec<String>,
}

impl Group {
    /// A group of all hosts that includes the whole tree (`%tree%`).
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            members: None,
            slaves: Vec::new(),
            includes: Vec::new(),
            statements: Vec::new(),
        }
    }

    /// Only these hosts, by index, in this order (left to right).
    #[must_use]
    pub fn only(mut self, members: &[usize]) -> Self {
        self.members = Some(members.to_vec());
        self
    }

    /// These hosts are slaves: written in parentheses.
    #[must_use]
    pub fn slaves(mut self, slaves: &[usize]) -> Self {
        self.slaves.extend_from_slice(slaves);
        self
    }

    /// Includes this pattern, and no longer the whole tree.
    #[must_use]
    pub fn include(mut self, pattern: &str) -> Self {
        self.includes.push(pattern.to_owned());
        self
    }

    /// Adds statements as they are, after the includes: `auto younger; exclude *.o;`
    #[must_use]
    pub fn statement(mut self, text: &str) -> Self {
        self.statements.push(text.to_owned());
        self
    }

    /// The name of the key file below the system directory.
    pub(crate) fn key_file(&self) -> String {
        format!("{}.key", self.name)
    }

    /// A key that is this group's alone: 48 characters.
    pub(crate) fn key(&self) -> String {
        let digest = blake3::hash(self.name.as_bytes()).to_hex();
        digest.as_str().chars().take(48).collect()
    }

    fn render(&self, names: &[String]) -> String {
        let all: Vec<usize> = (0..names.len()).collect();
        let mut text = format!("group {} {{\n  host", self.name);
        for index in self.members.as_ref().unwrap_or(&all) {
            let name = &names[*index];
            let shown =
                if self.slaves.contains(index) { format!(" ({name})") } else { format!(" {name}") };
            text.push_str(&shown);
        }
        let mut line = |words: std::fmt::Arguments<'_>| {
            writeln!(text, "{words}").expect("a string takes all that is written");
        };
        line(format_args!(";\n  key {};", self.key_file()));
        if self.includes.is_empty() {
            line(format_args!("  include %tree%;"));
        }
        for pattern in &self.includes {
            line(format_args!("  include {pattern};"));
        }
        for statement in &self.statements {
            line(format_args!("  {statement}"));
        }
        line(format_args!("}}"));
        text
    }
}

/// Everything that makes up the configuration, apart from where the nodes are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Plan {
    pub(crate) groups: Vec<Group>,
    pub(crate) globals: Vec<String>,
    pub(crate) encrypted: bool,
}

impl Plan {
    /// The text for all nodes; `names` and `trees` by host index.
    pub(crate) fn render(&self, names: &[String], trees: &[String]) -> String {
        let mut text = String::new();
        if !self.encrypted {
            text.push_str("nossl * *;\n");
        }
        text.push_str("prefix tree {\n");
        for (name, tree) in names.iter().zip(trees) {
            writeln!(text, "  on {name}: {tree};").expect("a string takes all that is written");
        }
        text.push_str("}\n");
        for global in &self.globals {
            text.push_str(global);
            text.push('\n');
        }
        for group in &self.groups {
            text.push_str(&group.render(names));
        }
        text
    }
}
