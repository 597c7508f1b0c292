//! csync2's checktxt: one line that says what a state of an object looks like.
//!
//! [`render`] writes it, [`parse`] reads it into [`Checktxt`]. The database holds it encoded, `SIG`
//! sends it with `mtime=0`.
//!
//! # Source
//! csync2 2.1 `checktxt.c`; `spec/state.md` 4. csync2 reads a symlink's target from its *name*, so
//! under a prefix its checktxt says `target=`; ours says the real target.
use crate::entry::{Kind, Observed, Timestamp};
use crate::path::ClusterPath;
use crate::wire::escape;

/// Properties that the configuration's `ignore` statements leave out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ignore {
    /// `ignore uid;`
    pub uid: bool,
    /// `ignore gid;`
    pub gid: bool,
    /// `ignore mod;`
    pub mode: bool,
}

/// Whether the modification time is stated: the database wants it, `SIG` sends 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// The real time, in seconds.
    Stated,
    /// `mtime=0`.
    Zero,
}

/// A checktxt as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checktxt {
    /// Version 1, all fields understood.
    Known(Fields),
    /// Any other text, kept as it is: it can still answer "changed?".
    Foreign(Vec<u8>),
}

/// The fields of a version 1 checktxt; `None` where it does not state one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// Modification time.
    pub mtime: Option<Timestamp>,
    /// `st_mode` with type bits.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Type, with size, device or (decoded) target.
    pub kind: Kind,
}

/// Writes the checktxt of an object, decoded, into `out` (which is cleared first).
pub fn render_into(seen: &Observed, ignore: Ignore, times: Times, out: &mut Vec<u8>) {
    out.clear();
    let mut number = itoa::Buffer::new();
    out.extend_from_slice(b"v1");
    if !matches!(seen.kind, Kind::Dir | Kind::Symlink { .. }) {
        let seconds = match times {
            Times::Stated => seen.fingerprint.mtime.seconds,
            Times::Zero => 0,
        };
        out.extend_from_slice(b":mtime=");
        out.extend_from_slice(number.format(seconds).as_bytes());
    }
    let mut state = |label: &[u8], value: u32| {
        out.extend_from_slice(label);
        out.extend_from_slice(number.format(value.cast_signed()).as_bytes());
    };
    if !ignore.mode {
        state(b":mode=", seen.mode());
    }
    if !ignore.uid {
        state(b":uid=", seen.uid);
    }
    if !ignore.gid {
        state(b":gid=", seen.gid);
    }
    render_kind(&seen.kind, out);
}

fn render_kind(kind: &Kind, out: &mut Vec<u8>) {
    let mut number = itoa::Buffer::new();
    match kind {
        Kind::File { size } => {
            out.extend_from_slice(b":type=reg:size=");
            out.extend_from_slice(number.format(*size).as_bytes());
        }
        Kind::Dir => out.extend_from_slice(b":type=dir"),
        Kind::CharDevice { dev } | Kind::BlockDevice { dev } => {
            let label: &[u8] = match kind {
                Kind::CharDevice { .. } => b":type=chr:dev=",
                _ => b":type=blk:dev=",
            };
            out.extend_from_slice(label);
            out.extend_from_slice(number.format(device_word(*dev)).as_bytes());
        }
        Kind::Fifo => out.extend_from_slice(b":type=fifo"),
        Kind::Symlink { target } => {
            out.extend_from_slice(b":type=lnk:target=");
            escape::encode_into(target, out);
        }
        Kind::Socket => out.extend_from_slice(b":type=sock"),
    }
}

/// A device number as csync2 prints it: `(int)st_rdev`.
#[must_use]
pub fn device_word(dev: u64) -> i32 {
    (dev & 0xffff_ffff).try_into().map_or(0, u32::cast_signed)
}

/// The checktxt of an object, decoded.
#[must_use]
pub fn render(seen: &Observed, ignore: Ignore, times: Times) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    render_into(seen, ignore, times, &mut out);
    out
}

