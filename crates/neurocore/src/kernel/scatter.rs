//! Rows of synapses into accumulators, and the fetching of rows before they are read.
//!
//! What this module does *not* know: where packets come from, and what is done with the sums.

use crate::packets::{Packets, Port};
use crate::program::CoreProgram;

/// Number of packets ahead whose rows are fetched; found by measurement. Fewer, and the row is
/// still on its way when it is read; more, and it may be pushed out of the first cache again. Rows
/// lie in no order that a processor foresees, so that without this each packet would wait for
/// memory once.
const AHEAD: usize = 24;

/// Adds the rows of `packets` to the accumulators, starting at offset `slot`; returns the summed
/// costs.
///
/// # Panics
/// If a packet is none of the program's rows or the accumulators are not the program's.
pub fn scatter(
    program: &CoreProgram,
    accumulators: &mut [i32],
    packets: &[Port],
    slot: u32,
) -> [u64; 8] {
    assert_eq!(accumulators.len(), program.slots * program.stride);
    assert!(accumulators.len().is_power_of_two() && accumulators.len() <= 1 << 16);
    let rows = program.synapses.all();
    let mut sum = [0u64; 8];
    for (chunk, first) in packets.chunks(CHUNK).zip((0..).step_by(CHUNK)) {
        // eight lanes of 32 bit: one addition a packet, and no carry within a chunk
        let mut costs = [0u32; 8];
        for (i, &port) in chunk.iter().enumerate() {
            if let Some(&ahead) = packets.get(first + i + AHEAD) {
                prefetch_row(rows, ahead);
            }
            let row = &rows[port.start()..port.start() + port.len()];
            // most cores have no delays and no bases: one addition less a synapse there
            match slot + port.base() {
                0 => add_row::<true>(accumulators, row, 0),
                base => add_row::<false>(accumulators, row, base),
            }
            for (total, cost) in costs.iter_mut().zip(program.costs[port.cost()].0) {
                *total += cost;
            }
        }
        sum.iter_mut()
            .zip(costs)
            .for_each(|(total, cost)| *total += u64::from(cost));
    }
    sum
}

/// Packets whose costs are summed in 32 bit: no cost exceeds 65,536 words or 32,767 synapses, and
/// 4,096 times the larger is 2^28.
const CHUNK: usize = 4096;

/// Adds a row; `base` is added to every offset unless it is known to be 0.
#[inline(always)]
fn add_row<const AT_ZERO: bool>(accumulators: &mut [i32], row: &[u32], base: u32) {
    debug_assert!(accumulators.len().is_power_of_two() && accumulators.len() <= 1 << 16);
    let mask = accumulators.len() as u32 - 1;
    let mut add = |synapse: u32| {
        // the mask is at most 16 bits wide, so it also removes the contribution
        let at = if AT_ZERO {
            synapse & mask
        } else {
            ((synapse & 0xffff) + base) & mask
        };
        // SAFETY: `at <= mask`, and the accumulators have `mask + 1` elements.
        let accumulator = unsafe { accumulators.get_unchecked_mut(at as usize) };
        *accumulator = accumulator.wrapping_add(synapse as i32 >> 16);
    };
    // unrolled by eight: synapses of a row may hit the same accumulator, so no vector can add them
    let (eights, rest) = row.as_chunks::<8>();
    for eight in eights {
        eight.iter().for_each(|&synapse| add(synapse));
    }
    rest.iter().for_each(|&synapse| add(synapse));
}

/// Asks for the rows of the packets that will be delivered first.
pub fn prefetch_first(program: &CoreProgram, packets: &Packets) {
    let rows = program.synapses.all();
    let first = packets.plain.iter().take(AHEAD);
    first.for_each(|&port| prefetch_row(rows, port));
}

/// Fetches the first cache lines of a row: four at most, as the processor goes on by itself where
/// lines are read in order, and has only so many fetches under way.
#[inline]
fn prefetch_row(rows: &[u32], port: Port) {
    if let Some(row) = rows.get(port.start()..port.start() + port.len())
        && let [first, more @ ..] = row
    {
        prefetch(first);
        if more.len() > 16 {
            more[15..].iter().step_by(16).take(3).for_each(prefetch);
        }
    }
}

/// Asks for the cache line of a place that will be read soon.
#[inline]
pub fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch of the address of a reference has no effect on memory.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
