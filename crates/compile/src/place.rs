//! Where cores lie: a greedy start and a seeded refinement by swapping, both deterministic.
//!
//! What is made small is the sum over all axons between cores of the hops that a packet takes. The
//! greedy start puts the core with most traffic to those placed next to them; swaps then repair
//! what it could not foresee. Random numbers are a function of the seed and the step, so that the
//! result is the same on every machine.

use seamount_arith::random::{Key, Purpose};
use seamount_spec::{Board, CoreLocation};
use std::collections::{BTreeMap, BTreeSet};

/// Hops that crossing a border between chips counts as (our choice).
pub const CROSSING_HOPS: u64 = 16;

/// Output axons between cores: `links[a]` lists (b, axons from a to b plus axons from b to a).
#[derive(Debug, Clone, Default)]
pub(crate) struct AxonTraffic {
    links: Vec<Vec<(u32, u64)>>,
}

impl AxonTraffic {
    /// Traffic of axons that are counted by (source core, destination core).
    pub fn new(cores: usize, axons: &BTreeMap<(u32, u32), u64>) -> Self {
        let mut both: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (&(a, b), &count) in axons.iter().filter(|((a, b), _)| a != b) {
            *both.entry((a, b)).or_default() += count;
            *both.entry((b, a)).or_default() += count;
        }
        let mut links = vec![vec![]; cores];
        both.into_iter()
            .for_each(|((a, b), count)| links[a as usize].push((b, count)));
        AxonTraffic { links }
    }

    /// Spike-hops if every axon carried one spike.
    pub fn cost(&self, board: &Board, at: &[CoreLocation]) -> u64 {
        let of = |a: usize| {
            self.links[a]
                .iter()
                .map(|(b, n)| n * hops(board, at[a], at[*b as usize]))
                .sum::<u64>()
        };
        (0..at.len()).map(of).sum::<u64>() / 2
    }

    /// Cost of the axons of one core if it lay at `here`, where its neighbours lie as `at` says.
    fn around(
        &self,
        board: &Board,
        core: usize,
        here: CoreLocation,
        at: impl Fn(u32) -> Option<CoreLocation>,
    ) -> u64 {
        self.links[core]
            .iter()
            .filter_map(|(b, n)| Some(n * hops(board, here, at(*b)?)))
            .sum()
    }
}

/// Places for cores whose packets were counted, by (from, to): the better of two searches, one from
/// where they are and one from scratch. Never worse than where they are in packets times hops.
/// Deterministic in the seed.
///
/// # Panics
/// If the board has fewer cores than there are.
pub fn optimise(
    board: &Board,
    packets: &BTreeMap<(u32, u32), u64>,
    at: &[CoreLocation],
    seed: u64,
    steps: u64,
) -> Vec<CoreLocation> {
    let traffic = AxonTraffic::new(at.len(), packets);
    let mut kept = at.to_vec();
    let mut fresh = greedy(board, &traffic);
    refine(board, &traffic, &mut kept, seed, steps);
    refine(board, &traffic, &mut fresh, seed, steps);
    if traffic.cost(board, &fresh) < traffic.cost(board, &kept) {
        fresh
    } else {
        kept
    }
}

/// Packets times hops, a border between chips counted as [`CROSSING_HOPS`].
pub fn packet_hops(board: &Board, packets: &BTreeMap<(u32, u32), u64>, at: &[CoreLocation]) -> u64 {
    packets
        .iter()
        .map(|((from, to), n)| n * hops(board, at[*from as usize], at[*to as usize]))
        .sum()
}

fn hops(board: &Board, from: CoreLocation, to: CoreLocation) -> u64 {
    let route = board.route(from, to);
    u64::from(route.hops_x) + u64::from(route.hops_y) + CROSSING_HOPS * u64::from(route.crossings)
}

/// Places cores one by one: always the one with most traffic to those placed, where it costs least.
///
/// # Panics
/// If the board has fewer cores than there are.
pub(crate) fn greedy(board: &Board, traffic: &AxonTraffic) -> Vec<CoreLocation> {
    let count = traffic.links.len();
    assert!(count as u64 <= u64::from(board.cores()), "checked before");
    let mut at: Vec<Option<CoreLocation>> = vec![None; count];
    let mut free = FreeTiles::new(board);
    // traffic to placed cores, most first, then the order of the network
    // (kept as what is missing to the maximum, because a set yields its smallest first)
    let mut far = vec![u64::MAX; count];
    let mut waiting: BTreeSet<(u64, usize)> = (0..count).map(|c| (u64::MAX, c)).collect();
    while let Some((_, core)) = waiting.pop_first() {
        let here =
            free.take(|candidate| traffic.around(board, core, candidate, |b| at[b as usize]));
        at[core] = Some(here);
        for &(other, axons) in &traffic.links[core] {
            let other = other as usize;
            if at[other].is_none() {
                waiting.remove(&(far[other], other));
                far[other] = far[other].saturating_sub(axons);
                waiting.insert((far[other], other));
            }
        }
    }
    at.into_iter()
        .map(|place| place.expect("all are placed"))
        .collect()
}

