//! What an offered version is to the one that is here.
use super::{Lineage, Origin, Version};

/// What the one who offers an object says of its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The version.
    pub version: Version,
    /// Those that it replaces; `None` if that is not known, because somebody has asked for it to be
    /// sent or because csync2 has marked it.
    pub replaces: Option<Vec<Version>>,
}

/// What is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held<'a> {
    /// No object.
    Nothing,
    /// An object, and what is known of its version.
    Object(Option<&'a Lineage>),
}

/// Whether the caller is owed what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owed<'a> {
    /// It has had every version that was made here.
    Nothing,
    /// A change was found here that replaced these versions, and the caller has not said that it has
    /// got it.
    Change(&'a [Version]),
    /// Somebody wants it to have what is here.
    Anyway,
}

/// What an offered version is to the one that is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It came after it, as far as anybody knows: nothing is lost if it takes its place.
    Later,
    /// It came before it: the caller lacks what is here.
    Earlier,
    /// Neither: a conflict.
    Apart,
}

/// Decides what an offered version is to the one that is here.
///
/// Without a claim, or if only the state of what is here is known, this is csync2's question asked
/// about the caller alone: does it lack a change of this host?
#[must_use]
pub fn standing(held: Held<'_>, owed: Owed<'_>, claim: Option<&Claim>, caller: Origin) -> Standing {
    let by_debt = if owed == Owed::Nothing { Standing::Later } else { Standing::Apart };
    let Some(Claim { version, replaces: Some(replaces) }) = claim else {
        return by_debt;
    };
    let includes = |id: u64| version.id == id || replaces.iter().any(|it| it.id == id);
    match (held, owed) {
        (Held::Nothing, Owed::Change([last, ..])) if includes(Version::removal(*last).id) => {
            Standing::Later
        }
        (Held::Nothing | Held::Object(None), _) | (_, Owed::Anyway) => by_debt,
        (Held::Object(Some(lineage)), _) => {
            let own = lineage.version();
            if own.is_of_state() {
                return by_debt;
            }
            // The same state came to the caller over csync2's dialect. That may also be another
            // content of the same second and size, so a change of this host is not given up for it.
            let came_by_state = || {
                owed == Owed::Nothing
                    && replaces.iter().any(|it| it.is_of_state() && it.state == own.state)
            };
            let is_callers =
                owed == Owed::Nothing && lineage.from().is_none_or(|from| from == caller);
            let is_before = |it: &Version| it.id == version.id && !it.is_of_state();
            if includes(own.id) || is_callers || came_by_state() {
                Standing::Later
            } else if lineage.before().iter().any(is_before) {
                Standing::Earlier
            } else {
                Standing::Apart
            }
        }
    }
}
