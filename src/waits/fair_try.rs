//! A fair try: before you give up a pending future, it must get one try that counts.
//!
//! `Pending` says "not now". It need not say "not there". When the budget of a task is used up, a leaf returns
//! `Pending`, too, only to let others go first, even if its queue is full. A timeout that takes this for an answer
//! says "timed out" beside a thousand items.
//!
//! So a poll that begins without budget does not count, and the future is polled once more before it is given up. It is
//! polled only *once* more: if a task always uses up its budget before it comes to us, we would wait for ever.

use std::task::Context;

use crate::runtime::Core;

/// Has a future had its try, now that it is to be judged?
#[derive(Default)]
pub(crate) struct FairTry {
    /// This poll had budget left when it began.
    is_fair: bool,
    /// It was to be judged before, and that poll was no try.
    was_put_off: bool,
}

impl FairTry {
    /// To be called before the future is polled.
    pub(crate) fn begin(&mut self, core: &Core) {
        self.is_fair = core.budget.get() > 0;
    }

    /// The future is pending, and its time is over: may it be given up? If not, its task is woken for another poll.
    pub(crate) fn counts(&mut self, context: &Context<'_>) -> bool {
        let counts = self.is_fair || self.was_put_off;
        self.was_put_off = !counts;
        if !counts {
            context.waker().wake_by_ref();
        }
        counts
    }
}
