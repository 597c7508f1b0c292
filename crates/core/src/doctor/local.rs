//! What a host finds out about itself, from facts.
use crate::config::{Config, Effect, Group, HostName, Purpose};
use crate::doctor::{Check, Finding};

/// Leftovers that are named one by one.
const NAMED: usize = 20;

/// The host is none of the configuration; `leading_here` are listed hosts whose name leads to it.
#[must_use]
pub fn not_a_member(host: &HostName, listed: &[String], leading_here: &[String]) -> Finding {
    let remedy = match leading_here {
        [one] => format!("run csync3 with `-N {one}`, whose name leads here, or list {host}"),
        [] => format!("list {host} in the groups it belongs to, or use -N with a listed name"),
        several => format!(
            "use -N with the name that is meant: {} lead here, so none could be guessed",
            several.join(", ")
        ),
    };
    let cause = format!(
        "this host calls itself {host}, which no active group lists (listed: {})",
        listed.join(", ")
    );
    Finding::problem(Check::HostName, host, cause).remedy(remedy)
}

/// Why a path, by its names, belongs to no group of this host; `None` if it does.
#[must_use]
pub fn uncovered(config: &Config, path: &str, names: &[Vec<u8>]) -> Option<Finding> {
    let mut slave_in = None;
    for group in &config.groups {
        let Some(own) = &group.membership else { continue };
        if names.iter().any(|name| group.matches(name, Purpose::Sync)) {
            if !own.slave {
                return None;
            }
            slave_in = Some(group);
        }
    }
    if let Some(group) = slave_in {
        let cause = format!("group {} covers it, but this host is a slave there", group.name);
        let finding = Finding::warning(Check::Path, path, cause);
        return Some(finding.remedy("change it on a host that is no slave: a push is refused"));
    }
    let reasons = config
        .groups
        .iter()
        .flat_map(|group| names.iter().map(move |name| reason(group, name)))
        .max_by_key(|(rank, ..)| *rank);
    let (cause, remedy) = match reasons {
        Some((rank, cause, remedy)) if rank > 0 => (cause, remedy),
        _ => (
            "no `include` of any group leads to it".to_owned(),
            "add an `include` for it, on every host of the group".to_owned(),
        ),
    };
    Some(Finding::problem(Check::Path, path, cause).remedy(remedy))
}

/// How near a group is to covering a name, and what keeps it from it.
fn reason(group: &Group, name: &[u8]) -> (u8, String, String) {
    let who = &group.name;
    let covers = group.matches(name, Purpose::Sync);
    if covers {
        let cause = format!("group {who} covers it, but this host is not active in that group");
        return (4, cause, format!("list this host in group {who}, or leave out -G"));
    }
    let rules = |is_path: bool| {
        let rules = group.rules.iter().rev().filter(move |rule| rule.pattern.is_path() == is_path);
        rules.filter(|rule| rule.pattern.matches(name))
    };
    let counting = |is_path| rules(is_path).find(|rule| rule.effect != Effect::Compare);
    let included = counting(true).is_some_and(|rule| rule.effect == Effect::Include);
    for (is_path, rank) in [(false, 3), (true, 3)] {
        let excluded = counting(is_path).filter(|rule| rule.effect == Effect::Exclude);
        let is_near =
            if is_path { rules(true).any(|rule| rule.effect == Effect::Include) } else { included };
        if let Some(rule) = excluded.filter(|_| is_near) {
            let pattern = String::from_utf8_lossy(rule.pattern.text());
            let cause = format!("group {who} excludes it by `exclude {pattern}`");
            let remedy = "remove that pattern, or put an `include` behind it, on every host";
            return (rank, cause, remedy.to_owned());
        }
    }
    if group.matches(name, Purpose::Compare) {
        let cause = format!("group {who} has it for comparison only, by a `compare` pattern");
        return (2, cause, "use `include` instead of `compare`, on every host".to_owned());
    }
    if group.on_the_way(name, Purpose::Sync) {
        let cause = format!("it is only on the way to something that group {who} includes");
        return (1, cause, "add an `include` for it, on every host of the group".to_owned());
    }
    (0, String::new(), String::new())
}

/// Limits of the kernel for watching directories; `None`: it has none to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WatchLimits {
    /// `max_user_watches`.
    pub watches: Option<u64>,
    /// `max_user_instances`.
    pub instances: Option<u64>,
}

