//! The live view: the timeline of a program that still runs, served to browsers.
//!
//! What watches does not depend on what is watched. The loop's thread does one thing for it: it puts each record into
//! its loop's chapter. All else is done by plain threads with blocking sockets: one makes text of the records
//! (`teller`), one waits for browsers (`server`), and each browser has one that sends to it, at the browser's own
//! pace. A browser can only read: nothing that it sends changes anything in the program.

mod chapter;
mod request;
mod server;
mod teller;

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    io::{self, BufRead, Read},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant},
};

use self::chapter::Chapter;
use super::{farewell::expect_the_end_of_this_thread, stderr::print};
use crate::trace::{Observer, Record};

/// How many loops of a program are shown. A test suite may make thousands.
const CHAPTERS: usize = 100;

/// So many browsers at once; each has a thread.
const BROWSERS: usize = 16;

/// So long the end of the program waits for browsers that are still there and have not got everything.
const LINGER: Duration = Duration::from_secs(10);

/// What the user wishes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LiveWish {
    /// Where to listen; a free port of the loopback, unless told otherwise.
    pub(crate) address: Option<String>,
    /// Whether the program waits for the first browser, or Enter, before it starts.
    pub(crate) waits: bool,
    /// Whether it lingers at its end, until browsers have everything.
    pub(crate) lingers: bool,
}

impl Default for LiveWish {
    fn default() -> LiveWish {
        LiveWish { address: None, waits: true, lingers: true }
    }
}

/// This program, as browsers see it; or nothing, where it can't be served.
static PROGRAM: OnceLock<Option<Arc<Program>>> = OnceLock::new();

struct Program {
    address: SocketAddr,
    /// Whoever does not know it is shown nothing. It is a part of the address that is printed.
    token: String,
    wish: LiveWish,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    chapters: Vec<Arc<Chapter>>,
    more_loops: usize,
    browsers: usize,
    /// A browser has come, or somebody has pressed Enter.
    may_start: bool,
    has_ended: bool,
    /// ... and all of it is text by now.
    is_told: bool,
    /// Rises with each change that a browser is to learn of.
    news: u64,
}

/// Shows the records of a loop.
pub(crate) struct Live {
    chapter: Option<Arc<Chapter>>,
}

impl Live {
    /// A loop begins. The first one of the program says where it can be seen, and waits until somebody looks.
    pub(crate) fn open(wish: &LiveWish, is_virtual: bool, slow_poll: Duration) -> Live {
        let program = PROGRAM.get_or_init(|| Program::serve(wish));
        let Some(program) = program else { return Live { chapter: None } };
        expect_the_end_of_this_thread();
        let chapter = program.add_chapter(is_virtual, slow_poll);
        if program.wish.waits {
            drop(program.wait_while(|state| !state.may_start));
        }
        Live { chapter }
    }
}

impl Observer for Live {
    fn record(&mut self, record: &Record) {
        if let Some(chapter) = &self.chapter {
            chapter.push(record);
        }
    }
}

/// The last loop is gone, or the program: browsers that are there get the rest.
pub(super) fn linger() {
    let Some(Some(program)) = PROGRAM.get() else { return };
    program.change(|state| (state.has_ended, state.is_told) = (true, false));
    let until = Instant::now() + LINGER;
    let mut state = lock(&program.state);
    while program.wish.lingers && state.browsers > 0 {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        state = program.wait_for(state, left);
    }
}

impl Program {
    /// Listens, and says where. Where that fails the program goes on without it.
    fn serve(wish: &LiveWish) -> Option<Arc<Program>> {
        let wanted = wish.address.as_deref().unwrap_or("127.0.0.1:0");
        match Program::listen(wanted, wish) {
            Ok(program) => {
                program.say_where();
                Some(program)
            }
            Err(error) => {
                let goes_on = "the program goes on without it";
                print(&format!("glassloop: live={wanted} cannot be served: {error}; {goes_on}\n"));
                None
            }
        }
    }

    fn listen(wanted: &str, wish: &LiveWish) -> io::Result<Arc<Program>> {
        let listener = TcpListener::bind(wanted)?;
        let address = listener.local_addr()?;
        let (state, changed) = Default::default();
        let program =
            Arc::new(Program { address, token: token(), wish: wish.clone(), state, changed });
        let start = |name: &str, work: Box<dyn FnOnce() + Send>| {
            thread::Builder::new().name(name.to_string()).spawn(work).map(drop)
        };
        let teller = program.clone();
        start("glassloop-teller", Box::new(move || teller::tell(&teller)))?;
        let server = program.clone();
        start("glassloop-live", Box::new(move || server::serve(&server, &listener)))?;
        if wish.waits {
            let program = program.clone();
            // If it can't be started, nobody can press Enter; a browser can still come.
            let _ = start("glassloop-enter", Box::new(move || program.start_at_enter()));
        }
        Ok(program)
    }

    fn say_where(&self) {
        let then = match self.wish.waits {
            true => "open it in a browser, and the program starts; or press Enter",
            false => "open it in a browser",
        };
        let mut shown = self.address;
        match shown {
            SocketAddr::V4(_) if shown.ip().is_unspecified() => {
                shown.set_ip(Ipv4Addr::LOCALHOST.into())
            }
            SocketAddr::V6(_) if shown.ip().is_unspecified() => {
                shown.set_ip(Ipv6Addr::LOCALHOST.into())
            }
            _ => {}
        }
        print(&format!("live: http://{shown}/{}/ ; {then}\n", self.token));
        if !self.address.ip().is_loopback() {
            print(&format!(
                "glassloop: live={}: everybody in this network who has that address sees the names of the tasks, the \
                 addresses of all peers, and lines of the program's source\n",
                self.address
            ));
        }
    }

    /// `None`: there are too many already.
    fn add_chapter(&self, is_virtual: bool, slow_poll: Duration) -> Option<Arc<Chapter>> {
        self.change(|state| {
            // Another loop, after one had seemed to be the last.
            state.has_ended = false;
            if state.chapters.len() == CHAPTERS {
                state.more_loops += 1;
                return None;
            }
            let chapter = Arc::new(Chapter::new(is_virtual, slow_poll));
            state.chapters.push(chapter.clone());
            Some(chapter)
        })
    }

    /// Whoever reads from stdin, too, gets what comes behind that line.
    fn start_at_enter(&self) {
        let mut line = Vec::new();
        let read = io::stdin().lock().take(1000).read_until(b'\n', &mut line);
        if read.is_ok_and(|bytes| bytes > 0) {
            self.change(|state| state.may_start = true);
        }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.state);
        let result = change(&mut state);
        state.news += 1;
        self.changed.notify_all();
        result
    }

    fn wait_while(&self, is_so: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waited = self.changed.wait_while(lock(&self.state), |state| is_so(state));
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for<'a>(&self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, most).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// No foreign code runs under any lock of this folder, so the data in a poisoned one is correct.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// 128 bits that nobody can guess: std's hasher has keys from the operating system's randomness.
fn token() -> String {
    let keys = RandomState::new();
    format!("{:016x}{:016x}", keys.hash_one(1_u8), keys.hash_one(2_u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_long_and_never_the_same() {
        let tokens = [token(), token(), token()];
        assert!(tokens.iter().all(|token| token.len() == 32));
        assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2] && tokens[0] != tokens[2]);
    }
}
