//! The bytes of a delta's commands.
//!
//! A delta is its magic, copies and literals, and an end. The bytes of a literal follow its header;
//! the caller writes them.

/// The first bytes of every delta.
pub const MAGIC: [u8; 4] = *b"rs\x026";

pub(super) const OP_END: u8 = 0x00;
/// Literals of up to this length have it as their command.
pub(super) const SHORT_LITERAL: u8 = 0x40;
/// Literal with a length of 1 byte; the next three have 2, 4 and 8.
pub(super) const OP_LITERAL: u8 = 0x41;
/// Copy with offset and length of 1 byte; 4 commands per width of the offset.
pub(super) const OP_COPY: u8 = 0x45;
/// The last copy command: offset and length of 8 bytes.
pub(super) const OP_COPY_LAST: u8 = 0x54;

/// Appends the start of a delta.
pub fn encode_start(out: &mut Vec<u8>) {
    out.extend_from_slice(&MAGIC);
}

/// Appends the header of a literal; exactly `len` bytes must follow. Nothing for a length of 0.
#[allow(clippy::cast_possible_truncation)]
pub fn encode_literal_header(len: u64, out: &mut Vec<u8>) {
    if len == 0 {
        return;
    }
    if len <= u64::from(SHORT_LITERAL) {
        out.push(len as u8);
        return;
    }
    out.push(OP_LITERAL + width_code(len));
    push_number(len, out);
}

/// Appends a copy of `len` bytes from `offset` of the old file. Nothing for a length of 0.
pub fn encode_copy(offset: u64, len: u64, out: &mut Vec<u8>) {
    if len == 0 {
        return;
    }
    out.push(OP_COPY + 4 * width_code(offset) + width_code(len));
    push_number(offset, out);
    push_number(len, out);
}

/// Appends the end of a delta.
pub fn encode_end(out: &mut Vec<u8>) {
    out.push(OP_END);
}

/// Length in bytes of a literal with its header.
pub(super) const fn literal_len(len: u64) -> u64 {
    match len {
        0 => 0,
        1..=0x40 => 1 + len,
        _ => 1 + width(len) + len,
    }
}

/// Length in bytes of a copy command.
pub(super) const fn copy_len(offset: u64, len: u64) -> u64 {
    match len {
        0 => 0,
        _ => 1 + width(offset) + width(len),
    }
}

/// The smallest of four widths that holds a number, as its binary logarithm.
const fn width_code(number: u64) -> u8 {
    match number {
        0..=0xff => 0,
        0x100..=0xffff => 1,
        0x1_0000..=0xffff_ffff => 2,
        _ => 3,
    }
}

const fn width(number: u64) -> u64 {
    1 << width_code(number)
}

fn push_number(number: u64, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let width = 1_usize << width_code(number);
    out.extend_from_slice(&bytes[bytes.len() - width..]);
}
