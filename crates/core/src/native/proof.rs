//! Who holds the key of a group, shown without showing the key.
//!
//! Each host proves each key once in a session. A proof is made with the random numbers of both
//! hosts, the name that the caller goes by, which of the two makes it, and what only the two ends of
//! this TLS connection know. So it is of use in no other session, cannot be sent back to who made it,
//! and cannot be passed on by somebody who sits between two TLS connections.
use crate::config::Key;
use crate::proof::{Nonces, keyed};
use constant_time_eq::constant_time_eq_32;

/// A proof.
pub type Proof = [u8; 32];

/// Which end of the session makes a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one who has called.
    Caller,
    /// The one who was called.
    Called,
}

impl Role {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::Caller => b"caller",
            Self::Called => b"called",
        }
    }
}

const CONTEXT: &str = "csync3 native dialect, proof of a group key, version 1";

/// What the proofs of one session have in common.
#[derive(Debug, Clone)]
pub struct Session {
    /// The random numbers of both ends.
    pub nonces: Nonces,
    /// The name by which the caller was believed.
    pub caller: Vec<u8>,
    /// What only the ends of the TLS connection know; empty in plain.
    pub binding: Vec<u8>,
}

impl Session {
    /// The proof that `role` holds this key.
    #[must_use]
    pub fn proof(&self, key: &Key, role: Role) -> Proof {
        keyed(CONTEXT, key, &self.nonces, [role.word(), &*self.caller, &*self.binding])
    }

    /// Which of `keys` it is that `role` has proved to hold, if it is one of them.
    #[must_use]
    pub fn proved(&self, keys: &[&Key], role: Role, shown: &[u8]) -> Option<usize> {
        let shown: &Proof = shown.try_into().ok()?;
        // Each key is compared, so the time tells nothing of which one it was.
        keys.iter().enumerate().fold(None, |found, (at, key)| {
            match constant_time_eq_32(&self.proof(key, role), shown) {
                true => Some(at),
                false => found,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Session};
    use crate::config::Key;
    use crate::proof::Nonces;

    fn session() -> Session {
        let nonces = Nonces { asking: [1; 32], asked: [2; 32] };
        Session { nonces, caller: b"a".to_vec(), binding: b"tls".to_vec() }
    }

    fn key(letter: &str) -> Key {
        Key::parse(letter.repeat(40).as_bytes()).expect("the test made it so")
    }

    #[test]
    fn a_proof_is_that_of_its_key_and_its_role() {
        let (own, other) = (key("a"), key("b"));
        let proof = session().proof(&own, Role::Caller);
        assert_eq!(session().proved(&[&other, &own], Role::Caller, &proof), Some(1));
        assert_eq!(session().proved(&[&other], Role::Caller, &proof), None);
        assert_eq!(session().proved(&[&own], Role::Called, &proof), None, "reflected");
        assert_eq!(session().proved(&[&own], Role::Caller, &proof[1..]), None, "cut short");
    }

    #[test]
    fn a_proof_is_of_use_in_its_own_session_only() {
        let key = key("a");
        let proof = session().proof(&key, Role::Caller);
        let others = [
            Session { nonces: Nonces { asking: [9; 32], ..session().nonces }, ..session() },
            Session { nonces: Nonces { asked: [9; 32], ..session().nonces }, ..session() },
            Session { caller: b"b".to_vec(), ..session() },
            Session { binding: Vec::new(), ..session() },
        ];
        for other in others {
            assert_eq!(other.proved(&[&key], Role::Caller, &proof), None, "{other:?}");
        }
    }
}
