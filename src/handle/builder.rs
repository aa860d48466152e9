//! The settings of a loop, before it starts.

use std::{io, net::IpAddr, rc::Rc, sync::Arc, time::Duration};

use super::{
    event_loop::EventLoop, idle::Sleeper, random::Random, virtual_time::VirtualTime,
    watch::Watchers,
};
use crate::{
    net::Hosts,
    runtime::Core,
    trace::{Clock, Observer, Trace},
    views::SLOW_POLL,
    waits::{Outsiders, Threads},
};

/// How long the loop waits for sockets before virtual time jumps, unless the builder sets another time.
const GRACE: Duration = Duration::from_millis(10);

/// Makes loops that are special in some way; see [`EventLoop::builder`].
///
/// ```
/// use std::time::Duration;
/// use glassloop::{EventLoop, sleep, timeout};
///
/// let event_loop = EventLoop::builder().name("a test").virtual_time().shuffle(7).build()?;
/// event_loop.run(async {
///     let hour = sleep(Duration::from_secs(3600));
///     assert!(timeout(Duration::from_secs(60), hour).await.is_err());
/// });
/// # std::io::Result::Ok(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct Builder {
    virtual_time: bool,
    grace: Option<Duration>,
    shuffle: Option<u64>,
    observers: Vec<Box<dyn Observer>>,
    hosts: Hosts,
    max_threads: Option<usize>,
    slow_poll: Option<Duration>,
    unwatched: bool,
    name: Option<Arc<str>>,
}

impl EventLoop {
    /// You can set the time, the order, the hosts and the observers of a loop.
    ///
    /// ```
    /// use std::time::Duration;
    /// let event_loop = glassloop::EventLoop::builder().virtual_time().build()?;
    /// event_loop.run_until_complete(glassloop::sleep(Duration::from_secs(3600)));
    /// assert_eq!(event_loop.time(), Duration::from_secs(3600));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Time stands still while tasks run and jumps to the next deadline when all of them wait: a test of
    /// an hour takes no time, and gives the same trace each time.
    ///
    /// While a job runs on a thread, time does not jump. While somebody waits for a socket, the loop first
    /// really waits for it, for the [grace](Builder::grace).
    pub fn virtual_time(mut self) -> Builder {
        self.virtual_time = true;
        self
    }

