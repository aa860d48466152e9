//! What the header fields of a request are about: which must not go along on a redirect (RFC 9110, section 15.4).

use http::{HeaderMap, HeaderName};

/// What stands in the names of fields that carry a credential. Servers invent such names as they like: `X-Api-Key`,
/// `X-AccessToken`, `X-Amz-Security-Token`. One field too few in a request to a stranger is the smaller harm.
const SECRET: [&str; 13] = [
    "apikey",
    "auth",
    "bearer",
    "cookie",
    "credential",
    "csrf",
    "jwt",
    "passw",
    "secret",
    "session",
    "signature",
    "token",
    "xsrf",
];

/// Too short to be looked for in the middle of a word.
const SECRET_WORDS: [&str; 4] = ["cert", "key", "otp", "pin"];

/// Does this field say who asks? Such a field is for one origin alone.
pub(super) fn carries_credential(name: &HeaderName) -> bool {
    let name = name.as_str();
    SECRET.iter().any(|part| name.contains(part))
        || name.split(['-', '_']).any(|word| SECRET_WORDS.contains(&word))
}

/// Does this field describe a body, or how it is sent? Without the body it would describe nothing.
pub(super) fn describes_body(name: &HeaderName) -> bool {
    let others =
        ["digest", "expect", "last-modified", "repr-digest", "trailer", "transfer-encoding"];
    name.as_str().starts_with("content-") || others.contains(&name.as_str())
}

/// Takes out all fields of this kind.
pub(super) fn remove(headers: &mut HeaderMap, is_one: impl Fn(&HeaderName) -> bool) {
    let names: Vec<_> = headers.keys().filter(|name| is_one(name)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}
