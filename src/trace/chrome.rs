//! (to be replaced)
use super::recorder::Recording;
pub(super) fn chapter(_: &Recording, _: usize) -> String {
    String::new()
}
pub(super) fn document<'a>(_: impl Iterator<Item = &'a String>) -> String {
    String::new()
}
