//! The loops that are counted: each does one thing, many times.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use glassloop::{
    EventLoop, StreamReader, StreamWriter, create_task, open_connection, sleep, start_server,
};

/// Does it so many times.
pub type Run = fn(&EventLoop, u64) -> io::Result<()>;

pub const LOOPS: [(&str, Run); 6] = [
    ("yield", |on, times| on.run_until_complete(yields(times))),
    ("wake", |on, times| on.run_until_complete(wakes(times))),
    ("spawn", |on, times| on.run_until_complete(spawns(times))),
    ("join", |on, times| on.run_until_complete(joins(times))),
    ("sleep", |on, times| on.run_until_complete(sleeps(times))),
    ("echo", |on, times| on.run_until_complete(echoes(times))),
];

/// The barest thing that a task can wait for: itself.
struct Yield {
    yielded: bool,
}

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A task wakes itself and is polled again.
async fn yields(times: u64) -> io::Result<()> {
    let task = create_task(async move {
        for _ in 0..times {
            Yield { yielded: false }.await;
        }
    });
    Ok(task.await?)
}

/// A number on its way, and who waits for it.
#[derive(Clone, Default)]
struct Channel(Rc<RefCell<(Option<u64>, Option<Waker>)>>);

impl Channel {
    fn send(&self, number: u64) {
        let waker = {
            let mut state = self.0.borrow_mut();
            state.0 = Some(number);
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    async fn receive(&self) -> u64 {
        poll_fn(|context| {
            let mut state = self.0.borrow_mut();
            if let Some(number) = state.0.take() {
                return Poll::Ready(number);
            }
            state.1 = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// A task wakes another, which wakes the first: one time is there or back.
async fn wakes(times: u64) -> io::Result<()> {
    let (there, back) = (Channel::default(), Channel::default());
    let answer = create_task({
        let (there, back) = (there.clone(), back.clone());
        async move {
            for _ in 0..times / 2 {
                back.send(there.receive().await);
            }
        }
    });
    for number in 0..times / 2 {
        there.send(number);
        back.receive().await;
    }
    Ok(answer.await?)
}

/// Tasks are made, a hundred at a time, and awaited.
async fn spawns(times: u64) -> io::Result<()> {
    const AT_A_TIME: u64 = 100;
    let mut tasks = Vec::new();
    for _ in 0..times / AT_A_TIME {
        tasks.extend((0..AT_A_TIME).map(|n| create_task(async move { n })));
        for task in tasks.drain(..) {
            task.await?;
        }
    }
    Ok(())
}

/// A task is made and awaited at once: whoever awaits it is asked twice, before it has run and after it.
async fn joins(times: u64) -> io::Result<()> {
    for n in 0..times {
        create_task(async move { n }).await?;
    }
    Ok(())
}

/// A sleep is made, polled once and dropped.
async fn sleeps(times: u64) -> io::Result<()> {
    for _ in 0..times {
        let mut sleep = pin!(sleep(Duration::from_secs(60)));
        poll_fn(|context| {
            assert!(sleep.as_mut().poll(context).is_pending());
            Poll::Ready(())
        })
        .await;
    }
    Ok(())
}

/// Sends 64 bytes and gets them back. Both ends are tasks of one loop, so that the schedule, and with it the count
/// of instructions, is the same each time.
async fn echoes(times: u64) -> io::Result<()> {
    let answer = |mut reader: StreamReader, writer: StreamWriter| async move {
        while let Ok(message) = reader.readexactly(64).await {
            writer.write(&message)?;
        }
        io::Result::Ok(())
    };
    let server = start_server("127.0.0.1:0", answer).await?;
    let address = server.local_addrs()[0];
    let (mut reader, writer) = open_connection((address.ip(), address.port())).await?;
    for _ in 0..times {
        writer.write(&[7; 64])?;
        reader.readexactly(64).await?;
    }
    Ok(())
}
