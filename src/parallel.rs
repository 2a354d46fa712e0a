//! Work on the machine's cores: a pure function over many items, with the results in their order.
//!
//! How many cores take part changes nothing but the time.

use std::sync::{Mutex, PoisonError};
use std::thread::{self, Builder};

/// With more, memory is what is waited for; and the machine has other things to do.
const WORKERS: usize = 4;
/// Into how many shares the items of a worker are cut, so that hard items do not hold up the end.
const SHARES: usize = 8;

/// Applies `work` to each item and returns the results in order; on several cores if there are
/// at least `many` items. Starting a thread costs some tens of microseconds.
pub(crate) fn map<T: Sync, R: Send>(
    items: &[T],
    many: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let workers = if items.len() < many { 1 } else { workers() };
    if workers == 1 {
        return items.iter().map(work).collect();
    }
    let share = items.len().div_ceil(workers * SHARES).max(1);
    // Each result is written where it stays, so that none is held twice.
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let shares = Mutex::new(items.chunks(share).zip(results.chunks_mut(share)));
    let worker = || {
        loop {
            // A worker that panics takes no other's share along.
            let next = shares.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((items, results)) = next else { return };
            for (item, result) in items.iter().zip(results) {
                *result = Some(work(item));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers {
            // A thread that the system refuses is one helper fewer.
            drop(Builder::new().spawn_scoped(scope, worker));
        }
        worker();
    });
    let done = |result: Option<R>| result.expect("internal error: every share is taken");
    results.into_iter().map(done).collect()
}

fn workers() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(WORKERS)
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for count in [0, 1, 2, 3, 63, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map(&items, 0, |item| item * 2), doubled);
            assert_eq!(map(&items, usize::MAX, |item| item * 2), doubled);
        }
    }
}