    /// With virtual time: how long, in real time, the loop waits for sockets before time jumps. 10 ms by default.
    ///
    /// ```
    /// use std::{io::Write, net::TcpListener, thread, time::Duration};
    /// use glassloop::{EventLoop, open_connection, timeout};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0")?;
    /// let address = listener.local_addr()?;
    /// thread::spawn(move || listener.accept()?.0.write_all(b"hello\n"));
    /// let event_loop = EventLoop::builder().virtual_time().grace(Duration::from_secs(60)).build()?;
    /// let line = event_loop.run(async {
    ///     let (mut reader, _writer) = open_connection(address).await?;
    ///     // If time jumped before the peer has sent its line, this would be over.
    ///     std::io::Result::Ok(timeout(Duration::from_secs(1), reader.readline()).await??)
    /// })?;
    /// assert_eq!(line, b"hello\n");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn grace(mut self, grace: Duration) -> Builder {
        self.grace = Some(grace);
        self
    }

    /// Polls ready tasks in a random order, the same for the same seed. A program should not rely on an order that
    /// is not promised; a test that passes under a hundred seeds does not.
    ///
    /// ```
    /// use glassloop::{EventLoop, gather};
    ///
    /// for seed in 0..100 {
    ///     let event_loop = EventLoop::builder().shuffle(seed).build()?;
    ///     let squares = gather([1, 2, 3].map(async |n| Ok::<_, String>(n * n)));
    ///     assert_eq!(event_loop.run(squares), Ok(vec![1, 4, 9])); // whichever was polled first
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shuffle(mut self, seed: u64) -> Builder {
        self.shuffle = Some(seed);
        self
    }

    /// Makes `name` mean `address`, as a line in the hosts file does: it is not looked up elsewhere. Called
    /// twice for one name, the name has both addresses. Case does not matter.
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    /// use glassloop::{EventLoop, net::lookup_host};
    ///
    /// let event_loop = EventLoop::builder().host("shop.test", Ipv4Addr::LOCALHOST.into()).build()?;
    /// let found = event_loop.run(lookup_host(("shop.test", 80)))?;
    /// assert_eq!(found, ["127.0.0.1:80".parse().unwrap()]);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn host(mut self, name: &str, address: IpAddr) -> Builder {
        self.hosts.add(name, address);
        self
    }

    /// How many threads do blocking work at the most, at least 1; 64 by default. They are started when there
    /// is work for them.
    ///
    /// ```
    /// use std::thread;
    /// use glassloop::{EventLoop, gather, to_thread};
    ///
    /// let event_loop = EventLoop::builder().max_threads(1).build()?;
    /// let jobs = [1, 2].map(|_| to_thread(|| thread::current().id()));
    /// let threads = event_loop.run(gather(jobs).return_exceptions());
    /// assert_eq!(threads[0], threads[1]); // one thread did both
    /// # std::io::Result::Ok(())
    /// ```
    pub fn max_threads(mut self, most: usize) -> Builder {
        self.max_threads = Some(most.max(1));
        self
    }

    /// How long a poll may hold the loop before a lint says so; 100 ms by default.
    ///
    /// asyncio: `loop.slow_callback_duration`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use glassloop::EventLoop;
    ///
    /// // For a game: at 60 pictures a second, a poll of 16 ms is too long.
    /// let event_loop = EventLoop::builder().slow_callback_duration(Duration::from_millis(16)).build()?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn slow_callback_duration(mut self, duration: Duration) -> Builder {
        self.slow_poll = Some(duration);
        self
    }

    /// Adds an observer of all that happens in the loop.
    pub fn observer(mut self, observer: impl Observer + 'static) -> Builder {
        self.observers.push(Box::new(observer));
        self
    }

    /// Names the loop, so that the views can tell several loops of one program apart.
    ///
    /// ```
    /// let event_loop = glassloop::EventLoop::builder().name("the crawler").build()?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn name(mut self, name: &str) -> Builder {
        self.name = Some(name.into());
        self
    }

    /// Does not look at `GLASSLOOP`: for a loop that you do not want to watch, such as that of a test server.
    ///
    /// ```
    /// use std::{io, thread};
    /// use glassloop::EventLoop;
    ///
    /// let server = thread::spawn(|| {
    ///     let event_loop = EventLoop::builder().unwatched().build()?;
    ///     event_loop.run(async { io::Result::Ok("served") })
    /// });
    /// assert_eq!(server.join().unwrap()?, "served");
    /// # io::Result::Ok(())
    /// ```
    pub fn unwatched(mut self) -> Builder {
        self.unwatched = true;
        self
    }

    /// Makes the loop.
    ///
    /// # Errors
    /// If the operating system has no descriptor left for it, or if `GLASSLOOP` names an unknown view. So the first
    /// loop that a program makes reports a wrong word.
    ///
    /// With `GLASSLOOP=help` the views are listed on stdout, and the program ends here, with code 0.
    pub fn build(self) -> io::Result<EventLoop> {
        let clock = Rc::new(if self.virtual_time { Clock::virtual_time() } else { Clock::real() });
        let mut watchers = Watchers::new(self.observers);
        if !self.unwatched {
            watchers.add_those_asked_for(&clock, self.slow_poll.unwrap_or(SLOW_POLL))?;
        }
        let grace = self.grace.unwrap_or(GRACE);
        let virtual_time = self.virtual_time.then_some(VirtualTime { grace });
        let trace = Rc::new(Trace::new(clock, watchers.observers, self.name));
        let idle = Box::new(Sleeper { virtual_time });
        let choose = self.shuffle.map(Random::chooser);
        let event_loop = EventLoop::of(Core::new(trace, idle, choose)?);
        let core = event_loop.core();
        let outsiders = Outsiders::new(&core.inbox);
        core.attach(self.hosts);
        core.attach(Threads::new(&outsiders, &core.trace, self.max_threads));
        core.attach(outsiders);
        if let Some(state) = watchers.state {
            core.attach(state);
        }
        Ok(event_loop)
    }
}
