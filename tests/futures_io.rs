//! `futures-io`'s traits: polled by hand, with whatever waker, and nothing is left when the stream goes.

mod common;

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use common::{CountingWaker, assert_nothing_left};
use futures_io::{AsyncRead, AsyncWrite};
use glassloop::{
    EventLoop,
    futures_io::PollStream,
    net::{TcpListener, TcpStream},
    yield_now,
};

async fn pair() -> io::Result<(PollStream, TcpStream)> {
    let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    let near = TcpStream::connect(listener.local_addr()?).await?;
    let (far, _address) = listener.accept().await?;
    Ok((PollStream::new(near), far))
}

async fn read(stream: &mut PollStream, buffer: &mut [u8]) -> io::Result<usize> {
    poll_fn(|context| Pin::new(&mut *stream).poll_read(context, buffer)).await
}

#[test]
fn bytes_go_both_ways_and_close_ends_the_outgoing_half() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    event_loop.run_until_complete(async {
        let (mut near, far) = pair().await.unwrap();
        let written = poll_fn(|context| Pin::new(&mut near).poll_write(context, b"ping")).await;
        assert_eq!(written.unwrap(), 4);
        let mut buffer = [0; 8];
        assert_eq!(far.read(&mut buffer).await.unwrap(), 4);
        far.write(b"pong").await.unwrap();
        assert_eq!(read(&mut near, &mut buffer).await.unwrap(), 4);
        assert_eq!(&buffer[..4], b"pong");
        poll_fn(|context| Pin::new(&mut near).poll_close(context)).await.unwrap();
        assert_eq!(far.read(&mut buffer).await.unwrap(), 0);
        far.write(b"more").await.unwrap();
        assert_eq!(read(&mut near, &mut buffer).await.unwrap(), 4);
    });
    assert_nothing_left(&event_loop);
}

#[test]
fn the_latest_waker_counts_and_goes_with_the_stream() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let watched = event_loop.clone();
    event_loop.run_until_complete(async move {
        let (mut near, far) = pair().await.unwrap();
        let ((first, first_waker), (latest, latest_waker)) =
            (CountingWaker::new(), CountingWaker::new());
        for waker in [&first_waker, &latest_waker] {
            let polled = Pin::new(&mut near).poll_read(&mut Context::from_waker(waker), &mut [0]);
            assert!(matches!(polled, Poll::Pending));
        }
        far.write(b"x").await.unwrap();
        while latest.wakes() == 0 {
            yield_now().await;
        }
        assert_eq!((first.wakes(), latest.wakes()), (0, 1));

        assert_eq!(read(&mut near, &mut [0]).await.unwrap(), 1);
        let polled =
            Pin::new(&mut near).poll_read(&mut Context::from_waker(&first_waker), &mut [0]);
        assert!(polled.is_pending());
        assert_eq!(watched.counters().waiting, 1);
        drop(near);
        assert_eq!(watched.counters().waiting, 0);
    });
    assert_nothing_left(&event_loop);
}
