//! Hosts, keys, permissions, actions: what the groups answer together.
use super::{Files, KEY, OTHER, config, group, host, setting};
use crate::config::{Auto, Config, Denial, Level, Permission, Purpose, Side, Target, Trigger};

fn targets(config: &Config, name: &str) -> Vec<String> {
    let targets = config.targets(name.as_bytes());
    targets.iter().map(|target| format!("{}>{}", target.myname, target.peer)).collect()
}

fn permission(config: &Config, name: &str, key: &[u8], caller: &str) -> Permission {
    config.permission(name.as_bytes(), key, &host(caller), Purpose::Sync)
}

/// Two groups: in the later one `me` is a slave under another name and `you` the master.
fn two_groups() -> Config {
    config(
        "group a { host Me (you) third; key k; include /a; auto first; }
         group b { host you (me@ME2) fourth@4; key other; include /a /b; auto left; }
         group c { host elsewhere; key k; include /c; }",
    )
}

#[test]
fn a_peer_appears_once_with_my_name_in_the_group_defined_last() {
    let config = two_groups();
    assert_eq!(targets(&config, "/a/x"), ["me2>you", "me2>4", "me>third"]);
    assert_eq!(targets(&config, "/b"), ["me2>you", "me2>4"]);
    assert_eq!(targets(&config, "/c"), [""; 0]);
    assert_eq!(config.peers(), [host("you"), host("third"), host("4")]);
}

#[test]
fn a_peers_change_is_owed_only_to_groups_that_contain_it() {
    let config = two_groups();
    let owed = config.targets_with(b"/a", &host("third"));
    let names: Vec<_> = owed.iter().map(|target| target.peer.as_str()).collect();
    assert_eq!(names, ["you", "third"]);
}

#[test]
fn the_key_of_a_group_in_which_this_host_may_push_is_preferred() {
    let config = two_groups();
    let key = |name: &str, peer: &str| {
        let key = config.key_for(name.as_bytes(), &host(peer));
        key.map(crate::config::Key::as_bytes)
    };
    assert_eq!(key("/a", "you"), Some(KEY));
    assert_eq!(key("/b", "you"), Some(OTHER));
    assert_eq!(key("/a", "nobody"), None);
    assert_eq!(key("/c", "elsewhere"), None);
}

#[test]
fn a_slave_may_not_push_even_with_the_right_key() {
    let config = two_groups();
    assert_eq!(permission(&config, "/a", KEY, "you"), Permission::Slave);
    assert_eq!(permission(&config, "/a", OTHER, "you"), Permission::Granted);
    assert_eq!(permission(&config, "/a", KEY, "third"), Permission::Granted);
    assert_eq!(permission(&config, "/a", OTHER, "third"), Permission::Denied);
    assert_eq!(permission(&config, "/b", KEY, "you"), Permission::Denied);
    assert_eq!(permission(&config, "/c", KEY, "elsewhere"), Permission::Denied);
}

#[test]
fn a_denial_names_its_cause_for_the_log() {
    let config = two_groups();
    let why = |name: &str, key: &[u8], caller: &str| {
        config.explain_denial(name.as_bytes(), key, &host(caller))
    };
    assert_eq!(why("/a", KEY, "you"), Denial::SlaveOnly);
    assert_eq!(why("/a", OTHER, "third"), Denial::WrongKey);
    assert_eq!(why("/b", OTHER, "third"), Denial::NotInGroup);
    assert_eq!(why("/c", KEY, "elsewhere"), Denial::PathNotIncluded);
}

#[test]
fn a_host_listed_as_master_and_as_slave_is_a_master() {
    let config = config("group g { host me (you) you; key k; include /a; }");
    assert_eq!(permission(&config, "/a", KEY, "you"), Permission::Granted);
}

#[test]
fn compare_patterns_permit_comparisons_alone() {
    let config = group("compare /log /spool;");
    for name in [&b"/log"[..], b"/spool"] {
        let may = |purpose| config.permission(name, KEY, &host("you"), purpose);
        assert_eq!(may(Purpose::Compare), Permission::Granted);
        assert_eq!(may(Purpose::Sync), Permission::Denied);
    }
}

