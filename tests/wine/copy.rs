//! Under wine `fs::copy` says that it has copied nothing. With std alone.

fn main() {
    let folder = std::env::temp_dir();
    let (from, to) = (folder.join("glassloop-copy-1"), folder.join("glassloop-copy-2"));
    std::fs::write(&from, "four").unwrap();
    let copied = std::fs::copy(&from, &to);
    let _ = (std::fs::remove_file(&from), std::fs::remove_file(&to));
    assert_eq!(copied.unwrap(), 4);
}
