//! The commands of an identified peer, in order.
//!
//! A csync3 peer sends many `PUT`s ahead. They are staged one by one, and put in place together
//! before the session waits again or a command depends on them; answers keep the order of the
//! commands.
mod native;

use super::alter::{self, Altered, Known};
use super::arrive::{Arrival, Arrived, put_in_place};
use super::describe::Unit;
use super::doctor::Consultation;
use super::greet::{self, Caller, Greeted, say};
use super::ledger::{LATER, Ledger};
use super::permit::{Current, Target, conflict, permit, refresh_one, restore};
use super::receive::{self, SessionError, Wanted, look, receive, stage};
use super::{ServeSummary, Serving, describe, rows};
use crate::actions;
use crate::check::Marking;
use crate::host::Host;
use crate::observer::Problem;
use crate::pins::Shown;
use csync3_core::decide::remote::Remote;
use csync3_core::entry::{Kind, Observed};
use csync3_core::lineage::Claim;
use csync3_core::path::{ClusterPath, Located};
use csync3_core::push::Preference;
use csync3_core::wire::classic::parse_command;
use csync3_core::wire::command::{Command, FileCommand, Request};
use csync3_core::wire::line::COMMAND_LIMIT;
use csync3_core::wire::reply::Reply;
use csync3_disk::{Device, DiskSession, Look, Presence, Turn};
use csync3_net::Connection;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::time::timeout;

/// Files that are staged before they are put in place together; each holds two descriptors.
const BATCH: usize = 32;

/// Objects whose last known state is kept, for the commands that refer to it.
const KNOWN: usize = 1_024;

/// Queued bytes after which the socket is served before more is queued.
const HIGH_WATER: usize = 256 * 1024;

/// A session with an identified peer.
pub(super) struct Session {
    connection: Connection,
    host: Host,
    disk: DiskSession,
    ledger: Ledger,
    /// `None` after a `HELLO` that was not believed.
    caller: Option<Caller>,
    /// The certificate that the caller has shown; `None` in plain.
    shown: Option<Shown>,
    groups_set: bool,
    dialect: Preference,
    consultation: Consultation,
    /// How the peer counts time, as far as it has shown it.
    unit: Unit,
    /// Staged files whose answers are still to be queued.
    pending: Vec<Arrival>,
    /// Objects as the peer was told of them, or as its last command left them.
    known: HashMap<ClusterPath, Known>,
    summary: ServeSummary,
}

/// Whether the session goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Command,
    End,
}

impl Session {
    pub(super) fn new(greeted: Greeted) -> Self {
        let disk = greeted.host.disk.session();
        let ledger = Ledger::new(Arc::clone(&greeted.host.store));
        Self {
            connection: greeted.connection,
            host: greeted.host,
            disk,
            ledger,
            caller: Some(greeted.caller),
            shown: greeted.shown,
            groups_set: greeted.groups_set,
            dialect: greeted.dialect,
            consultation: Consultation::new(greeted.bind),
            unit: Unit::Seconds,
            pending: Vec::new(),
            known: HashMap::new(),
            summary: ServeSummary::default(),
        }
    }

    /// Serves commands until the peer says goodbye or closes the connection.
    pub(super) async fn run(&mut self) -> Result<(), SessionError> {
        loop {
            let line = match self.connection.take_line(COMMAND_LIMIT)? {
                Some(line) => line,
                None => {
                    self.complete()?;
                    if self.wait().await? == 0 {
                        return Ok(());
                    }
                    continue;
                }
            };
            if let Some(command) = parse_command(&line)
                && self.command(command).await? == Next::End
            {
                return Ok(());
            }
        }
    }

    /// Waits for the next bytes of the peer. If they do not come at once, what was left for later is
    /// written meanwhile.
    async fn wait(&mut self) -> Result<usize, SessionError> {
        if self.ledger.is_open() {
            match timeout(LATER, self.connection.fill()).await {
                Ok(came) => return Ok(came?),
                Err(_) => self.ledger.settle()?,
            }
        }
        self.disk.forget();
        Ok(self.connection.fill().await?)
    }

    /// Ends TLS as it should be ended; in plain the end of the socket is enough.
    pub(super) async fn hang_up(&mut self) {
        if self.connection.secured().is_some() {
            self.connection.hang_up().await;
        }
    }

    /// Runs due actions and sums up.
    pub(super) fn finish(&mut self) -> ServeSummary {
        if let Err(error) = self.ledger.settle() {
            let problem = Problem::new(self.caller(), "cannot record what it sent");
            self.host.problem(&problem.because(error));
            self.summary.problems += 1;
        }
        // What was staged but not put in place goes with the drop of `pending`.
        if self.summary.received > 0 {
            self.summary.problems += actions::run(&self.host);
        }
        self.summary
    }

