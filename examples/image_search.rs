//! Searches for images by a keyword, and downloads all that are found into the folder `img`, piece by piece as they
//! come.
//!
//! ```text
//! cargo crawl image_search --features tls CG原画 'https://image.baidu.com/search/flip?tn=baiduimage'
//! ```

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
    rc::Rc,
    time::{Duration, Instant},
};

use common::{
    Arguments, Progress, eprintln, exit_code, file_names, printable, println, write_whole,
};
use glassloop::{
    create_task,
    fs::{self, File},
    http::{Response, Session},
    run,
};

mod common;

const FOLDER: &str = "img";

/// How long a request may take in all: its head and its body.
const PATIENCE: Duration = Duration::from_secs(20);

/// Some servers show their images to browsers only.
const USER_AGENT: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:61.0) Gecko/20100101 Firefox/61.0";

/// Fetches the page of a search. The keyword is percent-encoded: `CG原画` is sent as `CG%E5%8E%9F%E7%94%BB`.
async fn fetch(session: &Session, url: &str, keyword: &str) -> io::Result<String> {
    let mut response = session.get(url).query([("word", keyword)]).await?.error_for_status()?;
    Ok(response.text().await?)
}

/// The addresses that stand in the page as `"objURL":"…"`.
fn links(html: &str) -> Vec<String> {
    let links = html.split("\"objURL\":\"").skip(1).filter_map(|rest| rest.split_once('"'));
    // In a script a `/` may be written as `\/`.
    links.map(|(link, _)| link.replace("\\/", "/")).filter(|link| !link.is_empty()).collect()
}

/// Downloads one image. Returns how long it took.
async fn store(
    session: Session,
    url: String,
    path: PathBuf,
    progress: Rc<Progress>,
) -> io::Result<Duration> {
    let start = Instant::now();
    let mut response = session.get(&url).await?.error_for_status()?;
    progress.expect(&response);
    // Half an image is none, and an image that came before is better.
    write_whole(&path, async |file| copy(&mut response, file, &progress).await).await?;
    Ok(start.elapsed())
}

/// Never holds more than 512 bytes of the image.
async fn copy(response: &mut Response, file: &mut File, progress: &Progress) -> io::Result<()> {
    loop {
        let chunk = response.read(512).await?;
        if chunk.is_empty() {
            return Ok(());
        }
        file.write(&chunk).await?;
        progress.receive(chunk.len());
    }
}

/// Returns whether all images that were found have come.
async fn download_all(keyword: &str, url: &str) -> io::Result<bool> {
    if !fs::exists(FOLDER).await? {
        fs::create_dir(FOLDER).await?;
    }
    let session = Session::builder().timeout(PATIENCE).user_agent(USER_AGENT).build();
    let start = Instant::now();
    let links = links(&fetch(&session, url, keyword).await?);
    println!("提取文本耗时{}秒。", start.elapsed().as_secs_f64());

    let progress = Rc::new(Progress::new());
    let paths = file_names(&links, ".jpg").into_iter().map(|name| Path::new(FOLDER).join(name));
    let store = |(link, path): (&String, PathBuf)| {
        create_task(store(session.clone(), link.clone(), path, progress.clone()))
    };
    // First all tasks are made, then all are awaited. Awaited where they are made, they would run one by one.
    let tasks: Vec<_> = links.iter().zip(paths).map(store).collect();
    let mut all_well = true;
    for (link, task) in links.iter().zip(tasks) {
        match task.await.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Ok(cost) => {
                let (link, cost) = (printable(link.as_bytes()), cost.as_secs_f64());
                progress.say(&format!("保存图片{link}耗时{cost}秒。"));
            }
            Err(error) => {
                progress.complain(&error.to_string());
                all_well = false;
            }
        }
    }
    Ok(all_well)
}

fn main() -> ExitCode {
    let mut arguments = Arguments::read(USAGE);
    let keyword = arguments.word().unwrap_or("CG原画".into());
    let url = arguments.url_or_site("/search/flip?tn=baiduimage");
    let start = Instant::now();
    let downloaded = run(download_all(&keyword, &url));
    let downloaded = downloaded.inspect_err(|error| eprintln!("{error}"));
    println!("主程序耗时{}秒。", start.elapsed().as_secs_f64());
    exit_code(downloaded.unwrap_or(false))
}

const USAGE: &str = "\
usage: image_search [KEYWORD [URL]] [--delay SECONDS]

Downloads all images that a search for the keyword (CG原画) finds into the folder ./img.
The URL is that of the search, to which the keyword is added as word=KEYWORD.
Without a URL, asks a site that is embedded in this program.
  --delay SECONDS  how long an image of the embedded site takes (1)";
