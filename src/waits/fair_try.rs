//! A fair try: whoever gives up on a future because it is pending gives it one try that counts.
//!
//! `Pending` says "not now". It need not say "not there": a leaf whose task has used up its budget returns `Pending`,
//! too, only to let others go first, be its queue ever so full. A timeout that takes this for an answer says "timed
//! out" beside a thousand items.
//!
//! So a poll that has no budget left when it begins is no try, and the future is polled once more before it is judged.
//! *Once*: in a task that always uses up its budget before it comes to us, we would else wait for ever.

use std::task::Context;

use crate::runtime::Core;

/// Has a future had its try?
#[derive(Default)]
pub(crate) struct FairTry {
    had: bool,
}

impl FairTry {
    /// To be asked before the future is polled: may it be given up if it is pending after that? If not, its task is
    /// woken for another poll.
    pub(crate) fn counts(&mut self, core: &Core, context: &Context<'_>) -> bool {
        let counts = std::mem::replace(&mut self.had, true) || core.budget.get() > 0;
        if !counts {
            context.waker().wake_by_ref();
        }
        counts
    }
}
