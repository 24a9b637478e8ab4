//! Rows of synapses into accumulators, and the fetching of rows before they are read.
//!
//! Packets come sender by sender, and rows of one core's senders often have one form, so that many
//! packets in a row do: such a run is decoded once, and its cost is a product. Rows lie in no order
//! that a processor foresees, so that without fetching them ahead each packet would wait for memory
//! once.
//!
//! What this module does *not* know: where packets come from, and what is done with the sums.

use super::dense::ROWS_MAX;
use crate::dense::{BLOCK, DenseRows};
use crate::packets::{Packets, Port};
use crate::ports::{LISTED, RowForm, SPARSE_SHIFT};
use crate::program::CoreProgram;
use std::ops::Range;

/// Adds the rows of `packets` to the accumulators, starting at offset `slot`; returns the summed
/// costs.
///
/// # Panics
/// If a packet is none of the program's rows or the accumulators are not the program's.
pub(crate) fn scatter(
    program: &CoreProgram,
    accumulators: &mut [i32],
    packets: &[Port],
    slot: u32,
) -> [u64; 8] {
    assert_eq!(accumulators.len(), program.slots * program.stride);
    assert!(accumulators.len().is_power_of_two() && accumulators.len() <= 1 << 16);
    let rows = program.synapses.all();
    let mut batch = DenseBatch::new(&program.dense);
    let mut sum = [0u64; 8];
    let mut rest = packets;
    while let Some(&first) = rest.first() {
        let run = run_length(rest);
        let ports = &rest[..run];
        let listed = first.form() == LISTED;
        let lead = program.ports.lead(first);
        let cost = match lead.form {
            RowForm::Sparse { base, len, cost } if listed => {
                let row = &rows[lead.place as usize..lead.place as usize + usize::from(len)];
                add_row::<false>(accumulators, row, slot + u32::from(base));
                cost
            }
            RowForm::Sparse { base, len, cost } => {
                let len = usize::from(len);
                // as many lines ahead, whatever the length of a row
                let ahead = (program.lines_ahead / len.div_ceil(LINE)).max(2);
                let next = rest.get(ahead..).unwrap_or(&[]);
                // most cores have no delays and no bases: one addition less a synapse there
                match slot + u32::from(base) {
                    0 => add_rows::<true>(accumulators, rows, ports, next, len, 0),
                    base => add_rows::<false>(accumulators, rows, ports, next, len, base),
                }
                cost
            }
            RowForm::Dense {
                first: block,
                blocks,
                cost,
            } => {
                let start = slot as usize + usize::from(block) * BLOCK;
                let targets = start..start + usize::from(blocks) * BLOCK;
                match listed {
                    true => batch.push(accumulators, &targets, lead.place),
                    false => (ports.iter())
                        .for_each(|port| batch.push(accumulators, &targets, port.at() as u32)),
                }
                cost
            }
            RowForm::Learning | RowForm::Reward => {
                unreachable!("the learning engine takes its packets first")
            }
        };
        let cost = program.costs[usize::from(cost)].0;
        for (total, cost) in sum.iter_mut().zip(cost) {
            *total += u64::from(cost) * run as u64;
        }
        rest = &rest[run..];
    }
    batch.flush(accumulators);
    sum
}

/// Dense rows that wait to be added together: all of them span the same targets.
struct DenseBatch<'a> {
    rows: &'a DenseRows,
    starts: [u32; ROWS_MAX],
    count: usize,
    targets: Range<usize>,
}

impl<'a> DenseBatch<'a> {
    fn new(rows: &'a DenseRows) -> DenseBatch<'a> {
        DenseBatch {
            rows,
            starts: [0; ROWS_MAX],
            count: 0,
            targets: 0..0,
        }
    }

    /// Takes a row that spans `targets`; adds those that wait first if it cannot wait with them.
    #[inline]
    fn push(&mut self, accumulators: &mut [i32], targets: &Range<usize>, start: u32) {
        if self.count == ROWS_MAX || *targets != self.targets {
            self.flush(accumulators);
            self.targets = targets.clone();
        }
        self.starts[self.count] = start;
        self.count += 1;
    }

    /// Adds the rows that wait.
    fn flush(&mut self, accumulators: &mut [i32]) {
        if self.count > 0 {
            let sums = &mut accumulators[self.targets.clone()];
            super::dense::add(sums, self.rows, &self.starts[..self.count]);
        }
        self.count = 0;
    }
}

/// Synapses of one cache line of 64 bytes.
const LINE: usize = 16;

/// Number of packets at the front that have one form; of listed ones 1.
#[inline(always)]
fn run_length(packets: &[Port]) -> usize {
    let form = packets[0].form();
    match form == LISTED {
        true => 1,
        false => (packets.iter())
            .position(|port| port.form() != form)
            .unwrap_or(packets.len()),
    }
}

/// Adds sparse rows of one length, asking for those of the packets to come, which are `next`.
#[inline(always)]
fn add_rows<const AT_ZERO: bool>(
    accumulators: &mut [i32],
    rows: &[u32],
    packets: &[Port],
    next: &[Port],
    len: usize,
    base: u32,
) {
    for (i, port) in packets.iter().enumerate() {
        if let Some(next) = next.get(i) {
            prefetch_row(rows, *next, len);
        }
        let start = port.at() << SPARSE_SHIFT;
        add_row::<AT_ZERO>(accumulators, &rows[start..start + len], base);
    }
}

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
    // unrolled: synapses of a row may hit the same accumulator, so no vector can add them
    let (lines, rest) = row.as_chunks::<LINE>();
    for line in lines {
        line.iter().for_each(|&synapse| add(synapse));
    }
    let (fours, rest) = rest.as_chunks::<4>();
    for four in fours {
        four.iter().for_each(|&synapse| add(synapse));
    }
    rest.iter().for_each(|&synapse| add(synapse));
}

/// Asks for the rows of the packets that will be delivered first.
pub fn prefetch_first(program: &CoreProgram, packets: &Packets) {
    // dense rows are long, so that the processor foresees most of their lines
    if !program.dense.is_empty() {
        return;
    }
    let rows = program.synapses.all();
    let first = packets.plain.iter().take(program.lines_ahead);
    first.for_each(|&port| prefetch_row(rows, port, LINE));
}

/// Fetches the first cache lines of a row of about `len` synapses: four at most, as the processor
/// goes on by itself where lines are read in order, and has only so many fetches under way. Where
/// the port leads to no sparse row some other line is fetched, which does no harm.
#[inline(always)]
fn prefetch_row(rows: &[u32], port: Port, len: usize) {
    let start = port.at() << SPARSE_SHIFT;
    for line in 0..len.div_ceil(LINE).min(4) {
        prefetch_at(rows.as_ptr().wrapping_add(start + line * LINE));
    }
}

/// Asks for a cache line, wherever it is.
#[inline(always)]
fn prefetch_at<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch has no effect on memory, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(place.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Asks for the cache line of a place that will be read soon.
#[inline]
pub fn prefetch<T>(place: &T) {
    prefetch_at(std::ptr::from_ref(place));
}
