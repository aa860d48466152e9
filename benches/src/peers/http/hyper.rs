//! hyper-util's `Client`, on tokio.

use std::io;

use http_body_util::{BodyExt, Empty};
use hyper::{Uri, body::Incoming};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::runtime::Builder;

use super::Load;
use crate::Result;

/// Has the body whole.
pub fn get(load: &Load) -> Result<()> {
    all_at_once(load, whole)
}

/// Has the body piece by piece.
pub fn get_pieces(load: &Load) -> Result<()> {
    all_at_once(load, by_pieces)
}

async fn whole(body: Incoming) -> hyper::Result<usize> {
    Ok(body.collect().await?.to_bytes().len())
}

async fn by_pieces(mut body: Incoming) -> hyper::Result<usize> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        length += frame?.data_ref().map_or(0, |data| data.len());
    }
    Ok(length)
}

fn all_at_once<F>(load: &Load, length_of: fn(Incoming) -> F) -> Result<()>
where
    F: Future<Output = hyper::Result<usize>> + Send + 'static,
{
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client: Client<_, Empty<&[u8]>> =
            Client::builder(TokioExecutor::new()).build(connector);
        let uri: Uri = load.url().parse()?;
        let worker = |_| {
            let (client, uri, load) = (client.clone(), uri.clone(), load.clone());
            tokio::spawn(async move {
                for _ in 0..load.times_each() {
                    let response = client.get(uri.clone()).await.map_err(io::Error::other)?;
                    let length = length_of(response.into_body()).await;
                    load.check(length.map_err(io::Error::other)?)?;
                }
                Ok::<(), io::Error>(())
            })
        };
        let workers: Vec<_> = (0..load.at_once).map(worker).collect();
        for worker in workers {
            worker.await??;
        }
        Ok(())
    })
}
