//! Bytes that may not be UTF-8: as text where they are, in base64 otherwise, so that nothing is lost.
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use csync3_core::path::ClusterPath;
use serde::Serialize;

/// `name`, or `name_bytes` if it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Name {
    /// UTF-8.
    Text {
        /// As it is.
        name: String,
    },
    /// Anything else.
    Bytes {
        /// In base64.
        name_bytes: String,
    },
}

impl Name {
    /// The name of an object, with its prefix, not encoded.
    #[must_use]
    pub fn of(name: &ClusterPath) -> Self {
        Self::new(&name.decoded())
    }

    /// Any name.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match text_or_base64(bytes) {
            Ok(name) => Self::Text { name },
            Err(name_bytes) => Self::Bytes { name_bytes },
        }
    }
}

/// `checktxt`, or `checktxt_bytes` if it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Bytes {
    /// UTF-8.
    Text {
        /// As it is.
        checktxt: String,
    },
    /// Anything else.
    Bytes {
        /// In base64.
        checktxt_bytes: String,
    },
}

impl Bytes {
    /// A checktxt.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match text_or_base64(bytes) {
            Ok(checktxt) => Self::Text { checktxt },
            Err(checktxt_bytes) => Self::Bytes { checktxt_bytes },
        }
    }
}

/// `diff`, or `diff_bytes` if it is not UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Text {
    /// UTF-8.
    Text {
        /// As it is.
        diff: String,
    },
    /// Anything else.
    Bytes {
        /// In base64.
        diff_bytes: String,
    },
}

impl Text {
    /// What a comparison shows.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match text_or_base64(bytes) {
            Ok(diff) => Self::Text { diff },
            Err(diff_bytes) => Self::Bytes { diff_bytes },
        }
    }
}

/// The text, or else the bytes in base64.
pub(super) fn text_or_base64(bytes: &[u8]) -> Result<String, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(BASE64_STANDARD.encode(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::Name;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_text_where_it_can_be() {
        let line = |bytes: &[u8]| serde_json::to_string(&Name::new(bytes)).expect("JSON");
        assert_eq!(line("/ä\n\"".as_bytes()), "{\"name\":\"/ä\\n\\\"\"}");
        assert_eq!(line(b"/\xff"), "{\"name_bytes\":\"L/8=\"}");
    }

    proptest! {
        #[test]
        fn no_two_names_look_the_same(a: Vec<u8>, b: Vec<u8>) {
            prop_assert_eq!(Name::new(&a) == Name::new(&b), a == b);
        }
    }
}
