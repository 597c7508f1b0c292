//! Where a frame begins and ends.
//!
//! A frame is the length of its body in four bytes (most significant first), one byte that says what
//! it is, and the body. What kinds there are is [`super::message`]'s.

/// Bytes in front of the body.
pub const HEAD: usize = 5;

/// The longest body. A sender keeps batches and pieces of content far below it.
pub const BODY_LIMIT: usize = 1 << 20;

/// What stands at the begin of the bytes that have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scan<'a> {
    /// The end of the first frame is not here yet.
    Incomplete,
    /// The first frame is longer than any may be.
    TooLong {
        /// The length it states.
        length: usize,
    },
    /// A whole frame.
    Frame {
        /// What it is.
        kind: u8,
        /// Its body.
        body: &'a [u8],
        /// Bytes to be taken off the front.
        taken: usize,
    },
}

/// Looks for a frame at the front of `bytes`.
#[must_use]
pub fn scan(bytes: &[u8]) -> Scan<'_> {
    let Some((head, rest)) = bytes.split_first_chunk::<HEAD>() else {
        return Scan::Incomplete;
    };
    let [a, b, c, d, kind] = *head;
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length > BODY_LIMIT {
        return Scan::TooLong { length };
    }
    match rest.get(..length) {
        Some(body) => Scan::Frame { kind, body, taken: HEAD + length },
        None => Scan::Incomplete,
    }
}

/// Appends a frame whose body `write` appends.
pub fn encode_into(kind: u8, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0, 0, 0, 0, kind]);
    write(out);
    let length = out.len() - start - HEAD;
    debug_assert!(length <= BODY_LIMIT, "a frame of {length} bytes");
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::{BODY_LIMIT, HEAD, Scan, encode_into, scan};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_frame_is_found_whole_and_never_before_its_end(
            kind: u8,
            body in proptest::collection::vec(any::<u8>(), 0..300),
            behind in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut bytes = Vec::new();
            encode_into(kind, &mut bytes, |out| out.extend_from_slice(&body));
            for end in 0..bytes.len() {
                prop_assert_eq!(scan(&bytes[..end]), Scan::Incomplete);
            }
            let taken = bytes.len();
            bytes.extend_from_slice(&behind);
            prop_assert_eq!(scan(&bytes), Scan::Frame { kind, body: &body, taken });
        }

        #[test]
        fn any_bytes_are_scanned_without_looking_beyond_them(bytes: Vec<u8>) {
            if let Scan::Frame { body, taken, .. } = scan(&bytes) {
                prop_assert_eq!(taken, HEAD + body.len());
                prop_assert!(taken <= bytes.len());
            }
        }
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_its_body_comes() {
        let length = BODY_LIMIT + 1;
        let mut head =
            u32::try_from(length).map(u32::to_be_bytes).expect("the test made it so").to_vec();
        head.push(7);
        assert_eq!(scan(&head), Scan::TooLong { length });
    }
}
