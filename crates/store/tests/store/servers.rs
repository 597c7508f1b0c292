//! What any database server can do wrong. Each test starts one of its own.
use crate::rows::{checked, commit, dirty, file_names, files, hint, mark, name, owed, put};
use crate::server::{Opener, Server, open};
use csync3_store::row::{Change, Scope};
use csync3_store::{Store, StoreError};
use std::thread;
use std::time::Duration;

macro_rules! rules {
    ($($rule:ident),+ $(,)?) => {
        mod postgres {
            $(#[test]
            fn $rule() {
                super::$rule::<crate::server::Postgres>();
            })+
        }
        mod mysql {
            $(#[test]
            fn $rule() {
                super::$rule::<crate::server::Mysql>();
            })+
        }
    };
}

rules! {
    every_rule_of_a_store_holds,
    any_changes_are_listed_as_memory_lists_them,
    a_lost_connection_and_a_crash_lose_nothing_that_was_committed,
    writers_that_stand_in_each_others_way_lose_nothing,
    of_two_checks_that_saw_the_same_state_one_is_told_to_look_again,
    a_statement_that_takes_too_long_fails_whole_and_the_store_goes_on,
    a_wrong_password_and_a_server_that_is_not_there_are_told_apart,
    the_version_is_another_one_once_somebody_else_has_written,
    a_stream_holds_nobody_up_and_a_large_list_takes_few_statements,
    tls_is_used_and_its_certificate_verified_as_far_as_is_asked,
    without_tls_a_server_is_used_unless_tls_is_required,
}

fn every_rule_of_a_store_holds<S: Server>() {
    let server = S::start();
    for (rule, check) in crate::conformance::all() {
        // Names of databases are cut at 63 bytes.
        check(&*server.open(rule));
    }
}

fn any_changes_are_listed_as_memory_lists_them<S: Server>() {
    let (server, mut case) = (S::start(), 0);
    crate::model::play(24, || {
        case += 1;
        server.open(&format!("case{case}"))
    });
}

fn a_lost_connection_and_a_crash_lose_nothing_that_was_committed<S: Server>() {
    let mut server = S::start();
    let store = server.open("x");
    commit(&*store, [put("/0", "v1")]);
    for number in 1..6 {
        server.cut("x");
        commit(&*store, [put(&format!("/{number}"), "v1"), mark("/a", "p")]);
    }
    server.crash();
    thread::scope(|scope| {
        let waits = scope.spawn(|| commit(&*store, [put("/6", "v1")]));
        thread::sleep(Duration::from_millis(300));
        server.restart();
        waits.join().unwrap();
    });
    assert_eq!(files(&*store, &Scope::All).len(), 7);
    assert_eq!(owed(&dirty(&*store)), ["/a>p"]);
}

fn writers_that_stand_in_each_others_way_lose_nothing<S: Server>() {
    let server = S::start();
    drop(server.open("x"));
    let stores: Vec<_> = (0..4).map(|_| server.open("x")).collect();
    thread::scope(|scope| {
        for (at, store) in stores.iter().enumerate() {
            scope.spawn(move || {
                for round in 0..40 {
                    // Half of them lock rows in the opposite order.
                    let mut names: Vec<_> = (0..20).map(|n| format!("/{n:02}")).collect();
                    if at % 2 == 0 {
                        names.reverse();
                    }
                    let all = names.iter().flat_map(|it| [mark(it, "p"), put(it, "v1")]);
                    commit(&**store, all.collect::<Vec<_>>());
                    commit(&**store, [mark(&format!("/{at}/{round}"), "q")]);
                }
            });
        }
    });
    assert_eq!(dirty(&*stores[0]).len(), 20 + 4 * 40);
}

fn of_two_checks_that_saw_the_same_state_one_is_told_to_look_again<S: Server>() {
    let server = S::start();
    let (ours, theirs) = (server.open("x"), server.open("x"));
    for (was, now) in [(None, "v1"), (Some("v1"), "v2")] {
        let both = thread::scope(|scope| {
            let check = |store| {
                move || {
                    let store: &dyn Store = store;
                    store.commit(vec![checked("/a", was, Some(now))]).unwrap().stale.len()
                }
            };
            let one = scope.spawn(check(&*ours));
            let other = scope.spawn(check(&*theirs));
            one.join().unwrap() + other.join().unwrap()
        });
        assert_eq!(both, 1);
    }
}

