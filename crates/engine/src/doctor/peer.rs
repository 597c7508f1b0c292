//! A peer, called as a push would call it.
use super::inquiry::{Reason, inquire};
use super::{DoctorOptions, address_texts, nonce, with_causes};
use crate::check::scopes;
use crate::host::{Host, now};
use crate::push::{Link, LinkError};
use csync3_core::config::{Effect, Group, Target};
use csync3_core::doctor::peer::{Seen, about, compared, disbelieved, older};
use csync3_core::doctor::refusal::Refusal;
use csync3_core::doctor::statements::{Nonces, question};
use csync3_core::doctor::wire::{About, BLOCK_LIMIT, nonce_word, parse_answer, question_text};
use csync3_core::doctor::{Check, Finding};
use csync3_core::path::ClusterPath;
use csync3_core::push::Dialect;
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::command::{Command, Request};
use csync3_core::wire::line::CHECKTXT_LIMIT;
use csync3_core::wire::reply::Reply;
use csync3_net::{NetError, leads_to, source_towards};

/// What is to be found out about one pair.
pub(super) async fn ask(host: &Host, options: &DoctorOptions, pair: &Target) -> Vec<Finding> {
    let peer = pair.peer.as_str();
    let call = Call { host, options, pair };
    let found = match Link::connect(host, options.calls.way(true), &pair.peer, pair.myname.as_str())
        .await
    {
        Ok(link) => call.consult(link).await,
        Err(error) => vec![call.failed(error).await],
    };
    found.into_iter().map(|finding| finding.with_peer(peer)).collect()
}

struct Call<'a> {
    host: &'a Host,
    options: &'a DoctorOptions,
    pair: &'a Target,
}