/// What csync2 would have recorded in the place of a checktxt (decoded) of its fork, and the time that
/// the fork has stated: in nanoseconds, and for directories and links, too. `None` for other texts.
///
/// # Source
/// `spec/fork.md`.
#[must_use]
pub fn of_fork(text: &[u8]) -> Option<(Vec<u8>, Timestamp)> {
    const LABEL: &[u8] = b":mtime=";
    let at = memchr::memmem::find(text, LABEL)?;
    let (head, rest) = (&text[..at], &text[at + LABEL.len()..]);
    let end = memchr::memchr(b':', rest).unwrap_or(rest.len());
    let stated = number(&rest[..end]).filter(|stated| stated.unsigned_abs() >= 100_000_000_000)?;
    let time = Timestamp::from_nanos(stated);
    let Checktxt::Known(fields) = parse(text) else {
        return None;
    };
    let seconds = match fields.kind {
        Kind::Dir | Kind::Symlink { .. } => Vec::new(),
        _ => format!(":mtime={}", time.seconds).into_bytes(),
    };
    Some(([head, &seconds, &rest[end..]].concat(), time))
}

/// What csync2 would have recorded for an object whose checktxt (decoded) is `text`: a link under a
/// prefix without its target, which it cannot read. So its `-T` does not take every link for changed.
#[must_use]
pub fn as_csync2_states<'a>(text: &'a [u8], name: &ClusterPath) -> &'a [u8] {
    const TARGET: &[u8] = b":type=lnk:target=";
    let at = memchr::memmem::find(text, TARGET).filter(|_| name.prefix().is_some());
    at.map_or(text, |at| &text[..at + TARGET.len()])
}

/// Reads a decoded checktxt. What is not version 1 or not understood is kept as it is.
#[must_use]
pub fn parse(text: &[u8]) -> Checktxt {
    parse_fields(text).map_or_else(|| Checktxt::Foreign(text.to_vec()), Checktxt::Known)
}

fn parse_fields(text: &[u8]) -> Option<Fields> {
    let mut words = text.split(|&byte| byte == b':');
    if words.next() != Some(b"v1") {
        return None;
    }
    let mut fields = std::collections::BTreeMap::new();
    for word in words {
        let at = memchr::memchr(b'=', word)?;
        if fields.insert(&word[..at], &word[at + 1..]).is_some() {
            return None;
        }
    }
    let mut take = |label: &[u8]| fields.remove(label);
    let mtime = stated(take(b"mtime"), number)?.map(Timestamp::from_peer);
    let mode = stated(take(b"mode"), word32)?;
    let uid = stated(take(b"uid"), word32)?;
    let gid = stated(take(b"gid"), word32)?;
    let kind = match take(b"type")? {
        b"reg" => Kind::File { size: number(take(b"size")?)?.try_into().ok()? },
        b"dir" => Kind::Dir,
        b"chr" => Kind::CharDevice { dev: word32(take(b"dev")?)?.into() },
        b"blk" => Kind::BlockDevice { dev: word32(take(b"dev")?)?.into() },
        b"fifo" => Kind::Fifo,
        b"lnk" => Kind::Symlink { target: escape::decode(take(b"target")?).into_owned() },
        b"sock" => Kind::Socket,
        _ => return None,
    };
    fields.is_empty().then_some(Fields { mtime, mode, uid, gid, kind })
}

/// A field that may be absent, but not unreadable.
fn stated<T>(word: Option<&[u8]>, read: fn(&[u8]) -> Option<T>) -> Option<Option<T>> {
    word.map_or(Some(None), |digits| read(digits).map(Some))
}

fn number(digits: &[u8]) -> Option<i64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// A 32-bit field that csync2 prints signed and other peers may print unsigned.
fn word32(digits: &[u8]) -> Option<u32> {
    let value = number(digits)?;
    i32::try_from(value).map(i32::cast_unsigned).or_else(|_| u32::try_from(value)).ok()
}

#[cfg(test)]
mod tests {
    use super::{Checktxt, Fields, Ignore, Times, as_csync2_states, of_fork, parse, render};
    use crate::entry::{Fingerprint, Kind, Observed, Timestamp};
    use crate::path::ClusterPath;
    use proptest::prelude::*;

    fn seen(kind: Kind, permissions: u32) -> Observed {
        let time = Timestamp { seconds: 1_795_331_502, nanos: 7 };
        let fingerprint = Fingerprint { mtime: time, ctime: time, inode: 12 };
        Observed { kind, permissions, uid: 0, gid: u32::MAX - 5, fingerprint }
    }

    fn text(kind: Kind, permissions: u32, ignore: Ignore, times: Times) -> String {
        String::from_utf8(render(&seen(kind, permissions), ignore, times)).expect("ASCII")
    }

