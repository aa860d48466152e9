//! The HTTP client against servers that people really use.

use std::time::Duration;

use glassloop::{
    EventLoop, gather,
    http::{Error, Session},
    sleep,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use real::{httpbin, nginx, nginx_with, node, python_http_server};

fn run<T>(main: impl Future<Output = Result<T, Error>>) -> T {
    let event_loop = EventLoop::builder().unwatched().build().expect("a loop can be made");
    event_loop.run(main).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn nginx_gives_a_page_and_keeps_the_connection() {
    let server = nginx("keepalive_timeout 60;");
    let url = format!("http://{}/", server.address);
    run(async {
        let session = Session::new();
        for _ in 0..3 {
            let mut response = session.get(&url).await?.error_for_status()?;
            assert_eq!(response.text().await?, "hello\n");
            assert_eq!(session.idle_connections(), 1);
        }
        let missing = session.get(&format!("{url}nowhere")).await?;
        assert_eq!(missing.status(), 404);
        Ok(())
    });
}

#[test]
fn what_nginx_has_closed_meanwhile_is_replaced() {
    let server = nginx("keepalive_timeout 60; keepalive_requests 1;");
    let url = format!("http://{}/", server.address);
    let closes_at_once = nginx("keepalive_timeout 1ms;");
    let closing_url = format!("http://{}/", closes_at_once.address);
    run(async {
        let session = Session::new();
        for url in [&url, &url, &closing_url, &closing_url] {
            assert_eq!(session.get(url).await?.text().await?, "hello\n");
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    });
}

#[test]
fn nginx_passes_on_the_chunks_of_a_slow_upstream() {
    let upstream = node(
        "response.write('one,'); setTimeout(() => { response.write('two,'); \
         setTimeout(() => response.end('three'), 30); }, 30);",
    );
    let server = nginx(&format!(
        "location /slow {{ proxy_pass http://{}; proxy_http_version 1.1; proxy_buffering off; }}",
        upstream.address
    ));
    let url = format!("http://{}/slow", server.address);
    run(async {
        for session in [Session::new(), Session::builder().http11().build()] {
            let mut text = Vec::new();
            let mut response = session.get(&url).await?;
            while let Some(piece) = response.chunk().await? {
                text.extend(piece);
            }
            assert_eq!(text, b"one,two,three");
        }
        Ok(())
    });
}

#[test]
fn httpbin_says_what_it_was_sent() {
    let server = httpbin();
    let base = format!("http://{}", server.address);
    run(async {
        let session = Session::builder().user_agent("a glass loop").build();
        let get = session.get(&format!("{base}/get")).query([("word", "画 &")]).header("x-y", "z");
        let text = get.await?.error_for_status()?.text().await?;
        assert!(text.contains("\"word\": \"\\u753b &\""), "{text}");
        assert!(text.contains("a glass loop") && text.contains("\"X-Y\": \"z\""), "{text}");

        let post = session.post(&format!("{base}/post")).form([("a", "1"), ("b", "2 3")]);
        let text = post.await?.error_for_status()?.text().await?;
        assert!(text.contains("\"b\": \"2 3\""), "{text}");
        let put = session.put(&format!("{base}/put")).body("raw").await?.text().await?;
        assert!(put.contains("\"data\": \"raw\""), "{put}");
        assert_eq!(session.delete(&format!("{base}/delete")).await?.status(), 200);

        let redirected = session.get(&format!("{base}/redirect/3")).await?;
        assert_eq!((redirected.status().as_u16(), redirected.history().len()), (200, 3));
        let refused = session.get(&format!("{base}/status/418")).await?;
        assert!(refused.error_for_status().is_err_and(|error| error.status().is_some()));
        let mut stream = session.get(&format!("{base}/stream/3")).await?;
        let mut lines = 0;
        while stream.next_line().await?.is_some() {
            lines += 1;
        }
        assert_eq!(lines, 3);
        Ok(())
    });
}

#[test]
fn ten_slow_pages_of_httpbin_wait_together() {
    let server = httpbin();
    let url = format!("http://{}/delay/1", server.address);
    run(async {
        let session = Session::new();
        let fetch = || {
            let request = session.get(&url);
            async { request.await?.error_for_status()?.bytes().await }
        };
        let pages = gather((0..10).map(|_| fetch()).collect::<Vec<_>>()).await?;
        assert_eq!(pages.len(), 10);
        Ok(())
    });
}

#[test]
fn pythons_http_server_gives_a_page() {
    let server = python_http_server();
    run(async {
        let mut response = Session::new().get(&format!("http://{}/", server.address)).await?;
        assert_eq!(response.text().await?, "hello\n");
        assert_eq!(
            format!("{response:?}"),
            format!("<Response(http://{}/) [200 OK]>", server.address)
        );
        Ok(())
    });
}

#[test]
fn node_gives_trailers_and_an_early_hint_and_takes_a_large_body() {
    let server = node(
        "if (request.method === 'POST') { let size = 0; request.on('data', piece => size += piece.length); \
           request.on('end', () => response.end(String(size))); return; } \
         response.writeEarlyHints({ link: '</a.css>; rel=preload' }); \
         response.writeHead(200, { Trailer: 'X-Sum', 'Transfer-Encoding': 'chunked' }); \
         response.write('body'); response.addTrailers({ 'X-Sum': '1' }); response.end();",
    );
    let url = format!("http://{}/", server.address);
    run(async {
        let session = Session::builder().http11().build();
        assert_eq!(session.get(&url).await?.text().await?, "body");
        let large = vec![b'x'; 3_000_000];
        assert_eq!(session.post(&url).body(large).await?.text().await?, "3000000");
        assert_eq!(session.idle_connections(), 1);
        Ok(())
    });
}

#[test]
fn what_nginx_has_compressed_is_what_it_was() {
    let text = "one line of many\n".repeat(5_000);
    let lines = "gzip on; gzip_types text/plain; gzip_min_length 1; gzip_http_version 1.0;";
    let server = nginx_with(lines, &[("page.txt", text.clone())]);
    run(async {
        let url = format!("http://{}/page.txt", server.address);
        let mut response = Session::new().get(&url).await?.error_for_status()?;
        let coding = response.headers().get("content-encoding").map(|value| value.as_bytes());
        assert_eq!(coding, Some(&b"gzip"[..]));
        assert_eq!(response.text().await?, text);
        Ok(())
    });
}

#[test]
fn nginx_speaks_tls_with_a_certificate_of_our_own_authority_and_no_other_is_trusted() {
    let key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(authority, key);
    let site_key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(vec!["site.test".to_string()]).expect("a name");
    let certificate = names.signed_by(&site_key, &issuer).expect("a certificate");
    let server = nginx_with(
        "listen ADDRESS:8443 ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem;",
        &[("cert.pem", certificate.pem()), ("key.pem", site_key.serialize_pem())],
    );
    let get = |session: Session, host: &'static str| {
        let event_loop = EventLoop::builder().unwatched().host(host, server.address.ip()).build();
        event_loop.expect("a loop can be made").run(async move {
            let url = format!("https://{host}:8443/");
            let mut text = String::new();
            for _ in 0..2 {
                text = session.get(&url).await?.text().await?;
                assert_eq!(session.idle_connections(), 1);
            }
            Ok::<_, Error>(text)
        })
    };
    let trusting = || Session::builder().root_certificate(root.pem().as_bytes()).build();
    assert_eq!(get(trusting(), "site.test").expect("it is trusted"), "hello\n");
    let wrong_name = get(trusting(), "other.test").expect_err("that is not its name").to_string();
    assert!(wrong_name.contains("the certificate of other.test is not trusted"), "{wrong_name}");
    let unknown =
        get(Session::new(), "site.test").expect_err("nobody knows the issuer").to_string();
    assert!(unknown.contains("the certificate of site.test is not trusted"), "{unknown}");
}
