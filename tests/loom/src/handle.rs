//! How the loop sleeps, from `src/handle/`. What else is in that folder needs the views.

#[allow(dead_code)]
#[path = "../../../src/handle/deadlock.rs"]
mod deadlock;
#[path = "../../../src/handle/idle.rs"]
mod idle;
#[path = "../../../src/handle/virtual_time.rs"]
mod virtual_time;

use std::time::Duration;

use crate::runtime::Idle;

/// As a builder chooses it.
pub(crate) fn idle(is_virtual: bool) -> Box<dyn Idle> {
    let virtual_time = virtual_time::VirtualTime { grace: Duration::ZERO };
    Box::new(idle::Sleeper { virtual_time: is_virtual.then_some(virtual_time) })
}

mod dump {
    //! What a deadlock has to say takes the views. To the models it is enough that there is one.

    use std::rc::Rc;

    use crate::runtime::Core;

    pub(super) fn dump_of(_: &Rc<Core>) -> String {
        String::new()
    }

    pub(super) fn tree_of(_: &Core) -> Option<String> {
        None
    }
}