    pub(super) fn caller(&self) -> String {
        let named = self.caller.as_ref().map(|caller| caller.name.to_string());
        named
            .or_else(|| self.connection.peer().map(|address| address.to_string()))
            .unwrap_or_default()
    }

    async fn command(&mut self, command: Command) -> Result<Next, SessionError> {
        if let Command::OnFile(command) = command {
            return self.on_file(command).await;
        }
        self.complete()?;
        let reply = match &command {
            Command::Hello { .. } => {
                let (host, connection) = (&self.host, &self.connection);
                let believed = greet::identify(host, connection, &command, self.dialect).await;
                (self.caller, self.shown) = (None, None);
                match believed {
                    Ok((caller, shown)) => {
                        let reply = greet::hello_reply(&caller);
                        (self.caller, self.shown) = (Some(caller), shown);
                        reply
                    }
                    Err(reply) => reply,
                }
            }
            Command::Group(groups) => greet::restrict(&mut self.host, groups, &mut self.groups_set),
            Command::Bye => {
                // Whoever has seen the answer finds in the database what came of the session.
                self.ledger.conclude()?;
                say(&mut self.connection, &Reply::SeeYou);
                self.connection.flush().await?;
                return Ok(Next::End);
            }
            Command::List { peer, name, keys } => match &self.caller {
                Some(caller) => {
                    let connection = &mut self.connection;
                    rows::list(connection, &self.host, caller, peer, name.as_deref(), keys).await?;
                    return Ok(Next::Command);
                }
                None => self.identify_first(),
            },
            Command::Native => match self.caller.as_ref().and_then(|caller| caller.native) {
                Some(nonces) => return self.native(nonces).await,
                None => Reply::UnknownCommand,
            },
            Command::Doctor(words) => {
                let Self { connection, host, caller, consultation, .. } = self;
                consultation.command(connection, host, caller.as_ref(), words).await?;
                return Ok(Next::Command);
            }
            // Its block follows, and nobody can tell where it ends.
            Command::Unknown(line) if line.starts_with(b"PUT ") => {
                return Err(SessionError::NoBlock);
            }
            _ => Reply::UnknownCommand,
        };
        say(&mut self.connection, &reply);
        Ok(Next::Command)
    }

    fn identify_first(&self) -> Reply {
        let peer = self.connection.peer();
        Reply::IdentifyFirst { address: peer.map_or_else(String::new, |peer| peer.to_string()) }
    }

    async fn on_file(&mut self, command: FileCommand) -> Result<Next, SessionError> {
        let has_block = matches!(command.request, Request::Put { .. });
        let Some(caller) = self.caller.clone() else {
            self.complete()?;
            let reply = self.identify_first();
            return self.refuse(reply, has_block).await;
        };
        if !caller.is_csync3 && describe::is_of_the_fork(&command.request) {
            self.unit = Unit::Nanoseconds;
        }
        let target = match permit(&self.host, &caller, &command) {
            Ok(target) => {
                self.key_was_right()?;
                target
            }
            Err(refusal) => {
                if refusal.reply == Reply::DeniedForSlave {
                    self.key_was_right()?;
                }
                self.complete()?;
                if let Some(name) = refusal.restore {
                    self.ledger.later(restore(&self.host, &caller, &name, None))?;
                }
                return self.refuse(refusal.reply, has_block).await;
            }
        };
        if self.depends_on_pending(&target, &command.request) {
            self.complete()?;
        }
        match command.request {
            Request::Put { meta, hash } => {
                let look = look(&meta, self.host.config.ignore);
                let wanted = Wanted { look, hash: Some(hash) };
                self.stage_content(target, command.request, wanted, None).await?;
            }
            Request::Patch => {
                let wanted = Wanted { look: Look::default(), hash: None };
                self.patch(&caller, target, command.request, wanted).await?;
            }
            Request::AtomicPatch(meta) => {
                let look = look(&meta, self.host.config.ignore);
                self.patch(&caller, target, command.request, Wanted { look, hash: None }).await?;
            }
            Request::Content => {
                describe::content(&mut self.connection, &self.disk, &target).await?;
                return Ok(Next::End);
            }
            Request::Signature => {
                let (connection, host) = (&mut self.connection, &self.host);
                let told = describe::signature(connection, host, &self.disk, &target).await?;
                self.know(&target, told);
            }
            request => self.at_once(&caller, &target, request)?,
        }
        if self.connection.queued() >= HIGH_WATER {
            self.connection.flush().await?;
        }
        Ok(Next::Command)
    }

