//! A database server that is some milliseconds away, against the same server at hand.
//!
//! Both are reached by TCP; before the far one stands a line with a delay.
use super::push::{Push, SOME, compare};
use crate::ground::Ground;
use crate::series::{Comparison, Goal};
use csync3_testkit::server::{Mysql, Postgres, Server};
use csync3_testkit::{Link, Proxy};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// Half of a round trip.
const DELAY: Duration = Duration::from_micros(2_500);

/// What a push may take whose client has its state there, over that with the server at hand.
const GOAL: Goal = Goal::AtMost(1.1);

/// Pushes with the state of one side on each server.
pub(crate) fn run(ground: &mut Ground) -> Vec<Comparison> {
    let mut all = on::<Postgres>(ground, "PostgreSQL");
    all.extend(on::<Mysql>(ground, "MariaDB"));
    all
}

fn on<S: Server>(ground: &mut Ground, name: &str) -> Vec<Comparison> {
    let server = S::start();
    let near = server.plain_url("");
    let (_line, far) = far_away(&near);
    let files = ground.options.size(SOME, SOME / 10);
    let mut all = Vec::new();
    for peers in [1, 8] {
        let what = format!("l {files} files to {peers} peers");
        let labels = |who| [format!("{who} 5 ms from {name}"), "at hand".to_owned()];
        let [distant, at_hand] = labels("client");
        let [there, here] =
            [&far, &near].map(|url| Push::of_csync3(ground, peers, files).on(url, false));
        let comparison = Comparison::new(&what, &distant, &at_hand, GOAL);
        all.push(compare(ground, comparison, [&there, &here]));
        let [distant, at_hand] = labels("peers");
        let [there, here] =
            [&far, &near].map(|url| Push::of_csync3(ground, peers, files).with_peers_on(url));
        let comparison = Comparison::new(&what, &distant, &at_hand, Goal::None);
        all.push(compare(ground, comparison, [&there, &here]));
    }
    all
}

/// A line with a delay to the server of a URL, and the URL of its near end.
fn far_away(url: &str) -> (Proxy, String) {
    let at = url.rsplit('@').next().unwrap_or_default().trim_end_matches('/');
    let server: SocketAddr = at.parse().expect("the URL of a server names address and port");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let line = free.expect("a port is free");
    let proxy = Proxy::start(line, server, Link::delayed(DELAY));
    (proxy, url.replace(at, &line.to_string()))
}
