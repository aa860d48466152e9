//! Tasks that wait for something that another task of this loop will do.

use std::{cell::RefCell, mem, rc::Rc, task::Waker};

use slab::Slab;

use crate::trace::{catch, discard};

/// A set of waiting tasks. Waking takes their wakers out and leaves their places, which belong to the
/// futures: each [`Waiter`] gives its own back when it is dropped.
#[derive(Clone, Default)]
pub(crate) struct Waiters {
    places: Rc<RefCell<Slab<Option<Waker>>>>,
}

impl Waiters {
    /// Wakes all that wait now. Each by itself, and with no borrow held: a wake is foreign code.
    pub(crate) fn wake_all(&self) {
        let wakers: Vec<Waker> = {
            let mut places = self.places.borrow_mut();
            places.iter_mut().filter_map(|(_, place)| place.take()).collect()
        };
        for waker in wakers {
            let _ = catch(|| waker.wake()).map_err(discard);
        }
    }

    /// Somebody who may wait, and does not yet.
    pub(crate) fn waiter(&self) -> Waiter {
        Waiter { waiters: self.clone(), place: None }
    }
}

/// One future's place among the waiters. Dropping it gives the place back.
pub(crate) struct Waiter {
    waiters: Waiters,
    place: Option<usize>,
}

impl Waiter {
    /// Waits: from now on this waker is the one to be woken, no earlier one.
    pub(crate) fn wait(&mut self, waker: &Waker) {
        let new = Some(waker.clone());
        let mut places = self.waiters.places.borrow_mut();
        let old = match self.place {
            Some(place) => mem::replace(&mut places[place], new),
            None => {
                self.place = Some(places.insert(new));
                None
            }
        };
        drop(places);
        let _ = catch(|| drop(old)).map_err(discard);
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            let waker = self.waiters.places.borrow_mut().try_remove(place);
            let _ = catch(|| drop(waker)).map_err(discard);
        }
    }
}
