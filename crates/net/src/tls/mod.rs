//! TLS over a connection: who is at the other end, proved, and nobody else listening.
//!
//! Identity is the certificate itself, compared as a whole by whoever knows what to expect. So no
//! chain, name, date or purpose is checked here; that the peer has the *key* of the certificate it
//! shows is, by the signature of the handshake. Certificates as csync2's recipe makes them (RSA of
//! 1024 bits, X.509 version 1, expired) work like any other.
//!
//! * `certificate`: what a certificate says, its fingerprint, and what is weak about it
//! * `identity`: this host's certificate and key
//! * `verify`: the signature of the peer · `legacy`: RSA keys that the TLS library refuses
//! * `handshake`: from a plain connection to a secured one
//!
//! # Invariants
//! * A secured connection has a peer whose certificate is known and whose key was proved.
//! * Sessions are never resumed: each proves the key anew.
//! * No byte that came before the handshake is ever taken for data after it.
//!
//! # Source
//! `spec/wire.md` 8; `docs/decisions/0009-tls.md`.
mod certificate;
mod handshake;
mod identity;
mod legacy;
mod verify;

pub use certificate::{Algorithm, Certificate, CertificateError, Fingerprint, Weakness};
pub use handshake::Secured;
pub use identity::{Identity, IdentityError, single_certificate};
