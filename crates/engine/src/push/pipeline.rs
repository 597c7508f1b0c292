//! Many conversations over one session.
//!
//! Answers come in the order of the requests, so a queue of what is expected tells which
//! conversation an answer belongs to. Two things bound how far requests may run ahead:
//!
//! * After `PATCH` a csync2 server reads a delta, whatever comes. Nothing is sent until it has
//!   answered; all other conversations go on in the same turn, so a file costs one round trip.
//! * An object waits until the conversation about its directory has made the directory, a removal
//!   until everything below it has been dealt with.
use super::content::{self, ContentError, Outgoing};
use super::link::{Description, Link, LinkError, parse_signature};
use super::report::{Report, Served};
use super::rows::Candidate;
use csync3_core::delta::signature::Signature;
use csync3_core::entry::Kind;
use csync3_core::path::ClusterPath;
use csync3_core::push::{Conversation, Event, Facts, OnPeer, Outcome, Step};
use csync3_core::wire::block::BlockHeader;
use csync3_core::wire::command::{Command, FileCommand, Meta, Request};
use csync3_core::wire::reply::Reply;
use csync3_disk::DiskSession;
use std::collections::{BTreeSet, HashMap, VecDeque};

/// Conversations at a time.
const WINDOW: usize = 192;

/// Queued bytes after which the socket is served before more is queued.
const HIGH_WATER: usize = 256 * 1024;

/// Directories whose new files' owner is remembered.
const OWNERS: usize = 1_024;

/// A conversation that was ended by the peer or by its object.
pub(super) enum Ended {
    /// By the peer's answers.
    Outcome(Outcome),
    /// The local object could not be read.
    Local(ContentError),
}