fn a_statement_that_takes_too_long_fails_whole_and_the_store_goes_on<S: Server>() {
    let server = S::start();
    drop(server.open("x"));
    server.be_slow("x");
    let store = server.open("x");
    let list = vec![put("/a", "v1"), Change::AddHint(hint("/h", false))];
    let error = store.commit(list).unwrap_err().to_string();
    assert!(error.contains("ended it (give csync3's user a longer one)"), "{error}");
    assert_eq!(files(&*store, &Scope::All), vec![]);
    commit(&*store, [put("/b", "v1")]);
    assert_eq!(file_names(&*store, &Scope::All), ["/b"]);
}

fn a_wrong_password_and_a_server_that_is_not_there_are_told_apart<S: Server>() {
    let mut server = S::start();
    let wrong = server.url("x").replace("secret", "wrong");
    let error = open(&wrong).map(|_| ()).unwrap_err();
    assert!(matches!(error, StoreError::Connect { .. }), "{error:?}");
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("password-file=FILE") && !shown.contains("it's%20"), "{shown}");
    server.crash();
    let error = open(&server.url("x")).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("is the server running"), "{error}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("it's%20"), "{shown}");
}

fn the_version_is_another_one_once_somebody_else_has_written<S: Server>() {
    let server = S::start();
    let (ours, theirs) = (server.open("x"), server.open("x"));
    let first = ours.version().unwrap();
    commit(&*theirs, [put("/a", "v1")]);
    let second = ours.version().unwrap();
    assert_ne!(second, first);
    commit(&*theirs, [Change::DropFile(name("/a"))]);
    assert_ne!(ours.version().unwrap(), second);
}

fn a_stream_holds_nobody_up_and_a_large_list_takes_few_statements<S: Server>() {
    let server = S::start();
    let store = server.open("x");
    let names: Vec<_> = (0..20_000).map(|number| format!("/{number:05}")).collect();
    let before = server.insertions("x");
    let all = names.iter().map(|it| checked(it, None, Some("v1"))).collect::<Vec<_>>();
    commit(&*store, all);
    // Files, marks and actions: one statement for each thousand rows at most.
    let statements = server.insertions("x") - before;
    assert!(statements <= 3 * 20, "{statements}");
    let mut rows = store.files(&Scope::All).unwrap();
    assert_eq!(rows.next().unwrap().unwrap().name, name("/00000"));
    commit(&*store, [Change::DropFile(name("/19999"))]);
    assert_eq!(rows.count(), 19_999);
    drop(store.files(&Scope::All).unwrap());
    assert_eq!(files(&*store, &Scope::All).len(), 19_999);
}

fn tls_is_used_and_its_certificate_verified_as_far_as_is_asked<S: Server>() {
    let [mode, roots, off, on, of_authority, of_host] = S::tls_words();
    for (subject, is_host) in [("IP:127.0.0.1", true), ("DNS:db.example", false)] {
        let (server, certificates) = S::start_with_tls(subject);
        let tried = |word: &str, authority: Option<&std::path::Path>| {
            let mut url = format!("{}?{mode}={word}", server.url("x"));
            if let Some(authority) = authority {
                url.push_str(&format!("&{roots}={}", authority.display()));
            }
            open(&url).map(|store| commit(&*store, [put("/a", "v1")]))
        };
        let (ours, other) = (&*certificates.authority, &*certificates.other_authority);
        // The server lets nobody in without, so what gets in has used it.
        assert!(matches!(tried(off, None), Err(StoreError::Connect { .. })), "{subject}");
        tried(on, None).unwrap();
        open(&server.url("x")).unwrap();
        tried(of_authority, Some(ours)).unwrap();
        assert_eq!(tried(of_host, Some(ours)).is_ok(), is_host, "{subject}");
        for word in [on, of_authority, of_host] {
            let error = tried(word, Some(other)).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(matches!(error, StoreError::Connect { .. }), "{shown}");
            assert!(!shown.contains("it's%20"), "{shown}");
        }
        let error = tried(of_host, None).unwrap_err().to_string();
        assert!(error.contains("CA file"), "{error}");
    }
}

fn without_tls_a_server_is_used_unless_tls_is_required<S: Server>() {
    let [mode, _, _, on, ..] = S::tls_words();
    let server = S::start();
    commit(&*server.open("x"), [put("/a", "v1")]);
    let refused = open(&format!("{}?{mode}={on}", server.url("x"))).map(|_| ());
    assert!(matches!(refused, Err(StoreError::Connect { .. })), "{refused:?}");
}
