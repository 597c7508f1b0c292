//! The signature of a file: a weak and a strong sum of each of its blocks.
//!
//! [`SignatureWriter`] makes the exact bytes that csync2 makes, which matters because csync2 tells
//! changed files by comparing signatures. [`SignatureReader`] takes what any librsync makes.
//!
//! # Invariants
//! * A reader keeps at most as many blocks as its caller allows, whatever a peer sends; what is not
//!   kept is merely not found, so the delta is larger and as correct.
use crate::delta::index::Index;
use crate::delta::rolling::Rolling;
use crate::delta::strong;

/// Bytes per block in every signature that csync2 makes, whatever the size of the file.
pub const BLOCK_LEN: usize = 2048;
/// The signature of a file that does not exist, as csync2's `PATCH` announces it.
pub const NO_FILE: [u8; 12] = *b"rs\x016\0\0\x08\0\0\0\0\x08";

/// Blocks that a signature has, about, whatever the size of the file: more would be in nobody's
/// interest, for its reader keeps some 30 bytes of each.
const MOST_BLOCKS_MADE: u64 = 1 << 18;

const HEADER_LEN: usize = 12;
const WEAK_LEN: usize = 4;
const MAGIC_MD4: [u8; 4] = *b"rs\x016";
/// Sums that csync2 never asks for: BLAKE2 as strong sum, Rabin-Karp as weak one, or both.
const MAGICS_OTHER: [[u8; 4]; 3] = [*b"rs\x017", *b"rs\x01F", *b"rs\x01G"];
/// Longest strong sum that any librsync writes.
const LONGEST_STRONG: usize = 32;
/// Shorter strong sums would take different blocks for equal.
const SHORTEST_STRONG: usize = 8;
/// Blocks outside these lengths are not looked for: small ones make more commands than they save
/// bytes, large ones would have to be kept in memory.
const USABLE_BLOCK: std::ops::RangeInclusive<usize> = 64..=1 << 20;

/// More blocks than this are never kept, so that their numbers fit the index.
const MOST_BLOCKS: usize = 1 << 30;

/// Length in bytes of the signature that [`SignatureWriter`] makes of a file of `size` bytes.
#[must_use]
pub const fn signature_len(size: u64) -> u64 {
    let entry = (WEAK_LEN + strong::LENGTH) as u64;
    (HEADER_LEN as u64).saturating_add(size.div_ceil(BLOCK_LEN as u64).saturating_mul(entry))
}

/// The length of blocks for a file of `size` bytes where csync2's need not be kept to: a power of two,
/// so long that there are not too many.
#[must_use]
pub fn block_len_for(size: u64) -> usize {
    let least = usize::try_from(size / MOST_BLOCKS_MADE).unwrap_or(usize::MAX);
    least.clamp(BLOCK_LEN, *USABLE_BLOCK.end()).next_power_of_two()
}

/// Makes the signature of a file that is fed in pieces.
#[derive(Debug)]
pub struct SignatureWriter {
    block_len: usize,
    started: bool,
    /// The begin of a block whose end has not come yet.
    partial: Vec<u8>,
}

impl Default for SignatureWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl SignatureWriter {
    /// A writer at the start of a file, as csync2's.
    #[must_use]
    pub fn new() -> Self {
        Self::with_block_len(BLOCK_LEN)
    }

    /// A writer at the start of a file, with blocks of this many bytes, made a multiple of 64.
    #[must_use]
    pub fn with_block_len(block_len: usize) -> Self {
        Self {
            block_len: block_len.max(1).next_multiple_of(strong::PIECE),
            started: false,
            partial: Vec::new(),
        }
    }

