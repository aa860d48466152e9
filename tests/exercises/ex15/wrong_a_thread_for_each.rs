//! told: more-threads

use std::{
    io::{self, BufRead, BufReader, ErrorKind, Write},
    net::{SocketAddr, TcpStream},
    sync::mpsc::{self, Sender},
    thread,
};

pub fn wget(hosts: &[(&str, SocketAddr)], print: &mut dyn FnMut(String)) {
    thread::scope(|scope| {
        let (say, said) = mpsc::channel();
        for &(host, address) in hosts {
            let say = say.clone();
            scope.spawn(move || {
                if let Err(error) = print_head(host, address, &say) {
                    let _ = say.send(format!("{host} failed: {error}"));
                }
            });
        }
        drop(say);
        said.into_iter().for_each(print);
    });
}

fn print_head(host: &str, address: SocketAddr, say: &Sender<String>) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n").as_bytes())?;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if line.is_empty() {
            return Ok(());
        }
        let _ = say.send(format!("{host} header > {line}"));
    }
    Err(ErrorKind::UnexpectedEof.into())
}
