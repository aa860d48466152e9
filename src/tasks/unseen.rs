//! Failures that nobody looked at.
//!
//! A task panics or returns an `Err`, and its result is dropped unread: it has failed in silence. asyncio then logs
//! "Task exception was never retrieved". Here it becomes a record, and a lint reports it.

use std::{
    any::type_name,
    hash::{Hash, Hasher},
    mem,
};

use super::TaskError;
use crate::trace::record::Failure;

/// How a task failed, if it did. Being cancelled is no failure.
pub(super) fn failure_of<T>(result: &Result<T, TaskError>) -> Option<Failure> {
    match result {
        Ok(output) if is_err(output) => Some(Failure::ReturnedError),
        Ok(_) | Err(TaskError::Cancelled) => None,
        Err(TaskError::Panicked(_)) => Some(Failure::Panicked),
    }
}

/// Is this a `Result` that holds an `Err`?
///
/// Nothing is known of `T`, and Rust has no way yet to ask whether it is a `Result<_, _>`. But the name of
/// the type says it, and the variant can be had without knowing what is in it: hashing the
/// discriminant hashes the number of the variant. `Ok` is 0 and `Err` is 1, in the order of their
/// declaration. A test would tell if that changed; then these failures would go unsaid.
fn is_err<T>(value: &T) -> bool {
    let mut variant = Variant(None);
    mem::discriminant(value).hash(&mut variant);
    type_name::<T>().starts_with("core::result::Result<") && variant.0 == Some(1)
}

/// A hasher that keeps the one number which a discriminant gives it.
struct Variant(Option<isize>);

impl Hasher for Variant {
    fn write_isize(&mut self, number: isize) {
        self.0 = Some(number);
    }

    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::is_err;

    #[test]
    fn an_err_is_recognised_whatever_its_type_is() {
        assert!(is_err(&Err::<(), _>("no")));
        assert!(is_err(&Err::<String, _>(Box::new(7))));
        assert!(
            is_err(&Err::<&u8, _>(())),
            "also where the niche of a reference tells the two apart"
        );
        assert!(is_err(&std::io::Result::<()>::Err(std::io::ErrorKind::NotFound.into())));
    }

    #[test]
    fn nothing_else_is_an_err() {
        assert!(!is_err(&Ok::<_, ()>(1)) && !is_err(&Ok::<(), String>(())));
        assert!(!is_err(&Some(1)) && !is_err(&1_isize) && !is_err(&()) && !is_err(&"Err"));
        assert!(!is_err(&std::ops::ControlFlow::<(), ()>::Break(())));
    }
}
