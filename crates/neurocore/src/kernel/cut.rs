//! The synapses of consecutive axons, cut into vectors: which axon and which compartment each lane
//! has.
//!
//! A vector of the all-at-once kernel runs on from one axon to the next. What that costs is decided
//! here, once, at load: a vector is made of parts, one for each run of consecutive ranks, and most
//! vectors have one part or two.

use std::ops::Range;

/// Synapses of a vector.
pub const LANES: usize = 32;
/// Vectors that are computed together: enough independent work to hide the latency of a
/// multiplication.
pub const GROUP: usize = 4;
/// Numbers that are read before the first of an array and behind the last.
pub(crate) const ROOM: usize = LANES;

/// A run: synapses of one axon whose compartments have consecutive ranks. It ends where the next
/// run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first synapse.
    pub first: u32,
    /// Rank of its compartment.
    pub rank: u16,
    /// The axon.
    pub axon: u32,
}

/// A part: the lanes of a vector that belong to one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// From the position of rank 0 in an array to that of lane 0.
    pub offset: i32,
    /// The lanes, a bit each.
    pub lanes: u32,
    /// The axon.
    pub axon: u32,
}

/// A vector: 32 lanes, each with a synapse or without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vector {
    /// The lanes that have a synapse, a bit each.
    pub inside: u32,
    /// The first part and the second; the second may have no lanes.
    pub parts: [Part; 2],
    /// Further parts.
    more: Range<u32>,
}

/// Consecutive synapses in vectors. A vector begins where a draw of random numbers does, which has
/// the numbers of four synapses; the last vectors are empty where their number has to be a multiple
/// of [`GROUP`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cut {
    synapses: Range<usize>,
    vectors: Vec<Vector>,
    /// The further parts of all vectors.
    parts: Vec<Part>,
    ranks: usize,
    axons: usize,
}

impl Cut {
    /// The synapses from the first run to `end`, cut.
    ///
    /// # Panics
    /// Without runs, if they are not in order, or if one has 2^31 synapses.
    pub fn new(runs: &[Run], end: u32) -> Cut {
        let start = runs[0].first as usize;
        let end = end as usize;
        let ends = runs[1..].iter().map(|p| p.first as usize).chain([end]);
        let mut out = Cut {
            synapses: start..end,
            ..Cut::default()
        };
        for (run, end) in runs.iter().zip(ends) {
            let mut from = run.first as usize;
            assert!(from < end, "runs are in order");
            out.ranks = out.ranks.max(usize::from(run.rank) + end - from);
            out.axons = out.axons.max(run.axon as usize + 1);
            while from < end {
                let first = out.first() + (from - out.first()) / LANES * LANES;
                let to = end.min(first + LANES);
                let lanes = u32::MAX >> (LANES - (to - from)) << (from - first);
                let offset = (first + usize::from(run.rank)) as i64 - i64::from(run.first);
                let offset = i32::try_from(offset).expect("no axon has so many synapses");
                out.add(
                    (first - out.first()) / LANES,
                    Part {
                        offset,
                        lanes,
                        axon: run.axon,
                    },
                );
                from = to;
            }
        }
        out.vectors
            .resize(out.vectors.len().next_multiple_of(GROUP), Vector::default());
        out
    }

    fn add(&mut self, vector: usize, part: Part) {
        match self.vectors.get_mut(vector) {
            None => {
                let parts = [part, Part { lanes: 0, ..part }];
                self.vectors.push(Vector {
                    inside: part.lanes,
                    parts,
                    more: 0..0,
                });
            }
            Some(vector) => {
                vector.inside |= part.lanes;
                if vector.parts[1].lanes == 0 {
                    vector.parts[1] = part;
                    return;
                }
                let end = self.parts.len() as u32;
                self.parts.push(part);
                vector.more = if vector.more.is_empty() {
                    end
                } else {
                    vector.more.start
                }..end + 1;
            }
        }
    }

    /// Number of the first vector's first lane: a multiple of 4, maybe before the first synapse.
    pub fn first(&self) -> usize {
        self.synapses.start & !3
    }

    /// Number of the last synapse, plus one.
    pub fn end(&self) -> usize {
        self.synapses.end
    }

    /// The largest rank, plus one.
    pub fn ranks(&self) -> usize {
        self.ranks
    }

    /// The largest axon, plus one.
    pub fn axons(&self) -> usize {
        self.axons
    }

    /// The vectors, in groups.
    #[inline(always)]
    pub fn groups(&self) -> &[[Vector; GROUP]] {
        self.vectors.as_chunks().0
    }

    /// The parts of a vector from the third on.
    #[inline(always)]
    pub fn more(&self, vector: &Vector) -> &[Part] {
        &self.parts[vector.more.start as usize..vector.more.end as usize]
    }
}

impl Vector {
    /// Whether there are more than two parts.
    #[inline(always)]
    pub(crate) fn has_more(&self) -> bool {
        self.more.start != self.more.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every lane that is inside has the axon and the rank of its synapse, in exactly one part.
    #[test]
    fn lanes_are_those_of_the_synapses() {
        // rows of 1 to 70 synapses from synapse 5 on, some with a gap
        let mut runs = vec![];
        let mut of = vec![(0, 0); 5];
        for axon in 0..60u32 {
            let length = 1 + axon * 37 % 70;
            let gap = (axon % 3 == 0 && length > 2).then_some(length / 2);
            let first = of.len() as u32;
            runs.push(Run {
                first,
                rank: 2,
                axon,
            });
            runs.extend(gap.map(|at| Run {
                first: first + at,
                rank: 2 + at as u16 + 9,
                axon,
            }));
            of.extend((0..length).map(|i| {
                (
                    axon,
                    2 + i + if gap.is_some_and(|at| i >= at) { 9 } else { 0 },
                )
            }));
        }
        let cut = Cut::new(&runs, of.len() as u32);
        let vectors: Vec<&Vector> = cut.groups().iter().flatten().collect();
        let mut seen = 0;
        for (v, vector) in vectors.iter().enumerate() {
            for lane in 0..LANES {
                let parts = vector
                    .parts
                    .iter()
                    .chain(cut.more(vector))
                    .filter(|p| p.lanes & 1 << lane != 0);
                let found: Vec<(u32, u32)> = parts
                    .map(|p| (p.axon, (p.offset + lane as i32) as u32))
                    .collect();
                let synapse = cut.first() + v * LANES + lane;
                let wanted = if (5..of.len()).contains(&synapse) {
                    vec![of[synapse]]
                } else {
                    vec![]
                };
                assert_eq!(found, wanted, "synapse {synapse}");
                assert_eq!(vector.inside & 1 << lane != 0, !wanted.is_empty());
                seen += found.len();
            }
        }
        assert_eq!((cut.first(), seen, cut.axons()), (4, of.len() - 5, 60));
        assert_eq!(
            cut.ranks() as u32,
            of.iter().map(|x| x.1).max().unwrap() + 1
        );
        assert!(vectors.iter().any(|v| v.has_more()), "short rows");
    }
}
