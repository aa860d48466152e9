//! Downloads the flags of the twenty most populous countries into the folder `downloads`, all at once, and prints
//! the code of each country as its flag comes.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use common::{Arguments, eprintln, exit_code, give_up, printed, println, write_whole};
use glassloop::{
    fs, gather,
    http::{Bytes, Session},
    run,
};

mod common;

const POP20_CC: &str = "CN IN US ID BR PK NG BD RU JP MX PH VN ET EG DE IR TR CD FR";

const FOLDER: &str = "downloads";

async fn save_flag(image: Bytes, name: &str) -> io::Result<()> {
    write_whole(&Path::new(FOLDER).join(name), async |file| file.write(&image).await).await
}

async fn get_flag(session: &Session, base: &str, country: &str) -> io::Result<Bytes> {
    let url = format!("{base}/{country}/{country}.gif");
    let mut response = session.get(&url).await?.error_for_status()?;
    Ok(response.bytes().await?)
}

/// Prints a word of a line that is not whole yet, and has it shown at once.
fn show(text: &str) {
    let mut stdout = io::stdout();
    printed(write!(stdout, "{text} ").and_then(|()| stdout.flush()));
}

async fn download_flag(session: Session, base: String, code: &str) -> io::Result<()> {
    let country = code.to_lowercase();
    let image = get_flag(&session, &base, &country).await?;
    show(code);
    save_flag(image, &format!("{country}.gif")).await
}

/// Returns what came of each flag.
async fn download_many(base: &str) -> io::Result<Vec<io::Result<()>>> {
    fs::create_dir_all(FOLDER).await?;
    let session = Session::new();
    let mut codes: Vec<_> = POP20_CC.split(' ').collect();
    codes.sort();
    let downloads =
        codes.into_iter().map(|code| download_flag(session.clone(), base.to_string(), code));
    Ok(gather(downloads).return_exceptions().await)
}

fn main() -> ExitCode {
    let base = Arguments::read(USAGE).url_or_site("/flags");
    let start = Instant::now();
    let results = run(download_many(base.trim_end_matches('/'))).unwrap_or_else(give_up);
    let count = results.iter().filter(|result| result.is_ok()).count();
    println!("\n{count} flags downloaded in {:.2}s", start.elapsed().as_secs_f64());
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        eprintln!("{error}");
    }
    exit_code(count == results.len())
}

const USAGE: &str = "\
usage: flags [URL]

Downloads twenty flags into the folder ./downloads: URL/cn/cn.gif and so on.
Without a URL, asks a site that is embedded in this program: http://HOST/flags.";
