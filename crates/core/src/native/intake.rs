//! What a receiver was offered and has asked for.
//!
//! # Invariants
//! * At most [`LIMIT`] offers are open, whatever the caller sends.
//! * A content is taken only for an offer that asked for one, and only once.
use super::window::Violation;
use std::collections::HashMap;
use std::ops::Range;

/// The most offers that may be open.
pub const LIMIT: usize = 32_768;

/// What is expected for an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    /// Nothing: it is being looked at, or waits to become durable.
    Nothing,
    /// Its content, of which nothing has come.
    Content,
    /// More pieces of its content.
    Pieces,
    /// More pieces that nobody wants any more.
    Useless,
}

/// The open offers of a session.
#[derive(Debug, Default)]
pub struct Intake {
    next: u64,
    open: HashMap<u64, Open>,
}

/// What to do with a piece or an end that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Begin a content with it.
    First,
    /// It belongs to what has come before.
    Next,
    /// Nothing.
    Skip,
}

impl Intake {
    /// Takes so many offers; their numbers.
    ///
    /// # Errors
    /// [`Violation::Numbers`] and [`Violation::TooMany`].
    pub fn offered(&mut self, first: u64, count: usize) -> Result<Range<u64>, Violation> {
        if first != self.next {
            return Err(Violation::Numbers { id: first, expected: self.next });
        }
        if self.open.len() + count > LIMIT {
            return Err(Violation::TooMany { limit: LIMIT });
        }
        let numbers = first..first + count as u64;
        self.next = numbers.end;
        self.open.extend(numbers.clone().map(|id| (id, Open::Nothing)));
        Ok(numbers)
    }

    /// Its content was asked for.
    pub fn want(&mut self, id: u64) {
        if let Some(open @ Open::Nothing) = self.open.get_mut(&id) {
            *open = Open::Content;
        }
    }

    /// A whole content has come at once.
    ///
    /// # Errors
    /// [`Violation`].
    pub fn whole(&mut self, id: u64) -> Result<(), Violation> {
        match self.open.get_mut(&id) {
            Some(open @ Open::Content) => {
                *open = Open::Nothing;
                Ok(())
            }
            _ => Err(Violation::Unwanted { id }),
        }
    }

    /// A piece of a content has come.
    ///
    /// # Errors
    /// [`Violation`].
    pub fn piece(&mut self, id: u64) -> Result<Take, Violation> {
        match self.open.get_mut(&id) {
            Some(open @ Open::Content) => {
                *open = Open::Pieces;
                Ok(Take::First)
            }
            Some(Open::Pieces) => Ok(Take::Next),
            Some(Open::Useless) => Ok(Take::Skip),
            _ => Err(Violation::Unwanted { id }),
        }
    }

    /// The end of a content has come.
    ///
    /// # Errors
    /// [`Violation`].
    pub fn end(&mut self, id: u64) -> Result<Take, Violation> {
        match self.open.get_mut(&id) {
            Some(open @ (Open::Content | Open::Pieces)) => {
                let take = if *open == Open::Content { Take::First } else { Take::Next };
                *open = Open::Nothing;
                Ok(take)
            }
            Some(Open::Useless) => {
                self.open.remove(&id);
                Ok(Take::Skip)
            }
            _ => Err(Violation::Unwanted { id }),
        }
    }

    /// The offer has got its last answer. If pieces of it are on their way they are skipped.
    pub fn over(&mut self, id: u64) {
        match self.open.get_mut(&id) {
            Some(open @ (Open::Content | Open::Pieces)) => *open = Open::Useless,
            _ => {
                self.open.remove(&id);
            }
        }
    }

    /// Offers that are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Says whether every offer is over.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{Intake, LIMIT, Take};
    use crate::native::message::Verdict;
    use crate::native::window::{Next, Violation, Window};
    use proptest::prelude::*;
    use std::collections::VecDeque;

    #[test]
    fn offers_are_counted_and_bounded() {
        let mut intake = Intake::default();
        assert_eq!(intake.offered(0, 3), Ok(0..3));
        let expected = 3;
        assert_eq!(intake.offered(4, 1), Err(Violation::Numbers { id: 4, expected }));
        assert_eq!(intake.offered(3, LIMIT), Err(Violation::TooMany { limit: LIMIT }));
    }

