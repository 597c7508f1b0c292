//! A session with a peer: opened, identified, and its answers read.
use super::secure::{known, secure};
use crate::credentials::CredentialsError;
use crate::doctor::nonce;
use crate::host::Host;
use crate::observer::{Event, Problem};
use crate::pins::{PinError, Shown, Stranger};
use csync3_core::config::HostName;
use csync3_core::decide::pin::is_protected_enough;
use csync3_core::delta::signature::{Signature, SignatureReader};
use csync3_core::native::ability;
use csync3_core::native::message::{Message, Proved};
use csync3_core::native::window::Violation;
use csync3_core::proof::{Nonce, Nonces};
use csync3_core::push::{Dialect, Preference};
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::classic::encode_command;
use csync3_core::wire::command::{Command, FileCommand, Request};
use csync3_core::wire::line::{BLOCK_HEADER_LIMIT, CHECKTXT_LIMIT, REPLY_LIMIT};
use csync3_core::wire::reply::Reply;
use csync3_net::{Connection, Dialer, NetError};
use std::time::Duration;

/// Signature bytes kept from a `SIG` answer: those of a file of 1.6 GB. What is larger is taken for
/// different, and `PATCH` brings its own signature.
const SIGNATURE_KEPT: u64 = 16 * 1024 * 1024;

/// Blocks of the peer's file that a delta looks for, 30 bytes of memory each: 2 GiB of content.
pub(super) const BLOCKS_INDEXED: usize = 1 << 20;

