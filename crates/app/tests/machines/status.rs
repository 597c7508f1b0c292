//! `status`.
use crate::{csync3, in_conflict, lines, pair, say};
use csync3_testkit::Cluster;
use rusqlite::Connection;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(elapsed.as_secs()).expect("before the end of time")
}

#[test]
fn status_tells_what_is_recorded_owed_and_in_conflict() {
    let before = now();
    let cluster = in_conflict();
    let (here, there) = (cluster.node(0), cluster.node(1));
    here.write("g", "12345678");
    here.run(&["-cr", "/"]).success();
    let output = say(here, &["status", "--json"]).success();
    let told = lines(&output);
    let [host, peer] = &told[..] else { panic!("{told:?}") };
    assert_eq!(host["host"], here.name());
    assert_eq!((&host["files"], &host["bytes"]), (&2.into(), &15.into()));
    assert_eq!((&peer["peer"], &peer["configured"]), (&there.name().into(), &true.into()));
    assert_eq!((&peer["conflicts"], &peer["forced"]), (&1.into(), &0.into()));
    assert!(peer["dirty"].as_i64() >= Some(2), "{peer}");
    for time in ["oldest", "last_success", "last_failure"] {
        assert!((before..=now()).contains(&peer[time].as_i64().expect(time)), "{peer}");
    }
    let table = say(here, &["status"]).stdout_text();
    let row = table.lines().last().expect("a row");
    assert!(table.starts_with(&format!("{}: ", here.name())) && row.starts_with(there.name()));
    assert_eq!(row.split_whitespace().nth(3), Some("1"), "{table}");
}

#[test]
fn a_conflict_is_over_once_a_push_goes_through() {
    let cluster = in_conflict();
    let (here, there) = (cluster.node(0), cluster.node(1));
    there.edit("f", "here's\n");
    here.run(&["-u"]).success();
    let told = lines(&say(here, &["status", "--json"]));
    assert_eq!((&told[1]["dirty"], &told[1]["conflicts"]), (&0.into(), &0.into()));
}

#[test]
fn a_dry_run_and_a_peer_that_is_down_are_told_apart() {
    let cluster = pair();
    let here = cluster.node(0);
    here.write("f", "x");
    here.run(&["-xd"]).success();
    let told = lines(&say(here, &["status", "--json"]));
    assert!(told[1].get("last_success").is_none() && told[1].get("last_failure").is_none());
    cluster.node(1).stop();
    here.run(&["-u"]).exits(1);
    let told = lines(&say(here, &["status", "--json"]));
    assert!(told[1].get("last_success").is_none() && told[1].get("last_failure").is_some());
}

#[test]
fn a_peer_that_the_configuration_has_lost_is_named_last() {
    let cluster = Cluster::of(3, &csync3());
    let here = cluster.node(0);
    here.write("f", "x");
    here.run(&["-cr", "/"]).success();
    let config = std::fs::read_to_string(here.system_dir().join("csync2.cfg")).expect("written");
    let lost = cluster.node(1).name();
    let (hosts, rest) =
        config.rsplit_once(&format!(" {lost}")).expect("the group has its hosts last");
    let without = format!("{hosts}{rest}");
    here.write_system_file("csync2.cfg", &without);
    let told = lines(&say(here, &["status", "--json"]));
    let peers: Vec<_> =
        told[1..].iter().map(|it| (it["peer"].as_str(), it["configured"].as_bool())).collect();
    assert_eq!(peers, [(Some(cluster.node(2).name()), Some(true)), (Some(lost), Some(false))]);
}

#[test]
fn numbers_of_a_large_database_come_at_once() {
    let cluster = Cluster::of(2, &csync3());
    let here = cluster.node(0);
    here.run(&["-M"]).exits(2);
    let mut database = Connection::open(here.database()).expect("the node's database");
    let fill = database.transaction().expect("nobody else writes");
    for number in 0..170_000 {
        let name = format!("%25tree%25/directory-{}/file-{number}", number / 100);
        let text = format!("v1%3Amtime=1%3Amode=33188%3Auid=0%3Agid=0%3Atype=reg%3Asize={number}");
        fill.prepare_cached("INSERT INTO file (filename, checktxt) VALUES (?1, ?2)")
            .and_then(|mut insert| insert.execute([&name, &text]))
            .expect("inserted");
        fill.prepare_cached(
            "INSERT INTO dirty (filename, forced, myname, peername, generation, since_ns) \
             VALUES (?1, 0, ?2, ?3, 1, 5)",
        )
        .and_then(|mut insert| insert.execute([&*name, here.name(), cluster.node(1).name()]))
        .expect("inserted");
    }
    fill.commit().expect("committed");
    drop(database);
    let begin = Instant::now();
    let told = lines(&say(here, &["status", "--json"]));
    let elapsed = begin.elapsed();
    assert_eq!((&told[0]["files"], &told[0]["dirty"]), (&170_000.into(), &170_000.into()));
    assert_eq!(told[0]["bytes"].as_u64(), Some(170_000 * 169_999 / 2));
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
}