#[test]
fn a_group_without_this_host_or_outside_of_the_asked_ones_is_inactive() {
    let text = "group a { host me you; key k; include /a; }
                group b { host me you; key k; include /b; }";
    let mut setting = setting();
    setting.groups = Some(vec!["b".to_owned(), "z".to_owned()]);
    let restricted = Files::new(text).load(&setting).expect("a usable configuration");
    assert!(restricted.is_member() && restricted.groups.len() == 2);
    assert_eq!(targets(&restricted, "/a"), [""; 0]);
    assert_eq!(targets(&restricted, "/b"), ["me>you"]);
    setting.groups = Some(vec!["B".to_owned()]);
    let none = Files::new(text).load(&setting).expect("a usable configuration");
    assert!(!none.is_member() && none.peers().is_empty());
    assert!(!config("group a { host you; key k; }").is_member());
}

#[test]
fn a_restriction_deactivates_all_groups_but_the_named() {
    let config = two_groups().restricted_to(&["a".to_owned()]);
    assert_eq!(targets(&config, "/b"), [""; 0]);
    assert_eq!(permission(&config, "/a", OTHER, "you"), Permission::Denied);
    let never = config.restricted_to(&["b".to_owned()]);
    assert!(!never.is_member());
}

#[test]
fn a_pair_is_my_name_and_the_peers_in_one_group() {
    let config = two_groups();
    assert!(config.pair_matches(b"/a", "me", "third"));
    assert!(config.pair_matches(b"/a", "me2", "4"));
    assert!(!config.pair_matches(b"/a", "me2", "third"));
    assert!(!config.pair_matches(b"/b", "me", "you"));
}

#[test]
fn the_last_entry_of_this_host_counts() {
    let config = config("group g { host me@a one (me@b) two; key k; include /x; }");
    assert_eq!(targets(&config, "/x"), ["b>one", "b>two"]);
    let side = |peer: &str| config.tie_rule(b"/x", &host(peer)).and_then(|rule| rule.side);
    assert_eq!(side("one"), Some(Side::Left));
    assert_eq!(side("two"), Some(Side::Right));
}

#[test]
fn ties_follow_the_group_defined_last_and_masters_beat_slaves_in_any() {
    let config = two_groups();
    let rule = config.tie_rule(b"/a", &host("you")).expect("a shared group");
    assert!(rule.master_over_slave);
    assert_eq!((rule.auto, rule.side), (Auto::Left, Some(Side::Left)));
    let rule = config.tie_rule(b"/b", &host("4")).expect("a shared group");
    assert!(!rule.master_over_slave);
    assert_eq!(rule.side, Some(Side::Right));
    assert_eq!(config.tie_rule(b"/b", &host("third")), None);
}

#[test]
fn hosts_are_compared_without_case() {
    let config = config("group g { host ME YOU@Alias; key k; include /x; }");
    assert_eq!(targets(&config, "/x"), ["me>alias"]);
}

fn actions(config: &Config, name: &str, trigger: Trigger) -> Vec<String> {
    let found = config.actions_for(name.as_bytes(), trigger);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut shown: Vec<_> = found
        .iter()
        .map(|(command, logfile)| format!("{}>{}", text(command), text(logfile)))
        .collect();
    shown.sort();
    shown
}

#[test]
fn actions_run_where_their_block_says() {
    let config = group(
        "include /x;
         action { exec there; }
         action { exec both; do-local; logfile /log; }
         action { exec here; do-local-only; do-local; }",
    );
    assert_eq!(actions(&config, "/x", Trigger::Local), ["both>/log", "here>/dev/null"]);
    assert_eq!(actions(&config, "/x", Trigger::Remote), ["both>/log", "there>/dev/null"]);
    assert_eq!(actions(&config, "/y", Trigger::Remote), [""; 0]);
}

