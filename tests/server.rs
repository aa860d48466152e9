//! What `start_server` promises: each connection stands and falls alone, and nothing short of being
//! closed ends the server.

mod common;

use std::{
    cell::Cell,
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    rc::Rc,
};

use common::assert_nothing_left;
use glassloop::{
    EventLoop, Server, StreamReader, StreamWriter, net::TcpStream, open_connection, start_server,
};

/// Runs on a loop of its own. The server ends with its handle, so nothing may be left.
fn run<F: Future>(future: F) -> F::Output {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let output = event_loop.run_until_complete(future);
    assert_nothing_left(&event_loop);
    output
}

async fn echo(mut reader: StreamReader, writer: StreamWriter) {
    while let Ok(line) = reader.readline().await
        && !line.is_empty()
    {
        assert_ne!(line, b"panic\n", "as the client wishes");
        writer.write(&line).unwrap();
    }
}

async fn echo_server() -> (Server, SocketAddr) {
    let server = start_server(("127.0.0.1", 0), echo).await.unwrap();
    let address = server.local_addrs()[0];
    (server, address)
}

async fn ask(reader: &mut StreamReader, writer: &StreamWriter, line: &[u8]) {
    writer.write(line).unwrap();
    assert_eq!(reader.readline().await.unwrap(), line);
}

/// Ends our half and waits until the handler has ended its own.
async fn part(mut reader: StreamReader, writer: StreamWriter) {
    writer.close();
    assert_eq!(reader.read_to_end().await.unwrap(), b"");
}

#[test]
fn a_server_answers_many_connections_at_once() {
    run(async {
        let (_server, address) = echo_server().await;
        let mut connections = Vec::new();
        for _ in 0..20 {
            connections.push(open_connection(address).await.unwrap());
        }
        for round in 0..3 {
            for (n, (reader, writer)) in connections.iter_mut().enumerate() {
                ask(reader, writer, format!("round {round} of {n}\n").as_bytes()).await;
            }
        }
        for (reader, writer) in connections {
            part(reader, writer).await;
        }
    });
}

#[test]
fn port_0_means_any_free_one_and_the_server_says_which() {
    run(async {
        let (_one, first) = echo_server().await;
        let (_other, second) = echo_server().await;
        assert_ne!(first.port(), 0);
        assert_ne!(first, second);
    });
}

#[test]
fn a_handler_that_panics_ends_its_own_connection_and_no_other() {
    run(async {
        let (_server, address) = echo_server().await;
        let (mut reader, writer) = open_connection(address).await.unwrap();
        ask(&mut reader, &writer, b"before\n").await;

        let (mut unlucky, its_writer) = open_connection(address).await.unwrap();
        its_writer.write(b"panic\n").unwrap();
        assert_eq!(unlucky.read_to_end().await.unwrap(), b"");

        ask(&mut reader, &writer, b"after\n").await;
        let (mut later, its_writer) = open_connection(address).await.unwrap();
        ask(&mut later, &its_writer, b"a new one\n").await;
        part(reader, writer).await;
        part(later, its_writer).await;
    });
}

#[test]
fn a_handler_that_panics_before_it_makes_its_future_does_not_end_the_server() {
    run(async {
        let first = Cell::new(true);
        let handler = move |reader, writer| {
            assert!(!first.replace(false), "no future for the first one");
            echo(reader, writer)
        };
        let server = start_server(("127.0.0.1", 0), handler).await.unwrap();
        let (mut unlucky, _) = open_connection(server.local_addrs()[0]).await.unwrap();
        assert_eq!(unlucky.read_to_end().await.unwrap(), b"");
        let (mut reader, writer) = open_connection(server.local_addrs()[0]).await.unwrap();
        ask(&mut reader, &writer, b"the second\n").await;
        part(reader, writer).await;
    });
}

#[test]
fn a_dropped_server_accepts_no_more_and_its_connections_live_on() {
    run(async {
        let (server, address) = echo_server().await;
        let (mut reader, writer) = open_connection(address).await.unwrap();
        ask(&mut reader, &writer, b"before\n").await;
        drop(server);
        // While the old one listened, the address would be in use.
        let again = start_server(address, async |_, writer: StreamWriter| {
            writer.write(b"another server\n").unwrap();
        });
        let again = again.await.unwrap();
        let (mut other, _) = open_connection(address).await.unwrap();
        assert_eq!(other.read_to_end().await.unwrap(), b"another server\n");
        ask(&mut reader, &writer, b"after\n").await;
        part(reader, writer).await;
        drop(again);
    });
}

#[test]
fn close_stops_accepting_too() {
    let event_loop = EventLoop::builder().unwatched().build().unwrap();
    let server = event_loop.run_until_complete(async {
        let (server, _) = echo_server().await;
        server.close();
        server
    });
    assert_nothing_left(&event_loop);
    drop(server);
}

#[test]
fn an_address_in_use_is_an_error_that_names_it() {
    run(async {
        let (_server, address) = echo_server().await;
        let error = start_server(address, echo).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let said = error.to_string();
        assert!(said.starts_with(&format!("cannot listen at {address}: ")), "{said}");
    });
}

/// Of a block for documentation (RFC 5737), which no machine should have. It is only bound here, never contacted.
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Runs where the name `several` has these addresses.
fn run_where<F: Future>(addresses: &[IpAddr], future: F) -> F::Output {
    let builder = EventLoop::builder().unwatched();
    let builder = addresses.iter().fold(builder, |builder, it| builder.host("several", *it));
    let event_loop = builder.build().unwrap();
    let output = event_loop.run_until_complete(future);
    assert_nothing_left(&event_loop);
    output
}