/// The word in `HELLO` by which two csync3 hosts know each other.
pub(crate) const ABILITY: &[u8] = b"csync3";

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// The connection failed.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The peer closed the connection instead of answering.
    #[error("the peer closed the connection")]
    Closed,
    /// The peer's answer is not one of the protocol.
    #[error("the peer does not speak csync2's protocol: it answered '{answer}'")]
    Nonsense {
        /// What it said, printable.
        answer: String,
    },
    /// The peer did not accept this host.
    #[error("the peer answered '{answer}'")]
    Refused {
        /// Its answer.
        answer: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The configuration wants TLS towards this peer, and this host has no certificate for it.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The peer shows another certificate than before.
    #[error(transparent)]
    Stranger(Stranger),
    /// The peer says that it is a csync3, which would have chosen TLS 1.3.
    #[error("the peer says that it is a csync3, but talks TLS of an older version than 1.3")]
    OldTls,
    /// The peer does not keep to the native dialect.
    #[error("the peer does not speak the native dialect as it should: {what}")]
    NotNative {
        /// What is wrong.
        what: String,
    },
    /// The peer has ended the native dialect.
    #[error("the peer stopped: {reason}")]
    Stopped {
        /// What it said.
        reason: String,
    },
    /// `--dialect native`, and the peer does not know it.
    #[error("the peer does not know the native dialect")]
    OnlyClassic,
    /// More groups with this peer, each with a key of its own, than `LIST` can name.
    #[error("they share groups with {keys} different keys, and csync2's protocol names {limit}")]
    TooManyKeys {
        /// How many.
        keys: usize,
        /// How many could be named.
        limit: usize,
    },
    /// The peer's rows do not come in the order of their bytes.
    #[error("its rows are not in the order of their bytes")]
    Unordered,
    /// The store failed; the session is not to blame.
    #[error(transparent)]
    Store(#[from] csync3_store::StoreError),
}

impl From<Violation> for LinkError {
    fn from(violation: Violation) -> Self {
        Self::NotNative { what: violation.to_string() }
    }
}

impl From<PinError> for LinkError {
    fn from(error: PinError) -> Self {
        match error {
            PinError::Stranger(stranger) => Self::Stranger(stranger),
            PinError::Store(error) => Self::Store(error),
        }
    }
}

impl LinkError {
    pub(crate) fn nonsense(line: &[u8]) -> Self {
        let shown = &line[..line.len().min(80)];
        Self::Nonsense { answer: String::from_utf8_lossy(shown).escape_debug().to_string() }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Stranger(stranger) => Some(stranger.hint()),
            other => other.fixed_hint().map(str::to_owned),
        }
    }

    fn fixed_hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused { hint, .. } => Some(hint),
            Self::Credentials(error) => Some(error.hint()),
            Self::Closed => {
                Some("its configuration or database may be unusable: see the log of the peer")
            }
            Self::Net(NetError::Connect { .. } | NetError::ConnectTimeout { .. }) => {
                Some("start csync3 -ii (or csync2 -ii) there, or look at the firewall")
            }
            Self::Net(NetError::Resolve { .. }) => {
                Some("add the name to DNS or /etc/hosts, or give its address as NAME@ADDRESS")
            }
            Self::Net(NetError::Idle { .. }) => Some(
                "it accepts connections but does not answer: it may hang or be overloaded, see its log",
            ),
            Self::Net(NetError::Handshake { .. } | NetError::HandshakeTimeout { .. }) => Some(
                "see the log of the peer; a csync2 without its key or certificate fails like this",
            ),
            Self::OldTls => Some("something between the two hosts may be changing the connection"),
            Self::OnlyClassic => Some(
                "it is a csync2, an older csync3, or was started with --dialect classic: \
                 --dialect auto speaks csync2's dialect with it",
            ),
            Self::TooManyKeys { .. } => Some("compare some of the groups at a time, with -G"),
            Self::Unordered => {
                Some("its database must compare names as bytes (collation C or binary)")
            }
            Self::Nonsense { .. } => Some("another service may be listening on that port"),
            _ => None,
        }
    }

    /// The problem of a peer whose session ended by this.
    pub(crate) fn into_problem(self, peer: &str, what: &str) -> Problem {
        let hint = self.hint();
        let problem = Problem::new(peer, what).with_peer(peer).because(self);
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

/// How peers are called.
#[derive(Debug, Clone)]
pub struct Calls {
    /// How to connect.
    pub dialer: Dialer,
    /// `-C`: the configuration that the peers shall use; empty for theirs.
    pub config_name: String,
    /// Peers that are called at the same time; 0 is taken for 1.
    pub jobs: usize,
    /// The longest wait for each answer until the peer has accepted this host.
    pub handshake: Duration,
    /// The longest wait for anything to move afterwards.
    pub idle: Duration,
    /// Which dialect files are sent in.
    pub dialect: Preference,
}

impl Calls {
    /// The way to open a session; in a dry run no certificate is remembered.
    pub(crate) fn way(&self, dry_run: bool) -> Way<'_> {
        Way { calls: self, dry_run }
    }
}

/// How sessions are opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<'a> {
    calls: &'a Calls,
    /// No certificate is remembered.
    dry_run: bool,
}

/// An identified session.
pub(crate) struct Link {
    pub(crate) connection: Connection,
    pub(crate) dialect: Dialect,
    /// The random numbers of both ends, if both know the native dialect.
    pub(super) native: Option<Nonces>,
    preference: Preference,
    /// Frames are spoken, not lines.
    pub(super) is_native: bool,
    /// This end's, as it was sent last.
    asking: Option<Nonce>,
    /// The name that the peer knows this host by.
    pub(super) myname: String,
    /// The certificate of the peer; `None` in plain.
    shown: Option<Shown>,
    dry_run: bool,
    scratch: Vec<u8>,
}

/// The answer to `SIG`.
pub(super) struct Description {
    pub(super) reply: Reply,
    pub(super) checktxt: Vec<u8>,
    /// The signature; `None` if the peer could not make one or it is too large to keep.
    pub(super) signature: Option<Vec<u8>>,
    pub(super) status: Reply,
}