    /// Takes the next bytes of the file and appends what is known of the signature to `out`.
    pub fn feed(&mut self, mut content: &[u8], out: &mut Vec<u8>) {
        self.start(out);
        if !self.partial.is_empty() {
            let missing = self.block_len - self.partial.len();
            let (head, rest) = content.split_at(missing.min(content.len()));
            self.partial.extend_from_slice(head);
            content = rest;
            if self.partial.len() < self.block_len {
                return;
            }
            push_entry(&self.partial, out);
            self.partial.clear();
        }
        let whole = content.len() - content.len() % self.block_len;
        let (blocks, rest) = content.split_at(whole);
        push_entries(blocks, self.block_len, out);
        self.partial.extend_from_slice(rest);
    }

    /// Ends the file and appends the rest of the signature to `out`.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.start(out);
        if !self.partial.is_empty() {
            push_entry(&self.partial, out);
        }
    }

    fn start(&mut self, out: &mut Vec<u8>) {
        if !self.started {
            self.started = true;
            out.extend_from_slice(&MAGIC_MD4);
            let block_len = u32::try_from(self.block_len).unwrap_or(u32::MAX);
            out.extend_from_slice(&block_len.to_be_bytes());
            out.extend_from_slice(&[0, 0, 0, 16]);
        }
    }
}

/// Appends the sums of whole blocks.
fn push_entries(blocks: &[u8], block_len: usize, out: &mut Vec<u8>) {
    let mut groups = blocks.chunks_exact(block_len * strong::LANES);
    for group in &mut groups {
        let group: [&[u8]; strong::LANES] =
            std::array::from_fn(|at| &group[at * block_len..(at + 1) * block_len]);
        for (block, strong) in group.iter().zip(strong::sums(group)) {
            push_sums(block, strong, out);
        }
    }
    for block in groups.remainder().chunks_exact(block_len) {
        push_entry(block, out);
    }
}

fn push_entry(block: &[u8], out: &mut Vec<u8>) {
    push_sums(block, strong::sum(block), out);
}

fn push_sums(block: &[u8], strong: [u8; strong::LENGTH], out: &mut Vec<u8>) {
    out.extend_from_slice(&Rolling::of(block).digest().to_be_bytes());
    out.extend_from_slice(&strong);
}

/// A signature ready to find blocks in.
#[derive(Debug)]
pub struct Signature {
    block_len: usize,
    index: Index,
}

/// Why bytes are not a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The first four bytes are those of no signature.
    #[error("cannot read signature: unknown magic {magic:#010x}")]
    Magic {
        /// The four bytes, as a big-endian number.
        magic: u32,
    },
    /// A block of no bytes.
    #[error("cannot read signature: blocks of no length")]
    BlockLength,
    /// A strong sum shorter or longer than its algorithm has.
    #[error("cannot read signature: strong sums of {length} bytes")]
    StrongLength {
        /// The stated length in bytes.
        length: u32,
    },
    /// The signature ends within its header or within a block's sums.
    #[error("cannot read signature: it ends within an entry, at byte {offset}")]
    Truncated {
        /// Bytes read before the end.
        offset: u64,
    },
}

impl Signature {
    /// The signature of nothing: no block is ever found.
    #[must_use]
    pub fn none() -> Self {
        Self { block_len: BLOCK_LEN, index: Index::new(strong::LENGTH) }
    }

    /// Reads a whole signature, of which at most `max_blocks` blocks are kept.
    ///
    /// A signature by sums that are not csync2's is accepted, and no block of it is ever found.
    ///
    /// # Errors
    /// As [`SignatureReader::feed`] and [`SignatureReader::finish`].
    pub fn parse(bytes: &[u8], max_blocks: usize) -> Result<Self, SignatureError> {
        let mut reader = SignatureReader::new(max_blocks);
        reader.feed(bytes)?;
        reader.finish()
    }

    /// Bytes per block.
    #[must_use]
    pub const fn block_len(&self) -> usize {
        self.block_len
    }

    /// Number of blocks that can be found.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.index.len()
    }

    pub(super) const fn index(&self) -> &Index {
        &self.index
    }
}