/// What an outstanding answer is to.
#[derive(Debug)]
enum Expected {
    /// A request answered by one line.
    Line,
    /// `SIG`.
    Description,
    /// `GETTM` or `GETSZ`.
    Number,
    /// `PATCH`, before the delta.
    Patch,
    /// The last of several setters; the earlier ones are `Setter`s.
    LastSetter(&'static str),
    /// A setter that others follow.
    Setter(&'static str),
}

/// What waits for the answer to a `PATCH`.
enum Held {
    Request(u64, Request, Expected),
    Put(u64, Signature),
}

/// A conversation in progress.
struct Active {
    candidate: Candidate,
    conversation: Conversation,
    /// The first setter that was refused.
    refused: Option<(&'static str, Reply)>,
    bytes: u64,
}

/// The conversations of one session.
pub(super) struct Pipeline<'a> {
    link: &'a mut Link,
    disk: &'a DiskSession,
    report: &'a mut Report,
    active: HashMap<u64, Active>,
    next_id: u64,
    /// Names of the active conversations: they keep related names waiting.
    busy: BTreeSet<ClusterPath>,
    /// Conversations that want to send `PATCH`.
    patches: VecDeque<(u64, Request)>,
    /// Outstanding answers in order.
    expected: VecDeque<(u64, Expected)>,
    /// A `PATCH` is unanswered: nothing may be sent.
    locked: bool,
    /// The file of that `PATCH`, read while the answer is on its way.
    ahead: Option<Result<Outgoing, ContentError>>,
    /// Requests that wait for that answer.
    held: VecDeque<Held>,
    /// Directories that this session has made: nothing can be in them. Only those that can still
    /// be a parent of what follows are kept.
    made: Vec<ClusterPath>,
    /// Owner and group that a csync2 peer gives to new files, per directory.
    fresh_owners: HashMap<ClusterPath, (u32, u32)>,
}

impl<'a> Pipeline<'a> {
    pub(super) fn new(link: &'a mut Link, disk: &'a DiskSession, report: &'a mut Report) -> Self {
        Self {
            link,
            disk,
            report,
            active: HashMap::new(),
            next_id: 0,
            busy: BTreeSet::new(),
            patches: VecDeque::new(),
            expected: VecDeque::new(),
            locked: false,
            ahead: None,
            held: VecDeque::new(),
            made: Vec::new(),
            fresh_owners: HashMap::new(),
        }
    }

    /// Starts a conversation as soon as there is room for it and nothing it depends on is open.
    pub(super) async fn start(
        &mut self,
        candidate: Candidate,
        mut facts: Facts,
    ) -> Result<(), LinkError> {
        while self.active.len() >= WINDOW || self.must_wait(&candidate.row.name, &facts) {
            self.turn().await?;
        }
        if facts.dry_run && facts.forced {
            // It is told without an answer of the peer, but in its turn.
            self.settle().await?;
        }
        facts.dialect = self.link.dialect;
        facts.on_peer = self.on_peer(&candidate.row.name);
        let id = self.next_id;
        self.next_id += 1;
        self.busy.insert(candidate.row.name.clone());
        let conversation = Conversation::new(facts);
        self.active.insert(id, Active { candidate, conversation, refused: None, bytes: 0 });
        let step = self.conversation(id).begin();
        self.advance(id, step).await?;
        if self.link.connection.queued() >= HIGH_WATER {
            self.turn().await?;
        }
        Ok(())
    }

    /// Ends all conversations.
    pub(super) async fn finish(mut self) -> Result<(), LinkError> {
        self.settle().await
    }

    /// Makes sure that the peer knows this host by `myname`.
    pub(super) async fn identify(&mut self, myname: &str) -> Result<(), LinkError> {
        if self.link.is_identified_as(myname) {
            return Ok(());
        }
        self.settle().await?;
        self.link.identify(myname).await
    }

    async fn settle(&mut self) -> Result<(), LinkError> {
        // A conversation that was ended by its object leaves an answer behind.
        while !self.active.is_empty() || !self.expected.is_empty() {
            self.turn().await?;
        }
        Ok(())
    }

    fn must_wait(&self, name: &ClusterPath, facts: &Facts) -> bool {
        if facts.object.is_none() {
            return self.busy.range(name.clone()..).any(|busy| busy.is_below(name));
        }
        let mut parent = name.parent();
        while let Some(directory) = parent {
            if self.busy.contains(&directory) && !self.is_made(&directory) {
                return true;
            }
            parent = directory.parent();
        }
        false
    }

    /// Hands a conversation what others have learned about its directory.
    fn teach(&mut self, id: u64) {
        let active = &self.active[&id];
        let parent = active.candidate.row.name.parent();
        if let Some(owner) = parent.and_then(|parent| self.fresh_owners.get(&parent).copied()) {
            self.conversation(id).teach_fresh_owner(owner);
        }
    }

    /// Remembers what a conversation has learned about its directory.
    fn learn(&mut self, id: u64) {
        let active = &self.active[&id];
        let parent = active.candidate.row.name.parent();
        if let (Some(owner), Some(parent)) = (active.conversation.fresh_owner(), parent) {
            if self.fresh_owners.len() >= OWNERS {
                self.fresh_owners.clear();
            }
            self.fresh_owners.insert(parent, owner);
        }
    }

    /// Says whether the conversation about a directory has come so far that the directory is there.
    fn is_made(&self, directory: &ClusterPath) -> bool {
        self.active.values().any(|active| {
            active.candidate.row.name == *directory && active.conversation.content_is_there()
        })
    }

    fn on_peer(&mut self, name: &ClusterPath) -> OnPeer {
        while let Some(last) = self.made.last() {
            if name.is_below(last) {
                break;
            }
            // Names come in order: what lies behind the subtree of a directory ends it, what lies
            // before it (`d!x` after `d`) does not.
            let subtree_follows = last.child(b"\x01") > *name;
            if subtree_follows {
                return OnPeer::Unknown;
            }
            self.made.pop();
        }
        let Some(parent) = name.parent() else {
            return OnPeer::Unknown;
        };
        let just_made = self.made.last() == Some(&parent) || self.is_being_made(&parent);
        if just_made { OnPeer::Absent } else { OnPeer::Unknown }
    }

    /// Says whether a directory has just been made, and only its metadata is still under way.
    fn is_being_made(&self, directory: &ClusterPath) -> bool {
        self.active.values().any(|active| {
            active.candidate.row.name == *directory
                && active.conversation.content_is_there()
                && made_a_directory(&active.conversation)
        })
    }

    fn conversation(&mut self, id: u64) -> &mut Conversation {
        &mut self
            .active
            .get_mut(&id)
            .expect("an id is used until its conversation ends")
            .conversation
    }

    /// Sends what may be sent, then reads at least one answer and all others that are here.
    async fn turn(&mut self) -> Result<(), LinkError> {
        self.send_patch().await?;
        let Some(expected) = self.expected.pop_front() else {
            return Ok(());
        };
        self.answer(expected).await?;
        while !self.link.connection.buffered().is_empty() {
            let Some(expected) = self.expected.pop_front() else {
                break;
            };
            self.answer(expected).await?;
        }
        Ok(())
    }

    /// Sends one `PATCH`, behind everything else, if none is unanswered.
    async fn send_patch(&mut self) -> Result<(), LinkError> {
        if self.locked {
            return Ok(());
        }
        let Some((id, request)) = self.patches.pop_front() else {
            return Ok(());
        };
        self.request(id, request, Expected::Patch);
        self.locked = true;
        self.link.connection.flush().await?;
        // While the peer gets there the file is read; what it lacks is sent as a whole.
        let active = &self.active[&id];
        if active.conversation.was_absent() {
            self.ahead =
                Some(content::prepare(self.disk, &active.candidate.at, &Signature::none()));
        }
        Ok(())
    }

    /// The answer to `PATCH` has been dealt with: what had to wait goes out.
    async fn unlock(&mut self) -> Result<(), LinkError> {
        self.locked = false;
        for held in std::mem::take(&mut self.held) {
            match held {
                Held::Request(id, request, expected) => self.request(id, request, expected),
                Held::Put(id, basis) => self.put(id, basis).await?,
            }
        }
        Ok(())
    }

    fn request(&mut self, id: u64, request: Request, expected: Expected) {
        if self.locked {
            self.held.push_back(Held::Request(id, request, expected));
            return;
        }
        let active = &self.active[&id];
        self.link.request(&active.candidate.key, &active.candidate.row.name, request);
        self.expected.push_back((id, expected));
    }

    async fn answer(&mut self, (id, expected): (u64, Expected)) -> Result<(), LinkError> {
        let reply = self.link.answer().await?;
        match expected {
            Expected::Line => self.event(id, Event::Replied(reply), None).await,
            Expected::Number if reply == Reply::Data => {
                let number = self.link.number().await?;
                self.event(id, Event::Number(number), None).await
            }
            Expected::Description if is_description(&reply) => {
                let Description { reply, checktxt, signature, status } =
                    self.link.description(reply).await?;
                let event = Event::Described { reply, checktxt, status };
                self.event(id, event, signature).await
            }
            Expected::Number | Expected::Description => {
                self.event(id, Event::Replied(reply), None).await
            }
            Expected::Setter(word) => {
                self.note_refusal(id, word, reply);
                Ok(())
            }
            Expected::LastSetter(word) => {
                self.note_refusal(id, word, reply);
                let active = self.active.get_mut(&id).expect("its answers are outstanding");
                let refused = active.refused.take();
                self.event(id, Event::Set { refused }, None).await
            }
            Expected::Patch => self.patch_answered(id, reply).await,
        }
    }

    fn note_refusal(&mut self, id: u64, word: &'static str, reply: Reply) {
        let active = self.active.get_mut(&id).expect("its answers are outstanding");
        if !reply.is_ok() && active.refused.is_none() {
            active.refused = Some((word, reply));
        }
    }

    async fn patch_answered(&mut self, id: u64, reply: Reply) -> Result<(), LinkError> {
        if reply != Reply::SendData {
            self.ahead = None;
            self.unlock().await?;
            // csync2 says `OK (cmd_finished).` when its backup has failed: nothing was done.
            let refused = if reply.is_ok() {
                Reply::Other(b"no data were wanted: the backup may have failed there".to_vec())
            } else {
                reply
            };
            return self.event(id, Event::Replied(refused), None).await;
        }
        let signature = self.link.signature().await?;
        let at = &self.active[&id].candidate.at;
        let ahead = self.ahead.take();
        let outgoing = signature.map(|signature| match ahead {
            Some(outgoing) if signature.blocks() == 0 => outgoing,
            _ => content::prepare(self.disk, at, &signature),
        });
        self.expected.push_back((id, Expected::Line));
        match outgoing {
            Some(Ok(outgoing)) => {
                let bytes = outgoing.send(self.link).await?;
                self.active.get_mut(&id).expect("it is being answered").bytes += bytes;
            }
            // The peer could not read its file, but waits for a block all the same.
            None => self.send_no_block(),
            Some(Err(error)) => {
                self.send_no_block();
                self.end(id, Ended::Local(error));
            }
        }
        self.unlock().await?;
        // The peer waits for the delta: it goes out with the next `PATCH`, before anything else.
        self.send_patch().await?;
        Ok(self.link.connection.flush().await?)
    }

    fn send_no_block(&mut self) {
        let mut line = Vec::new();
        BlockHeader::Error.encode_into(&mut line);
        self.link.connection.queue(&line);
    }

    /// Hands an event to its conversation and does what it wants next.
    async fn event(
        &mut self,
        id: u64,
        event: Event,
        signature: Option<Vec<u8>>,
    ) -> Result<(), LinkError> {
        if !self.active.contains_key(&id) {
            return Ok(());
        }
        self.teach(id);
        let mut step = self.conversation(id).next(event);
        self.learn(id);
        if step == Step::Compare {
            let at = &self.active[&id].candidate.at;
            let equal = match &signature {
                Some(signature) => content::has_signature(self.disk, at, signature),
                None => Ok(false),
            };
            match equal {
                Ok(equal) => step = self.conversation(id).next(Event::Compared { equal }),
                Err(error) => {
                    self.end(id, Ended::Local(error));
                    return Ok(());
                }
            }
        }
        if step == Step::Put {
            let basis = signature.as_deref().map_or_else(Signature::none, parse_signature);
            return self.put(id, basis).await;
        }
        self.advance(id, step).await
    }

    async fn advance(&mut self, id: u64, step: Step) -> Result<(), LinkError> {
        match step {
            Step::Send(request) => {
                let expected = match request {
                    Request::Signature => Expected::Description,
                    Request::ModificationTime | Request::Size => Expected::Number,
                    _ => Expected::Line,
                };
                self.request(id, request, expected);
            }
            Step::Set(requests) => {
                let last = requests.len() - 1;
                for (at, request) in requests.into_iter().enumerate() {
                    let word = request.word();
                    let expected = if at == last {
                        Expected::LastSetter(word)
                    } else {
                        Expected::Setter(word)
                    };
                    self.request(id, request, expected);
                }
            }
            Step::Patch(request) => self.patches.push_back((id, request)),
            Step::Put => return self.put(id, Signature::none()).await,
            // Only the answer to `SIG` leads to a comparison, and it is made there.
            Step::Compare => {
                let reply = Reply::Other(b"no signature to compare with".to_vec());
                self.end(id, Ended::Outcome(Outcome::Refused { request: "SIG", reply }));
            }
            Step::End(outcome) => self.end(id, Ended::Outcome(outcome)),
        }
        Ok(())
    }

    /// Sends content and metadata at once.
    async fn put(&mut self, id: u64, basis: Signature) -> Result<(), LinkError> {
        if self.locked {
            self.held.push_back(Held::Put(id, basis));
            return Ok(());
        }
        let active = &self.active[&id];
        let outgoing = match content::prepare(self.disk, &active.candidate.at, &basis) {
            Ok(outgoing) => outgoing,
            Err(error) => {
                self.end(id, Ended::Local(error));
                return Ok(());
            }
        };
        let meta = Meta::of(outgoing.observed());
        let command = Command::OnFile(FileCommand {
            key: active.candidate.key.clone(),
            name: Ok(active.candidate.row.name.clone()),
            request: Request::Put { meta, hash: outgoing.hash },
        });
        self.link.queue(&command);
        self.expected.push_back((id, Expected::Line));
        let bytes = outgoing.send(self.link).await?;
        self.active.get_mut(&id).expect("it is being answered").bytes += bytes;
        Ok(())
    }

    fn end(&mut self, id: u64, ended: Ended) {
        let Some(active) = self.active.remove(&id) else {
            return;
        };
        let name = &active.candidate.row.name;
        self.busy.remove(name);
        if matches!(ended, Ended::Outcome(Outcome::Updated))
            && made_a_directory(&active.conversation)
        {
            self.made.push(name.clone());
            self.made.sort();
        }
        let served = Served::by(&active.conversation, active.bytes);
        self.report.ended(active.candidate, &served, ended);
    }
}

fn is_description(reply: &Reply) -> bool {
    matches!(reply, Reply::Data | Reply::PathNotFound | Reply::NotFound)
}

/// Says whether the conversation has made a directory where nothing was.
fn made_a_directory(conversation: &Conversation) -> bool {
    let is_dir = conversation.object().is_some_and(|object| object.kind == Kind::Dir);
    is_dir && conversation.was_absent()
}
