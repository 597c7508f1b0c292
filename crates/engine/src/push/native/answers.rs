//! What the receiver says.
use super::super::link::{BLOCKS_INDEXED, LinkError};
use super::super::pipeline::Ended;
use super::super::report::Served;
use super::offers::Again;
use super::{Active, Stream};
use bytes::Bytes;
use csync3_core::decide::tie::{Tie, settle, tie};
use csync3_core::delta::signature::SignatureReader;
use csync3_core::native::NO_CONTENT;
use csync3_core::native::message::{Answer, Message, MessageError, Verdict};
use csync3_core::native::window::Next;
use csync3_core::push::{BASIS_CHANGED, Outcome};
use csync3_core::wire::command::Request;
use csync3_core::wire::reply::Reply;

impl Stream<'_> {
    /// Takes what has come.
    pub(super) fn listen(&mut self) -> Result<(), LinkError> {
        loop {
            let buffered = self.link.connection.buffered();
            let Some((message, taken)) = Message::take(buffered)? else {
                return Ok(());
            };
            match message {
                Message::Signature(piece) => {
                    if let Some(active) = self.active.get_mut(&piece.id) {
                        let reader = || Box::new(SignatureReader::new(BLOCKS_INDEXED));
                        let signature = active.signature.get_or_insert_with(reader);
                        // One that cannot be read only means that everything is sent.
                        if signature.feed(piece.bytes).is_err() {
                            active.signature = None;
                        }
                    }
                    self.link.connection.consume(taken);
                }
                Message::Answers(answers) => {
                    self.link.connection.consume(taken);
                    for answer in answers.answers {
                        self.answer(answer)?;
                    }
                }
                Message::Stop(stop) => return Err(LinkError::Stopped { reason: stop.reason }),
                Message::Skipped(_) => self.link.connection.consume(taken),
                _ => return Err(LinkError::NotNative { what: "it sent what callers send".into() }),
            }
        }
    }

    fn answer(&mut self, answer: Answer) -> Result<(), LinkError> {
        let (id, verdict) = (answer.id, answer.verdict());
        match self.native.window.answered(id, verdict)? {
            Next::Whole | Next::Delta if !self.is_shared(id) => {
                let what = "it asks for a file of a group whose key it has not proved";
                Err(LinkError::NotNative { what: what.to_owned() })
            }
            Next::Whole => {
                self.sending.whole(id);
                Ok(())
            }
            Next::Delta => {
                self.sending.delta(id);
                Ok(())
            }
            Next::Again => {
                if let Some(active) = self.take(id) {
                    self.retry(active, true, false);
                }
                Ok(())
            }
            Next::Over => {
                self.sending.forget(id);
                if let Some(active) = self.take(id) {
                    self.over(active, verdict, &answer);
                }
                Ok(())
            }
        }
    }

    fn is_shared(&self, id: u64) -> bool {
        let key = self.active.get(&id).map(|active| &active.candidate.key);
        self.native.keys.iter().any(|(own, is_shared)| *is_shared && Some(own) == key)
    }

    /// Takes an offer off the open ones.
    pub(super) fn take(&mut self, id: u64) -> Option<Active> {
        let active = self.active.remove(&id)?;
        self.kept -= active.content.as_ref().map_or(0, Bytes::len);
        Some(active)
    }

    fn over(&mut self, active: Active, verdict: Verdict, answer: &Answer) {
        let was_absent = verdict == Verdict::Made;
        let outcome = match verdict {
            Verdict::UpToDate => Outcome::UpToDate,
            Verdict::Updated | Verdict::Made => Outcome::Updated,
            Verdict::Deleted => Outcome::Deleted,
            Verdict::AlreadyGone => Outcome::AlreadyGone,
            _ => match Reply::parse(&answer.reply) {
                Reply::MarkedDirty if !active.overrule => return self.conflict(active, answer),
                Reply::MarkedDirty => Outcome::Conflict { lost: None, removal: false },
                Reply::ParentMissing if active.object.is_some() => Outcome::ParentMissing,
                Reply::ParentMissing => Outcome::AlreadyGone,
                Reply::Other(text) if text == BASIS_CHANGED || text == NO_CONTENT => {
                    return self.retry(active, false, true);
                }
                reply => {
                    let request = Request::to_have(active.object.as_ref()).word();
                    Outcome::Refused { request, reply }
                }
            },
        };
        self.ended(active, was_absent, outcome);
    }

    /// Both sides have changed the object: does a rule decide?
    fn conflict(&mut self, active: Active, answer: &Answer) {
        let name = active.candidate.row.name.decoded();
        let rule = self.away.host.config.tie_rule(&name, self.away.peer);
        let decided = rule.map_or(Tie::Lost(None), |rule| {
            match (tie(&rule, active.object.as_ref()), &active.object) {
                (Tie::AskTime, Some(object)) => settle(&rule, object, answer.mtime),
                (Tie::AskSize, Some(object)) => settle(&rule, object, answer.size),
                (decided, _) => decided,
            }
        });
        match decided {
            Tie::Won(rule) => {
                let Active { candidate, tries, object, .. } = active;
                let (overrule, won, with_hash) = (true, Some(rule), false);
                let was_there = object.is_some();
                let row = Again { candidate, overrule, won, tries, was_there, with_hash };
                self.again.push_back(row);
            }
            Tie::Lost(lost) => {
                self.ended(active, false, Outcome::Conflict { lost, removal: false });
            }
            _ => self.ended(active, false, Outcome::Conflict { lost: None, removal: true }),
        }
    }

    fn ended(&mut self, active: Active, was_absent: bool, outcome: Outcome) {
        let Active { candidate, object, won, bytes, .. } = active;
        let served = Served { won, object, was_absent, bytes };
        self.report.ended(candidate, &served, Ended::Outcome(outcome));
    }
}

impl From<MessageError> for LinkError {
    fn from(error: MessageError) -> Self {
        Self::NotNative { what: error.to_string() }
    }
}
