//! Answers, and what was applied and is not durable yet.
use super::super::super::receive::SessionError;
use super::super::Session;
use super::Native;
use csync3_core::config::Durability;
use csync3_core::native::message::{Answer, Answers, Message, Verdict};
use csync3_core::path::Located;
use csync3_core::wire::reply::Reply;
use std::time::{Duration, Instant};

/// Answers sent in one frame.
const BATCH: usize = 1_024;

/// Applied objects that are made durable without being asked to.
const MANY: usize = 1_024;

/// The longest time that something applied waits for it while more comes.
const LATE: Duration = Duration::from_secs(1);

/// Answers to be sent, and those that wait until what they tell of is durable.
#[derive(Default)]
pub(super) struct Outcomes {
    answers: Vec<Answer>,
    applied: Vec<(u64, Verdict, Located)>,
    /// When the oldest of `applied` was applied.
    since: Option<Instant>,
}

impl Native {
    /// Queues an answer that needs no durability.
    pub(super) fn say(&mut self, id: u64, verdict: Verdict) {
        self.outcomes.answers.push(Answer { id, verdict: verdict.into(), ..Answer::default() });
        if verdict.is_final() || verdict == Verdict::SendHash {
            self.intake.over(id);
        }
    }

    /// Queues a refusal.
    pub(super) fn refuse(&mut self, id: u64, reply: &Reply) {
        self.conflict(id, reply, (-1, -1));
    }

    /// Queues a refusal together with time and size of what is here.
    pub(super) fn conflict(&mut self, id: u64, reply: &Reply, (mtime, size): (i64, i64)) {
        let (verdict, reply) = (Verdict::Refused.into(), reply.text().into_owned());
        self.outcomes.answers.push(Answer { id, verdict, reply, mtime, size });
        self.intake.over(id);
    }

    /// Notes that an offer is applied; it is answered once that is durable.
    pub(super) fn applied(&mut self, id: u64, verdict: Verdict, at: Located) {
        self.outcomes.since.get_or_insert_with(Instant::now);
        self.outcomes.applied.push((id, verdict, at));
    }
}

impl Outcomes {
    /// Says whether all open offers are applied.
    pub(super) fn has_all(&self, intake: &csync3_core::native::intake::Intake) -> bool {
        self.applied.len() == intake.len()
    }
}

impl Session {
    /// Queues what is to be answered.
    pub(super) fn answer(&mut self, native: &mut Native) {
        let answers = std::mem::take(&mut native.outcomes.answers);
        for batch in answers.chunks(BATCH) {
            self.send(&Message::Answers(Answers { answers: batch.to_vec() }));
        }
    }

    /// Makes durable what has waited too long for it, and sends what has been answered.
    pub(super) async fn settle_if_late(&mut self, native: &mut Native) -> Result<(), SessionError> {
        let outcomes = &native.outcomes;
        let is_late = outcomes.since.is_some_and(|since| since.elapsed() >= LATE);
        if outcomes.applied.len() >= MANY || is_late {
            self.settle_all(native).await?;
        }
        if native.outcomes.answers.len() >= BATCH {
            self.answer(native);
        }
        Ok(())
    }

    /// Makes everything that was applied durable, unless the configuration does without: first the
    /// trees, then the database. Only then it is acknowledged.
    pub(super) async fn settle_all(&mut self, native: &mut Native) -> Result<(), SessionError> {
        if native.outcomes.applied.is_empty() {
            return Ok(());
        }
        // The caller goes on with what is wanted meanwhile.
        self.answer(native);
        self.connection.flush().await?;
        self.ledger.conclude()?;
        if self.host.config.durability == Durability::Full {
            let places = native.outcomes.applied.iter().map(|(_, _, at)| at);
            self.disk.make_durable(places).map_err(SessionError::NotDurable)?;
            self.host.store.flush()?;
        }
        native.outcomes.since = None;
        for (id, verdict, _) in std::mem::take(&mut native.outcomes.applied) {
            native.say(id, verdict);
        }
        Ok(())
    }
}
