//! The program whose story is `third.txt`: a letter that comes in two parts, and a printer that has to be waited for.

use std::{sync::mpsc::Receiver, time::Duration};

use glassloop::{
    EventLoop, create_task,
    net::{TcpListener, TcpStream},
    sleep, to_thread,
};

async fn write(stream: TcpStream) {
    for part in ["dear ", "reader\n"] {
        let _ = stream.write(part.as_bytes()).await;
        sleep(Duration::from_millis(10)).await;
    }
}

async fn read(stream: TcpStream) -> usize {
    let (mut letter, mut part) = (Vec::new(), [0; 64]);
    while !letter.ends_with(b"\n") {
        let n = stream.read(&mut part).await.expect("the writer writes");
        letter.extend_from_slice(&part[..n]);
    }
    letter.len()
}

async fn print(printer: Receiver<()>) {
    sleep(Duration::from_millis(15)).await;
    let _ = to_thread(move || printer.recv()).await;
}

pub fn run(event_loop: EventLoop, printer: Receiver<()>) {
    event_loop.run(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let stream = TcpStream::connect(address).await.expect("it listens");
        let (other_end, _) = listener.accept().await.expect("somebody comes");

        let writer = create_task(write(stream));
        let reader = create_task(read(other_end));
        let printer = create_task(print(printer));
        let _ = (writer.await, reader.await, printer.await);
    });
}
