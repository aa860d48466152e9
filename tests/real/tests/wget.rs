//! `wget` against real servers, three at once.

use real::{example, lines, nginx, own_address, python_http_server, run};

#[test]
fn wget_prints_the_headers_of_nginx_and_of_http_server_all_at_once() {
    let portal = nginx("");
    let redirect = nginx("return 302 https://www.sina.com.cn/;");
    let python = python_http_server();
    let hosts = [&portal, &redirect, &python].map(|server| server.address.to_string());
    let [portal, redirect, python] = &hosts;

    let output = run(example("wget"), &[portal, redirect, python]);
    let printed = lines(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    for host in &hosts {
        assert!(printed.contains(&format!("wget {host}...")));
    }
    let first_header = |host: &String| {
        let prefix = format!("{host} header > ");
        printed.iter().find_map(|line| line.strip_prefix(&prefix)).expect("a header").to_string()
    };
    assert_eq!(first_header(portal), "HTTP/1.1 200 OK");
    assert_eq!(first_header(redirect), "HTTP/1.1 302 Moved Temporarily");
    assert_eq!(first_header(python), "HTTP/1.0 200 OK");
    assert!(printed.contains(&format!("{redirect} header > Location: https://www.sina.com.cn/")));
    assert!(!printed.iter().any(|line| line.ends_with("header > ")), "the blank line is no header");
}

#[test]
fn a_host_that_is_not_there_is_one_line_and_the_others_go_on() {
    let (portal, nobody) = (nginx(""), own_address().to_string());
    let portal = portal.address.to_string();
    let output = run(example("wget"), &[&nobody, &portal]);
    assert_eq!(output.status.code(), Some(1));
    let refused =
        format!("{nobody}: cannot connect to {nobody}: Connection refused (os error 111)");
    assert_eq!(lines(&output.stderr), [refused]);
    assert!(lines(&output.stdout).contains(&format!("{portal} header > HTTP/1.1 200 OK")));
}
