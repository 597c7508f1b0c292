//! csync3 against the packaged csync2 and against itself: real binaries, real sockets.
//!
//! A rule holds in both directions against csync2 and among csync3 hosts ([`pairing`]). Where
//! csync2 itself cannot keep a rule, the pairing is left out and the reason is said at the rule.
mod abandoned;
mod actions;
mod activation;
mod auto;
mod backups;
mod changes;
mod commands;
mod compression;
mod conflicts;
mod dialect;
mod first_sync;
mod forbidden;
mod fork;
mod groups;
mod in_sync;
mod in_sync_alike;
mod in_sync_better;
mod in_sync_peers;
mod inetd;
mod limits;
mod listings;
mod pairing;
mod parents;
mod raw;
mod reload;
mod removals;
mod resume;
mod reuse;
mod slaves;
mod sparse;
mod stamps;
mod strangers;
mod three_hosts;
mod tls;
mod tls_pins;
mod tls_strangers;
mod transfers;
mod types;
mod upgrade;
mod versions;
