//! Downloads images into the folder `img`, all at once: what comes over the network is waited for by the loop, what
//! goes to the disk by threads.
//!
//! ```text
//! cargo crawl download_images --features tls https://www.rust-lang.org/static/images/favicon-32x32.png
//! ```

use std::{io, path::Path, process::ExitCode, rc::Rc};

use common::{Arguments, Progress, all_well, exit_code, file_names, write_whole};
use glassloop::{create_task, fs, http::Session, run, wait};

mod common;

const FOLDER: &str = "img";

/// Downloads one image. No file is ever half an image.
async fn download(session: &Session, url: &str, name: &str, progress: &Progress) -> io::Result<()> {
    progress.say(&format!("开始下载{name}"));
    let mut response = session.get(url).await?.error_for_status()?;
    progress.expect(&response);
    let mut content = Vec::new();
    while let Some(piece) = response.chunk().await? {
        progress.receive(piece.len());
        content.extend(piece);
    }
    write_whole(&Path::new(FOLDER).join(name), async |file| file.write(&content).await).await?;
    progress.say(&format!("{name}下载完成"));
    Ok(())
}

/// Downloads all images at once. One that fails is reported, and stops no other. Returns whether all went well.
async fn download_all(urls: Vec<String>) -> bool {
    let (session, progress) = (Session::new(), Rc::new(Progress::new()));
    make_folder(&progress).await;
    let mut tasks = Vec::new();
    for (url, name) in urls.iter().cloned().zip(file_names(&urls, ".jpg")) {
        let (session, progress) = (session.clone(), progress.clone());
        tasks.push(create_task(async move {
            let result = download(&session, &url, &name, &progress).await;
            result.inspect_err(|error| progress.complain(&format!("{name}: {error}"))).is_ok()
        }));
    }
    let (tasks, _pending) = wait(tasks).await;
    all_well(&tasks)
}

fn main() -> ExitCode {
    let urls = urls(Arguments::read(USAGE));
    exit_code(run(download_all(urls)))
}

/// If there can't be one, each image will say that it can't be written.
async fn make_folder(progress: &Progress) {
    if let Ok(false) = fs::exists(FOLDER).await {
        progress.complain(&format!("there is no folder {FOLDER}: making one"));
        if let Err(error) = fs::create_dir(FOLDER).await {
            progress.complain(&error.to_string());
        }
    }
}

fn urls(mut arguments: Arguments) -> Vec<String> {
    let mut urls = Vec::new();
    while let Some(word) = arguments.word() {
        urls.push(arguments.url(&word));
    }
    if urls.is_empty() {
        let site = arguments.embedded_site("URL");
        let url = |name| format!("http://{site}/images/{name}");
        urls = ["forest", "lake", "mountain", "river"].map(url).to_vec();
    }
    urls
}

const USAGE: &str = "\
usage: download_images [URL]... [--delay SECONDS]

Downloads images into the folder ./img, all at once.
Without a URL, four from a site that is embedded in this program.
  --delay SECONDS  how long an image of the embedded site takes (1)";