impl Link {
    /// Connects to a peer and says hello to it.
    pub(crate) async fn connect(
        host: &Host,
        way: Way<'_>,
        peer: &HostName,
        myname: &str,
    ) -> Result<Self, LinkError> {
        let tls = !host.config.plain_to(peer);
        host.notice(&Event::Connecting { peer: peer.as_str(), tls });
        let identity = match tls {
            true => Some(host.credentials.identity()?),
            false => None,
        };
        let connection = way.calls.dialer.dial(peer.as_str()).await?;
        if let Some(address) = connection.peer() {
            let (address, port) = (address.to_string(), way.calls.dialer.port);
            host.notice(&Event::Connected { peer: peer.as_str(), address, port });
        }
        let Some(identity) = identity else {
            return Self::open(connection, None, way, myname).await;
        };
        let connection = secure(connection, &identity, way.calls.handshake).await?;
        // Nothing has been said yet: a stranger learns neither names nor keys.
        let shown = known(host, peer, &connection)?;
        Self::open(connection, Some(shown), way, myname).await
    }

    /// Says hello on a fresh connection.
    async fn open(
        mut connection: Connection,
        shown: Option<Shown>,
        way: Way<'_>,
        myname: &str,
    ) -> Result<Self, LinkError> {
        connection.set_idle(way.calls.handshake);
        let mut link = Self {
            connection,
            dialect: Dialect::Csync2,
            native: None,
            preference: way.calls.dialect,
            is_native: false,
            asking: None,
            myname: String::new(),
            shown,
            dry_run: way.dry_run,
            scratch: Vec::new(),
        };
        link.queue(&Command::Config(way.calls.config_name.as_bytes().to_vec()));
        link.hello(myname);
        let reply = link.reply().await?;
        if !reply.is_ok() {
            return Err(refusal(&reply));
        }
        link.greeted(myname).await?;
        link.connection.set_idle(way.calls.idle);
        Ok(link)
    }

    /// Makes sure that the peer knows this host by `myname`. No answer may be outstanding.
    pub(super) async fn identify(&mut self, myname: &str) -> Result<(), LinkError> {
        self.hello(myname);
        self.greeted(myname).await
    }

    pub(super) fn is_identified_as(&self, myname: &str) -> bool {
        self.myname == myname
    }

    async fn greeted(&mut self, myname: &str) -> Result<(), LinkError> {
        self.native = None;
        match self.reply().await? {
            Reply::DoneNative(asked) => {
                self.dialect = Dialect::Csync3;
                self.native = self.asking.map(|asking| Nonces { asking, asked });
            }
            Reply::DoneCsync3 => self.dialect = Dialect::Csync3,
            reply if reply.is_ok() => self.dialect = Dialect::Csync2,
            reply => return Err(refusal(&reply)),
        }
        let both_are_csync3 = self.dialect == Dialect::Csync3;
        if !is_protected_enough(self.connection.protection(), both_are_csync3) {
            return Err(LinkError::OldTls);
        }
        if self.native.is_none() && self.preference == Preference::Native {
            return Err(LinkError::OnlyClassic);
        }
        myname.clone_into(&mut self.myname);
        Ok(())
    }

    fn hello(&mut self, myname: &str) {
        // Without a source of random numbers csync2's dialect has to do.
        self.asking = if self.preference == Preference::Classic { None } else { nonce() };
        let native = self.asking.as_ref().map(ability);
        let extras = std::iter::once(ABILITY.to_vec()).chain(native).collect();
        self.queue(&Command::Hello { name: myname.as_bytes().to_vec(), extras });
    }

    /// Says goodbye. The answer is waited for but not judged.
    pub(crate) async fn bye(mut self) {
        let was_native = self.is_native;
        if was_native {
            self.say(&Message::Leave);
        }
        self.queue(&Command::Bye);
        if was_native && self.left().await.is_err() {
            return;
        }
        if self.reply().await.is_ok() {
            self.connection.close().await;
        }
    }

    pub(crate) fn queue(&mut self, command: &Command) {
        self.scratch.clear();
        encode_command(command, &mut self.scratch);
        self.connection.queue(&self.scratch);
    }

