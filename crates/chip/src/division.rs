//! Which rank has which core, and what follows from it: who sends to whom, and who has to wait.
//!
//! A rank is a process that has some cores of the network and steps them. Packets between cores of
//! one rank stay in its memory; all others are sent once a step, so that their number is what a
//! division is judged by. Two ways to divide are here. *Runs* cut the cores, as they are placed one
//! after another, into runs of about equally many compartments. *Least cut* begins with such runs,
//! and with parts that grow along the connections, moves single cores as long as fewer packets are
//! cut, and takes the better of the two. It counts every output axon once, as if all neurons fired
//! equally often: nothing else is known before a run.
//!
//! Results do not depend on the division; only the time does.
//!
//! What this module does *not* know: how packets travel, what is in them, and what a step is.

use seamount_image::{Image, OutputAxon};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;

/// Cores of a network on the ranks that step them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Rank of each core, in image order.
    rank_of: Vec<u32>,
    /// Cores of each rank; those that no other rank sends to come first.
    cores: Vec<Vec<u32>>,
    /// Number of cores of each rank that no other rank sends to: they need not wait in a step.
    free: Vec<usize>,
    /// Place of each core among those of its rank.
    places: Vec<u32>,
    /// Ranks that a rank exchanges packets with, ascending; the relation has no direction.
    neighbours: Vec<Vec<usize>>,
    /// Packets that stay on a rank and packets that are sent, if every compartment fired once.
    packets: (u64, u64),
}

/// Why cores cannot be divided so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DivisionError {
    /// A rank would have nothing to do.
    #[error("{ranks} ranks for {cores} cores: a rank needs at least one")]
    TooMany {
        /// Ranks that were asked for.
        ranks: usize,
        /// Cores of the network.
        cores: usize,
    },
    /// Another number of cores than the network has, or a rank that there is not.
    #[error("a division of {found} cores among {ranks} ranks is none of this network's {wanted}")]
    Other {
        /// Cores that were divided.
        found: usize,
        /// Ranks that there are.
        ranks: usize,
        /// Cores of the network.
        wanted: usize,
    },
}

/// A way to divide cores among ranks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DivisionKind {
    /// Consecutive runs of about equally many compartments.
    Runs,
    /// Moved until no single core is better elsewhere.
    #[default]
    LeastCut,
}

/// Packets between two cores if every compartment fired once, either way, without those within one.
type Traffic = Vec<BTreeMap<u32, u64>>;

impl Division {
    /// Divides the cores of an image among so many ranks.
    ///
    /// # Errors
    /// More ranks than cores.
    pub fn new(image: &Image, ranks: usize, kind: DivisionKind) -> Result<Division, DivisionError> {
        let cores = image.cores.len();
        if ranks == 0 || ranks > cores {
            return Err(DivisionError::TooMany { ranks, cores });
        }
        let weights = weights(image);
        let runs = runs(&weights, ranks);
        let rank_of = match kind {
            DivisionKind::Runs => runs,
            DivisionKind::LeastCut => {
                let traffic = traffic(image);
                let tried = [runs, grown(&traffic, &weights, ranks)];
                let improved = tried.map(|start| improve(start, &traffic, &weights, ranks));
                let best = improved
                    .into_iter()
                    .min_by_key(|rank_of| cut(rank_of, &traffic));
                best.expect("two were tried")
            }
        };
        Division::given(image, rank_of, ranks)
    }

    /// The division in which each core is on a rank that was chosen for it; a rank may have none.
    ///
    /// # Errors
    /// Another number of cores than the image has, or a rank that is not below `ranks`.
    pub fn given(
        image: &Image,
        rank_of: Vec<u32>,
        ranks: usize,
    ) -> Result<Division, DivisionError> {
        let wanted = image.cores.len();
        if rank_of.len() != wanted || rank_of.iter().any(|rank| *rank as usize >= ranks) {
            let found = rank_of.len();
            return Err(DivisionError::Other {
                found,
                ranks,
                wanted,
            });
        }
        let mut waits = vec![false; wanted];
        let mut linked = vec![vec![false; ranks]; ranks];
        let mut packets = (0, 0);
        for (from, axon) in sent(image) {
            let here = rank_of[from] as usize;
            let there = rank_of[axon.core as usize] as usize;
            if here == there {
                packets.0 += 1;
                continue;
            }
            packets.1 += 1;
            waits[axon.core as usize] = true;
            // both ways, so that no rank can run ahead of one that it never hears of
            linked[here][there] = true;
            linked[there][here] = true;
        }
        let mut cores: Vec<Vec<u32>> = vec![vec![]; ranks];
        let mut free = vec![0; ranks];
        for waiting in [false, true] {
            for core in (0..wanted).filter(|core| waits[*core] == waiting) {
                cores[rank_of[core] as usize].push(core as u32);
            }
            if !waiting {
                free = cores.iter().map(Vec::len).collect();
            }
        }
        let mut places = vec![0; wanted];
        for own in &cores {
            for (place, core) in (0..).zip(own) {
                places[*core as usize] = place;
            }
        }
        let neighbours = linked.iter().map(|linked| {
            let ranks = linked.iter().enumerate().filter(|(_, linked)| **linked);
            ranks.map(|(rank, _)| rank).collect()
        });
        Ok(Division {
            neighbours: neighbours.collect(),
            rank_of,
            cores,
            free,
            places,
            packets,
        })
    }