#[test]
fn an_address_that_this_machine_has_not_is_skipped() {
    for addresses in [[ELSEWHERE, LOCAL], [LOCAL, ELSEWHERE]] {
        run_where(&addresses, async {
            let server = start_server(("several", 0), echo).await.unwrap();
            let [address] = server.local_addrs() else { panic!("{:?}", server.local_addrs()) };
            assert_eq!(address.ip(), LOCAL);
            let (mut reader, writer) = open_connection(*address).await.unwrap();
            ask(&mut reader, &writer, b"here\n").await;
            part(reader, writer).await;
        });
    }
}

#[test]
fn where_no_address_is_left_the_error_names_each() {
    let other: IpAddr = [203, 0, 113, 1].into();
    run_where(&[ELSEWHERE, other, ELSEWHERE], async {
        let error = start_server(("several", 7), echo).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
        let said = error.to_string();
        let parts: Vec<_> = said.split("; ").collect();
        assert_eq!(parts.len(), 2, "{said}");
        for (part, address) in parts.iter().zip([ELSEWHERE, other]) {
            assert!(part.starts_with(&format!("cannot listen at {address}:7: ")), "{said}");
        }
    });
}

#[test]
fn any_other_failure_at_one_address_is_an_error_and_nothing_listens() {
    let listener = TcpListener::bind((LOCAL, 0)).unwrap();
    let taken = listener.local_addr().unwrap();
    run_where(&[ELSEWHERE, LOCAL], async {
        let error = start_server(("several", taken.port()), echo).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        let said = error.to_string();
        assert!(said.starts_with(&format!("cannot listen at {taken}: ")), "{said}");
    });
}

/// Only Linux has more than one IPv4 loopback address.
#[cfg(target_os = "linux")]
#[test]
fn each_address_is_listened_at_once_at_a_port_of_its_own_in_the_order_of_the_lookup() {
    let other: IpAddr = [127, 0, 0, 2].into();
    run_where(&[other, LOCAL, other], async {
        let server = start_server(("several", 0), echo).await.unwrap();
        let addresses = server.local_addrs();
        assert_eq!(addresses.iter().map(SocketAddr::ip).collect::<Vec<_>>(), [other, LOCAL]);
        for address in addresses {
            let (mut reader, writer) = open_connection(*address).await.unwrap();
            assert_eq!(reader.peer_addr().unwrap(), *address);
            ask(&mut reader, &writer, b"here\n").await;
            part(reader, writer).await;
        }
    });
}

#[test]
fn the_peer_of_a_handler_is_the_client() {
    run(async {
        let told = Rc::new(Cell::new(None));
        let seen = told.clone();
        let handler = move |reader: StreamReader, writer: StreamWriter| {
            seen.set(Some((reader.peer_addr().unwrap(), writer.peer_addr().unwrap())));
            async {}
        };
        let server = start_server(("127.0.0.1", 0), handler).await.unwrap();
        let client = TcpStream::connect(server.local_addrs()[0]).await.unwrap();
        assert_eq!(client.read(&mut [0; 1]).await.unwrap(), 0);
        let ours = client.local_addr().unwrap();
        assert_eq!(told.get(), Some((ours, ours)));
    });
}

#[cfg(unix)]
mod few_descriptors {
    use std::{
        env, fs,
        process::{Command, Stdio},
        time::Duration,
    };

    use glassloop::sleep;

    use super::*;

    /// Set in the process that may open few files only.
    const FEW_FILES: &str = "GLASSLOOP_TEST_FEW_FILES";

    #[test]
    fn a_lack_of_descriptors_neither_ends_the_server_nor_makes_it_spin() {
        if env::var_os(FEW_FILES).is_some() {
            return serve_with_few_descriptors();
        }
        // The bound is the whole process's, so this test goes on in one of its own.
        let name =
            "few_descriptors::a_lack_of_descriptors_neither_ends_the_server_nor_makes_it_spin";
        let child = Command::new("sh")
            .args(["-c", "ulimit -n 48 && exec \"$0\" --exact --nocapture \"$1\""])
            .arg(env::current_exe().unwrap())
            .arg(name)
            .env(FEW_FILES, "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&child.stdout);
        assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
        assert!(said.contains("ran out of files"), "{said}");
    }

    fn serve_with_few_descriptors() {
        let event_loop = EventLoop::builder().unwatched().virtual_time().build().unwrap();
        let counters = event_loop.clone();
        event_loop.run_until_complete(async {
            let (_server, address) = echo_server().await;
            let mut files = Vec::new();
            while let Ok(file) = fs::File::open("/dev/null") {
                files.push(file);
            }
            println!("ran out of files");
            files.pop();
            // The client takes the last descriptor. The operating system connects it, nobody accepts it yet.
            let (mut reader, writer) = open_connection(address).await.unwrap();
            writer.write(b"is anybody there?\n").unwrap();
            let before = counters.counters().polls;
            sleep(Duration::from_secs(60)).await;
            let polls = counters.counters().polls - before;
            assert!((30..=130).contains(&polls), "{polls} polls in a minute of trying each second");

            drop(files);
            assert_eq!(reader.readline().await.unwrap(), b"is anybody there?\n");
            part(reader, writer).await;
        });
        assert_nothing_left(&event_loop);
    }
}