    /// The caller has shown the key of a group that it is in: its certificate is remembered.
    fn key_was_right(&mut self) -> Result<(), SessionError> {
        match &mut self.shown {
            Some(shown) => Ok(shown.key_was_proved(false)?),
            None => Ok(()),
        }
    }

    /// Requests that need no more of the wire.
    fn at_once(
        &mut self,
        caller: &Caller,
        target: &Target,
        request: Request,
    ) -> Result<(), SessionError> {
        if matches!(request, Request::ModificationTime | Request::Size) {
            let (connection, host) = (&mut self.connection, &self.host);
            describe::number(connection, host, &self.disk, target, &request, self.unit);
            return Ok(());
        }
        let reply = match request {
            Request::Mark
            | Request::Flush
            | Request::Delete
            | Request::SetOwner { .. }
            | Request::SetMode(_)
            | Request::SetTime(_) => self.alter(caller, target, &request, None)?,
            request => self.make(caller, target, request)?,
        };
        say(&mut self.connection, &reply);
        Ok(())
    }

    /// Removals, metadata and marks.
    fn alter(
        &mut self,
        caller: &Caller,
        target: &Target,
        request: &Request,
        claim: Option<&Claim>,
    ) -> Result<Reply, SessionError> {
        let turn = self.turn([&target.at])?;
        let Self { host, ledger, disk, known, .. } = self;
        let mut serving = Serving { host, ledger, disk, caller, turn: &turn, claim };
        match request {
            Request::Mark => Ok(alter::mark(&mut serving, target)?),
            Request::Flush => Ok(alter::flush(&mut serving, target)?),
            Request::Delete => {
                let reply = alter::remove(&mut serving, target)?;
                self.summary.received += u64::from(reply.is_ok());
                Ok(reply)
            }
            _ => {
                let before = known.get(&target.name);
                let Altered { reply, known } = alter::set(&mut serving, target, request, before)?;
                if let Some(known) = known {
                    self.remember(target.name.clone(), known);
                }
                Ok(reply)
            }
        }
    }