    #[test]
    fn each_type_is_written_as_csync2_writes_it() {
        let all = Ignore::default();
        let target = b"/a b".to_vec();
        for (kind, permissions, wanted) in [
            (
                Kind::File { size: 6 },
                0o644,
                "v1:mtime=1795331502:mode=33188:uid=0:gid=-6:type=reg:size=6",
            ),
            (Kind::Dir, 0o755, "v1:mode=16877:uid=0:gid=-6:type=dir"),
            (Kind::Symlink { target }, 0o777, "v1:mode=41471:uid=0:gid=-6:type=lnk:target=/a%20b"),
            (Kind::Fifo, 0o600, "v1:mtime=1795331502:mode=4480:uid=0:gid=-6:type=fifo"),
            (
                Kind::CharDevice { dev: 259 },
                0o600,
                "v1:mtime=1795331502:mode=8576:uid=0:gid=-6:type=chr:dev=259",
            ),
        ] {
            assert_eq!(text(kind, permissions, all, Times::Stated), wanted);
        }
    }

    #[test]
    fn ignored_properties_and_the_time_of_sig_are_left_out() {
        let ignore = Ignore { uid: true, gid: true, mode: true };
        assert_eq!(
            text(Kind::File { size: 1 }, 0o644, ignore, Times::Zero),
            "v1:mtime=0:type=reg:size=1"
        );
    }

    #[test]
    fn a_linbit_checktxt_of_a_directory_states_no_mtime() {
        let Checktxt::Known(fields) = parse(b"v1:mode=16877:uid=0:gid=0:type=dir") else {
            panic!("version 1 is known");
        };
        assert_eq!((fields.mtime, fields.kind), (None, Kind::Dir));
    }

    #[test]
    fn what_is_not_version_1_is_kept() {
        for odd in [&b"v2:type=dir"[..], b"", b"---", b"v1:type=reg", b"v1:uid=bob:type=dir"] {
            assert_eq!(parse(odd), Checktxt::Foreign(odd.to_vec()));
        }
    }

    #[test]
    fn csync2_knows_no_targets_under_prefixes() {
        let link = b"v1:mode=41471:uid=0:gid=0:type=lnk:target=/a%20b";
        let file = b"v1:mtime=1:mode=33188:uid=0:gid=0:type=reg:size=6";
        let stated = |text: &'static [u8], name: &[u8]| {
            as_csync2_states(text, &ClusterPath::from_decoded(name).expect("a name"))
        };
        assert_eq!(stated(link, b"/etc/x"), link);
        assert_eq!(stated(link, b"%p%/x"), b"v1:mode=41471:uid=0:gid=0:type=lnk:target=");
        assert_eq!(stated(file, b"%p%/x"), file);
    }

    #[test]
    fn a_row_of_the_fork_says_what_csync2_would_have_said() {
        let time = Timestamp { seconds: 1_600_000_000, nanos: 7 };
        for (fork, expected) in [
            (
                "v1:mtime=1600000000000000007:mode=33188:type=reg:size=6",
                "v1:mtime=1600000000:mode=33188:type=reg:size=6",
            ),
            ("v1:mtime=1600000000000000007:mode=16877:type=dir", "v1:mode=16877:type=dir"),
            ("v1:mtime=1600000000000000007:type=lnk:target=", "v1:type=lnk:target="),
        ] {
            let found = of_fork(fork.as_bytes());
            assert_eq!(found, Some((expected.as_bytes().to_vec(), time)), "{fork}");
            assert_eq!(of_fork(expected.as_bytes()), None, "{expected}");
        }
        assert_eq!(of_fork(b"v9:mtime=1600000000000000007"), None);
    }

    fn any_kind() -> impl Strategy<Value = Kind> {
        prop_oneof![
            (0..=u64::from(u32::MAX)).prop_map(|size| Kind::File { size }),
            Just(Kind::Dir),
            proptest::collection::vec(1u8.., 0..20).prop_map(|target| Kind::Symlink { target }),
            Just(Kind::Fifo),
            Just(Kind::Socket),
            (0..=u64::from(u32::MAX)).prop_map(|dev| Kind::BlockDevice { dev }),
        ]
    }

    proptest! {
        #[test]
        fn parsing_undoes_rendering(kind in any_kind(), permissions in 0u32..0o10000) {
            let object = seen(kind.clone(), permissions);
            let timed = !matches!(kind, Kind::Dir | Kind::Symlink { .. });
            let expected = Fields {
                mtime: timed.then_some(Timestamp { seconds: 1_795_331_502, nanos: 0 }),
                mode: Some(object.mode()),
                uid: Some(object.uid),
                gid: Some(object.gid),
                kind,
            };
            let text = render(&object, Ignore::default(), Times::Stated);
            prop_assert_eq!(parse(&text), Checktxt::Known(expected));
        }
    }
}
