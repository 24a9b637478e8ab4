//! Equal pieces of work on several threads; the results come in order and do not depend on the
//! number.

use std::sync::atomic::{AtomicUsize, Ordering};

/// `work(i)` for every `i` below `count`. `work` must depend on nothing but `i`.
pub fn spread<T: Send>(count: usize, threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let part = || {
        let mut done = vec![];
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            if i >= count {
                return done;
            }
            done.push((i, work(i)));
        }
    };
    let parts: Vec<Vec<(usize, T)>> = std::thread::scope(|scope| {
        let handles: Vec<_> = (1..threads.clamp(1, count.max(1)))
            .map(|_| scope.spawn(part))
            .collect();
        let own = part();
        let others = handles.into_iter().map(|h| {
            h.join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        std::iter::once(own).chain(others).collect()
    });
    let mut results: Vec<(usize, T)> = parts.into_iter().flatten().collect();
    results.sort_by_key(|(i, _)| *i);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn results_come_in_order() {
        let squares: Vec<usize> = (0..100).map(|i| i * i).collect();
        assert_eq!(spread(100, 1, |i| i * i), squares);
        assert_eq!(spread(100, 7, |i| i * i), squares);
        assert!(spread(0, 3, |i| i).is_empty());
    }
}
