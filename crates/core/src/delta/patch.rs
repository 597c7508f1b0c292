//! Reads a delta back: what to copy from the old file, and the new bytes between.
//!
//! # Invariants
//! * No buffer beyond one command's 17 bytes: literals are passed on as they come.
//! * Nothing is reported of a command before all of its header has been read and checked.
use crate::delta::format;

/// Reads a delta that arrives in pieces.
#[derive(Debug)]
pub struct PatchReader {
    state: State,
    /// Bytes read.
    position: u64,
    /// Bytes of the new file reported.
    produced: u64,
    /// The begin of the magic or of a command's numbers.
    partial: [u8; 16],
    filled: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Magic,
    Command,
    Numbers { first: u8, second: u8 },
    Literal { left: u64 },
    End,
}

/// What a delta says next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchEvent<'a> {
    /// The next bytes of the new file are these of the old one.
    ///
    /// The range does not overflow; whether the old file has it is for the caller to check.
    Copy {
        /// Where in the old file.
        offset: u64,
        /// How many, at least 1.
        len: u64,
    },
    /// The next bytes of the new file; at least 1, a part of a literal perhaps.
    Literal(&'a [u8]),
    /// The new file is complete.
    End,
}

/// Why bytes are not a delta. Offsets count from the start of the delta.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// The first four bytes are not those of a delta.
    #[error("cannot read delta: unknown magic {magic:#010x}")]
    Magic {
        /// The four bytes, as a big-endian number.
        magic: u32,
    },
    /// No command has this code.
    #[error("cannot read delta: unknown command {code:#04x} at byte {offset}")]
    Command {
        /// The code.
        code: u8,
        /// Where it is.
        offset: u64,
    },
    /// A copy or literal of no bytes.
    #[error("cannot read delta: command of no length before byte {offset}")]
    NoLength {
        /// Where the command ends.
        offset: u64,
    },
    /// A copy from beyond what 64 bits count.
    #[error("cannot read delta: copy out of range before byte {offset}")]
    Range {
        /// Where the command ends.
        offset: u64,
    },
    /// Bytes after the end command.
    #[error("cannot read delta: bytes after its end at byte {offset}")]
    Trailing {
        /// Where the first of them is.
        offset: u64,
    },
    /// Zeros where no literal goes on for so long.
    #[error("cannot read delta: {length} zero bytes where none belong, at byte {offset}")]
    Zeros {
        /// How many.
        length: u64,
        /// Bytes of the delta read before them.
        offset: u64,
    },
    /// The delta stops before its end command.
    #[error("cannot read delta: it stops at byte {offset} without an end")]
    Truncated {
        /// Bytes read before that.
        offset: u64,
    },
}

impl Default for PatchReader {
    fn default() -> Self {
        Self::new()
    }
}

