//! A GET with ureq, which blocks.

use std::env;

fn main() -> Result<(), ureq::Error> {
    let url = env::args().nth(1).expect("a URL");
    let text = ureq::get(url).call()?.body_mut().read_to_string()?;
    print!("{text}");
    Ok(())
}