    /// All cores on one rank, in image order.
    pub(crate) fn whole(image: &Image) -> Division {
        let cores = image.cores.len();
        let all: Vec<u32> = (0..cores as u32).collect();
        Division {
            rank_of: vec![0; cores],
            cores: vec![all.clone()],
            free: vec![cores],
            places: all,
            neighbours: vec![vec![]],
            packets: (0, 0),
        }
    }

    /// Number of ranks.
    pub fn ranks(&self) -> usize {
        self.cores.len()
    }

    /// Rank of a core.
    pub fn rank_of(&self, core: u32) -> usize {
        self.rank_of[core as usize] as usize
    }

    /// Rank of every core, in image order.
    pub fn ranks_of_cores(&self) -> &[u32] {
        &self.rank_of
    }

    /// Cores of a rank, in the order in which it has them.
    pub fn cores(&self, rank: usize) -> &[u32] {
        &self.cores[rank]
    }

    /// Ranks that a rank exchanges packets with, ascending.
    pub fn neighbours(&self, rank: usize) -> &[usize] {
        &self.neighbours[rank]
    }

    /// Number of cores of a rank that no other rank sends to; they are the first.
    pub(crate) fn free(&self, rank: usize) -> usize {
        self.free[rank]
    }

    /// Place of a core among those of its rank.
    pub(crate) fn place(&self, core: u32) -> u32 {
        self.places[core as usize]
    }
}

/// What a division is worth, for people.
impl fmt::Display for Division {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (stay, sent) = self.packets;
        let per_mille = 1000 * sent / (stay + sent).max(1);
        let percent = per_mille / 10;
        let tenths = per_mille % 10;
        let most = self.neighbours.iter().map(Vec::len).max().unwrap_or(0);
        let free: usize = self.free.iter().sum();
        write!(
            f,
            "{} ranks: {sent} of {} packets sent if every compartment fires once ({percent}.{tenths} %), at \
             most {most} neighbours, {free} of {} cores wait for no other rank",
            self.ranks(),
            stay + sent,
            self.rank_of.len()
        )
    }
}

/// Every output axon with the core that has it.
fn sent(image: &Image) -> impl Iterator<Item = (usize, &OutputAxon)> {
    let of_core = |(core, image): (usize, _)| {
        let image: &seamount_image::CoreImage = image;
        image.output_axons.iter().map(move |axon| (core, axon))
    };
    image.cores.iter().enumerate().flat_map(of_core)
}

/// What the cores of an image take in a step, by and large: their compartments.
fn weights(image: &Image) -> Vec<u64> {
    let weight = |core: &seamount_image::CoreImage| core.compartments.len() as u64 + 1;
    image.cores.iter().map(weight).collect()
}

fn traffic(image: &Image) -> Traffic {
    let mut traffic = vec![BTreeMap::new(); image.cores.len()];
    for (from, axon) in sent(image).filter(|(from, axon)| *from != axon.core as usize) {
        *traffic[from].entry(axon.core).or_insert(0) += 1;
        *traffic[axon.core as usize].entry(from as u32).or_insert(0) += 1;
    }
    traffic
}

/// Packets that a division cuts, each counted at both ends.
fn cut(rank_of: &[u32], traffic: &Traffic) -> u64 {
    let of_core = |(core, to): (usize, &BTreeMap<u32, u64>)| -> u64 {
        let away = to
            .iter()
            .filter(|(other, _)| rank_of[**other as usize] != rank_of[core]);
        away.map(|(_, packets)| *packets).sum()
    };
    traffic.iter().enumerate().map(of_core).sum()
}

/// Consecutive runs of about equal weight, none of them empty.
fn runs(weights: &[u64], ranks: usize) -> Vec<u32> {
    let total: u64 = weights.iter().sum();
    let mut rank_of = vec![];
    let mut before = 0;
    let mut rank = 0;
    let mut has = 0;
    for (core, weight) in weights.iter().enumerate() {
        let full = before * ranks as u64 >= total * (rank as u64 + 1);
        let needed = weights.len() - core == ranks - rank - 1;
        if has > 0 && rank + 1 < ranks && (full || needed) {
            rank += 1;
            has = 0;
        }
        rank_of.push(rank as u32);
        before += weight;
        has += 1;
    }
    rank_of
}