impl PatchReader {
    /// A reader at the start of a delta.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Magic, position: 0, produced: 0, partial: [0; 16], filled: 0 }
    }

    /// Bytes of the delta read so far.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// Bytes of the new file reported so far, so that a caller can bound its size.
    #[must_use]
    pub const fn produced(&self) -> u64 {
        self.produced
    }

    /// Takes bytes from the front of `input` up to the next event.
    ///
    /// `None` means that all of `input` was taken and more is needed. Call again with the rest of
    /// `input` until then, and after [`PatchEvent::End`] too, so that bytes after it are noticed.
    ///
    /// # Errors
    /// [`PatchError`]; the reader must not be used after one.
    pub fn next_event<'a>(
        &mut self,
        input: &mut &'a [u8],
    ) -> Result<Option<PatchEvent<'a>>, PatchError> {
        while !input.is_empty() {
            match self.state {
                State::Magic => {
                    if self.collect(input, 4) {
                        self.check_magic()?;
                    }
                }
                State::Command => {
                    let code = self.take(input, 1)[0];
                    self.begin(code)?;
                    if self.state == State::End {
                        return Ok(Some(PatchEvent::End));
                    }
                }
                State::Numbers { first, second } => {
                    if self.collect(input, usize::from(first + second))
                        && let Some(event) = self.complete(first)?
                    {
                        return Ok(Some(event));
                    }
                }
                State::Literal { left } => {
                    let most = usize::try_from(left).unwrap_or(usize::MAX);
                    let bytes = self.take(input, most.min(input.len()));
                    self.literal(left - bytes.len() as u64);
                    self.produced = self.produced.saturating_add(bytes.len() as u64);
                    return Ok(Some(PatchEvent::Literal(bytes)));
                }
                State::End => {
                    return Err(PatchError::Trailing { offset: self.position });
                }
            }
        }
        Ok(None)
    }

    /// Takes zero bytes of a literal that are not part of the input; the reader reports nothing of them.
    ///
    /// # Errors
    /// [`PatchError::Zeros`] unless a literal goes on for at least so long.
    pub fn zeros(&mut self, length: u64) -> Result<(), PatchError> {
        match self.state {
            State::Literal { left } if length <= left => {
                self.literal(left - length);
                self.produced = self.produced.saturating_add(length);
                Ok(())
            }
            _ => Err(PatchError::Zeros { length, offset: self.position }),
        }
    }

    /// Says that the input has ended.
    ///
    /// # Errors
    /// [`PatchError::Truncated`] unless the delta had its end.
    pub const fn finish(&self) -> Result<(), PatchError> {
        match self.state {
            State::End => Ok(()),
            _ => Err(PatchError::Truncated { offset: self.position }),
        }
    }

    fn take<'a>(&mut self, input: &mut &'a [u8], length: usize) -> &'a [u8] {
        let (taken, rest) = input.split_at(length);
        *input = rest;
        self.position += length as u64;
        taken
    }

    /// Fills `partial` up to `length` bytes; says whether it is full.
    fn collect(&mut self, input: &mut &[u8], length: usize) -> bool {
        let bytes = self.take(input, (length - self.filled).min(input.len()));
        self.partial[self.filled..self.filled + bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
        self.filled == length
    }

    fn check_magic(&mut self) -> Result<(), PatchError> {
        if self.partial[..4] != format::MAGIC {
            let magic = u32::from_be_bytes([
                self.partial[0],
                self.partial[1],
                self.partial[2],
                self.partial[3],
            ]);
            return Err(PatchError::Magic { magic });
        }
        self.next_command();
        Ok(())
    }

    const fn next_command(&mut self) {
        self.state = State::Command;
        self.filled = 0;
    }

    const fn literal(&mut self, left: u64) {
        if left == 0 {
            self.next_command();
        } else {
            self.state = State::Literal { left };
        }
    }

    fn begin(&mut self, code: u8) -> Result<(), PatchError> {
        self.state = match code {
            format::OP_END => State::End,
            1..=format::SHORT_LITERAL => State::Literal { left: u64::from(code) },
            format::OP_LITERAL..format::OP_COPY => {
                State::Numbers { first: 0, second: 1 << (code - format::OP_LITERAL) }
            }
            format::OP_COPY..=format::OP_COPY_LAST => State::Numbers {
                first: 1 << ((code - format::OP_COPY) / 4),
                second: 1 << ((code - format::OP_COPY) % 4),
            },
            _ => {
                let offset = self.position - 1;
                return Err(PatchError::Command { code, offset });
            }
        };
        Ok(())
    }

    /// The command whose numbers are in `partial`: a copy if there are two of them.
    fn complete(&mut self, first: u8) -> Result<Option<PatchEvent<'static>>, PatchError> {
        let (offset, len) = self.partial[..self.filled].split_at(usize::from(first));
        let (offset, len) = (number(offset), number(len));
        if len == 0 {
            return Err(PatchError::NoLength { offset: self.position });
        }
        if first == 0 {
            self.literal(len);
            return Ok(None);
        }
        let produced = self.produced.checked_add(len);
        let (Some(produced), Some(_)) = (produced, offset.checked_add(len)) else {
            return Err(PatchError::Range { offset: self.position });
        };
        self.produced = produced;
        self.next_command();
        Ok(Some(PatchEvent::Copy { offset, len }))
    }
}

/// A big-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests;
