//! The feature `json`: a body as a value.

#[path = "http/one_reply.rs"]
mod one_reply;

use std::collections::HashMap;

use glassloop::{
    http::{Error, Reason, Response, Session},
    run,
};
use one_reply::{serve, with_length};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What this makes of the response with this body.
fn with<T>(body: &[u8], read: impl AsyncFnOnce(&mut Response) -> T) -> T {
    let (url, _requests) = serve(vec![with_length("", body)]);
    run(async move { read(&mut Session::new().get(&url).await.unwrap()).await })
}

fn parsed<T: DeserializeOwned + 'static>(body: &str) -> Result<T, Error> {
    with(body.as_bytes(), async |response| response.json().await)
}

#[test]
fn a_body_is_read_as_a_value_of_any_type() {
    assert_eq!(parsed::<Vec<u32>>(" [1, 2] ").unwrap(), [1, 2]);
    let ages: HashMap<String, u32> = parsed("{\"王\": 7}").unwrap();
    assert_eq!(ages["王"], 7);
    assert_eq!(parsed::<Value>("{\"a\": [null]}").unwrap(), json!({ "a": [null] }));
    assert_eq!(parsed::<Option<()>>("\u{feff}null").unwrap(), None);
}

#[test]
fn it_may_be_asked_for_again_and_as_text() {
    with(b"[1]", async |response| {
        for _ in 0..2 {
            assert_eq!(response.json::<Value>().await.unwrap(), json!([1]));
            assert_eq!(response.json::<Vec<u8>>().await.unwrap(), [1]);
            assert_eq!(response.text().await.unwrap(), "[1]");
        }
    });
}

#[test]
fn what_is_no_such_json_is_an_error_that_says_where_and_leaves_the_text() {
    for (body, why) in [
        ("<html>", "expected value at line 1 column 1"),
        ("", "EOF while parsing a value at line 1 column 0"),
        ("[1,\n 2", "EOF while parsing a list at line 2 column 2"),
        ("[\"1\"]", "invalid type: string \"1\", expected u32 at line 1 column 4"),
    ] {
        with(body.as_bytes(), async |response| {
            let error = response.json::<Vec<u32>>().await.unwrap_err();
            assert!(matches!(error.reason(), Reason::Decode(_)), "{error:?}");
            assert!(error.to_string().ends_with(&format!("no such JSON: {why}")), "{error}");
            assert_eq!(response.text().await.unwrap(), body);
        });
    }
    let nested = "[".repeat(100_000);
    let error = parsed::<Value>(&nested).unwrap_err().to_string();
    assert!(error.contains("recursion limit exceeded"), "{error}");
}
