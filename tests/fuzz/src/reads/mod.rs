//! Target `reads`: a stream of which much is read by halves and given up: no byte is lost, none comes twice.

mod promise;
mod script;

use std::{
    future::{Future, poll_fn},
    io::Write,
    net::TcpStream,
    ops::Range,
    pin::pin,
    task::Poll,
    time::Duration,
};

use glassloop::{
    Counters, EventLoop, ReadError, StreamReader, create_task, open_connection, sleep, timeout,
    yield_now,
};

use self::{
    promise::{Promise, SEPARATOR},
    script::{Asked, Patience, Said, Script},
};
use crate::{port::Port, random::Random, target::Target};

pub struct Reads {
    event_loop: EventLoop,
    port: Port,
}

impl Target for Reads {
    const NAME: &'static str = "reads";
    const INPUTS: &'static str = "streams";
    type Input = Script;

    fn new() -> Reads {
        // No grace: what the peer has said on this thread has come, and its silences cost nothing.
        let builder = EventLoop::builder().unwatched().virtual_time().grace(Duration::ZERO);
        Reads { event_loop: builder.build().expect("a loop can be made"), port: Port::new() }
    }

    fn random(&self, random: &mut Random) -> Script {
        Script::random(random)
    }

    fn read(&self, file: &[u8]) -> Result<Vec<Script>, String> {
        let text = str::from_utf8(file).map_err(|error| error.to_string())?;
        Ok(vec![Script::read(text)?])
    }

    fn check(&mut self, script: &Script) -> Result<(), String> {
        self.event_loop.run_until_complete(play(script, &mut self.port))?;
        let Counters { tasks, timers, sockets, waiting, .. } = self.event_loop.counters();
        match (tasks, timers, sockets, waiting) {
            (0, 0, 0, 0) => Ok(()),
            left => Err(format!("(tasks, timers, sockets, waiting) that are left: {left:?}")),
        }
    }

    fn parts(&self, script: &Script) -> usize {
        script.lines()
    }

    fn without(&self, script: &Script, parts: Range<usize>) -> Script {
        script.without(parts)
    }

    fn show(&self, script: &Script) -> String {
        script.to_string()
    }
}

async fn play(script: &Script, port: &mut Port) -> Result<(), String> {
    let said = |error: std::io::Error| error.to_string();
    let connecting = open_connection(port.address()).limit(script.limit);
    let (mut reader, writer) = connecting.await.map_err(said)?;
    let peer = port.accept().await.map_err(said)?;
    let mut promise = Promise::new(script.stream(), script.limit);
    let talking = create_task(talk(peer, script.said.clone(), script.stream()));
    for (asked, patience) in &script.asked {
        if let Some(outcome) = ask(&mut reader, *asked, *patience).await {
            promise.check(*asked, &outcome)?;
        }
    }
    promise.check_rest(&reader.read_to_end().await)?;
    talking.await.map_err(|error| error.to_string())?.map_err(said)?;
    drop((reader, writer));
    yield_now().await; // what is left of the connection ends itself
    Ok(())
}

/// The peer. To end the connection is to drop its socket.
async fn talk(mut peer: TcpStream, said: Vec<Said>, stream: Vec<u8>) -> std::io::Result<()> {
    let mut rest = &stream[..];
    for said in said {
        match said {
            Said::Bytes(count) => {
                let (bytes, behind) = rest.split_at(count);
                peer.write_all(bytes)?;
                rest = behind;
            }
            Said::Turns(count) => {
                for _ in 0..count {
                    yield_now().await;
                }
            }
            Said::Silence(length) => sleep(Duration::from_millis(length)).await,
        }
    }
    Ok(())
}

/// What comes of a read; `None`, if it was given up.
async fn ask(
    reader: &mut StreamReader,
    asked: Asked,
    patience: Patience,
) -> Option<Result<Vec<u8>, ReadError>> {
    let reading = match asked {
        Asked::AtMost(size) => reader.read(size),
        Asked::Exactly(size) => reader.readexactly(size),
        Asked::Line => reader.readline(),
        Asked::Separator => reader.readuntil(SEPARATOR),
    };
    match patience {
        Patience::Endless => Some(reading.await),
        Patience::Timeout(length) => timeout(Duration::from_millis(length), reading).await.ok(),
        Patience::Polls(most) => give_up_after(most, reading).await,
    }
}

async fn give_up_after<F: Future>(most: usize, future: F) -> Option<F::Output> {
    let (mut future, mut polls) = (pin!(future), 0);
    poll_fn(|context| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if polls == most => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