/// Whether a program could watch so many directories.
#[must_use]
pub fn inotify(limits: WatchLimits, directories: u64) -> Option<Finding> {
    if let Some(watches) = limits.watches.filter(|watches| *watches < directories) {
        let cause = format!(
            "the trees have {directories} directories, but at most {watches} can be watched"
        );
        // Room for growth: the next power of two behind twice the number.
        let enough = directories.saturating_mul(2).checked_next_power_of_two();
        let enough = enough.unwrap_or(u64::MAX).max(8_192);
        let finding = Finding::warning(Check::Inotify, "fs.inotify.max_user_watches", cause);
        return Some(finding.remedy(format!(
            "`sysctl fs.inotify.max_user_watches={enough}`, and the same in /etc/sysctl.d"
        )));
    }
    let instances = limits.instances.filter(|instances| *instances < 2)?;
    let cause = format!("a user may have at most {instances} inotify instances");
    let finding = Finding::warning(Check::Inotify, "fs.inotify.max_user_instances", cause);
    Some(finding.remedy("`sysctl fs.inotify.max_user_instances=128`, and in /etc/sysctl.d"))
}

/// Temporary files that nobody holds, by their paths.
#[must_use]
pub fn leftovers(paths: &[String]) -> Vec<Finding> {
    let remedy = "the next `csync3 -c` that visits its directory removes it once it is a minute \
                  old; whatever made it was killed";
    let named = paths.iter().take(NAMED).map(|path| {
        Finding::warning(Check::Leftovers, path, "a temporary that no process holds").remedy(remedy)
    });
    let more = paths.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| {
        let cause = format!("{more} more temporaries that no process holds");
        Finding::warning(Check::Leftovers, "trees", cause).remedy(remedy)
    });
    named.chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::{WatchLimits, inotify, leftovers, not_a_member, uncovered};
    use crate::config::HostName;
    use crate::doctor::statements::tests::config;
    use crate::doctor::{Check, Severity};

    #[test]
    fn the_nearest_reason_is_named_for_a_path_that_no_group_covers() {
        let config = config(
            "a",
            "group one { host a b; key k; include /data/x; exclude /data/x/tmp *~; \
             compare /etc; }
             group two { host (a) b; key k; include /slave; }
             group three { host b c; key k; include /other; }",
        );
        for (path, expected) in [
            ("/data/x/f", None),
            ("/data/x/tmp/f", Some((Severity::Problem, "exclude /data/x/tmp"))),
            ("/data/x/f~", Some((Severity::Problem, "exclude *~"))),
            ("/etc/hosts", Some((Severity::Problem, "compare"))),
            ("/data", Some((Severity::Problem, "on the way"))),
            ("/slave/f", Some((Severity::Warning, "slave"))),
            ("/other/f", Some((Severity::Problem, "group three covers it"))),
            ("/else", Some((Severity::Problem, "no `include`"))),
        ] {
            let found = uncovered(&config, path, &[path.as_bytes().to_vec()]);
            let said = found.as_ref().map(|finding| (finding.severity, &*finding.cause));
            match expected {
                None => assert_eq!(said, None, "{path}"),
                Some((severity, part)) => {
                    let (found, cause) = said.unwrap_or_else(|| panic!("{path} is covered"));
                    assert!(found == severity && cause.contains(part), "{path}: {cause}");
                }
            }
        }
    }

    #[test]
    fn a_limit_is_a_finding_only_if_the_trees_pass_it() {
        let limits = |watches, instances| WatchLimits { watches, instances };
        for (limits, directories, expected) in [
            (limits(Some(100), Some(128)), 100, None),
            (limits(Some(100), Some(128)), 101, Some("fs.inotify.max_user_watches")),
            (limits(None, None), u64::MAX, None),
            (limits(Some(100), Some(1)), 1, Some("fs.inotify.max_user_instances")),
        ] {
            let found = inotify(limits, directories).map(|finding| finding.object);
            assert_eq!(found.as_deref(), expected);
        }
        assert!(inotify(limits(Some(1), None), u64::MAX / 2).is_some(), "no overflow");
    }

    #[test]
    fn many_leftovers_are_counted() {
        let paths: Vec<String> = (0..25).map(|number| format!("/t/{number}")).collect();
        let found = leftovers(&paths);
        assert_eq!(found.len(), 21);
        assert!(found[20].cause.starts_with("5 more"));
        assert_eq!(leftovers(&paths[..1])[0].object, "/t/0");
    }

    #[test]
    fn an_unlisted_host_is_told_which_name_leads_to_it() {
        let host = HostName::parse(b"me").expect("a name");
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (leading, part) in [(&["a"][..], "-N a"), (&[], "list me"), (&["a", "b"], "a, b")] {
            let found = not_a_member(&host, &names(&["a", "b"]), &names(leading));
            assert_eq!((found.check, &*found.object), (Check::HostName, "me"));
            assert!(found.remedy.as_deref().is_some_and(|it| it.contains(part)), "{found:?}");
        }
    }
}
