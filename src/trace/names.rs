//! The readable part of a type's name, and of a path.

use super::Place;

/// The last `names` names of the path of a function, its future, a closure or a type. For example
/// `hello::execute()` of `hello::execute::{{closure}}`.
pub(crate) fn readable(type_name: &str, names: usize) -> String {
    let path = type_name.replace("::{{closure}}", "");
    let (path, generics) = path.split_at(path.find('<').unwrap_or(path.len()));
    let parts: Vec<&str> = path.split("::").collect();
    let short = parts[parts.len().saturating_sub(names)..].join("::");
    // The name of a function, and of what the compiler makes from its body, has small letters; that
    // of a type has not.
    match parts.last().is_some_and(|name| name.starts_with(char::is_lowercase)) {
        true => format!("{short}()"),
        false => format!("{short}{generics}"),
    }
}

/// The name of a task that nobody has named: the name of the function that it runs.
pub(crate) fn birth_name(coroutine: &str) -> String {
    readable(coroutine, 1).trim_end_matches("()").to_string()
}

/// `wget.rs:22`: a line of the program, without the folders.
pub(crate) fn short_place(place: Place) -> String {
    format!("{}:{}", without_folders(place.file()), place.line())
}

/// The path is one of the system on which the compiler ran. The program may run on another.
fn without_folders(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{readable, without_folders};

    #[test]
    fn the_name_of_a_coroutine_is_that_of_its_function() {
        assert_eq!(readable("hello::execute::{{closure}}", 2), "hello::execute()");
        assert_eq!(readable("hello::main::{{closure}}::{{closure}}", 2), "hello::main()");
        assert_eq!(
            readable("server::accept_all<a, b::{{closure}}>::{{closure}}", 2),
            "server::accept_all()"
        );
        assert_eq!(readable("callback::callback", 1), "callback()");
        assert_eq!(readable("glassloop::time::Sleep", 2), "time::Sleep");
        assert_eq!(readable("a::Timeout<a::b::Sleep>", 2), "a::Timeout<a::b::Sleep>");
    }

    #[test]
    fn a_file_is_named_without_its_folders_whichever_system_has_compiled_it() {
        for path in ["main.rs", "src/bin/main.rs", r"src\bin\main.rs", r"C:\a\src/bin\main.rs"] {
            assert_eq!(without_folders(path), "main.rs", "{path}");
        }
    }
}
