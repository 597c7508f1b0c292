//! A CA and a server's certificate, made by openssl.
use crate::certificate;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

/// Files of a directory.
pub struct Certificates {
    /// The CA that has signed the server's certificate.
    pub authority: PathBuf,
    /// A CA that has signed nothing.
    pub other_authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes them for a server that `name` (of a subjectAltName) leads to and that this user runs.
    pub(super) fn make(directory: &Path, name: &str, user: Option<u32>) -> Self {
        let file = |name: &str| directory.join(name);
        let authority = make_authority(directory, "ca");
        let other_authority = make_authority(directory, "other");
        let extensions = format!("subjectAltName={name}\nextendedKeyUsage=serverAuth\n");
        fs::write(file("extensions"), extensions).expect("the packages of the servers work here");
        openssl(
            directory,
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem \
             -out request.pem -subj /CN=server",
        );
        openssl(
            directory,
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
             -out certificate.pem -extfile extensions",
        );
        let (certificate, key) = (file("certificate.pem"), file("key.pem"));
        fs::set_permissions(&key, Permissions::from_mode(0o600))
            .expect("the packages of the servers work here");
        for mine in [&certificate, &key] {
            chown(mine, user, None).expect("the packages of the servers work here");
        }
        Self { authority, other_authority, certificate, key }
    }
}

fn make_authority(directory: &Path, name: &str) -> PathBuf {
    openssl(
        directory,
        &format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 \
             -keyout {name}.key -out {name}.pem -subj /CN={name}"
        ),
    );
    directory.join(format!("{name}.pem"))
}

fn openssl(directory: &Path, arguments: &str) {
    let words: Vec<&str> = arguments.split_whitespace().collect();
    certificate::openssl(directory, &words, &[]);
}
