//! Under wine the thread-locals of the main thread are not dropped when the program ends. With std alone.

struct LastWord;

impl Drop for LastWord {
    fn drop(&mut self) {
        println!("the last word");
    }
}

thread_local!(static LAST_WORD: LastWord = const { LastWord });

/// By itself it starts itself again, and looks for what it says at its end.
fn main() {
    if std::env::args().len() > 1 {
        return LAST_WORD.with(|_| ());
    }
    let program = std::env::current_exe().unwrap();
    let output = std::process::Command::new(program).arg("again").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("the last word"));
}
