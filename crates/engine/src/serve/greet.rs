//! The begin of a session: TLS if it is asked for, configuration, then identity. Nobody is trusted
//! yet.
use super::{Hosts, Seat, ServeOptions, doctor, refused, turn_away};
use crate::doctor::nonce;
use crate::host::Host;
use crate::pins::{self, PinError, Shown, Stranger};
use crate::push::ABILITY;
use csync3_core::config::HostName;
use csync3_core::decide::pin::is_protected_enough;
use csync3_core::doctor::refusal::Refusal;
use csync3_core::native::nonce_of;
use csync3_core::proof::Nonces;
use csync3_core::push::Preference;
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
    /// The name or address that this host calls from.
    pub(super) bind: Option<String>,
    /// Which dialects are spoken.
    pub(super) dialect: Preference,
}

/// Who calls.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) name: HostName,
    /// It is a csync3, too.
    pub(super) is_csync3: bool,
    /// The random numbers of both ends, if both know the native dialect.
    pub(super) native: Option<Nonces>,
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
    let bind = hosts.calls_from();
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
    Some(Greeted { connection, host, caller, shown, groups_set, bind, dialect: options.dialect })
}

fn with_cause(error: &dyn Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

pub(super) fn address_of(connection: &Connection) -> String {
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
            Command::Hello { .. } => {
                match identify(&host, connection, &command, options.dialect).await {
                    Ok((caller, shown)) => {
                        say(connection, &hello_reply(&caller));
                        return Ok(Some(Introduced { host, caller, shown, groups_set }));
                    }
                    Err(reply) => reply,
                }
            }
            Command::Group(groups) => restrict(&mut host, groups, &mut groups_set),
            Command::Bye => {
                say(connection, &Reply::SeeYou);
                farewell(connection).await?;
                return Ok(None);
            }
            Command::OnFile(_) | Command::List { .. } => {
                Reply::IdentifyFirst { address: address_of(connection) }
            }
            Command::Ssl
            | Command::Config(_)
            | Command::Native
            | Command::Doctor(_)
            | Command::Unknown(_) => Reply::UnknownCommand,
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
        Some(Command::Doctor(words)) => {
            doctor::inquiry(connection, hosts, &words).await?;
            return Ok(None);
        }
        Some(_) => return turned_down(connection, &*hosts, &Reply::ExpectingConfig),
        None => return Ok(None),
    };
    let Some(name) = config_name(name) else {
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

/// The name of a configuration, if it has no letters that it may not have.
pub(super) fn config_name(name: Vec<u8>) -> Option<String> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    String::from_utf8(name).ok().filter(|name| name.bytes().all(legal))
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
pub(super) async fn next_command(connection: &mut Connection) -> Result<Option<Command>, NetError> {
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

/// Believes a name if it leads to the address that the connection came from, and logs why not.
pub(super) async fn identify(
    host: &Host,
    connection: &Connection,
    command: &Command,
    dialect: Preference,
) -> Result<(Caller, Option<Shown>), Reply> {
    let Command::Hello { name, extras } = command else {
        return Err(Reply::IdentificationFailed);
    };
    let is_csync3 = extras.iter().any(|word| word == ABILITY);
    let believed = believe(host, connection, name, is_csync3).await;
    let believed = believed.map(|(caller, shown)| {
        let asking = extras.iter().find_map(|word| nonce_of(word));
        let wanted = asking.filter(|_| dialect != Preference::Classic);
        let nonces = wanted.and_then(|asking| nonce().map(|asked| Nonces { asking, asked }));
        (Caller { native: nonces, ..caller }, shown)
    });
    believed.map_err(|disbelief| {
        refused(host, &String::from_utf8_lossy(name), disbelief.text());
        match disbelief.refusal {
            Refusal::TlsExpected => Reply::SslExpected,
            _ => Reply::IdentificationFailed,
        }
    })
}

/// Why a name is not believed.
pub(super) struct Disbelief {
    pub(super) refusal: Refusal,
    hint: Option<String>,
}

impl From<Refusal> for Disbelief {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, hint: None }
    }
}

impl Disbelief {
    fn text(&self) -> String {
        let hint = self.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        format!("{}{hint}", self.refusal)
    }

    fn stranger(stranger: &Stranger) -> Self {
        let (shown, pinned) = stranger.fingerprints();
        let refusal =
            Refusal::Certificate { shown: shown.to_string(), remembered: pinned.to_string() };
        Self { refusal, hint: Some(stranger.hint()) }
    }
}

/// Only names of the configuration are looked up: a stranger cannot make this host ask for others.
pub(super) async fn believe(
    host: &Host,
    connection: &Connection,
    name: &[u8],
    is_csync3: bool,
) -> Result<(Caller, Option<Shown>), Disbelief> {
    let name = HostName::parse(name).ok_or(Refusal::NoName)?;
    if !host.config.peers().contains(&name) {
        return Err(Refusal::Unlisted.into());
    }
    let address = connection.peer().ok_or(Refusal::NoAddress)?;
    let leads_to = csync3_net::leads_to(name.as_str(), RESOLVE)
        .await
        .map_err(|error| Refusal::Unresolvable { why: error.to_string() })?;
    if !leads_to.contains(&address.to_canonical()) {
        let leads_to = leads_to.iter().map(ToString::to_string).collect();
        return Err(Refusal::Elsewhere { from: address.to_string(), leads_to }.into());
    }
    let caller = Caller { name, is_csync3, native: None };
    let Some(secured) = connection.secured() else {
        return match host.config.plain_from(&caller.name) {
            true => Ok((caller, None)),
            false => Err(Refusal::TlsExpected.into()),
        };
    };
    if !is_protected_enough(secured.protection, is_csync3) {
        return Err(Refusal::OldTls.into());
    }
    match recognise(host, &caller.name, &secured.certificate).await {
        Ok(certificate) => Ok((caller, Some(certificate))),
        Err(PinError::Stranger(stranger)) => Err(Disbelief::stranger(&stranger)),
        Err(PinError::Store(error)) => Err(Refusal::Database { why: error.to_string() }.into()),
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
    match caller.native {
        Some(nonces) => Reply::DoneNative(nonces.asked),
        None if caller.is_csync3 => Reply::DoneCsync3,
        None => Reply::Done,
    }
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
