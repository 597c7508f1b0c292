//! Hidden names: how they are made, whose they are, and when they are stale.

/// Says whether a name's last component is one that this crate makes for objects in the making.
///
/// Exactly `.csync3-` and 16 lower-case hexadecimal digits, then optionally `-` and a number, then
/// optionally `.new`.
#[must_use]
pub fn is_temporary(component: &[u8]) -> bool {
    component.starts_with(b".csync3-")
}
