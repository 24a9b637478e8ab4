//! Connections as sparse real matrices, and chains of them as one.

/// One entry of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MapTerm {
    pub target: u32,
    /// Steps beyond the one that a layer takes.
    pub delay: u32,
    pub weight: f64,
}

/// A linear map with delays, in rows by source; each row sorted by (target, delay), each pair once.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct LinearMap {
    pub rows: Vec<Vec<MapTerm>>,
    pub targets: usize,
}

impl LinearMap {
    /// Source i reaches target i with weight `weight(i)` after `delay(i)` steps.
    pub fn diagonal(
        size: usize,
        weight: impl Fn(usize) -> f64,
        delay: impl Fn(usize) -> u32,
    ) -> Self {
        let row = |i: usize| {
            vec![MapTerm {
                target: i as u32,
                delay: delay(i),
                weight: weight(i),
            }]
        };
        LinearMap {
            rows: (0..size).map(row).collect(),
            targets: size,
        }
    }

    /// Everything as it is.
    pub fn identity(size: usize) -> Self {
        LinearMap::diagonal(size, |_| 1.0, |_| 0)
    }

    /// From (source, target, weight), each pair once.
    pub fn of(
        sources: usize,
        targets: usize,
        terms: impl IntoIterator<Item = (usize, usize, f64)>,
    ) -> Self {
        let mut rows = vec![vec![]; sources];
        for (source, target, weight) in terms {
            rows[source].push(MapTerm {
                target: target as u32,
                delay: 0,
                weight,
            });
        }
        let mut map = LinearMap { rows, targets };
        map.settle();
        map
    }

    /// Sorts the rows and sums the terms of the same target and delay.
    fn settle(&mut self) {
        for row in &mut self.rows {
            row.sort_by_key(|t| (t.target, t.delay));
            row.dedup_by(|next, kept| {
                let same = (next.target, next.delay) == (kept.target, kept.delay);
                if same {
                    kept.weight += next.weight;
                }
                same
            });
        }
    }

    /// Number of terms that [`LinearMap::then`] makes before equal ones are summed.
    pub fn terms_then(&self, next: &LinearMap) -> u64 {
        let row = |row: &Vec<MapTerm>| {
            row.iter()
                .map(|term| next.rows[term.target as usize].len() as u64)
                .sum::<u64>()
        };
        self.rows.iter().map(row).fold(0, u64::saturating_add)
    }

    /// First this map, then `next`.
    pub fn then(&self, next: &LinearMap) -> LinearMap {
        let row = |row: &Vec<MapTerm>| {
            let through = row.iter().flat_map(|a| {
                next.rows[a.target as usize].iter().map(|b| MapTerm {
                    target: b.target,
                    delay: a.delay + b.delay,
                    weight: a.weight * b.weight,
                })
            });
            through.collect()
        };
        let mut map = LinearMap {
            rows: self.rows.iter().map(row).collect(),
            targets: next.targets,
        };
        map.settle();
        map
    }

    /// Adds another map between the same ends.
    pub fn add(&mut self, other: &LinearMap) {
        self.rows
            .iter_mut()
            .zip(&other.rows)
            .for_each(|(row, more)| row.extend_from_slice(more));
        self.settle();
    }

    /// The sums of constant data: y of x, delays ignored.
    pub fn apply(&self, x: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.targets];
        for (row, x) in self.rows.iter().zip(x) {
            row.iter()
                .for_each(|t| y[t.target as usize] += t.weight * x);
        }
        y
    }

    /// Whether source i reaches target i, unchanged and at once, and nothing else.
    pub fn is_identity(&self) -> bool {
        let own = |target: u32| MapTerm {
            target,
            delay: 0,
            weight: 1.0,
        };
        let mut rows = (0..).zip(&self.rows);
        self.rows.len() == self.targets && rows.all(|(i, row)| row[..] == [own(i)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_multiply() {
        let a = LinearMap::of(2, 2, [(0, 0, 2.0), (0, 1, 3.0), (1, 1, 5.0)]);
        let b = LinearMap::of(2, 1, [(0, 0, 7.0), (1, 0, 1.0)]);
        assert_eq!(a.then(&b), LinearMap::of(2, 1, [(0, 0, 17.0), (1, 0, 5.0)]));
        assert_eq!(a.apply(&[1.0, 1.0]), [2.0, 8.0]);
        assert!(LinearMap::identity(3).is_identity() && !a.is_identity());
    }
}
