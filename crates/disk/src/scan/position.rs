//! The order of names, and of what lies below them.
use std::cmp::Ordering;

/// A point in a listing: an object itself, or the start of all that is below it.
///
/// In the order of the store, `a` comes before `a!` and that before `a/b`: names sort as whole byte
/// strings, and a slash is greater than some bytes that a name may hold. So an object and what is
/// below it are two points, the second one at the name with a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position<'a> {
    pub(super) name: &'a [u8],
    pub(super) is_below: bool,
}

impl Ord for Position<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let common = self.name.len().min(other.name.len());
        self.name[..common]
            .cmp(&other.name[..common])
            .then_with(|| self.rest(common).cmp(other.rest(common)))
            .then(self.is_below.cmp(&other.is_below))
    }
}

impl PartialOrd for Position<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Position<'_> {
    fn rest(&self, from: usize) -> impl Iterator<Item = u8> {
        let slash = self.is_below.then_some(b'/');
        self.name[from..].iter().copied().chain(slash)
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    #[test]
    fn what_is_below_a_name_comes_where_its_slash_sorts() {
        let own = |name| Position { name, is_below: false };
        let below = |name| Position { name, is_below: true };
        let mut points =
            [below(b"a"), own(b"a0"), own(b"a"), own(b"a!"), below(b"a!"), own(b"a.b")];
        points.sort();
        let sorted = [own(b"a"), own(b"a!"), below(b"a!"), own(b"a.b"), below(b"a"), own(b"a0")];
        assert_eq!(points, sorted);
    }
}
