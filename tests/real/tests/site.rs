//! Our server, asked by the clients that people use.

use real::{lines, run, site};

#[test]
fn curl_gets_the_pages_of_the_site() {
    let server = site(&["--delay", "0"]);
    let get = |path: &str| {
        let url = format!("http://{}{path}", server.address);
        let output = run("curl", &["--silent", "--show-error", "--include", &url]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        lines(&output.stdout)
    };
    assert_eq!(get("/")[0], "HTTP/1.1 200 OK");
    assert_eq!(get("/detail/43")[0], "HTTP/1.1 200 OK");
    assert!(get("/detail/43").last().is_some_and(|line| line.contains("<h1>Movie 43</h1>")));
    assert_eq!(get("/detail/101")[0], "HTTP/1.1 404 Not Found");
}

#[test]
fn ab_has_every_request_of_a_thousand_answered() {
    let server = site(&["--delay", "0"]);
    let url = format!("http://{}/detail/1", server.address);
    let output = run("ab", &["-q", "-n", "1000", "-c", "50", &url]);
    let report = lines(&output.stdout);
    let figure = |name: &str| {
        let line = report.iter().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("ab says nothing of {name:?}: {report:?}")).trim().to_string()
    };
    assert_eq!(figure("Complete requests:"), "1000");
    assert_eq!(figure("Failed requests:"), "0");
}