#[test]
fn a_pattern_of_an_action_is_compared_with_the_whole_name() {
    let config = group(
        "include /x;
         action { pattern /x/*.c; exec star; }
         action { pattern b.c; exec base; }
         action { pattern *.c; exec star-base; }
         action { pattern **.c; exec cross; }
         action { pattern /x; exec below; }
         action { pattern; exec always; }",
    );
    assert_eq!(
        actions(&config, "/x/b.c", Trigger::Remote),
        ["always>/dev/null", "below>/dev/null", "cross>/dev/null", "star>/dev/null"]
    );
}

#[test]
fn a_command_runs_once_with_the_log_file_of_the_last_block() {
    let config = group(
        "include /x;
         action { exec c d; logfile /one; }
         action { exec c c; logfile /two; }",
    );
    assert_eq!(actions(&config, "/x", Trigger::Remote), ["c>/two", "d>/one"]);
}

#[test]
fn every_matching_group_backs_up() {
    let config = config(
        "group a { host me; key k; include /x; backup-directory /a; }
         group b { host me; key k; include /x; backup-directory rel; backup-generations 7; }
         group c { host me; key k; include /y; backup-directory /c; }",
    );
    let backups = config.backups_for(b"/x");
    let shown: Vec<_> = backups
        .iter()
        .map(|backup| format!("{} {}", backup.directory, backup.generations))
        .collect();
    assert_eq!(shown, ["rel 7", "/a 3"]);
}

#[test]
fn comparisons_show_names_that_an_asked_peer_shares() {
    let text = "group a { host me one; key k; compare /a; }
                group b { host me; key k; include /b; }";
    let mut setting = setting();
    let all = Files::new(text).load(&setting).expect("a usable configuration");
    assert!(all.compare_peers_match(b"/a") && all.compare_peers_match(b"/b"));
    setting.peers = Some(vec!["ONE".to_owned(), "nobody".to_owned()]);
    let some = Files::new(text).load(&setting).expect("a usable configuration");
    assert!(some.compare_peers_match(b"/a") && !some.compare_peers_match(b"/b"));
    assert_eq!(some.level(b"/b", Purpose::Compare), Level::No);
    assert_eq!(some.level(b"/b", Purpose::Sync), Level::Yes);
}

#[test]
fn plain_connections_need_a_rule_in_this_direction() {
    let config = config("nossl me you; nossl them me; nossl * 10.*;");
    assert!(config.plain_to(&host("you")) && config.plain_from(&host("you")));
    assert!(!config.plain_to(&host("them")) && !config.plain_from(&host("them")));
    assert!(config.plain_to(&host("10.0.0.1")));
}

fn pair(myname: &str, peer: &str) -> Target {
    Target { peer: host(peer), myname: host(myname) }
}

#[test]
fn pairs_come_in_the_order_in_which_csync2_visits_them() {
    let config = config(
        "group g1 { host me you third; key k; include /a; }
         group g2 { host third me you; key k; include /b; }
         group g3 { host you (me@ME2) third; key k; include /b; }
         group g4 { host elsewhere; key k; include /b; }",
    );
    let all = [pair("me", "you"), pair("me", "third"), pair("me2", "third"), pair("me2", "you")];
    assert_eq!(config.pairs(), all);
    let compared = |name: &str| config.pairs_to_compare(name.as_bytes());
    assert_eq!(compared("/a"), [pair("me", "you"), pair("me", "third")]);
    let in_search_order =
        [pair("me2", "you"), pair("me2", "third"), pair("me", "third"), pair("me", "you")];
    assert_eq!(compared("/b"), in_search_order);
    assert_eq!(compared("/c"), []);
}

#[test]
fn files_that_are_only_compared_have_pairs_and_a_key_but_no_row() {
    let config = group("compare /log;");
    let pair = pair("me", "you");
    assert_eq!(config.pairs_to_compare(b"/log"), std::slice::from_ref(&pair));
    assert!(config.key_to_compare(b"/log", &pair).is_some());
    assert!(config.key_to_compare(b"/other", &pair).is_none());
    assert!(!config.may_list(b"/log", "me", &host("you"), &[KEY.to_vec()]));
}

#[test]
fn the_keys_of_a_pair_are_shown_once_each() {
    let config = config(
        "group a { host me you; key k; include /a; }
         group b { host me you; key other; include /b; }
         group c { host me you; key k; include /c; }
         group d { host me third; key other; include /d; }",
    );
    let keys = |myname: &str, peer: &str| {
        let pair = pair(myname, peer);
        config.keys_of_pair(&pair).iter().map(|key| key.as_bytes().to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(keys("me", "you"), [KEY.to_vec(), OTHER.to_vec()]);
    assert_eq!(keys("me", "third"), [OTHER.to_vec()]);
    assert!(keys("you", "me").is_empty());
}

#[test]
fn a_row_is_shown_only_if_one_group_allows_all_of_it() {
    let config = two_groups();
    let may = |name: &str, myname: &str, caller: &str, key: &[u8]| {
        config.may_list(name.as_bytes(), myname, &host(caller), &[b"x".to_vec(), key.to_vec()])
    };
    assert!(may("/a", "me", "you", KEY), "a slave may learn what it has to have");
    assert!(may("/a", "me2", "you", OTHER));
    for (name, myname, caller, key) in [
        ("/a", "me", "you", OTHER),
        ("/a", "me2", "you", KEY),
        ("/a", "me2", "third", OTHER),
        ("/b", "me", "you", KEY),
        ("/c", "me", "you", KEY),
    ] {
        assert!(!may(name, myname, caller, key), "{name} {myname} {caller}");
    }
}
