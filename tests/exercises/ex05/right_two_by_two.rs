use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::harness::BoxFuture;

/// The first child, and all others.
pub fn join_all(mut children: Vec<BoxFuture<u32>>) -> JoinAll {
    match children.is_empty() {
        true => JoinAll::None,
        false => {
            let first = children.remove(0);
            JoinAll::More { first: Ok(first), others: Box::new(join_all(children)), results: None }
        }
    }
}

pub enum JoinAll {
    None,
    More { first: Result<BoxFuture<u32>, u32>, others: Box<JoinAll>, results: Option<Vec<u32>> },
}

impl Future for JoinAll {
    type Output = Vec<u32>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Vec<u32>> {
        let JoinAll::More { first, others, results } = self.get_mut() else {
            return Poll::Ready(Vec::new());
        };
        if let Ok(future) = first {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                *first = Err(result);
            }
        }
        if results.is_none() {
            if let Poll::Ready(ready) = Pin::new(&mut **others).poll(context) {
                *results = Some(ready);
            }
        }
        match (first, results) {
            (Err(first), Some(others)) => Poll::Ready([&[*first], &others[..]].concat()),
            _ => Poll::Pending,
        }
    }
}
