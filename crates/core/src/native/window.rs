//! What the caller has offered and not heard the end of.
//!
//! # Invariants
//! * At most [`Window::new`]'s limit of offers is open.
//! * An offer ends once; what the receiver says of one that is not open, or at the wrong time, is a
//!   [`Violation`] and changes nothing.
use super::message::Verdict;
use std::collections::HashMap;

/// How far one offer has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The receiver has not said what it needs.
    Offered,
    /// Its content is wanted and not all of it is queued.
    Sending,
    /// The end of its content is queued.
    Sent,
}

/// The open offers of a session.
#[derive(Debug)]
pub struct Window {
    limit: usize,
    next: u64,
    open: HashMap<u64, Stage>,
    sending: usize,
}

/// What the caller has to do about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Send the whole content.
    Whole,
    /// Send a delta against the signature that has come.
    Delta,
    /// Offer it again, with its hash. This offer is over.
    Again,
    /// This offer is over.
    Over,
}

/// Something that no receiver or caller of this dialect says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// An answer to, or a content of, an offer that is not open.
    #[error("the peer speaks of offer {id}, which is not open")]
    NotOpen {
        /// The number.
        id: u64,
    },
    /// A verdict at a time when it cannot be given.
    #[error("the peer answers {verdict:?} to offer {id} at the wrong time")]
    Untimely {
        /// The number.
        id: u64,
        /// What it said.
        verdict: Verdict,
    },
    /// Offers whose numbers do not follow those before.
    #[error("the peer offers number {id} where {expected} has to come")]
    Numbers {
        /// The number.
        id: u64,
        /// The one that had to come.
        expected: u64,
    },
    /// More than a receiver takes.
    #[error("the peer has more than {limit} offers open")]
    TooMany {
        /// The most.
        limit: usize,
    },
    /// A content that nobody asked for.
    #[error("the peer sends content for offer {id} that it was not asked for")]
    Unwanted {
        /// The number.
        id: u64,
    },
}

impl Window {
    /// A window of so many open offers; the receiver's own limit is [`super::intake::LIMIT`].
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, next: 0, open: HashMap::new(), sending: 0 }
    }

    /// Says whether another offer may be made.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.open.len() < self.limit
    }

    /// Offers that are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Says whether nothing is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Says whether the receiver waits for a content.
    #[must_use]
    pub const fn is_wanted(&self) -> bool {
        self.sending > 0
    }

    /// The number of a new offer.
    pub fn offer(&mut self) -> u64 {
        let id = self.next;
        self.next += 1;
        self.open.insert(id, Stage::Offered);
        id
    }

    /// Takes an answer.
    ///
    /// # Errors
    /// [`Violation`].
    pub fn answered(&mut self, id: u64, verdict: Verdict) -> Result<Next, Violation> {
        let Some(stage) = self.open.get_mut(&id) else {
            return Err(Violation::NotOpen { id });
        };
        match (verdict, *stage) {
            (Verdict::Send | Verdict::SendDelta, Stage::Offered) => {
                *stage = Stage::Sending;
                self.sending += 1;
                Ok(if verdict == Verdict::Send { Next::Whole } else { Next::Delta })
            }
            (Verdict::SendHash, Stage::Offered) => {
                self.open.remove(&id);
                Ok(Next::Again)
            }
            (Verdict::Refused, stage) => {
                self.sending -= usize::from(stage == Stage::Sending);
                self.open.remove(&id);
                Ok(Next::Over)
            }
            (verdict, Stage::Offered | Stage::Sent) if verdict.is_final() => {
                self.open.remove(&id);
                Ok(Next::Over)
            }
            _ => Err(Violation::Untimely { id, verdict }),
        }
    }

    /// The end of a content is queued.
    pub fn sent(&mut self, id: u64) {
        if let Some(stage @ Stage::Sending) = self.open.get_mut(&id) {
            *stage = Stage::Sent;
            self.sending -= 1;
        }
    }

    /// An offer is given up by the caller, who has told the receiver so.
    pub fn given_up(&mut self, id: u64) {
        if self.open.remove(&id) == Some(Stage::Sending) {
            self.sending -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Next, Violation, Window};
    use crate::native::message::Verdict;
    use proptest::prelude::*;

    fn verdicts() -> impl Strategy<Value = Verdict> {
        (0..10).prop_map(|number| Verdict::try_from(number).expect("the test made it so"))
    }

    proptest! {
        #[test]
        fn whatever_a_receiver_says_offers_end_once_and_room_is_bounded(
            said in proptest::collection::vec((0..12_u64, verdicts(), any::<bool>()), 0..200),
        ) {
            let mut window = Window::new(5);
            let (mut made, mut ended) = (0, 0);
            for (id, verdict, sends) in said {
                if window.has_room() {
                    prop_assert_eq!(window.offer(), made);
                    made += 1;
                }
                prop_assert!(window.len() <= 5);
                match window.answered(id, verdict) {
                    Ok(Next::Over | Next::Again) => {
                        ended += 1;
                        prop_assert_eq!(
                            window.answered(id, Verdict::UpToDate),
                            Err(Violation::NotOpen { id }),
                        );
                    }
                    Ok(Next::Whole | Next::Delta) if sends => window.sent(id),
                    Ok(_) | Err(_) => {}
                }
                prop_assert_eq!(window.len() as u64, made - ended);
            }
        }
    }

    #[test]
    fn success_before_the_end_of_a_content_is_not_believed() {
        let mut window = Window::new(9);
        let id = window.offer();
        assert_eq!(window.answered(id, Verdict::Send), Ok(Next::Whole));
        assert!(window.is_wanted());
        let untimely = |verdict| Err(Violation::Untimely { id, verdict });
        assert_eq!(window.answered(id, Verdict::Updated), untimely(Verdict::Updated));
        assert_eq!(window.answered(id, Verdict::Send), untimely(Verdict::Send));
        window.sent(id);
        assert!(!window.is_wanted());
        assert_eq!(window.answered(id, Verdict::Unknown), untimely(Verdict::Unknown));
        assert_eq!(window.answered(id, Verdict::Updated), Ok(Next::Over));
        assert!(window.is_empty());
    }

    #[test]
    fn a_refusal_may_come_at_any_time() {
        let mut window = Window::new(9);
        let ids: Vec<u64> = (0..3).map(|_| window.offer()).collect();
        for id in &ids[1..] {
            assert_eq!(window.answered(*id, Verdict::SendDelta), Ok(Next::Delta));
        }
        window.sent(ids[2]);
        for id in ids {
            assert_eq!(window.answered(id, Verdict::Refused), Ok(Next::Over));
        }
        assert!(window.is_empty() && !window.is_wanted());
    }
}
