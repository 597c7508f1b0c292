use super::{Find, SMALLEST, Spare, Spares};
use crate::entry::{ContentHash, Timestamp};
use proptest::prelude::*;

fn hash(content: u8) -> ContentHash {
    ContentHash([content; 32])
}

fn time(seconds: i64) -> Timestamp {
    Timestamp { seconds, nanos: 7 }
}

fn spare(size: u64, seconds: i64, content: Option<u8>) -> Spare {
    Spare { size: SMALLEST + size, mtime: time(seconds), hash: content.map(hash) }
}

#[test]
fn a_known_hash_is_found_whatever_the_time_and_an_unknown_one_by_length_and_time() {
    let mut spares = Spares::new(9);
    let kept = |kept: Option<super::Kept>| kept.expect("there is room").id;
    let known = kept(spares.keep(spare(1, 1, Some(1))));
    let unknown = kept(spares.keep(spare(2, 2, None)));
    let find = |spares: &Spares, size, seconds, content: Option<u8>| {
        spares.find(SMALLEST + size, time(seconds), content.map(hash))
    };
    assert_eq!(find(&spares, 1, 8, Some(1)), Find::This(known));
    assert_eq!(find(&spares, 1, 1, Some(9)), Find::Nothing);
    assert_eq!(find(&spares, 2, 1, Some(1)), Find::Nothing, "another length");
    assert_eq!(find(&spares, 2, 2, Some(2)), Find::Read(unknown));
    assert_eq!(find(&spares, 2, 8, Some(2)), Find::Nothing);
    assert_eq!(find(&spares, 1, 1, None), Find::WantedHash);
    assert_eq!(find(&spares, 1, 2, None), Find::Nothing);
    spares.learn(unknown, hash(3));
    assert_eq!(find(&spares, 2, 2, Some(2)), Find::Nothing, "it is read once");
    assert_eq!(find(&spares, 2, 8, Some(3)), Find::This(unknown));
    spares.take(unknown);
    assert_eq!(find(&spares, 2, 2, Some(3)), Find::Nothing);
}

#[test]
fn what_saves_most_is_kept() {
    let mut spares = Spares::new(2);
    assert_eq!(spares.keep(Spare { size: SMALLEST - 1, ..spare(0, 1, None) }), None);
    let one = spares.keep(spare(5, 1, Some(1))).expect("there is room");
    assert_eq!(one.dropped, None);
    let other = spares.keep(spare(9, 1, None)).expect("there is room");
    assert_eq!(spares.keep(spare(5, 1, Some(3))), None, "no longer than the shortest");
    let third = spares.keep(spare(6, 1, Some(4))).expect("it is longer");
    assert_eq!(third.dropped, Some(one.id));
    assert_eq!(spares.find(SMALLEST + 5, time(1), Some(hash(1))), Find::Nothing);
    assert_eq!(spares.find(SMALLEST + 9, time(1), Some(hash(1))), Find::Read(other.id));
    assert_eq!(Spares::new(0).keep(spare(9, 1, None)), None);
}

proptest! {
    /// Contents come and are wanted, in whatever order; `true` wants, `false` keeps.
    #[test]
    fn what_is_found_is_what_was_kept_and_nothing_is_read_twice(
        steps in proptest::collection::vec((any::<bool>(), 0..4_u64, 0..3_i64, 0..4_u8, any::<bool>()), 0..80),
        limit in 0..9_usize,
    ) {
        let mut spares = Spares::new(limit);
        let mut contents = std::collections::HashMap::new();
        let mut read = std::collections::HashSet::new();
        for (wants, size, seconds, content, is_known) in steps {
            if !wants {
                let known = is_known.then_some(content);
                if let Some(kept) = spares.keep(spare(size, seconds, known)) {
                    contents.insert(kept.id, (size, content));
                    if let Some(id) = kept.dropped {
                        contents.remove(&id);
                    }
                }
            } else {
                // As the receiver does: read what may be it until something is, or nothing can be.
                loop {
                    match spares.find(SMALLEST + size, time(seconds), Some(hash(content))) {
                        Find::This(id) => {
                            prop_assert_eq!(contents.remove(&id), Some((size, content)));
                            spares.take(id);
                            break;
                        }
                        Find::Read(id) => {
                            prop_assert!(read.insert(id));
                            spares.learn(id, hash(contents[&id].1));
                        }
                        Find::Nothing => break,
                        Find::WantedHash => prop_assert!(false, "it is known"),
                    }
                }
            }
            prop_assert!(spares.len() <= limit);
            prop_assert_eq!(spares.len(), contents.len());
            prop_assert_eq!(spares.is_empty(), contents.is_empty());
        }
    }
}
