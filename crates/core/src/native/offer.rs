//! Offers as values: names, objects and hashes.
use super::message::Offer;
use crate::entry::{ContentHash, Fingerprint, Kind, Observed, Timestamp};
use crate::lineage::{self, Claim, Version};
use crate::path::{ClusterPath, PathError};

/// What an offer says of its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Which key of the session grants it.
    pub key: usize,
    /// The object's name, or why it is none.
    pub name: Result<ClusterPath, PathError>,
    /// The object as it is at the caller's, with an inode and a ctime of 0; `None` if it is to be
    /// removed.
    pub object: Option<Observed>,
    /// The hash of a file's content, where the caller knows it.
    pub hash: Option<ContentHash>,
    /// The receiver's own change is overruled.
    pub overrule: bool,
    /// Which version it is, and which ones it replaces.
    pub claim: Option<Claim>,
}

/// Why an offer cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OfferError {
    /// It shares more of a name than the one before it has.
    #[error("cannot read an offer: its name begins with more than the one before has")]
    Shared,
    /// A name that is longer than any path.
    #[error("cannot read an offer: its name has {length} bytes")]
    LongName {
        /// Its length in bytes, encoded.
        length: usize,
    },
    /// A type that no object has.
    #[error("cannot read an offer: no object has type {kind}")]
    Kind {
        /// The number.
        kind: u32,
    },
    /// Versions that are none.
    #[error("cannot read an offer: its versions have {length} bytes")]
    Versions {
        /// Their length in bytes.
        length: usize,
    },
    /// A hash that is not one.
    #[error("cannot read an offer: its hash has {length} bytes")]
    Hash {
        /// Its length in bytes.
        length: usize,
    },
}

/// The longest encoded name: 4,095 bytes, each as an escape of three.
const LONGEST: usize = 3 * 4_096;

/// The most bytes of versions that are read: those of many more than anybody keeps.
const VERSIONS: usize = 4_096;

/// Puts objects into offers of one frame, and takes them out again.
#[derive(Debug, Default)]
pub struct Names {
    last: Vec<u8>,
}

impl Names {
    /// The offer of one object.
    pub fn write(&mut self, name: &ClusterPath, key: usize, object: Option<&Observed>) -> Offer {
        let encoded = name.encoded();
        let shared = self.last.iter().zip(encoded).take_while(|(one, other)| one == other).count();
        let rest = encoded[shared..].to_vec();
        self.last.truncate(shared);
        self.last.extend_from_slice(&rest);
        let mut offer = Offer {
            key: u32::try_from(key).unwrap_or(u32::MAX),
            shared: u32::try_from(shared).unwrap_or_default(),
            rest,
            ..Offer::default()
        };
        if let Some(object) = object {
            offer.kind = object.kind.mode_bits() >> 12;
            (offer.permissions, offer.uid, offer.gid) =
                (object.permissions, object.uid, object.gid);
            let mtime = object.fingerprint.mtime;
            (offer.seconds, offer.nanos) = (mtime.seconds, mtime.nanos);
            match &object.kind {
                Kind::File { size: number }
                | Kind::CharDevice { dev: number }
                | Kind::BlockDevice { dev: number } => offer.number = *number,
                Kind::Symlink { target } => offer.target.clone_from(target),
                Kind::Dir | Kind::Fifo | Kind::Socket => {}
            }
        }
        offer
    }

    /// What an offer says.
    ///
    /// # Errors
    /// [`OfferError`]; the names of the offers behind it cannot be known then.
    pub fn read(&mut self, offer: Offer) -> Result<Offered, OfferError> {
        let shared = usize::try_from(offer.shared).map_err(|_| OfferError::Shared)?;
        if shared > self.last.len() {
            return Err(OfferError::Shared);
        }
        let length = shared.saturating_add(offer.rest.len());
        if length > LONGEST {
            return Err(OfferError::LongName { length });
        }
        self.last.truncate(shared);
        self.last.extend_from_slice(&offer.rest);
        let hash = match offer.hash.len() {
            0 => None,
            length => {
                let bytes = offer.hash.as_slice().try_into();
                Some(ContentHash(bytes.map_err(|_| OfferError::Hash { length })?))
            }
        };
        let name = ClusterPath::from_encoded(&self.last);
        let (key, overrule) = (usize::try_from(offer.key).unwrap_or(usize::MAX), offer.overrule);
        let claim = claim(&offer)?;
        Ok(Offered { key, name, object: object(offer)?, hash, overrule, claim })
    }
}

/// Writes which version an offer is of.
pub fn state(offer: &mut Offer, claim: &Claim) {
    offer.version = claim.version.encode().to_vec();
    offer.replaces = claim.replaces.as_deref().map(lineage::encode);
}

fn claim(offer: &Offer) -> Result<Option<Claim>, OfferError> {
    let odd = |bytes: &[u8]| OfferError::Versions { length: bytes.len() };
    if offer.version.is_empty() {
        return Ok(None);
    }
    let version = Version::decode(&offer.version).ok_or_else(|| odd(&offer.version))?;
    let replaces = offer.replaces.as_deref().map(|bytes| {
        let versions = (bytes.len() <= VERSIONS).then(|| lineage::decode(bytes)).flatten();
        versions.ok_or_else(|| odd(bytes))
    });
    Ok(Some(Claim { version, replaces: replaces.transpose()? }))
}

