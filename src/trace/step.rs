//! (to be replaced)
use super::{Observer, Record, state::State};
use crate::clock::Clock;
use std::{cell::RefCell, rc::Rc};
pub(super) struct Step;
impl Step {
    pub(super) fn on_the_terminal(_: Rc<RefCell<State>>, _: Rc<Clock>) -> Step {
        Step
    }
}
impl Observer for Step {
    fn record(&mut self, _: &Record) {}
}
