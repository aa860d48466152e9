use std::{
    cell::RefCell,
    rc::{Rc, Weak},
    task::Waker,
    time::Duration,
};

type Place = RefCell<Option<Waker>>;

/// A key shares the place of its waker, and empties it.
pub struct Timers {
    places: Vec<(Duration, Rc<Place>)>,
}

pub struct Key {
    place: Weak<Place>,
}

impl Timers {
    pub fn new() -> Timers {
        Timers { places: vec![] }
    }

    fn waiting(&self) -> impl Iterator<Item = Duration> {
        self.places.iter().filter(|(_, place)| place.borrow().is_some()).map(|(at, _)| *at)
    }

    pub fn insert(&mut self, at: Duration, waker: &Waker) -> Key {
        let place = Rc::new(RefCell::new(Some(waker.clone())));
        let key = Key { place: Rc::downgrade(&place) };
        self.places.push((at, place));
        key
    }

    pub fn cancel(&mut self, key: Key) {
        if let Some(place) = key.place.upgrade() {
            place.take();
        }
    }

    pub fn sleep_for(&self, now: Duration) -> Option<Duration> {
        self.waiting().min().map(|at| if at > now { at - now } else { Duration::ZERO })
    }

    pub fn fire(&mut self, now: Duration) {
        let all = std::mem::take(&mut self.places);
        let (mut due, rest) = all.into_iter().partition::<Vec<_>, _>(|(at, _)| *at <= now);
        self.places = rest;
        due.sort_by_key(|(at, _)| *at);
        due.iter().filter_map(|(_, place)| place.take()).for_each(Waker::wake);
    }
}