fn object(offer: Offer) -> Result<Option<Observed>, OfferError> {
    let (number, target) = (offer.number, offer.target);
    let kind = match offer.kind {
        0 => return Ok(None),
        0o10 => Kind::File { size: number },
        0o04 => Kind::Dir,
        0o12 => Kind::Symlink { target },
        0o01 => Kind::Fifo,
        0o14 => Kind::Socket,
        0o02 => Kind::CharDevice { dev: number },
        0o06 => Kind::BlockDevice { dev: number },
        kind => return Err(OfferError::Kind { kind }),
    };
    let nanos = offer.nanos.min(999_999_999);
    let mtime = Timestamp { seconds: offer.seconds, nanos };
    let fingerprint = Fingerprint { mtime, ctime: Timestamp::default(), inode: 0 };
    let permissions = offer.permissions & 0o7777;
    Ok(Some(Observed { kind, permissions, uid: offer.uid, gid: offer.gid, fingerprint }))
}

#[cfg(test)]
mod tests {
    use super::{Names, OfferError, Offered, state};
    use crate::entry::{Fingerprint, Kind, Observed, Timestamp};
    use crate::lineage::{Claim, Version};
    use crate::native::message::Offer;
    use crate::path::ClusterPath;
    use proptest::prelude::*;

    fn kinds() -> impl Strategy<Value = Kind> {
        prop_oneof![
            any::<u64>().prop_map(|size| Kind::File { size }),
            Just(Kind::Dir),
            any::<Vec<u8>>().prop_map(|target| Kind::Symlink { target }),
            Just(Kind::Fifo),
            Just(Kind::Socket),
            any::<u64>().prop_map(|dev| Kind::CharDevice { dev }),
            any::<u64>().prop_map(|dev| Kind::BlockDevice { dev }),
        ]
    }

    fn objects() -> impl Strategy<Value = Observed> {
        (kinds(), 0..0o10000_u32, any::<(u32, u32, i64)>(), 0..1_000_000_000_u32).prop_map(
            |(kind, permissions, (uid, gid, seconds), nanos)| {
                let mtime = Timestamp { seconds, nanos };
                let fingerprint = Fingerprint { mtime, ctime: Timestamp::default(), inode: 0 };
                Observed { kind, permissions, uid, gid, fingerprint }
            },
        )
    }

    fn claims() -> impl Strategy<Value = Option<Claim>> {
        let version = any::<u8>().prop_map(|number| Version::of_state(&[number]));
        let replaces = proptest::option::of(proptest::collection::vec(version.clone(), 0..5));
        let claim = (version, replaces);
        proptest::option::of(claim.prop_map(|(version, replaces)| Claim { version, replaces }))
    }

    proptest! {
        #[test]
        fn objects_and_names_arrive_as_they_were(
            sent in proptest::collection::vec(
                ("(/[a-c]{1,4}){1,4}", proptest::option::of(objects()), 0..9_usize, claims()),
                1..20,
            ),
        ) {
            let (mut write, mut read) = (Names::default(), Names::default());
            for (name, object, key, claim) in sent {
                let name = ClusterPath::from_decoded(name.as_bytes()).expect("the test made it so");
                let mut offer = write.write(&name, key, object.as_ref());
                if let Some(claim) = &claim {
                    state(&mut offer, claim);
                }
                let expected =
                    Offered { key, name: Ok(name), object, hash: None, overrule: false, claim };
                prop_assert_eq!(read.read(offer), Ok(expected));
            }
        }
    }

    #[test]
    fn an_offer_that_is_none_is_refused() {
        let mut names = Names::default();
        let read = |names: &mut Names, offer| names.read(offer).map(drop);
        assert_eq!(
            read(&mut names, Offer { shared: 1, ..Offer::default() }),
            Err(OfferError::Shared)
        );
        let long = Offer { rest: vec![b'a'; 12_289], ..Offer::default() };
        assert_eq!(read(&mut names, long), Err(OfferError::LongName { length: 12_289 }));
        let kind = Offer { rest: b"/a".to_vec(), kind: 3, ..Offer::default() };
        assert_eq!(read(&mut names, kind), Err(OfferError::Kind { kind: 3 }));
        let hash = Offer { rest: b"/a".to_vec(), hash: vec![1; 31], ..Offer::default() };
        assert_eq!(read(&mut names, hash), Err(OfferError::Hash { length: 31 }));
        let odd = Offer { rest: b"/a".to_vec(), version: vec![1; 15], ..Offer::default() };
        assert_eq!(read(&mut names, odd), Err(OfferError::Versions { length: 15 }));
        let (version, replaces) = (vec![1; 16], Some(vec![1; 17]));
        let odd = Offer { rest: b"/a".to_vec(), version, replaces, ..Offer::default() };
        assert_eq!(read(&mut names, odd), Err(OfferError::Versions { length: 17 }));
        let outside = Offer { rest: b"/a/../b".to_vec(), ..Offer::default() };
        assert!(names.read(outside).expect("the test made it so").name.is_err());
    }
}
