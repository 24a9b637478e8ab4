//! Whose the synapses of each vector are.

use std::ops::Range;

/// Synapses of a vector.
pub const LANES: usize = 32;
/// Vectors that are computed together.
pub const GROUP: usize = 4;
/// Numbers that are read before the first of an array and behind the last.
pub const ROOM: usize = LANES;

/// Synapses of one axon whose compartments have consecutive ranks; they end where the next begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The first of them.
    pub first: u32,
    /// Rank of its compartment.
    pub rank: u16,
    /// The axon.
    pub axon: u32,
}

/// Those of a piece in one vector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Part {
    /// From the number of rank 0 in an array to that of lane 0.
    pub offset: i32,
    /// Which lanes they are.
    pub lanes: u32,
    /// The axon.
    pub axon: u32,
}

/// Synapses of one vector.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vector {
    /// Which of its lanes they are.
    pub inside: u32,
    /// The first part and the second, maybe without lanes.
    pub parts: [Part; 2],
    /// Others.
    more: Range<u32>,
}

/// Consecutive synapses in vectors, the last ones empty if the number of vectors needs it. A vector begins where a draw does,
/// which has the numbers of four synapses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    synapses: Range<usize>,
    vectors: Vec<Vector>,
    parts: Vec<Part>,
    ranks: usize,
    axons: usize,
}

impl Layout {
    /// The synapses from the first piece to `end`.
    ///
    /// # Panics
    /// Without pieces, if they are not in order, or if one has 2^31 synapses.
    pub fn new(pieces: &[Piece], end: u32) -> Layout {
        let (start, end) = (pieces[0].first as usize, end as usize);
        let ends = pieces[1..].iter().map(|p| p.first as usize).chain([end]);
        let mut out = Layout {
            synapses: start..end,
            ..Layout::default()
        };
        for (piece, end) in pieces.iter().zip(ends) {
            let mut from = piece.first as usize;
            assert!(from < end, "pieces are in order");
            out.ranks = out.ranks.max(usize::from(piece.rank) + end - from);
            out.axons = out.axons.max(piece.axon as usize + 1);
            while from < end {
                let first = out.first() + (from - out.first()) / LANES * LANES;
                let to = end.min(first + LANES);
                let lanes = u32::MAX >> (LANES - (to - from)) << (from - first);
                let offset = (first + usize::from(piece.rank)) as i64 - i64::from(piece.first);
                let offset = i32::try_from(offset).expect("no axon has so many synapses");
                out.add(
                    (first - out.first()) / LANES,
                    Part {
                        offset,
                        lanes,
                        axon: piece.axon,
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

    /// Where the first vector begins.
    pub fn first(&self) -> usize {
        self.synapses.start & !3
    }

    /// Where the synapses end.
    pub fn end(&self) -> usize {
        self.synapses.end
    }

    /// One more than the largest rank.
    pub fn ranks(&self) -> usize {
        self.ranks
    }

    /// One more than the largest axon.
    pub fn axons(&self) -> usize {
        self.axons
    }

    /// The vectors.
    #[inline(always)]
    pub fn groups(&self) -> &[[Vector; GROUP]] {
        self.vectors.as_chunks().0
    }

    /// All parts of a vector but the first two.
    #[inline(always)]
    pub fn more(&self, vector: &Vector) -> &[Part] {
        &self.parts[vector.more.start as usize..vector.more.end as usize]
    }
}

impl Vector {
    /// Whether there are more than two parts.
    #[inline(always)]
    pub fn has_more(&self) -> bool {
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
        let mut pieces = vec![];
        let mut of = vec![(0, 0); 5];
        for axon in 0..60u32 {
            let length = 1 + axon * 37 % 70;
            let gap = (axon % 3 == 0 && length > 2).then_some(length / 2);
            let first = of.len() as u32;
            pieces.push(Piece {
                first,
                rank: 2,
                axon,
            });
            pieces.extend(gap.map(|at| Piece {
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
        let layout = Layout::new(&pieces, of.len() as u32);
        let vectors: Vec<&Vector> = layout.groups().iter().flatten().collect();
        let mut seen = 0;
        for (v, vector) in vectors.iter().enumerate() {
            for lane in 0..LANES {
                let parts = vector
                    .parts
                    .iter()
                    .chain(layout.more(vector))
                    .filter(|p| p.lanes & 1 << lane != 0);
                let found: Vec<(u32, u32)> = parts
                    .map(|p| (p.axon, (p.offset + lane as i32) as u32))
                    .collect();
                let synapse = layout.first() + v * LANES + lane;
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
        assert_eq!(
            (layout.first(), seen, layout.axons()),
            (4, of.len() - 5, 60)
        );
        assert_eq!(
            layout.ranks() as u32,
            of.iter().map(|x| x.1).max().unwrap() + 1
        );
        assert!(vectors.iter().any(|v| v.has_more()), "short rows");
    }
}
