//! A GET with glassloop's session.

use std::env;

use glassloop::http::{Error, Session};

fn main() -> Result<(), Error> {
    let url = env::args().nth(1).expect("a URL");
    let text = glassloop::run(async {
        Session::new().get(&*url).await?.error_for_status()?.text().await
    })?;
    print!("{text}");
    Ok(())
}
