//! What is in one directory, in the order of the scan.
use crate::error::DiskError;
use crate::scan::position::Position;
use crate::scan::{Order, Visit};
use csync3_core::entry::Observed;
use csync3_core::wire::escape;
use rustix::fs::FileType;
use std::cmp::Ordering;
use std::ffi::CStr;

/// One object of a directory.
#[derive(Debug)]
pub(super) struct Child {
    /// Where its name starts in the text, ending with NUL.
    raw: u32,
    /// Where its encoded name starts: the same unless something had to be encoded.
    encoded: u32,
    raw_length: u16,
    encoded_length: u16,
    pub(super) is_reported: bool,
    pub(super) is_entered: bool,
    pub(super) kind: FileType,
    pub(super) inode: u64,
    pub(super) seen: Option<Result<Observed, DiskError>>,
}

/// One step of the walk through a directory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    child: u32,
    pub(super) is_below: bool,
}

/// A directory that was read: what is in it, in the order of the scan.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Raw names, each ending with NUL, and encoded names where those differ.
    pub(super) text: Vec<u8>,
    pub(super) children: Vec<Child>,
    pub(super) steps: Vec<Step>,
    /// Why it may not be complete.
    pub(super) problem: Option<DiskError>,
}

impl Listing {
    pub(super) fn len(&self) -> usize {
        self.children.len()
    }

    /// The encoded last component of a step's object.
    pub(super) fn encoded(&self, step: Step) -> &[u8] {
        self.children[step.child as usize].encoded(&self.text)
    }

    /// Takes what was seen of a step's object; it is there to be taken once.
    pub(super) fn take_seen(&mut self, step: Step) -> Option<Result<Observed, DiskError>> {
        self.children[step.child as usize].seen.take()
    }

    /// Adds an object that the directory lists.
    pub(super) fn push(
        &mut self,
        name: &CStr,
        kind: FileType,
        inode: u64,
        level: Visit,
        is_entered: bool,
    ) {
        let place =
            |length: usize| u32::try_from(length).expect("a directory is smaller than 4 GiB");
        let length = |length: usize| u16::try_from(length).expect("a component has 255 bytes");
        let raw = self.text.len();
        self.text.extend_from_slice(name.to_bytes_with_nul());
        let bytes = name.to_bytes();
        let (mut encoded, mut encoded_length) = (raw, bytes.len());
        if bytes.iter().copied().any(escape::is_special) {
            encoded = self.text.len();
            escape::encode_into(bytes, &mut self.text);
            encoded_length = self.text.len() - encoded;
        }
        self.children.push(Child {
            raw: place(raw),
            encoded: place(encoded),
            raw_length: length(bytes.len()),
            encoded_length: length(encoded_length),
            is_reported: level == Visit::Yes,
            is_entered,
            kind,
            inode,
            seen: None,
        });
    }

    /// The raw last component of a step's object.
    pub(super) fn raw(&self, step: Step) -> &[u8] {
        self.children[step.child as usize].raw(&self.text)
    }

    /// Puts the steps of the walk in order.
    pub(super) fn plan(&mut self, order: Order) {
        for (index, child) in (0u32..).zip(&self.children) {
            let step = |is_below| Step { child: index, is_below };
            let own = child.seen.is_some().then_some(step(false));
            let below = child.is_entered.then_some(step(true));
            self.steps.extend(own.into_iter().chain(below));
        }
        self.sort(order);
    }

    fn sort(&mut self, order: Order) {
        let (children, text) = (&self.children, &self.text);
        let point = |step: &Step| Position {
            name: children[step.child as usize].encoded(text),
            is_below: step.is_below,
        };
        match order {
            Order::Encoded => self.steps.sort_unstable_by(|a, b| point(a).cmp(&point(b))),
            Order::Compare => self.steps.sort_unstable_by(|a, b| {
                let raw = |step: &Step| children[step.child as usize].raw(text);
                match raw(b).cmp(raw(a)) {
                    Ordering::Equal => a.is_below.cmp(&b.is_below),
                    other => other,
                }
            }),
        }
    }
}

impl Child {
    pub(super) fn raw<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.raw as usize..][..usize::from(self.raw_length)]
    }

    pub(super) fn raw_c<'a>(&self, text: &'a [u8]) -> &'a CStr {
        let with_nul = &text[self.raw as usize..=self.raw as usize + usize::from(self.raw_length)];
        CStr::from_bytes_with_nul(with_nul).expect("it was copied with its NUL from a C string")
    }

    fn encoded<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        &text[self.encoded as usize..][..usize::from(self.encoded_length)]
    }
}
