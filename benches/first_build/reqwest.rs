//! A GET with reqwest, on tokio's smaller runtime.

use std::env;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), reqwest::Error> {
    let url = env::args().nth(1).expect("a URL");
    let text = reqwest::get(url).await?.error_for_status()?.text().await?;
    print!("{text}");
    Ok(())
}
