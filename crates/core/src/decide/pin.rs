//! Decides whether a peer's certificate is the one it has always shown, and when one is remembered.
//!
//! Certificates are compared as a whole, byte by byte. Who signed one, which name it has and until
//! when it is valid counts for nothing: the peer has proved in the handshake that the key is its
//! own, and the first certificate of a peer is remembered (*pinned*) for good.
//!
//! # Invariants
//! * A certificate that differs from the remembered one is never trusted, whatever else is right.
//! * Nothing is remembered for a host that only knows the address and not the key of a group.
//!
//! # Source
//! `spec/wire.md` 8, `docs/decisions/0009-tls.md`.

/// What a certificate is to this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// The one that is remembered for the peer.
    Pinned,
    /// None is remembered for the peer yet.
    Unknown,
    /// Another one is remembered for the peer.
    Mismatch,
}

/// Compares the certificate that a peer shows with the remembered one.
#[must_use]
pub fn trust(pinned: Option<&[u8]>, shown: &[u8]) -> Trust {
    match pinned {
        None => Trust::Unknown,
        Some(pinned) if pinned == shown => Trust::Pinned,
        Some(_) => Trust::Mismatch,
    }
}

/// What this host knows about the peer of a session when a file command has been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    /// The peer is in a group that this host is in.
    pub shares_group: bool,
    /// The key of such a group was shown in this session, and it was right: a server has compared
    /// it, a client has got a positive answer to it.
    pub key_proved: bool,
    /// Nothing may be changed (`-d`).
    pub dry_run: bool,
}

/// Says whether the certificate of a session is to be remembered now.
#[must_use]
pub const fn is_to_be_pinned(trust: Trust, evidence: Evidence) -> bool {
    matches!(trust, Trust::Unknown)
        && evidence.shares_group
        && evidence.key_proved
        && !evidence.dry_run
}

/// What protects a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Nothing: `nossl`.
    Plain,
    /// TLS of a version before 1.3.
    OldTls,
    /// TLS 1.3.
    Tls13,
}

/// Says whether a session may go on once both sides have said what they are.
///
/// Two csync3 hosts always agree on TLS 1.3. If they did not, one of them is not what it says.
#[must_use]
pub const fn is_protected_enough(protection: Protection, both_are_csync3: bool) -> bool {
    !(both_are_csync3 && matches!(protection, Protection::OldTls))
}

#[cfg(test)]
mod tests {
    use super::{Evidence, Protection, Trust, is_protected_enough, is_to_be_pinned, trust};

    #[test]
    fn only_the_very_certificate_that_is_remembered_is_trusted() {
        for (pinned, shown, expected) in [
            (None, &b"a"[..], Trust::Unknown),
            (Some(&b"a"[..]), b"a", Trust::Pinned),
            (Some(b"a"), b"b", Trust::Mismatch),
            (Some(b"a"), b"ab", Trust::Mismatch),
            (Some(b"ab"), b"a", Trust::Mismatch),
            (Some(b""), b"a", Trust::Mismatch),
            (Some(b"a"), b"", Trust::Mismatch),
        ] {
            assert_eq!(trust(pinned, shown), expected, "{pinned:?}, {shown:?}");
        }
    }

    #[test]
    fn a_certificate_is_remembered_once_for_a_member_that_has_shown_the_key() {
        let choices = [false, true];
        for trust in [Trust::Pinned, Trust::Unknown, Trust::Mismatch] {
            for shares_group in choices {
                for key_proved in choices {
                    for dry_run in choices {
                        let evidence = Evidence { shares_group, key_proved, dry_run };
                        let expected = (trust, shares_group, key_proved, dry_run)
                            == (Trust::Unknown, true, true, false);
                        let found = is_to_be_pinned(trust, evidence);
                        assert_eq!(found, expected, "{trust:?}, {evidence:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn old_tls_is_for_csync2_alone() {
        for (protection, both, expected) in [
            (Protection::Plain, false, true),
            (Protection::Plain, true, true),
            (Protection::OldTls, false, true),
            (Protection::OldTls, true, false),
            (Protection::Tls13, false, true),
            (Protection::Tls13, true, true),
        ] {
            assert_eq!(is_protected_enough(protection, both), expected, "{protection:?}, {both}");
        }
    }
}