    /// Queues a frame of the native dialect.
    pub(super) fn say(&mut self, message: &Message<'_>) {
        self.scratch.clear();
        message.encode_into(&mut self.scratch);
        self.connection.queue(&self.scratch);
    }

    /// Waits for the one frame that can come now; `wanted` makes of it what it is for, or says what is
    /// wrong with it.
    async fn frame<T>(
        &mut self,
        wanted: impl Fn(Message<'_>) -> Result<T, &'static str>,
    ) -> Result<T, LinkError> {
        loop {
            let Some((message, taken)) = Message::take(self.connection.buffered())? else {
                if self.connection.fill().await? == 0 {
                    return Err(LinkError::Closed);
                }
                continue;
            };
            let found = match message {
                Message::Skipped(_) => None,
                Message::Stop(stop) => return Err(LinkError::Stopped { reason: stop.reason }),
                other => {
                    let wrong = |what: &str| LinkError::NotNative { what: what.to_owned() };
                    Some(wanted(other).map_err(wrong)?)
                }
            };
            self.connection.consume(taken);
            if let Some(found) = found {
                return Ok(found);
            }
        }
    }

    /// Waits for the peer's proofs.
    pub(super) async fn proved(&mut self) -> Result<Proved, LinkError> {
        self.frame(|message| match message {
            Message::Proved(proved) => Ok(proved),
            _ => Err("it proves nothing"),
        })
        .await
    }

    /// Waits until the peer has gone back to lines.
    pub(super) async fn left(&mut self) -> Result<(), LinkError> {
        self.frame(|message| match message {
            Message::Leave => Ok(()),
            _ => Err("it does not leave"),
        })
        .await?;
        self.is_native = false;
        Ok(())
    }

    /// Notes that the peer has shown to have the right key.
    pub(super) fn key_was_proved(&mut self) -> Result<(), LinkError> {
        if let Some(shown) = &mut self.shown {
            shown.key_was_proved(self.dry_run)?;
        }
        Ok(())
    }

    /// Queues a block of data.
    pub(crate) fn queue_block(&mut self, bytes: &[u8]) {
        self.scratch.clear();
        BlockHeader::Data(bytes.len() as u64).encode_into(&mut self.scratch);
        self.connection.queue(&self.scratch);
        self.connection.queue(bytes);
    }

    pub(crate) fn request(
        &mut self,
        key: &[u8],
        name: &csync3_core::path::ClusterPath,
        request: Request,
    ) {
        let command = FileCommand { key: key.to_vec(), name: Ok(name.clone()), request };
        self.queue(&Command::OnFile(command));
    }

    pub(crate) async fn line(&mut self, limit: usize) -> Result<Vec<u8>, LinkError> {
        match self.connection.line(limit).await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err(LinkError::Closed),
            Err(NetError::LineTooLong { .. }) => {
                Err(LinkError::nonsense(&self.connection.buffered()[..40]))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads one answer line.
    pub(crate) async fn reply(&mut self) -> Result<Reply, LinkError> {
        let line = self.line(REPLY_LIMIT).await?;
        if line.iter().any(|byte| *byte < b' ' && *byte != b'\r' && *byte != b'\t') {
            return Err(LinkError::nonsense(&line));
        }
        Ok(Reply::parse(&line))
    }

    /// Reads the first line of the answer to a command about a file. A positive one says that the
    /// peer has the key that was shown.
    pub(super) async fn answer(&mut self) -> Result<Reply, LinkError> {
        let reply = self.reply().await?;
        if reply.is_ok() {
            self.key_was_proved()?;
        }
        Ok(reply)
    }

    /// Reads the number that follows [`Reply::Data`] after `GETTM` and `GETSZ`.
    pub(super) async fn number(&mut self) -> Result<i64, LinkError> {
        let line = self.line(REPLY_LIMIT).await?;
        let text = std::str::from_utf8(&line).map(str::trim);
        text.ok().and_then(|text| text.parse().ok()).ok_or_else(|| LinkError::nonsense(&line))
    }

    pub(crate) async fn header(&mut self) -> Result<BlockHeader, LinkError> {
        let line = self.line(BLOCK_HEADER_LIMIT.max(REPLY_LIMIT)).await?;
        BlockHeader::parse(&line, u64::MAX).map_err(|_| LinkError::nonsense(&line))
    }

    /// Reads what follows the first line of an answer to `SIG`.
    pub(super) async fn description(&mut self, reply: Reply) -> Result<Description, LinkError> {
        let checktxt = self.line(CHECKTXT_LIMIT).await?;
        let signature = match self.header().await? {
            BlockHeader::Data(length) if length <= SIGNATURE_KEPT => {
                let mut bytes = Vec::new();
                self.block(length, |chunk| bytes.extend_from_slice(chunk)).await?;
                Some(bytes)
            }
            BlockHeader::Data(length) => {
                self.block(length, |_| {}).await?;
                None
            }
            BlockHeader::Failed | BlockHeader::Error => None,
        };
        let status = self.reply().await?;
        Ok(Description { reply, checktxt, signature, status })
    }

    /// Reads the signature that follows [`Reply::SendData`]; `None` if the peer could not make it.
    pub(super) async fn signature(&mut self) -> Result<Option<Signature>, LinkError> {
        let BlockHeader::Data(length) = self.header().await? else {
            return Ok(None);
        };
        let mut reader = SignatureReader::new(BLOCKS_INDEXED);
        let mut broken = false;
        self.block(length, |chunk| broken |= reader.feed(chunk).is_err()).await?;
        // A signature that we cannot read only means that everything is sent.
        Ok(Some(match reader.finish() {
            Ok(signature) if !broken => signature,
            _ => Signature::none(),
        }))
    }

    /// Reads what follows [`Reply::Data`] after `TYPE`: all there is, or the first bytes of it. The
    /// session is over then.
    pub(super) async fn content(mut self, limit: usize) -> Result<Vec<u8>, LinkError> {
        let mut content = self.connection.buffered().to_vec();
        self.connection.consume(content.len());
        while content.len() <= limit && self.connection.fill().await? > 0 {
            let more = self.connection.buffered().len();
            content.extend_from_slice(self.connection.buffered());
            self.connection.consume(more);
        }
        Ok(content)
    }

    pub(crate) async fn block(
        &mut self,
        length: u64,
        take: impl FnMut(&[u8]),
    ) -> Result<(), LinkError> {
        Ok(self.connection.block(length, take).await?)
    }
}

/// The signature that a delta is made against.
pub(super) fn parse_signature(bytes: &[u8]) -> Signature {
    Signature::parse(bytes, BLOCKS_INDEXED).unwrap_or_else(|_| Signature::none())
}

/// A refusal before any file was spoken of.
pub(super) fn refusal(reply: &Reply) -> LinkError {
    let hint = match reply {
        Reply::IdentificationFailed => {
            "the peer does not resolve this host's name to the address the connection came from, \
             or remembers another certificate of this host: its log says which. Compare the host \
             names in the configuration, DNS and /etc/hosts of the peer, or use -N"
        }
        Reply::SslExpected => {
            "this host has a `nossl` for the peer, but the peer has none for this host: remove it \
             here, or add one there"
        }
        Reply::NoSslSupport => {
            "the peer has no usable certificate: run `csync3 cert create` there, or see its log"
        }
        Reply::TooManySessions => {
            "what is dirty goes with the next run; the peer's limits are --max-sessions and \
             --max-sessions-per-address"
        }
        Reply::BadConfigName => "use only a-z and 0-9 with -C",
        _ => "see the log of the peer",
    };
    match reply {
        Reply::Other(line) => LinkError::nonsense(line),
        reply => {
            LinkError::Refused { answer: String::from_utf8_lossy(&reply.text()).into_owned(), hint }
        }
    }
}
