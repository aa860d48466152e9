//! The server: hands out the page, and sends the records, over plain blocking sockets.
//!
//! Nobody is waited for without a limit: not for the end of a request, nor for a browser that does not read.

use std::{
    collections::HashSet,
    io::{self, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    BROWSERS, Program,
    chapter::Chapter,
    lock,
    request::{NOT_UNDERSTOOD, Refusal, TOO_MANY, Wish, wish},
};
use crate::{
    trace::Place,
    views::timeline::{live_page, sources},
};

/// So many connections at once, of browsers and of others.
const CONNECTIONS: usize = 4 * BROWSERS;

/// The head of a request may take so long, and be so large.
const REQUEST: Duration = Duration::from_secs(5);
const HEAD: usize = 16 * 1024;

/// A browser that takes nothing for so long is let go. It may come back, and goes on where it was.
const PATIENCE: Duration = Duration::from_secs(5);

/// After so long without news a sign of life shows whether the browser is still there.
const SILENCE: Duration = Duration::from_secs(2);

/// For ever; it ends with the program.
pub(super) fn serve(program: &Arc<Program>, listener: &TcpListener) {
    let connections = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, _)) = listener.accept() else {
            // As when there are no descriptors left. There may be some later.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let seat = Seat::take(&connections);
        if connections.load(Relaxed) > CONNECTIONS {
            let _ = stream.set_write_timeout(Some(Duration::from_millis(10)));
            let _ = refuse(&stream, &TOO_MANY);
            continue;
        }
        let program = program.clone();
        let talk = move || {
            let _seat = seat;
            let _ = talk(&program, stream); // whoever does not listen has gone
        };
        // Where no thread can be had the connection is closed.
        let _ = thread::Builder::new().name("glassloop-browser".into()).spawn(talk);
    }
}

/// One of those who are counted, as long as it lives.
struct Seat(Arc<AtomicUsize>);

impl Seat {
    fn take(taken: &Arc<AtomicUsize>) -> Seat {
        taken.fetch_add(1, Relaxed);
        Seat(taken.clone())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// A request and its answer.
fn talk(program: &Program, mut stream: TcpStream) -> io::Result<()> {
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let head = read_head(&mut stream)?;
    let wished = match head {
        Some(head) => wish(&head, program.address.port(), &program.token),
        None => Err(NOT_UNDERSTOOD),
    };
    match wished {
        Ok(Wish::Page) if lock(&program.state).browsers < BROWSERS => {
            let page = live_page();
            let length = format!("Content-Length: {}\r\n", page.len());
            stream.write_all(answer("200 OK", "text/html", &length).as_bytes())?;
            stream.write_all(page.as_bytes())?;
        }
        Ok(Wish::Page) => refuse(&stream, &TOO_MANY)?,
        Ok(Wish::Events { since }) => match Browser::comes(program, since) {
            Some(mut browser) => {
                stream.write_all(answer("200 OK", "text/event-stream", "").as_bytes())?;
                browser.send_all(&mut stream)?;
                // It still counts as there, so that the program's end waits for it.
                return wait_for_the_end(stream);
            }
            None => refuse(&stream, &TOO_MANY)?,
        },
        Err(refusal) => refuse(&stream, &refusal)?,
    }
    wait_for_the_end(stream)
}

/// `None`: there is none.
fn read_head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let (mut head, mut buffer) = (Vec::new(), [0; 1024]);
    let until = Instant::now() + REQUEST;
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || head.len() > HEAD {
            return Ok(None);
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut buffer)? {
            0 => return Ok(None),
            bytes => head.extend_from_slice(&buffer[..bytes]),
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

fn answer(status: &str, kind: &str, more: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\n{more}Connection: close\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n\
         Referrer-Policy: no-referrer\r\n\
         Cross-Origin-Resource-Policy: same-origin\r\n\r\n"
    )
}

fn refuse(mut stream: &TcpStream, Refusal { status, why }: &Refusal) -> io::Result<()> {
    let allow = if status.starts_with("405") { "Allow: GET\r\n" } else { "" };
    let more = format!("Content-Length: {}\r\n{allow}", why.len() + 1);
    stream.write_all(format!("{}{why}\n", answer(status, "text/plain", &more)).as_bytes())
}

/// A socket that is closed while something comes in loses what has not arrived yet.
fn wait_for_the_end(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let (mut buffer, mut rest) = ([0; 1024], 64);
    while rest > 0 && stream.read(&mut buffer)? > 0 {
        rest -= 1;
    }
    Ok(())
}

/// A browser that looks on, and how far it has come.
struct Browser<'a> {
    program: &'a Program,
    /// For each loop, the number of the record that comes next.
    next: Vec<u64>,
    /// The lines of the program that it has.
    places: HashSet<Place>,
}

impl<'a> Browser<'a> {
    /// `None`: there are too many already.
    fn comes(program: &'a Program, next: Vec<u64>) -> Option<Browser<'a>> {
        program.change(|state| {
            if state.browsers == BROWSERS {
                return None;
            }
            state.browsers += 1;
            state.may_start = true;
            Some(Browser { program, next, places: HashSet::new() })
        })
    }

    /// Sends what there is, and then what comes, until the program ends.
    fn send_all(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        stream.write_all(b"retry: 500\n\n")?;
        loop {
            let (chapters, news, is_told, more_loops) = {
                let state = lock(&self.program.state);
                (state.chapters.clone(), state.news, state.is_told, state.more_loops)
            };
            self.next.resize(chapters.len(), 0);
            for (number, chapter) in chapters.iter().enumerate() {
                self.send_chapter(number, chapter, stream)?;
            }
            if is_told {
                let end = format!("event: end\ndata: {{\"more_loops\":{more_loops}}}\n\n");
                return stream.write_all(end.as_bytes());
            }
            if !self.wait_for_news(news) {
                stream.write_all(b":\n\n")?;
            }
        }
    }

    fn send_chapter(
        &mut self,
        number: usize,
        chapter: &Chapter,
        to: &mut TcpStream,
    ) -> io::Result<()> {
        while let Some(piece) = chapter.piece_since(self.next[number]) {
            self.next[number] = piece.end();
            let new = piece.places.iter().copied().filter(|place| self.places.insert(place));
            let new: Vec<Place> = new.collect();
            let sources =
                if new.is_empty() { String::new() } else { sources(&new).replace('\n', "") };
            let next: Vec<_> = self.next.iter().map(u64::to_string).collect();
            let head = format!(
                "\"loop\":{number},\"first\":{},\"virtual\":{}",
                piece.first, chapter.is_virtual
            );
            let event = format!(
                "id: {}\nevent: piece\ndata: {{{head},\"sources\":{{{sources}}},\"records\":{}}}\n\n",
                next.join("."),
                piece.text
            );
            to.write_all(event.as_bytes())?;
        }
        Ok(())
    }

    /// Returns whether there are any.
    fn wait_for_news(&self, known: u64) -> bool {
        let until = Instant::now() + SILENCE;
        let mut state = lock(&self.program.state);
        while state.news == known {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.program.wait_for(state, left);
        }
        true
    }
}

impl Drop for Browser<'_> {
    fn drop(&mut self) {
        self.program.change(|state| state.browsers -= 1);
    }
}
