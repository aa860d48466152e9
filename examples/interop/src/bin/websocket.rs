//! A WebSocket echo: async-tungstenite at both ends, over `futures-io`'s traits on glassloop's sockets.
//!
//! ```text
//! cargo run -p interop --bin websocket
//! ```

use std::error::Error;

use async_tungstenite::{accept_async, client_async, tungstenite::Message};
use futures_util::StreamExt;
use glassloop::{
    create_task,
    futures_io::PollStream,
    net::{TcpListener, TcpStream},
    run,
};

/// Sends back what comes.
async fn echo(stream: TcpStream) -> Result<(), async_tungstenite::tungstenite::Error> {
    let mut socket = accept_async(PollStream::new(stream)).await?;
    while let Some(message) = socket.next().await {
        // Pings and the end the library answers by itself.
        if let message @ (Message::Text(_) | Message::Binary(_)) = message? {
            socket.send(message).await?;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    run(async {
        let listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
        let address = listener.local_addr()?;
        let server = create_task(async move {
            let (stream, _peer) = listener.accept().await?;
            echo(stream).await.map_err(std::io::Error::other)
        });

        let stream = PollStream::new(TcpStream::connect(address).await?);
        let (mut socket, _response) = client_async(format!("ws://{address}/"), stream).await?;
        for word in ["hello", "glass", "loop"] {
            socket.send(Message::text(word)).await?;
            if let Some(answer) = socket.next().await {
                println!("{}", answer?.into_text()?);
            }
        }
        socket.close(None).await?;
        server.await??;
        Ok(())
    })
}