/// Free tiles of the chips opened so far, and of one more.
struct FreeTiles<'a> {
    board: &'a Board,
    /// Cores taken on each tile of each open chip.
    taken: Vec<Vec<u16>>,
}

impl<'a> FreeTiles<'a> {
    fn new(board: &'a Board) -> Self {
        let mut free = FreeTiles {
            board,
            taken: vec![],
        };
        free.open();
        free
    }

    fn open(&mut self) {
        if (self.taken.len() as u32) < self.board.chips() {
            self.taken.push(vec![
                0;
                usize::from(self.board.tiles_x)
                    * usize::from(self.board.tiles_y)
            ]);
        }
    }

    fn take(&mut self, cost: impl Fn(CoreLocation) -> u64) -> CoreLocation {
        let per_tile = self.board.cores_per_tile;
        let mut best: Option<(u64, CoreLocation)> = None;
        for (chip, tiles) in (0u16..).zip(&self.taken) {
            for (tile, &taken) in (0u16..).zip(tiles).filter(|(_, taken)| **taken < per_tile) {
                let here = CoreLocation {
                    chip,
                    core: tile * per_tile + taken,
                };
                let price = cost(here);
                if best.is_none_or(|(least, _)| price < least) {
                    best = Some((price, here));
                }
            }
        }
        let (_, here) = best.expect("a free tile remains");
        self.taken[usize::from(here.chip)][usize::from(here.core / per_tile)] += 1;
        // one chip more than is in use is on offer, so that a network may leave a chip before it is
        // full
        let full = self.taken.iter().flatten().all(|taken| *taken == per_tile);
        if full || usize::from(here.chip) + 1 == self.taken.len() && self.taken.len() > 1 {
            self.open();
        }
        here
    }
}

/// Swaps random pairs of places, keeping what costs no more. Deterministic in the seed.
pub(crate) fn refine(
    board: &Board,
    traffic: &AxonTraffic,
    at: &mut [CoreLocation],
    seed: u64,
    steps: u64,
) {
    let slots = slots(board, at);
    if at.len() < 2 || traffic.links.iter().all(Vec::is_empty) {
        return;
    }
    let mut holder: BTreeMap<CoreLocation, usize> = at
        .iter()
        .enumerate()
        .map(|(core, place)| (*place, core))
        .collect();
    let key = Key::new(seed, Purpose::Placement);
    for step in 0..steps {
        let core = key.below(2 * step, at.len() as u64) as usize;
        let there = slots[key.below(2 * step + 1, slots.len() as u64) as usize];
        let here = at[core];
        let other = holder.get(&there).copied();
        if here == there {
            continue;
        }
        let cost = |at: &[CoreLocation]| {
            let of = |c: usize| traffic.around(board, c, at[c], |b| Some(at[b as usize]));
            of(core) + other.map_or(0, of)
        };
        // only the axons of the two cores change their length; axons between them count twice,
        // before and after alike
        let before = cost(at);
        swap(at, core, other, there);
        if cost(at) <= before {
            holder.insert(there, core);
            match other {
                Some(other) => holder.insert(here, other),
                None => holder.remove(&here),
            };
        } else {
            swap(at, core, other, here);
        }
    }
}

/// Moves a core, and the core that is there to where it was.
fn swap(at: &mut [CoreLocation], core: usize, other: Option<usize>, there: CoreLocation) {
    let here = std::mem::replace(&mut at[core], there);
    if let Some(other) = other {
        at[other] = here;
    }
}

/// All places on the chips in use.
fn slots(board: &Board, at: &[CoreLocation]) -> Vec<CoreLocation> {
    let chips: BTreeSet<u16> = at.iter().map(|place| place.chip).collect();
    let cores = board.cores_per_chip() as u16;
    chips
        .into_iter()
        .flat_map(|chip| (0..cores).map(move |core| CoreLocation { chip, core }))
        .collect()
}
