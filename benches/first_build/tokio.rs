//! A GET by hand, on tokio's smaller runtime: the reply ends where the connection does.

use std::{env, error::Error};

use httparse::{EMPTY_HEADER, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
};

async fn get(host: &str, path: &str) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await?;

    let mut headers = [EMPTY_HEADER; 64];
    let mut head = Response::new(&mut headers);
    let length = head.parse(&reply)?;
    match (length.is_complete(), head.code) {
        (true, Some(200)) => Ok(String::from_utf8_lossy(&reply[length.unwrap()..]).into_owned()),
        (_, status) => Err(format!("status {status:?}").into()),
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).expect("a URL");
    let address = url.strip_prefix("http://").ok_or("only http")?;
    let (host, path) = address.split_once('/').ok_or("no path")?;
    let text = Builder::new_current_thread().enable_io().build()?.block_on(get(host, path))?;
    print!("{text}");
    Ok(())
}