/// Parts that grow one after another: each takes the core that it exchanges the most with, and
/// where it exchanges with none, the first that is left.
fn grown(traffic: &Traffic, weights: &[u64], ranks: usize) -> Vec<u32> {
    const NOBODY: u32 = u32::MAX;
    let mut rank_of = vec![NOBODY; weights.len()];
    let mut left = weights.len();
    let mut weight_left: u64 = weights.iter().sum();
    for rank in 0..ranks {
        let share = weight_left / (ranks - rank) as u64;
        let others = ranks - rank - 1;
        let mut held = 0;
        let mut linked: BTreeMap<u32, u64> = BTreeMap::new();
        let mut next = BinaryHeap::new();
        while left > others && (held == 0 || held < share || others == 0) {
            let best = loop {
                match next.pop() {
                    // an entry that is out of date was followed by a better one
                    Some((packets, Reverse(core))) if linked.get(&core) == Some(&packets) => {
                        break Some(core);
                    }
                    Some(_) => {}
                    None => break None,
                }
            };
            let first = || rank_of.iter().position(|rank| *rank == NOBODY);
            let Some(core) = best.or_else(|| first().map(|core| core as u32)) else {
                break;
            };
            rank_of[core as usize] = rank as u32;
            linked.remove(&core);
            held += weights[core as usize];
            weight_left -= weights[core as usize];
            left -= 1;
            for (&other, packets) in &traffic[core as usize] {
                if rank_of[other as usize] == NOBODY {
                    let sum = linked.entry(other).or_insert(0);
                    *sum += packets;
                    next.push((*sum, Reverse(other)));
                }
            }
        }
    }
    rank_of
}

/// Moves single cores to the rank that they exchange the most with while that cuts fewer packets
/// and no rank gets much more than its share.
fn improve(mut rank_of: Vec<u32>, traffic: &Traffic, weights: &[u64], ranks: usize) -> Vec<u32> {
    /// More are rarely of any use.
    const PASSES_MAX: usize = 20;
    let total: u64 = weights.iter().sum();
    let share = total / ranks as u64;
    let most = share + share / 10 + 1;
    let mut held = vec![0; ranks];
    let mut has = vec![0; ranks];
    for (rank, weight) in rank_of.iter().zip(weights) {
        held[*rank as usize] += weight;
        has[*rank as usize] += 1;
    }
    for _ in 0..PASSES_MAX {
        let mut moved = false;
        for (core, to) in traffic.iter().enumerate() {
            let here = rank_of[core];
            if has[here as usize] == 1 {
                continue;
            }
            let mut by_rank: BTreeMap<u32, u64> = BTreeMap::new();
            for (other, packets) in to {
                *by_rank.entry(rank_of[*other as usize]).or_insert(0) += packets;
            }
            let stay = by_rank.get(&here).copied().unwrap_or(0);
            let room = |rank: &u32| held[*rank as usize] + weights[core] <= most;
            let best = by_rank
                .iter()
                .filter(|(rank, packets)| **rank != here && **packets > stay && room(rank))
                .max_by_key(|(rank, packets)| (**packets, Reverse(**rank)));
            if let Some((&there, _)) = best {
                rank_of[core] = there;
                held[here as usize] -= weights[core];
                has[here as usize] -= 1;
                held[there as usize] += weights[core];
                has[there as usize] += 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    rank_of
}

#[cfg(test)]
mod tests {
    use super::{cut, grown, improve, runs};
    use std::collections::BTreeMap;

    /// Two rings of cores, placed in turns: runs cut them all, the least cut is none.
    #[test]
    fn what_belongs_together_comes_together() {
        let cores = 12u32;
        let neighbours = |core: u32| [(core + 2) % cores, (core + cores - 2) % cores];
        let ring = |core| BTreeMap::from(neighbours(core).map(|other| (other, 5)));
        let traffic = (0..cores).map(ring).collect();
        let weights = vec![10; cores as usize];
        let start = runs(&weights, 2);
        assert_eq!(start, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
        let grown = improve(grown(&traffic, &weights, 2), &traffic, &weights, 2);
        assert_eq!((cut(&start, &traffic), cut(&grown, &traffic)), (40, 0));
        assert_eq!(grown.iter().filter(|rank| **rank == 0).count(), 6);
    }

    #[test]
    fn no_rank_is_empty() {
        for ranks in 1..=9 {
            for weights in [vec![1; 9], vec![100, 1, 1, 1, 1, 1, 1, 1, 1]] {
                let traffic = vec![BTreeMap::new(); 9];
                for rank_of in [runs(&weights, ranks), grown(&traffic, &weights, ranks)] {
                    let has = |rank: usize| rank_of.contains(&(rank as u32));
                    assert!((0..ranks).all(has), "{rank_of:?} of {ranks}");
                }
            }
        }
    }
}
