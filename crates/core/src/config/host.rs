//! Names of hosts.
use std::fmt;

/// The name of a host as the configuration and `HELLO` use it: lower case, never empty.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl HostName {
    /// The longest name, in bytes.
    pub const LIMIT: usize = 255;

    /// Reads a name; upper case ASCII letters become lower case.
    ///
    /// `None` for what cannot name a host: nothing, more than [`Self::LIMIT`] bytes, bytes that are
    /// not UTF-8, white space, control characters.
    ///
    /// # Source
    /// `spec/config.md` 3, `spec/cli.md` 1.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let fits = !text.is_empty() && text.len() <= Self::LIMIT;
        let odd = |letter: char| letter.is_whitespace() || letter.is_control();
        (fits && !text.chars().any(odd)).then(|| Self(text.to_ascii_lowercase()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::HostName;

    #[test]
    fn host_names_are_lower_case() {
        let name = HostName::parse(b"Node-A.Example").expect("a host name");
        assert_eq!(name.as_str(), "node-a.example");
    }

    #[test]
    fn what_cannot_be_looked_up_is_no_host_name() {
        for odd in [&b""[..], b"a b", b"a\nb", b"\xff", &[b'a'; 256]] {
            assert_eq!(HostName::parse(odd), None, "{odd:?}");
        }
    }
}
