//! Scenarios `few-threads` and `no-threads`: the system starts no more threads, or none at all. What must be done on
//! one is done by those that there are, or whoever asked is told; and the loop goes on.

use std::{fs as blocking, io, panic, thread, time::Duration};

use glassloop::{
    Server, TaskError, create_task, fs, gather, open_connection, start_server, to_thread,
};

use crate::{
    random::Random,
    scenario::{Done, Scenario},
};

/// How many jobs are wanted at once: many more than threads fit into the address space.
const JOBS: usize = 64;

/// As many as a process has that can't start all that it would like: the loop's, the guard's, and those for which there
/// is room.
const MOST_THREADS: usize = 10;

pub struct FewThreads(Server);
pub struct NoThreads(Server);

impl Scenario for FewThreads {
    async fn begin() -> Result<FewThreads, String> {
        echo().await.map(FewThreads)
    }

    async fn round(&mut self, _: &mut Random) -> Result<Done, String> {
        // It takes its time, or one thread would do all of them. Nothing depends on how long.
        let job = |n| {
            to_thread(move || {
                thread::sleep(Duration::from_millis(1));
                n
            })
        };
        let done = gather((0..JOBS).map(job)).return_exceptions().await;
        if done.into_iter().ne(0..JOBS) {
            return Err("has lost a job".into());
        }
        if threads() > MOST_THREADS {
            return Err(format!("is no scenario: {} threads could be started", threads()));
        }
        let told = |error: io::Error| format!("has lost a file: {error}");
        fs::write("file", vec![b'x'; 10_000]).await.map_err(told)?;
        if fs::read("file").await.map_err(told)? != vec![b'x'; 10_000] {
            return Err("has lost bytes of a file".into());
        }
        ask(&self.0).await
    }
}

impl Scenario for NoThreads {
    async fn begin() -> Result<NoThreads, String> {
        // Thousands of panics are due. What is wrong is returned.
        panic::set_hook(Box::new(|_| ()));
        echo().await.map(NoThreads)
    }

    async fn round(&mut self, _: &mut Random) -> Result<Done, String> {
        for _ in 0..JOBS {
            // What it would have returned can't be made up.
            match create_task(async { to_thread(|| ()).await }).await {
                Err(TaskError::Panicked(_)) => {}
                other => return Err(format!("swallows an error: to_thread is {other:?}")),
            }
        }
        if fs::read("file").await.is_ok() || open_connection(("localhost", 1)).await.is_ok() {
            return Err("swallows an error: there is no thread that could have done it".into());
        }
        match fs::write("file", "x").await {
            Err(error) if error.to_string().contains("thread") => {}
            other => return Err(format!("has lost the error of fs::write: {other:?}")),
        }
        ask(&self.0).await
    }
}

fn threads() -> usize {
    blocking::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

async fn echo() -> Result<Server, String> {
    let server = start_server(("127.0.0.1", 0), async |mut reader, writer| {
        if let Ok(line) = reader.readline().await {
            let _ = writer.write(&line);
        }
    });
    server.await.map_err(|error| error.to_string())
}

/// Sockets need no thread.
async fn ask(server: &Server) -> Result<Done, String> {
    let told = |error: io::Error| format!("has lost an answer: {error}");
    let (mut reader, writer) = open_connection(server.local_addrs()[0]).await.map_err(told)?;
    writer.write(b"is anybody there?\n").map_err(told)?;
    match reader.read_to_end().await {
        Ok(line) if line == b"is anybody there?\n" => {
            Ok(Done { connections: 1, bytes: 2 * line.len() as u64 })
        }
        other => Err(format!("has lost an answer: {other:?}")),
    }
}
