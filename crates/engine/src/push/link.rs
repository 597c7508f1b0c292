//! A session with a peer: opened, identified, and its answers read.
use super::PushOptions;
use crate::observer::Problem;
use csync3_core::delta::signature::{Signature, SignatureReader};
use csync3_core::push::Dialect;
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::classic::encode_command;
use csync3_core::wire::command::{Command, FileCommand, Request};
use csync3_core::wire::line::{BLOCK_HEADER_LIMIT, CHECKTXT_LIMIT, REPLY_LIMIT};
use csync3_core::wire::reply::Reply;
use csync3_net::{Connection, NetError};

/// Signature bytes kept from a `SIG` answer: those of a file of 1.6 GB. What is larger is taken for
/// different, and `PATCH` brings its own signature.
const SIGNATURE_KEPT: u64 = 16 * 1024 * 1024;

/// Blocks of the peer's file that a delta looks for, 30 bytes of memory each: 2 GiB of content.
const BLOCKS_INDEXED: usize = 1 << 20;

/// The word in `HELLO` by which two csync3 hosts know each other.
pub(crate) const ABILITY: &[u8] = b"csync3";

/// Why a session cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
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
    /// The configuration wants TLS towards this peer.
    #[error("TLS is not available yet")]
    TlsWanted,
    /// The store failed; the session is not to blame.
    #[error(transparent)]
    Store(#[from] csync3_store::StoreError),
}

impl LinkError {
    fn nonsense(line: &[u8]) -> Self {
        let shown = &line[..line.len().min(80)];
        Self::Nonsense { answer: String::from_utf8_lossy(shown).escape_debug().to_string() }
    }

    pub(super) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Refused { hint, .. } => Some(hint),
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
            Self::TlsWanted => Some("add `nossl * *;` or a statement for this pair to csync2.cfg"),
            Self::Nonsense { .. } => Some("another service may be listening on that port"),
            _ => None,
        }
    }

    /// The problem of a peer whose session ended by this.
    pub(super) fn into_problem(self, peer: &str, what: &str) -> Problem {
        let hint = self.hint();
        let problem = Problem::new(peer, what).with_peer(peer).because(self);
        match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }
}

/// An identified session.
pub(super) struct Link {
    pub(super) connection: Connection,
    pub(super) dialect: Dialect,
    /// The name that the peer knows this host by.
    myname: String,
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
    /// Says hello on a fresh connection.
    pub(super) async fn open(
        mut connection: Connection,
        options: &PushOptions,
        myname: &str,
    ) -> Result<Self, LinkError> {
        connection.set_idle(options.handshake);
        let mut link = Self {
            connection,
            dialect: Dialect::Csync2,
            myname: String::new(),
            scratch: Vec::new(),
        };
        link.queue(&Command::Config(options.config_name.clone().into_bytes()));
        link.queue(&hello(myname));
        let reply = link.reply().await?;
        if !reply.is_ok() {
            return Err(refusal(&reply));
        }
        link.greeted(myname).await?;
        link.connection.set_idle(options.idle);
        Ok(link)
    }

    /// Makes sure that the peer knows this host by `myname`. No answer may be outstanding.
    pub(super) async fn identify(&mut self, myname: &str) -> Result<(), LinkError> {
        self.queue(&hello(myname));
        self.greeted(myname).await
    }

    pub(super) fn is_identified_as(&self, myname: &str) -> bool {
        self.myname == myname
    }

    async fn greeted(&mut self, myname: &str) -> Result<(), LinkError> {
        match self.reply().await? {
            Reply::DoneCsync3 => self.dialect = Dialect::Csync3,
            reply if reply.is_ok() => self.dialect = Dialect::Csync2,
            reply => return Err(refusal(&reply)),
        }
        myname.clone_into(&mut self.myname);
        Ok(())
    }

    /// Says goodbye. The answer is waited for but not judged.
    pub(super) async fn bye(mut self) {
        self.queue(&Command::Bye);
        if self.reply().await.is_ok() {
            self.connection.close().await;
        }
    }

    pub(super) fn queue(&mut self, command: &Command) {
        self.scratch.clear();
        encode_command(command, &mut self.scratch);
        self.connection.queue(&self.scratch);
    }

    pub(super) fn request(
        &mut self,
        key: &[u8],
        name: &csync3_core::path::ClusterPath,
        request: Request,
    ) {
        let command = FileCommand { key: key.to_vec(), name: Ok(name.clone()), request };
        self.queue(&Command::OnFile(command));
    }

    async fn line(&mut self, limit: usize) -> Result<Vec<u8>, LinkError> {
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
    pub(super) async fn reply(&mut self) -> Result<Reply, LinkError> {
        let line = self.line(REPLY_LIMIT).await?;
        if line.iter().any(|byte| *byte < b' ' && *byte != b'\r' && *byte != b'\t') {
            return Err(LinkError::nonsense(&line));
        }
        Ok(Reply::parse(&line))
    }

    /// Reads the number that follows [`Reply::Data`] after `GETTM` and `GETSZ`.
    pub(super) async fn number(&mut self) -> Result<i64, LinkError> {
        let line = self.line(REPLY_LIMIT).await?;
        let text = std::str::from_utf8(&line).map(str::trim);
        text.ok().and_then(|text| text.parse().ok()).ok_or_else(|| LinkError::nonsense(&line))
    }

    async fn header(&mut self) -> Result<BlockHeader, LinkError> {
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

    async fn block(&mut self, length: u64, mut take: impl FnMut(&[u8])) -> Result<(), LinkError> {
        let mut left = length;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let chunk = self.connection.chunk(most).await?;
            left -= chunk.len() as u64;
            take(chunk);
        }
        Ok(())
    }
}

/// The signature that a delta is made against.
pub(super) fn parse_signature(bytes: &[u8]) -> Signature {
    Signature::parse(bytes, BLOCKS_INDEXED).unwrap_or_else(|_| Signature::none())
}

fn hello(myname: &str) -> Command {
    Command::Hello { name: myname.as_bytes().to_vec(), extras: vec![ABILITY.to_vec()] }
}

/// A refusal before any file was spoken of.
fn refusal(reply: &Reply) -> LinkError {
    let hint = match reply {
        Reply::IdentificationFailed => {
            "the peer does not resolve this host's name to the address the connection came from: \
             compare the host names in the configuration, DNS and /etc/hosts of the peer, or use -N"
        }
        Reply::SslExpected => {
            "the peer wants TLS, which is not available yet: add `nossl` for both directions to \
             the configuration of both hosts"
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
