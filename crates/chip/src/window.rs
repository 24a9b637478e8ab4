//! Steps in which a probe reads: every so many from a first to a last one.

/// Steps `first`, `first + every`, ... up to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    /// First step that is read.
    pub(crate) first: u64,
    /// No later step is read.
    pub(crate) last: u64,
    /// Distance of two steps that are read, at least 1.
    pub(crate) every: u64,
}

impl Window {
    /// Whether step `t` is read.
    #[inline]
    pub(crate) fn reads(self, t: u64) -> bool {
        t >= self.first && t <= self.last && (t - self.first).is_multiple_of(self.every)
    }

    /// Number of steps after step `before` and up to step `last` that are read.
    pub(crate) fn rows(self, before: u64, last: u64) -> u64 {
        let up_to = |t: u64| match t.min(self.last).checked_sub(self.first) {
            Some(span) => span / self.every + 1,
            None => 0,
        };
        up_to(last) - up_to(before)
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn rows_are_the_steps_that_are_read() {
        let window = |first, last, every| Window { first, last, every };
        for window in [
            window(1, u64::MAX, 1),
            window(3, 9, 2),
            window(5, 5, 7),
            window(4, 2, 1),
        ] {
            for (before, last) in [(0, 10), (4, 6), (0, 0), (9, 30)] {
                let read = (before + 1..=last).filter(|t| window.reads(*t)).count() as u64;
                assert_eq!(
                    window.rows(before, last),
                    read,
                    "{window:?} {before} {last}"
                );
            }
        }
    }
}