impl Call<'_> {
    /// Names the cause of a session that did not come about, or came to nothing.
    async fn failed(&self, error: LinkError) -> Finding {
        let peer = self.pair.peer.as_str();
        let hint = error.hint();
        let cause = format!("cannot talk to {peer}: {}", with_causes(&error));
        let check = match &error {
            LinkError::Refused { answer, .. } => {
                return self.refused(&Reply::parse(answer.as_bytes()), &error).await;
            }
            LinkError::Closed => return self.asked_why(&Reply::UnknownCommand, &error).await,
            LinkError::Net(NetError::Resolve { .. } | NetError::ResolveTimeout { .. }) => {
                Check::Resolution
            }
            LinkError::Net(NetError::Connect { .. } | NetError::ConnectTimeout { .. }) => {
                Check::Port
            }
            LinkError::Net(NetError::Handshake { .. } | NetError::HandshakeTimeout { .. })
            | LinkError::Credentials(_)
            | LinkError::Stranger(_)
            | LinkError::OldTls => Check::Certificate,
            LinkError::Store(_) => Check::Database,
            _ => Check::Session,
        };
        let hint = hint.unwrap_or_else(|| format!("see the log of {peer}"));
        Finding::problem(check, peer, cause).remedy(hint)
    }

    async fn refused(&self, reply: &Reply, error: &LinkError) -> Finding {
        let (peer, myname) = (self.pair.peer.as_str(), self.pair.myname.as_str());
        let told = match reply {
            Reply::SslExpected => Refusal::TlsExpected.finding(peer, myname),
            Reply::NoSslSupport => {
                let cause = format!("{peer} has no usable certificate");
                let remedy =
                    format!("run `csync3 cert create` on {peer}, or allow `nossl` on both");
                Some(Finding::problem(Check::Certificate, peer, cause).remedy(remedy))
            }
            Reply::IdentificationFailed => None,
            _ => {
                let cause = format!("cannot talk to {peer}: {error}");
                let finding = Finding::problem(Check::Session, peer, cause);
                Some(finding.remedy(error.hint().unwrap_or_default()))
            }
        };
        match told {
            Some(finding) => finding,
            None => self.asked_why(reply, error).await,
        }
    }

    /// Lets the peer say why, and guesses where it does not.
    async fn asked_why(&self, reply: &Reply, error: &LinkError) -> Finding {
        let (peer, myname) = (self.pair.peer.as_str(), self.pair.myname.as_str());
        match inquire(self.host, self.options, self.pair).await {
            Ok(Reason::Told(refusal)) => {
                if let Some(finding) = refusal.finding(peer, myname) {
                    return finding;
                }
            }
            // A host that closes the session may have no configuration to read a key from.
            Ok(Reason::NoKey) if *reply == Reply::IdentificationFailed => {
                let cause = format!(
                    "{peer} does not accept this host as {myname}, and tells nothing more: no key \
                     of the groups with it is a key of a group there"
                );
                let remedy =
                    format!("compare the key files of this host and {peer}, then try again");
                return Finding::problem(Check::Key, myname, cause).remedy(remedy);
            }
            Ok(Reason::NoKey | Reason::Untold) | Err(_) => {}
        }
        if *reply == Reply::IdentificationFailed {
            let source = self.source().await.map(|source| source.to_string());
            let leads = leads_to(myname, self.options.calls.dialer.connect_timeout).await;
            let leads = address_texts(&leads.unwrap_or_default());
            let is_plain = self.host.config.plain_to(&self.pair.peer);
            return disbelieved(self.pair, source.as_deref(), &leads, is_plain);
        }
        let cause = format!(
            "{error} before it said anything: its configuration or its database cannot be used, or \
             does not list {peer} as what it calls itself"
        );
        let remedy = format!("run `csync3 doctor` on {peer}, or see its log");
        Finding::problem(Check::Session, peer, cause).remedy(remedy)
    }

    /// Where calls of this host to the peer come from.
    async fn source(&self) -> Option<std::net::IpAddr> {
        let limit = self.options.calls.dialer.connect_timeout;
        let target = *leads_to(self.pair.peer.as_str(), limit).await.ok()?.first()?;
        source_towards(target, self.options.calls.dialer.bind.as_deref(), limit).await
    }

    async fn consult(&self, mut link: Link) -> Vec<Finding> {
        let mut found = Vec::new();
        match self.talk(&mut link, &mut found).await {
            Ok(()) => link.bye().await,
            Err(error) => {
                let finding = self.failed(error).await;
                found.push(finding);
            }
        }
        found
    }

    async fn talk(&self, link: &mut Link, found: &mut Vec<Finding>) -> Result<(), LinkError> {
        let is_csync3 = link.dialect == Dialect::Csync3;
        if !is_csync3 || !self.compare(link, found).await? {
            found.push(older(&self.pair.peer, is_csync3, link.connection.protection()));
            self.try_keys(link, found).await?;
        }
        self.try_operands(link, found).await
    }

    /// Compares with a csync3; `false` if it is one that cannot.
    async fn compare(&self, link: &mut Link, found: &mut Vec<Finding>) -> Result<bool, LinkError> {
        let (host, pair) = (self.host, self.pair);
        let asked_at = now();
        link.queue(&Command::Doctor(Vec::new()));
        let Some(text) = told(link).await? else {
            return Ok(false);
        };
        let answered_at = now();
        let read = About::parse(&text).map_err(|_| LinkError::nonsense(&text))?;
        let leads_to =
            leads_to(pair.peer.as_str(), self.options.calls.dialer.connect_timeout).await?;
        let seen = Seen {
            config: &host.config,
            pair,
            version: env!("CARGO_PKG_VERSION"),
            asked_at,
            answered_at,
            leads_to: &address_texts(&leads_to),
        };
        found.extend(about(&seen, &read));
        let Some(asking) = nonce() else {
            return Ok(true);
        };
        let nonces = Nonces { asking, asked: read.nonce };
        let sections = question(&host.config, pair, &nonces);
        link.queue(&Command::Doctor(vec![nonce_word(&asking)]));
        link.queue_block(&question_text(&sections));
        if let Some(text) = told(link).await? {
            let mut answer =
                parse_answer(&text, sections.len()).map_err(|_| LinkError::nonsense(&text))?;
            if self.options.is_restricted || self.has_other_names() {
                // Those groups may be inactive here, or belong to another name of this host.
                answer.more = 0;
            }
            found.extend(compared(&host.config, pair, &sections, &answer));
        }
        Ok(true)
    }

    /// This host has several names towards the peer.
    fn has_other_names(&self) -> bool {
        self.host.config.pairs().iter().filter(|pair| pair.peer == self.pair.peer).count() > 1
    }

    /// The groups of the pair.
    fn groups(&self) -> impl Iterator<Item = &Group> {
        self.host.config.groups.iter().filter(|group| {
            let own = group.membership.as_ref();
            own.is_some_and(|own| own.myname == self.pair.myname)
                && group.peer(&self.pair.peer).is_some()
        })
    }

    /// Shows the key of each group for a name of it, as a push would.
    async fn try_keys(&self, link: &mut Link, found: &mut Vec<Finding>) -> Result<(), LinkError> {
        let peer = self.pair.peer.as_str();
        for group in self.groups() {
            let Some(name) = self.name_of(group) else {
                continue;
            };
            let reply = signature(link, group.key.as_bytes(), &name).await?;
            if matches!(reply, Reply::Denied | Reply::DeniedBecause(_)) {
                let because = match &reply {
                    Reply::DeniedBecause(why) => format!(": {}", String::from_utf8_lossy(why)),
                    _ => String::new(),
                };
                let object = format!("group {}", group.name);
                let cause = format!(
                    "{peer} refuses {name} with the key of {object}{because}: its key differs, or its \
                     group does not have that path or this host"
                );
                let remedy = format!("compare the key file, then the `group` block, with {peer}");
                found.push(Finding::problem(Check::Key, object, cause).remedy(remedy));
            }
        }
        Ok(())
    }

    /// A name that only the key of this group opens, as far as this host can tell.
    fn name_of(&self, group: &Group) -> Option<ClusterPath> {
        let includes = group.rules.iter().filter(|rule| rule.effect == Effect::Include);
        let mut names =
            includes.filter_map(|rule| ClusterPath::from_decoded(rule.pattern.text()).ok());
        names.find(|name| {
            let key = self.host.config.key_for(&name.decoded(), &self.pair.peer);
            key.is_some_and(|key| key.as_bytes() == group.key.as_bytes())
        })
    }

    /// Asks for the paths that this host has a group for.
    async fn try_operands(
        &self,
        link: &mut Link,
        found: &mut Vec<Finding>,
    ) -> Result<(), LinkError> {
        let peer = self.pair.peer.as_str();
        for path in &self.options.operands {
            let names = scopes(&self.host.config, path, false).unwrap_or_default();
            for name in names {
                let Some(key) = self.host.config.key_for(&name.decoded(), &self.pair.peer) else {
                    continue;
                };
                let why = match signature(link, key.as_bytes(), &name).await? {
                    Reply::DeniedBecause(why) => String::from_utf8_lossy(&why).into_owned(),
                    Reply::Denied => "its groups do not grant it".to_owned(),
                    _ => continue,
                };
                let cause = format!("{peer} refuses it: {why}");
                let remedy =
                    format!("make the groups and their patterns the same here and on {peer}");
                found.push(Finding::problem(Check::Path, path, cause).remedy(remedy));
            }
        }
        Ok(())
    }
}

/// The data of an answer; `None` if it is refused.
async fn told(link: &mut Link) -> Result<Option<Vec<u8>>, LinkError> {
    if link.reply().await? != Reply::Data {
        return Ok(None);
    }
    let BlockHeader::Data(length) = link.header().await? else {
        return Ok(None);
    };
    let mut text = Vec::new();
    link.block(length, |chunk| {
        if (text.len() + chunk.len()) as u64 <= BLOCK_LIMIT {
            text.extend_from_slice(chunk);
        }
    })
    .await?;
    link.reply().await?;
    Ok(Some(text))
}

/// Asks for an object, and forgets all of the answer but its first line. Nothing is remembered.
async fn signature(link: &mut Link, key: &[u8], name: &ClusterPath) -> Result<Reply, LinkError> {
    link.request(key, name, Request::Signature);
    let reply = link.reply().await?;
    if reply.is_ok() {
        link.line(CHECKTXT_LIMIT).await?;
        if let BlockHeader::Data(length) = link.header().await? {
            link.block(length, |_| {}).await?;
        }
        link.reply().await?;
    }
    Ok(reply)
}
