//! The budget of a poll: how many operations may succeed at once before the task must let others run.
//!
//! A task whose socket always has something to read never waits, so it would never give way: its
//! peer would decide how long it holds the loop. Therefore a leaf future that succeeds without
//! waiting spends one from the budget, and asks before that whether any is left.

use std::task::{Context, Poll};

use super::event_loop::Core;
use crate::trace::record::{Place, WaitFor};

/// What each poll starts with.
pub(super) const BUDGET_A_POLL: u32 = 128;

impl Core {
    /// Does this poll have budget left? If not, the task is woken for another turn and must return
    /// `Pending`.
    pub(crate) fn has_budget(&self, context: &Context<'_>, place: Place) -> Poll<()> {
        if self.budget.get() > 0 {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        self.waits_for(WaitFor::Turn, place);
        Poll::Pending
    }

    /// Takes one from the budget, or has the task wait for another turn.
    pub(crate) fn take_turn(&self, context: &Context<'_>, place: Place) -> Poll<()> {
        self.has_budget(context, place).map(|()| self.spend_budget())
    }

    /// Takes one from the budget.
    pub(crate) fn spend_budget(&self) {
        self.budget.set(self.budget.get().saturating_sub(1));
    }
}