    /// Waits until this session alone changes what is in the directories of these objects.
    ///
    /// A peer that has hung up meanwhile gets nothing done any more. It may already be back with a
    /// newer version, and what is left of its old session must not come after that.
    fn turn<'a>(
        &self,
        objects: impl IntoIterator<Item = &'a Located>,
    ) -> Result<Turn, SessionError> {
        let turn = self.disk.turn(objects);
        if self.connection.is_closed_there() { Err(SessionError::HungUp) } else { Ok(turn) }
    }

    /// `MKDIR`, `MKLINK` and the like.
    fn make(
        &mut self,
        caller: &Caller,
        target: &Target,
        request: Request,
    ) -> Result<Reply, SessionError> {
        let (host, disk) = (&self.host, &self.disk);
        if matches!(request, Request::MakeSocket) {
            // Only its owner can make a socket anew; csync2 answers the same.
            return Ok(Reply::Done);
        }
        if matches!(request, Request::MakeDir(_))
            && let Ok(Presence::There(Observed { kind: Kind::Dir, .. })) = disk.observe(&target.at)
        {
            return self.keep_directory(caller, target, &request);
        }
        let at = &target.at;
        let staged = stage(host, disk, target, || match &request {
            Request::MakeDir(meta) => disk
                .stage_dir(at, meta.map_or_else(Look::default, |m| look(&m, host.config.ignore))),
            Request::MakeLink { target } => disk.stage_symlink(at, target, Look::default()),
            Request::MakeCharDevice { dev } => {
                disk.stage_device(at, Device::Char(*dev), Look::default())
            }
            Request::MakeBlockDevice { dev } => {
                disk.stage_device(at, Device::Block(*dev), Look::default())
            }
            _ => disk.stage_fifo(at, Look::default()),
        });
        match staged {
            Ok(staged) => {
                let arrival =
                    Arrival { target: target.clone(), request, staged, looked: None, claim: None };
                self.pending.push(arrival);
                Ok(self.place()?.into_iter().next().unwrap_or(Reply::ParentMissing))
            }
            Err(reply) => Ok(reply),
        }
    }

    /// `MKDIR` of a directory that is there: nothing to make, nothing to lose.
    fn keep_directory(
        &mut self,
        caller: &Caller,
        target: &Target,
        request: &Request,
    ) -> Result<Reply, SessionError> {
        let Ok(current) = self.current(target)? else {
            return Ok(Reply::ParentMissing);
        };
        if current.decide(request, caller, None) != Remote::Accept {
            return Ok(conflict(&self.host, caller, request, target));
        }
        self.know(target, current.seen);
        Ok(Reply::Done)
    }

    /// `PATCH` and `ATOMICPATCH`: the decision is made before the peer sends its data, and again
    /// when they have arrived.
    async fn patch(
        &mut self,
        caller: &Caller,
        target: Target,
        request: Request,
        wanted: Wanted,
    ) -> Result<(), SessionError> {
        self.complete()?;
        let accepted = match self.current(&target)? {
            Ok(current) if current.decide(&request, caller, None) == Remote::Accept => Ok(current),
            Ok(_) => Err(conflict(&self.host, caller, &request, &target)),
            Err(reply) => Err(reply),
        };
        let looked = match accepted {
            Ok(current) => Some((current, Instant::now())),
            Err(reply) => {
                say(&mut self.connection, &reply);
                return Ok(());
            }
        };
        say(&mut self.connection, &Reply::SendData);
        let (connection, host) = (&mut self.connection, &self.host);
        describe::current_signature(connection, host, &self.disk, &target).await?;
        self.stage_content(target, request, wanted, looked).await?;
        self.complete()?;
        Ok(())
    }

    /// What is there, after this host has taken note of it.
    fn current(&mut self, target: &Target) -> Result<Result<Current, Reply>, SessionError> {
        let turn = self.turn([&target.at])?;
        Ok(refresh_one(&self.host, &mut self.ledger, target, Marking::default(), &turn)?)
    }

    /// Reads the content that follows and keeps it for [`Self::complete`].
    async fn stage_content(
        &mut self,
        target: Target,
        request: Request,
        wanted: Wanted,
        looked: Option<(Current, Instant)>,
    ) -> Result<(), SessionError> {
        let (connection, host, disk) = (&mut self.connection, &self.host, &self.disk);
        match receive(connection, host, disk, &target, wanted).await? {
            Ok(staged) => {
                self.pending.push(Arrival { target, request, staged, looked, claim: None });
                if self.pending.len() >= BATCH {
                    self.complete()?;
                }
            }
            Err(reply) => {
                self.complete()?;
                say(&mut self.connection, &reply);
            }
        }
        Ok(())
    }

    async fn refuse(&mut self, reply: Reply, has_block: bool) -> Result<Next, SessionError> {
        if has_block {
            receive::skip(&mut self.connection).await?;
        }
        say(&mut self.connection, &reply);
        Ok(Next::Command)
    }

    /// Says whether a request must see what is pending, or must be answered behind it.
    fn depends_on_pending(&self, target: &Target, request: &Request) -> bool {
        let independent = matches!(request, Request::Put { .. });
        !self.pending.is_empty()
            && (!independent
                || self.pending.iter().any(|arrival| arrival.target.name == target.name))
    }

    /// Puts everything pending in place and queues the answers.
    fn complete(&mut self) -> Result<(), SessionError> {
        for reply in self.place()? {
            say(&mut self.connection, &reply);
        }
        Ok(())
    }

    fn place(&mut self) -> Result<Vec<Reply>, SessionError> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        let Some(caller) = self.caller.clone() else {
            self.pending.clear();
            return Ok(Vec::new());
        };
        let arrivals = std::mem::take(&mut self.pending);
        let names: Vec<_> = arrivals.iter().map(|arrival| arrival.target.name.clone()).collect();
        let turn = self.turn(arrivals.iter().map(|arrival| &arrival.target.at))?;
        let Self { host, ledger, disk, .. } = self;
        let mut serving = Serving { host, ledger, disk, caller: &caller, turn: &turn, claim: None };
        let arrived = put_in_place(&mut serving, arrivals)?;
        let mut replies = Vec::with_capacity(arrived.len());
        for (name, Arrived { reply, placed }) in names.into_iter().zip(arrived) {
            if let Some((seen, recorded)) = placed {
                self.summary.received += 1;
                self.remember(name, Known::written(seen, recorded));
            }
            replies.push(reply);
        }
        Ok(replies)
    }

    fn know(&mut self, target: &Target, seen: Option<Observed>) {
        match seen {
            Some(seen) => self.remember(target.name.clone(), Known { seen, row: None }),
            None => {
                self.known.remove(&target.name);
            }
        }
    }

    fn remember(&mut self, name: ClusterPath, known: Known) {
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        self.known.insert(name, known);
    }
}
