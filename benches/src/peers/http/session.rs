//! glassloop's `Session`.

use std::io;

use glassloop::{
    create_task,
    http::{Response, Session},
};

use super::Load;
use crate::Result;

/// Has the body whole.
pub fn get(load: &Load) -> Result<()> {
    all_at_once(load, async |mut response| Ok(response.bytes().await?.len()))
}

/// Has the body piece by piece.
pub fn get_pieces(load: &Load) -> Result<()> {
    all_at_once(load, async |mut response| {
        let mut length = 0;
        while let Some(piece) = response.chunk().await? {
            length += piece.len();
        }
        Ok(length)
    })
}

fn all_at_once(
    load: &Load,
    body: impl AsyncFn(Response) -> io::Result<usize> + Copy + 'static,
) -> Result<()> {
    let load = load.clone();
    glassloop::run(async move {
        let session = Session::builder().connections(load.at_once as usize).build();
        let worker = |_| {
            let (session, load) = (session.clone(), load.clone());
            create_task(async move {
                let url = load.url();
                for _ in 0..load.times_each() {
                    load.check(body(session.get(&url).await?).await?)?;
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