    #[test]
    fn a_content_is_taken_once_and_only_if_it_was_wanted() {
        let mut intake = Intake::default();
        intake.offered(0, 3).expect("the test made it so");
        let unwanted = |id| Violation::Unwanted { id };
        assert_eq!(intake.whole(0), Err(unwanted(0)));
        assert_eq!(intake.piece(7), Err(unwanted(7)));
        intake.want(0);
        assert_eq!(intake.whole(0), Ok(()));
        assert_eq!(intake.whole(0), Err(unwanted(0)));
        intake.want(1);
        assert_eq!(intake.piece(1), Ok(Take::First));
        assert_eq!(intake.piece(1), Ok(Take::Next));
        assert_eq!(intake.end(1), Ok(Take::Next));
        assert_eq!(intake.end(1), Err(unwanted(1)));
    }

    /// A caller and a receiver that talk over queues, in whatever turns.
    struct Talk {
        window: Window,
        intake: Intake,
        to_receiver: VecDeque<Said>,
        to_caller: VecDeque<(u64, Verdict)>,
        ended: Vec<u64>,
    }

    enum Said {
        Offer(u64),
        Whole(u64),
        Piece(u64),
        End(u64),
    }

    impl Talk {
        /// One step of either side, as `choice` wants it.
        fn step(&mut self, choice: u8, offers: u64) -> Result<(), Violation> {
            if choice.is_multiple_of(2) {
                if let Some(said) = self.to_receiver.pop_front() {
                    self.receive(&said, choice)?;
                }
            } else if let Some((id, verdict)) = self.to_caller.pop_front() {
                self.answered(id, verdict, choice)?;
            } else if self.window.has_room()
                && self.ended.len() + self.window.len() < offers as usize
            {
                let id = self.window.offer();
                self.to_receiver.push_back(Said::Offer(id));
            }
            Ok(())
        }

        fn receive(&mut self, said: &Said, choice: u8) -> Result<(), Violation> {
            match *said {
                Said::Offer(id) => {
                    self.intake.offered(id, 1)?;
                    match choice % 3 {
                        0 => self.over(id, Verdict::UpToDate),
                        1 => self.over(id, Verdict::Refused),
                        _ => {
                            self.intake.want(id);
                            self.to_caller.push_back((id, Verdict::Send));
                        }
                    }
                }
                Said::Whole(id) => {
                    self.intake.whole(id)?;
                    self.over(id, Verdict::Made);
                }
                Said::Piece(id) => {
                    let take = self.intake.piece(id)?;
                    if take != Take::Skip && choice.is_multiple_of(5) {
                        self.over(id, Verdict::Refused);
                    }
                }
                Said::End(id) => {
                    if self.intake.end(id)? != Take::Skip {
                        self.over(id, Verdict::Updated);
                    }
                }
            }
            Ok(())
        }

        fn over(&mut self, id: u64, verdict: Verdict) {
            self.intake.over(id);
            self.to_caller.push_back((id, verdict));
        }

        fn answered(&mut self, id: u64, verdict: Verdict, choice: u8) -> Result<(), Violation> {
            match self.window.answered(id, verdict)? {
                Next::Whole if choice.is_multiple_of(3) => {
                    self.to_receiver.push_back(Said::Whole(id))
                }
                Next::Whole => {
                    // The end follows even if the receiver refuses meanwhile.
                    self.to_receiver.extend([Said::Piece(id), Said::Piece(id), Said::End(id)]);
                }
                _ => {
                    self.ended.push(id);
                    return Ok(());
                }
            }
            self.window.sent(id);
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn both_ends_agree_in_whatever_turns_they_talk(choices: Vec<u8>, offers in 0..40_u64) {
            let mut talk = Talk {
                window: Window::new(7),
                intake: Intake::default(),
                to_receiver: VecDeque::new(),
                to_caller: VecDeque::new(),
                ended: Vec::new(),
            };
            // Whatever the begin was like, the end lets both sides have their turns.
            let end = (0..=255_u8).cycle().take(20_000);
            for choice in choices.into_iter().chain(end) {
                prop_assert_eq!(talk.step(choice, offers), Ok(()));
            }
            talk.ended.sort_unstable();
            prop_assert_eq!(talk.ended, (0..offers).collect::<Vec<_>>());
            prop_assert!(talk.window.is_empty() && talk.intake.is_empty());
        }
    }
}
