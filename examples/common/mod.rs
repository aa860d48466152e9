//! What the examples share and what none of them is about.

#![allow(dead_code, unused_imports, unused_macros, reason = "each example uses its own part")]

mod arguments;
mod embedded;
mod ending;
mod file_names;
mod first_line;
mod host;
mod output;
mod page;
mod patience;
#[cfg(feature = "http")]
mod progress;
#[cfg(feature = "http")]
mod url;
pub mod utc;
mod whole_file;

#[path = "../site/server.rs"]
pub mod site;

pub use arguments::Arguments;
pub use ending::{all_well, exit_code, give_up};
pub use file_names::file_names;
pub use host::Host;
pub(crate) use output::{eprintln, println};
pub use output::{print_line, printable, printed, say_line};
pub use page::{Page, Response, get, get_blocking};
pub use patience::{Step, patiently, succeeded};
#[cfg(feature = "http")]
pub use progress::Progress;
pub use whole_file::write_whole;
