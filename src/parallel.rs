//! Work on the machine's cores: a pure function over many items, with the results in their order.
//!
//! How many cores take part changes nothing but the time.

use std::sync::atomic::{AtomicUsize, Ordering};
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
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(share) = items.chunks(share).nth(index) else { return done };
            done.push((index, share.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut done = thread::scope(|scope| {
        // A thread that the system refuses is one helper fewer.
        let others: Vec<_> =
            (1..workers).filter_map(|_| Builder::new().spawn_scoped(scope, worker).ok()).collect();
        let mut done = worker();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    let mut results = Vec::with_capacity(items.len());
    // Each share goes as soon as it is taken over, so that nothing is held twice.
    for (_, share) in done {
        results.extend(share);
    }
    results
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