/// Reads a signature that arrives in pieces.
#[derive(Debug)]
pub struct SignatureReader {
    max_blocks: usize,
    /// Bytes read, all pieces together.
    offset: u64,
    /// The begin of a header or entry whose end has not come yet.
    partial: Vec<u8>,
    header: Option<Header>,
    /// Whether blocks were left out because there are too many.
    capped: bool,
    index: Index,
}

#[derive(Debug, Clone, Copy)]
struct Header {
    block_len: usize,
    strong_len: usize,
    /// Whether these blocks can be compared with ours at all.
    usable: bool,
}

impl SignatureReader {
    /// A reader that keeps at most `max_blocks` blocks, of about 50 bytes of memory each.
    #[must_use]
    pub fn new(max_blocks: usize) -> Self {
        Self {
            max_blocks: max_blocks.min(MOST_BLOCKS),
            offset: 0,
            partial: Vec::new(),
            header: None,
            capped: false,
            index: Index::new(strong::LENGTH),
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`SignatureError`] when the header is not one of a signature.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<(), SignatureError> {
        self.offset += bytes.len() as u64;
        let header = match self.header {
            Some(header) => header,
            None => match self.collect(&mut bytes, HEADER_LEN) {
                None => return Ok(()),
                Some(whole) => {
                    let header = Header::parse(&whole)?;
                    self.index = Index::new(header.strong_len.min(strong::LENGTH));
                    self.header = Some(header);
                    header
                }
            },
        };
        let entry_len = WEAK_LEN + header.strong_len;
        if !self.partial.is_empty() {
            match self.collect(&mut bytes, entry_len) {
                None => return Ok(()),
                Some(entry) => self.take(header, &entry),
            }
        }
        let mut entries = bytes.chunks_exact(entry_len);
        for entry in &mut entries {
            self.take(header, entry);
        }
        self.partial.extend_from_slice(entries.remainder());
        Ok(())
    }

    /// Ends the signature and makes its blocks findable.
    ///
    /// # Errors
    /// [`SignatureError::Truncated`].
    pub fn finish(mut self) -> Result<Signature, SignatureError> {
        let offset = self.offset;
        match self.header {
            Some(header) if self.partial.is_empty() => {
                self.index.build(!self.capped);
                Ok(Signature { block_len: header.block_len, index: self.index })
            }
            _ => Err(SignatureError::Truncated { offset }),
        }
    }

    /// Moves bytes to the partial item until it has `length`; gives the item once it is whole.
    fn collect(&mut self, bytes: &mut &[u8], length: usize) -> Option<Vec<u8>> {
        let missing = length - self.partial.len();
        let (head, rest) = bytes.split_at(missing.min(bytes.len()));
        self.partial.extend_from_slice(head);
        *bytes = rest;
        (self.partial.len() == length).then(|| std::mem::take(&mut self.partial))
    }

    fn take(&mut self, header: Header, entry: &[u8]) {
        if !header.usable {
            return;
        }
        if self.index.len() >= self.max_blocks {
            self.capped = true;
            return;
        }
        let (weak, strong) = entry.split_at(WEAK_LEN);
        self.index.push(number(weak), strong);
    }
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, SignatureError> {
        let (magic, block_len, length) =
            (&bytes[..4], number(&bytes[4..8]) as usize, number(&bytes[8..12]));
        let strong_len = length as usize;
        let (known, comparable) = match magic {
            _ if magic == MAGIC_MD4 => (SHORTEST_STRONG..=strong::LENGTH, true),
            _ if MAGICS_OTHER.iter().any(|other| magic == other) => (1..=LONGEST_STRONG, false),
            _ => {
                return Err(SignatureError::Magic { magic: number(magic) });
            }
        };
        if block_len == 0 {
            return Err(SignatureError::BlockLength);
        }
        if !known.contains(&strong_len) {
            return Err(SignatureError::StrongLength { length });
        }
        Ok(Self { block_len, strong_len, usable: comparable && USABLE_BLOCK.contains(&block_len) })
    }
}

/// A big-endian number of four bytes.
fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

#[cfg(test)]
mod tests;
