//! reqwest, on tokio.

use std::io;

use reqwest::{Client, Url};
use tokio::runtime::Builder;

use super::Load;
use crate::Result;

/// Has the body whole.
pub fn get(load: &Load) -> Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = Client::builder().no_proxy().build()?;
        let url: Url = load.url().parse()?;
        let worker = |_| {
            let (client, url, load) = (client.clone(), url.clone(), load.clone());
            tokio::spawn(async move {
                for _ in 0..load.times_each() {
                    let response = client.get(url.clone()).send().await;
                    let bytes = response.map_err(io::Error::other)?.bytes().await;
                    load.check(bytes.map_err(io::Error::other)?.len())?;
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
