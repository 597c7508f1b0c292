//! The begin of a session: TLS if it is asked for, configuration, then identity. Nobody is trusted
//! yet.
use super::{Hosts, Seat, ServeOptions, refused, turn_away};
use crate::host::Host;
use crate::pins::{self, PinError, Shown};
use crate::push::ABILITY;
use csync3_core::config::HostName;
use csync3_core::decide::pin::is_protected_enough;
use csync3_core::wire::classic::parse_command;
use csync3_core::wire::command::Command;
use csync3_core::wire::line::COMMAND_LIMIT;
use csync3_core::wire::reply::Reply;
use csync3_net::connection::DEFAULT_READ_AHEAD;
use csync3_net::{Connection, NetError};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The longest wait for the resolver.
const RESOLVE: Duration = Duration::from_secs(10);

/// Lines that a peer may send until it is identified; csync2 needs two or three.
const PATIENCE: usize = 64;

/// A session whose peer has said who it is, and was believed.
pub(super) struct Greeted {
    pub(super) connection: Connection,
    pub(super) host: Host,
    pub(super) caller: Caller,
    /// The certificate that the peer has shown; `None` in plain.
    pub(super) shown: Option<Shown>,
    pub(super) groups_set: bool,
}

/// Who calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) name: HostName,
    /// It is a csync3, too.
    pub(super) is_csync3: bool,
}

/// Leads a session to its first successful `HELLO`; `None` if it ended before.
pub(super) async fn greet(
    mut connection: Connection,
    hosts: Arc<dyn Hosts>,
    options: ServeOptions,
    seat: &Seat,
) -> Option<Greeted> {
    connection.set_idle(options.handshake);
    connection.set_read_ahead(COMMAND_LIMIT);
    let address = address_of(&connection);
    let log = Arc::clone(&hosts);
    let introduced = timeout(options.handshake, introduction(&mut connection, hosts, options));
    let introduced = tokio::select! {
        biased;
        introduced = introduced => introduced,
        () = seat.revoked() => {
            log.refused(&address, "a later connection took the place of an unidentified one".into());
            turn_away(connection).await;
            return None;
        }
    };
    let introduced = match introduced {
        Ok(Ok(introduced)) => introduced?,
        Ok(Err(error)) => {
            log.refused(&address, with_cause(&error));
            return None;
        }
        Err(_) => {
            let limit = options.handshake.as_secs();
            log.refused(&address, format!("no identification within {limit} s"));
            return None;
        }
    };
    if !seat.identify() {
        return None;
    }
    connection.set_idle(options.idle);
    connection.set_read_ahead(DEFAULT_READ_AHEAD);
    let Introduced { host, caller, shown, groups_set } = introduced;
    Some(Greeted { connection, host, caller, shown, groups_set })
}

