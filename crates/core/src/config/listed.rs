//! Which of the hosts that groups list is this one, if its own name is none of them?
//!
//! # Invariants
//! * Nothing is guessed for a host that is listed, and nothing if more than one could be meant.
//!
//! # Source
//! `spec/fork.md`, host name.
use crate::config::ast::{Ast, Block, Statement, Text};
use crate::config::host::HostName;

/// A host that a group lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its own name.
    pub host: HostName,
    /// The name by which peers reach it.
    pub known_as: HostName,
}

/// The hosts of all groups, each once, in the order of the text.
#[must_use]
pub fn listed_hosts(ast: &Ast) -> Vec<Listed> {
    let name = |text: &Text| HostName::parse(&text.bytes);
    let groups = ast.blocks.iter().filter_map(|block| match block {
        Block::Group(group) => Some(group),
        _ => None,
    });
    let entries = groups.flat_map(|group| &group.statements).filter_map(|statement| {
        if let Statement::Hosts(entries) = statement { Some(entries) } else { None }
    });
    let mut hosts: Vec<Listed> = Vec::new();
    for entry in entries.flatten() {
        let Some(host) = name(&entry.name) else {
            continue;
        };
        let known_as = entry.alias.as_ref().and_then(name).unwrap_or_else(|| host.clone());
        let listed = Listed { host, known_as };
        if !hosts.contains(&listed) {
            hosts.push(listed);
        }
    }
    hosts
}

/// The host that this one must be, given those of the listed hosts whose names lead here.
#[must_use]
pub fn guess(leading_here: &[Listed]) -> Option<&HostName> {
    let (first, others) = leading_here.split_first()?;
    others.iter().all(|other| other.host == first.host).then_some(&first.host)
}

#[cfg(test)]
mod tests {
    use super::{Listed, guess, listed_hosts};
    use crate::config::{HostName, Sources, read};
    use std::path::Path;

    struct One(&'static str);

    impl Sources for One {
        fn read(&self, _: &Path) -> Result<Vec<u8>, String> {
            Ok(self.0.into())
        }

        fn read_key(&self, _: &Path) -> Result<Vec<u8>, String> {
            Err("the keys do not matter".to_owned())
        }
    }

    fn listed(host: &str, known_as: &str) -> Listed {
        let name = |text: &str| HostName::parse(text.as_bytes()).expect("a host name");
        Listed { host: name(host), known_as: name(known_as) }
    }

    #[test]
    fn every_host_is_found_once_with_the_name_that_leads_to_it() {
        let text = "group a { host One (two@TWO.net); host three; key k; include /a; }
                    prefix p { on *: /p; }
                    group b { host one two; key k; include /b; }";
        let (ast, _) = read(Path::new("/c"), &One(text)).expect("a configuration");
        let expected = [
            listed("one", "one"),
            listed("two", "two.net"),
            listed("three", "three"),
            listed("two", "two"),
        ];
        assert_eq!(listed_hosts(&ast), expected);
    }

    #[test]
    fn a_host_is_guessed_only_if_it_is_the_only_one() {
        let (one, two) = (listed("one", "one"), listed("two", "two"));
        assert_eq!(guess(&[]), None);
        assert_eq!(guess(std::slice::from_ref(&one)), Some(&one.host));
        assert_eq!(guess(&[one.clone(), two]), None);
        assert_eq!(guess(&[one.clone(), listed("one", "other")]), Some(&one.host));
    }
}
