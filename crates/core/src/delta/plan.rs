//! How a new file is put together from the old one and new bytes.
use crate::delta::format;

/// One step of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The other side has these bytes.
    Copy {
        /// Where they are in the old file.
        offset: u64,
        /// How many, at least 1.
        len: u64,
    },
    /// These bytes must be sent.
    Literal {
        /// Where they are in the *new* file.
        offset: u64,
        /// How many, at least 1.
        len: u64,
    },
}

/// The steps that make a new file, in its order, without holes; neighbours are merged.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    ops: Vec<Op>,
    size: u64,
}

impl Plan {
    /// The plan that sends a file of `size` bytes as a whole.
    #[must_use]
    pub fn whole(size: u64) -> Self {
        let mut plan = Self::default();
        plan.literal(size);
        plan
    }

    /// The steps.
    #[must_use]
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// The length of the new file in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes of the new file must be sent.
    #[must_use]
    pub fn literal_bytes(&self) -> u64 {
        let literal = |op: &Op| match op {
            Op::Literal { len, .. } => *len,
            Op::Copy { .. } => 0,
        };
        self.ops.iter().map(literal).sum()
    }

    /// The length of the whole delta in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> u64 {
        let op = |op: &Op| match *op {
            Op::Copy { offset, len } => format::copy_len(offset, len),
            Op::Literal { len, .. } => format::literal_len(len),
        };
        format::MAGIC.len() as u64 + self.ops.iter().map(op).sum::<u64>() + 1
    }

    /// Plans the next `len` bytes of the new file as literal ones.
    pub(super) fn literal(&mut self, len: u64) {
        match self.ops.last_mut() {
            _ if len == 0 => {}
            Some(Op::Literal { len: before, .. }) => *before += len,
            _ => self.ops.push(Op::Literal { offset: self.size, len }),
        }
        self.size += len;
    }

    /// Plans the next `len` bytes of the new file as a copy from `offset` of the old one.
    pub(super) fn copy(&mut self, offset: u64, len: u64) {
        match self.ops.last_mut() {
            _ if len == 0 => {}
            Some(Op::Copy { offset: start, len: before }) if *start + *before == offset => {
                *before += len
            }
            _ => self.ops.push(Op::Copy { offset, len }),
        }
        self.size += len;
    }
}