fn with_cause(error: &dyn Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

fn address_of(connection: &Connection) -> String {
    connection.peer().map_or_else(String::new, |peer| peer.to_string())
}

/// What is known of a session that was led to its first successful `HELLO`.
struct Introduced {
    host: Host,
    caller: Caller,
    shown: Option<Shown>,
    groups_set: bool,
}

async fn introduction(
    connection: &mut Connection,
    hosts: Arc<dyn Hosts>,
    options: ServeOptions,
) -> Result<Option<Introduced>, NetError> {
    let log = Arc::clone(&hosts);
    let Some(mut host) = configuration(connection, hosts, options.handshake).await? else {
        farewell(connection).await?;
        return Ok(None);
    };
    let mut groups_set = false;
    let mut lines = 0;
    while let Some(line) = connection.line(COMMAND_LIMIT).await? {
        lines += 1;
        if lines > PATIENCE {
            log.refused(
                &address_of(connection),
                format!("no identification within {PATIENCE} lines"),
            );
            return Ok(None);
        }
        let Some(command) = parse_command(&line) else {
            continue;
        };
        let answer = match &command {
            Command::Hello { .. } => match identify(&host, connection, &command).await {
                Ok((caller, shown)) => {
                    say(connection, &hello_reply(&caller));
                    return Ok(Some(Introduced { host, caller, shown, groups_set }));
                }
                Err(reply) => reply,
            },
            Command::Group(groups) => restrict(&mut host, groups, &mut groups_set),
            Command::Bye => {
                say(connection, &Reply::SeeYou);
                farewell(connection).await?;
                return Ok(None);
            }
            Command::OnFile(_) | Command::List { .. } => {
                Reply::IdentifyFirst { address: address_of(connection) }
            }
            Command::Ssl | Command::Config(_) | Command::Unknown(_) => Reply::UnknownCommand,
        };
        say(connection, &answer);
    }
    Ok(None)
}

/// Sends the last words.
async fn farewell(connection: &mut Connection) -> Result<(), NetError> {
    connection.flush().await?;
    if connection.secured().is_some() {
        connection.take().close().await;
    }
    Ok(())
}

/// The first command may ask for TLS, the next one must choose a configuration.
async fn configuration(
    connection: &mut Connection,
    hosts: Arc<dyn Hosts>,
    limit: Duration,
) -> Result<Option<Host>, NetError> {
    let mut first = next_command(connection).await?;
    if let Some(Command::Ssl) = first {
        if !secure(connection, &*hosts, limit).await? {
            return Ok(None);
        }
        first = next_command(connection).await?;
    }
    let name = match first {
        Some(Command::Config(name)) => name,
        Some(_) => return turned_down(connection, &*hosts, &Reply::ExpectingConfig),
        None => return Ok(None),
    };
    let legal = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let Some(name) = String::from_utf8(name).ok().filter(|name| name.bytes().all(|b| legal(&b)))
    else {
        return turned_down(connection, &*hosts, &Reply::BadConfigName);
    };
    // Opening reads files and may wait for the database.
    let opened = tokio::task::spawn_blocking(move || hosts.open(&name)).await;
    match opened {
        Ok(Ok(host)) => {
            say(connection, &Reply::Done);
            Ok(Some(host))
        }
        // Reported by whoever could not open it; the peer is told nothing, as csync2 does.
        Ok(Err(_)) => Ok(None),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Ends a session at its first command; the answer is the reason.
fn turned_down(
    connection: &mut Connection,
    hosts: &dyn Hosts,
    reply: &Reply,
) -> Result<Option<Host>, NetError> {
    hosts.refused(&address_of(connection), String::from_utf8_lossy(&reply.text()).into_owned());
    say(connection, reply);
    Ok(None)
}

/// The next line; an empty one is a command that does not exist, and the end is none.
async fn next_command(connection: &mut Connection) -> Result<Option<Command>, NetError> {
    let line = connection.line(COMMAND_LIMIT).await?;
    Ok(line.map(|line| parse_command(&line).unwrap_or(Command::Unknown(line))))
}

/// Agrees to TLS and secures the connection; `false`, with the refusal queued, if this host has no
/// certificate to show.
async fn secure(
    connection: &mut Connection,
    hosts: &dyn Hosts,
    limit: Duration,
) -> Result<bool, NetError> {
    match hosts.credentials().identity() {
        Ok(identity) => {
            say(connection, &Reply::ActivatingSsl);
            *connection = connection.take().secure_as_server(&identity, limit).await?;
            Ok(true)
        }
        Err(error) => {
            let why = format!("{}; {}", with_cause(&error), error.hint());
            hosts.refused(&address_of(connection), why);
            say(connection, &Reply::NoSslSupport);
            Ok(false)
        }
    }
}

/// Believes a name if it leads to the address that the connection came from.
///
/// Only names of the configuration are looked up: a stranger cannot make this host ask for others.
pub(super) async fn identify(
    host: &Host,
    connection: &Connection,
    command: &Command,
) -> Result<(Caller, Option<Shown>), Reply> {
    let Command::Hello { name, extras } = command else {
        return Err(Reply::IdentificationFailed);
    };
    let shown = String::from_utf8_lossy(name).into_owned();
    let fail = |why: String| {
        refused(host, &shown, why);
        Err(Reply::IdentificationFailed)
    };
    let Some(name) = HostName::parse(name) else {
        return fail("the name in HELLO is not one of a host".to_owned());
    };
    if !host.config.peers().contains(&name) {
        return fail("no group of this host lists a peer of this name".to_owned());
    }
    let Some(address) = connection.peer() else {
        return fail("the address of the peer is unknown".to_owned());
    };
    match csync3_net::resolves_to(name.as_str(), address, RESOLVE).await {
        Ok(true) => {}
        Ok(false) => {
            return fail(format!(
                "the connection came from {address}, but the name leads to another address here: \
                 compare DNS and /etc/hosts, and the peer's -N"
            ));
        }
        Err(error) => return fail(format!("{error}")),
    }
    let is_csync3 = extras.iter().any(|word| word == ABILITY);
    let caller = Caller { name, is_csync3 };
    let Some(secured) = connection.secured() else {
        if host.config.plain_from(&caller.name) {
            return Ok((caller, None));
        }
        refused(host, &shown, "no nossl statement allows this pair to talk without TLS");
        return Err(Reply::SslExpected);
    };
    if !is_protected_enough(secured.protection, is_csync3) {
        return fail("it says that it is a csync3, but TLS is of an older version than 1.3".into());
    }
    match recognise(host, &caller.name, &secured.certificate).await {
        Ok(certificate) => Ok((caller, Some(certificate))),
        Err(PinError::Stranger(stranger)) => fail(format!("{stranger}; {}", stranger.hint())),
        Err(PinError::Store(error)) => fail(format!("cannot look up its certificate: {error}")),
    }
}

/// Compares the certificate with the one that is remembered.
async fn recognise(host: &Host, name: &HostName, certificate: &[u8]) -> Result<Shown, PinError> {
    let (host, name, certificate) = (host.clone(), name.clone(), certificate.to_vec());
    // The database may be busy.
    let looked = tokio::task::spawn_blocking(move || pins::check(&host, &name, &certificate)).await;
    match looked {
        Ok(looked) => looked.inspect(Shown::warn_if_outdated),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// The answer to a `HELLO` that was believed.
pub(super) fn hello_reply(caller: &Caller) -> Reply {
    if caller.is_csync3 { Reply::DoneCsync3 } else { Reply::Done }
}

/// Carries out `GROUP`.
pub(super) fn restrict(host: &mut Host, groups: &[u8], groups_set: &mut bool) -> Reply {
    if *groups_set {
        return Reply::GroupListSet;
    }
    let groups: Vec<String> =
        String::from_utf8_lossy(groups).split(',').map(str::to_owned).collect();
    host.config = Arc::new(host.config.restricted_to(&groups));
    *groups_set = true;
    Reply::Done
}

/// Queues an answer.
pub(super) fn say(connection: &mut Connection, reply: &Reply) {
    let mut line = Vec::with_capacity(64);
    reply.encode_into(&mut line);
    connection.queue(&line);
}
