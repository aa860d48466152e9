//! hyper's client and hyper's server, both on one glassloop, asking and answering each other.
//!
//! ```text
//! cargo run -p interop --bin hyper
//! GLASSLOOP=story cargo run -p interop --bin hyper
//! ```

use std::{convert::Infallible, error::Error, net::SocketAddr};

use bytes::Bytes;
use glassloop::{
    TaskGroup, create_task,
    futures_io::PollStream,
    gather,
    net::{TcpListener, TcpStream},
    run,
};
use http_body_util::{BodyExt, Empty, Full};
use hyper::{Request, Response, body::Incoming, client, server, service::service_fn};
use interop::Hyper;

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let text = format!("you have asked for {}\n", request.uri().path());
    Ok(Response::new(Full::new(Bytes::from(text))))
}

/// Accepts connections, and hyper answers on each, in a separate task. The tasks end with the group.
async fn serve(listener: TcpListener) {
    let connections = TaskGroup::<(), Infallible>::new();
    while let Ok((stream, _peer)) = listener.accept().await {
        connections.create_task(async move {
            let stream = Hyper(PollStream::new(stream));
            let serve =
                server::conn::http1::Builder::new().serve_connection(stream, service_fn(answer));
            // If a client goes away in the middle, the others go on.
            let _ = serve.await;
            Ok(())
        });
    }
}

async fn get(server: SocketAddr, path: &'static str) -> Result<String, Box<dyn Error>> {
    let stream = Hyper(PollStream::new(TcpStream::connect(server).await?));
    let (mut sender, connection) = client::conn::http1::handshake(stream).await?;
    // hyper's connection is a future that wants to be polled beside the request: a task.
    let connection = create_task(connection);
    let request =
        Request::get(path).header("host", server.to_string()).body(Empty::<Bytes>::new())?;
    let body = sender.send_request(request).await?.into_body().collect().await?.to_bytes();
    drop(sender);
    connection.await??;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
        let server = listener.local_addr()?;
        let serving = create_task(serve(listener));
        for answer in gather(["/one", "/two", "/three"].map(|path| get(server, path))).await? {
            print!("{answer}");
        }
        serving.cancel();
        Ok(())
    })
}
