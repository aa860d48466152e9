//! A file that is all there, or as it was before.

use std::{io, path::Path};

use glassloop::fs::{self, File};

/// Writes a file beside its place, and puts it there once it is whole. If that fails, what was there stays. It is what
/// `Response::save` does; this is for a body that is handed out in pieces.
pub async fn write_whole(
    path: &Path,
    write: impl AsyncFnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    // With a dot in front it is nobody else's: `file_names` makes no such name.
    let name = path.file_name().unwrap_or_default();
    let part = path.with_file_name(format!(".{}.part", name.display()));
    let mut file = File::create(&part).await?;
    let written = async {
        write(&mut file).await?;
        file.close().await?;
        fs::rename(&part, path).await
    };
    let written = written.await;
    if written.is_err() {
        let _ = fs::remove_file(&part).await;
    }
    written
}
