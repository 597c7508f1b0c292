//! What reaches standard error, standard output and the exit code.
use super::{Console, Log, Setup, Stamped, Terminal};
use crate::cli::{Invocation, ServeMode, Verb};
use crate::render::diagnostics::Color;
use crate::render::errors::Hinted;
use csync3_core::path::ClusterPath;
use csync3_engine::observer::{DryRun, Event, Observer, Problem};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl Text {
    fn read(&self) -> String {
        let bytes = self.0.lock().expect("no panic while writing").clone();
        String::from_utf8(bytes).expect("these tests write text")
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut text = self.0.lock().expect("no panic while writing");
        text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const PIPE: Terminal = Terminal { is_terminal: false, is_dumb: false, no_color: false };

const SCREEN: Terminal = Terminal { is_terminal: true, ..PIPE };

fn call(verb: Verb, verbosity: u8) -> Invocation {
    Invocation { verbosity, ..Invocation::of(verb) }
}

/// A console as a call gets it when its output is piped, and what it writes.
fn piped(verb: Verb, verbosity: u8) -> (Console, Text, Text) {
    let setup = Setup::of(&call(verb, verbosity), PIPE);
    let (log, out) = (Text::default(), Text::default());
    let sink = Log::Stream(Box::new(log.clone()));
    let console = Console::with(setup, None, sink, Box::new(out.clone()));
    (console, log, out)
}

fn a_push(console: &Console) {
    let (peer, name) = ("node2", &ClusterPath::from_stored(b"/a"));
    console.notice(&Event::Scanned { objects: 10 });
    console.notice(&Event::Connecting { peer, tls: false });
    console.notice(&Event::PushPlanned { peer, rows: 2 });
    console.notice(&Event::Updated { peer, name, bytes: 5 });
    console.notice(&Event::PeerDone { peer });
}

#[test]
fn success_is_silent_without_a_terminal() {
    let (console, log, out) = piped(Verb::Sync(vec![]), 0);
    a_push(&console);
    console.finish();
    assert_eq!((log.read(), out.read()), (String::new(), String::new()));
    assert_eq!(console.problems(), 0);
}

#[test]
fn asked_for_more_a_run_tells_each_step_and_its_end() {
    let (console, log, out) = piped(Verb::Sync(vec![]), 1);
    a_push(&console);
    console.finish();
    let expected = "\
Connecting to host node2 (PLAIN) ...
Updating /a on node2 ...
Connection closed. (node2)
Finished with 0 errors.
";
    assert_eq!(log.read(), expected);
    assert_eq!(out.read(), "");
}

#[test]
fn asked_for_more_even_a_run_with_nothing_to_do_has_its_last_line() {
    let (console, log, _) = piped(Verb::ListDirty, 1);
    console.finish();
    assert_eq!(log.read(), "Finished with 0 errors.\n");
}

#[test]
fn problems_are_counted_and_told_at_the_end() {
    let (console, log, _) = piped(Verb::Update(vec![]), 0);
    a_push(&console);
    let problem = Problem::new("/b", "cannot read").with_peer("node2");
    console.notice(&Event::Problem(&problem));
    assert_eq!((console.problems(), log.read()), (1, String::new()));
    console.finish();
    let expected = "\
error: 1 of 2 files was not sent to node2
  /b: cannot read
Finished with 1 errors.
";
    assert_eq!(log.read(), expected);
}

#[test]
fn a_server_tells_problems_as_they_come_and_once() {
    let (console, log, _) = piped(Verb::Serve(ServeMode::Daemon), 0);
    let problem = Problem::new("/b", "cannot write").with_peer("node2");
    console.notice(&Event::Problem(&problem));
    let told = "error: /b on node2: cannot write\n";
    assert_eq!(log.read(), told);
    console.finish();
    assert_eq!(log.read(), format!("{told}Finished with 1 errors.\n"));
}

#[test]
fn messages_above_the_asked_level_are_not_shown() {
    let (console, log, _) = piped(Verb::Check(vec![]), 1);
    for level in 0..4 {
        console.say(level, &format!("level {level}"));
    }
    assert_eq!(log.read(), "level 0\nlevel 1\n");
}

#[test]
fn a_fatal_error_comes_after_the_problems_and_is_the_last_word() {
    let (console, log, _) = piped(Verb::Check(vec![]), 0);
    console.notice(&Event::Problem(&Problem::new("/b", "cannot read")));
    console.fatal(&io::Error::other("cannot open database"));
    let expected = "error: /b: cannot read\nerror: cannot open database\n";
    assert_eq!(log.read(), expected);
}

#[test]
fn rows_of_a_dry_run_go_to_standard_output() {
    let (console, log, out) = piped(Verb::Update(vec![]), 0);
    console.notice(&Event::WouldDo {
        peer: "node2",
        name: &ClusterPath::from_stored(b"/a"),
        what: DryRun::Same,
    });
    assert_eq!((log.read(), out.read()), ("".into(), "?S: node2           /a\n".into()));
}

#[test]
fn bars_need_a_terminal_and_a_verb_that_works_in_silence() {
    let bars = |verb: Verb, verbosity, terminal| Setup::of(&call(verb, verbosity), terminal).bars;
    let dumb = Terminal { is_dumb: true, ..SCREEN };
    assert!(bars(Verb::Sync(vec![]), 0, SCREEN));
    assert!(bars(Verb::Check(vec![]), 0, SCREEN));
    assert!(!bars(Verb::Sync(vec![]), 0, PIPE));
    assert!(!bars(Verb::Sync(vec![]), 0, dumb));
    assert!(!bars(Verb::Sync(vec![]), 1, SCREEN));
    assert!(!bars(Verb::ListDirty, 0, SCREEN));
    assert!(!bars(Verb::Serve(ServeMode::Daemon), 0, SCREEN));
    let logged = Invocation { syslog: true, ..call(Verb::Sync(vec![]), 0) };
    assert!(!Setup::of(&logged, SCREEN).bars);
}

#[test]
fn colors_need_a_terminal_and_consent() {
    let color = |terminal| Setup::of(&call(Verb::Check(vec![]), 0), terminal).color;
    let refused = Terminal { no_color: true, ..SCREEN };
    assert_eq!(color(SCREEN), Color::Always);
    assert_eq!(color(PIPE), Color::Never);
    assert_eq!(color(refused), Color::Never);
}

#[test]
fn sessions_of_inetd_never_write_to_standard_error() {
    let setup = Setup::of(&call(Verb::Serve(ServeMode::Inetd), 0), SCREEN);
    assert!(setup.syslog && setup.at_once && !setup.bars);
}

#[test]
fn with_time_stamps_each_line_begins_with_the_time() {
    let setup = |invocation| Setup::of(&invocation, PIPE).stamped;
    let timed = |verb| Invocation { time_stamps: true, ..call(verb, 1) };
    assert_eq!(setup(call(Verb::ListDirty, 1)), Stamped::No);
    assert_eq!(setup(timed(Verb::ListDirty)), Stamped::Lines);
    assert_eq!(setup(Invocation { syslog: true, ..timed(Verb::ListDirty) }), Stamped::Dates);
    assert_eq!(setup(timed(Verb::Serve(ServeMode::Inetd))), Stamped::No);

    let log = Text::default();
    let setup = Setup::of(&timed(Verb::ListDirty), PIPE);
    let sink = Log::Stream(Box::new(log.clone()));
    let console = Console::with(setup, None, sink, Box::new(Text::default()));
    console.begin(None).expect("no file is wanted");
    console.failed(&Hinted::new("one", "two"));
    console.finish();
    let shape: String = log
        .read()
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '9' } else { letter })
        .collect();
    let lines: Vec<&str> = shape.lines().filter(|line| !line.starts_with("TIMESTAMP: ")).collect();
    assert_eq!(shape.lines().count(), 6, "{shape}");
    let said =
        ["[99:99:99] error: one", "[99:99:99]   hint: two", "[99:99:99] Finished with 9 errors."];
    assert_eq!(lines, [&said[..], &["TOTALTIME: 9:99:99"]].concat());
}

#[test]
fn a_refusal_that_comes_again_and_again_is_told_once_and_counted() {
    let (console, log, _) = piped(Verb::Serve(ServeMode::Daemon), 0);
    let refuse = |what: &str, why: &str| {
        let (what, why) = (Some(what.to_owned()), why.to_owned());
        console.notice(&Event::Refused { peer: "node2", what, why });
    };
    for object in 0..1000 {
        refuse(&format!("DEL /{object}"), "another key");
    }
    refuse("DEL /a", "a slave");
    let told = "Refused node2: DEL /0: another key\nRefused node2: DEL /a: a slave\n";
    assert_eq!(log.read(), told);
    console.finish();
    let counted = "Refused node2 999 more times within 60 s: another key\n";
    assert_eq!(log.read(), format!("{told}{counted}"));
}

#[test]
fn whoever_wants_to_know_sees_every_refusal() {
    let (console, log, _) = piped(Verb::Serve(ServeMode::Daemon), 2);
    for object in 0..3 {
        let (what, why) = (Some(format!("DEL /{object}")), "another key".to_owned());
        console.notice(&Event::Refused { peer: "node2", what, why });
    }
    assert_eq!(log.read().lines().count(), 3);
}
