//! The two hot loops: rows into accumulators, and whole segments of plain compartments.
//!
//! With what is below it the only module of the workspace with `unsafe`: calls of functions
//! compiled for wider vectors after the processor was asked for them, prefetches, vectors read and
//! written, and unchecked accesses whose bounds are proved beside them. Results do not depend on
//! the instruction set: all arithmetic is integer.
#![allow(unsafe_code)]

pub(crate) mod all_at_once;
mod cut;
pub(crate) mod short_block;
pub(crate) mod short_row;

pub(crate) use short_row::{Gap, NO_SOURCE, RowArray, Variables};

use crate::packets::{Packets, Port};
use crate::program::CoreProgram;
use crate::update::UpdateTally;
use std::sync::OnceLock;

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

/// Settings of one segment.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// 4096 - effective current decay.
    pub keep_u: i32,
    /// 4096 - effective voltage decay.
    pub keep_v: i32,
    /// Threshold in units of v.
    pub threshold: i32,
    /// Limits of v.
    pub v_limits: (i32, i32),
    /// Steps of the refractory hold, 1..=63.
    pub refractory_steps: i32,
    /// Mode 0, not 2.
    pub spikes: bool,
}

/// The columns of one segment, all of one length.
pub struct Columns<'a> {
    /// Accumulators in units of 64; cleared.
    pub q: &'a mut [i32],
    /// Addends of the membrane beside u: bias and joined values.
    pub input: &'a [i32],
    /// Currents u, 24 bit.
    pub u: &'a mut [i32],
    /// Voltages v, within the limits.
    pub v: &'a mut [i32],
    /// Steps of hold that are left.
    pub hold: &'a mut [u8],
    /// 1 where the compartment spiked.
    pub fired: &'a mut [u8],
}

/// Updates the columns of one plain segment with the widest vectors there are.
pub fn update(settings: Settings, columns: Columns) -> UpdateTally {
    match level() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx512 => unsafe { update_avx512(settings, columns) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { update_avx2(settings, columns) },
        Level::Portable => update_any(settings, columns),
    }
}

/// Whether a core computes many compartments and synapses with one instruction. Results are the
/// same to the bit; tests and measurements compare the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vectors {
    /// The widest vectors of the machine.
    Widest,
    /// None but those that the compiler makes for every machine; compartments one at a time.
    Off,
}

/// Work whose body is compiled for every instruction set. `run` must be inlined, and so must all it
/// calls in its loops.
pub trait VectorWork {
    /// Result of the work.
    type Output;
    /// The work; inlined into a function compiled for the instruction set.
    fn run(self) -> Self::Output;
}

/// Runs work compiled for the widest vectors of the machine or, without, for the portable baseline.
pub fn run<W: VectorWork>(vectors: Vectors, work: W) -> W::Output {
    let level = match vectors {
        Vectors::Widest => level(),
        Vectors::Off => Level::Portable,
    };
    match level {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx512 => unsafe { run_avx512(work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { run_avx2(work) },
        Level::Portable => work.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
fn run_avx512<W: VectorWork>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<W: VectorWork>(work: W) -> W::Output {
    work.run()
}

#[derive(Clone, Copy)]
enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

/// The widest that the machine has, or less where the environment variable `SEAMOUNT_SIMD` says
/// `avx2` or `portable`.
fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        {
            let asked = std::env::var("SEAMOUNT_SIMD").unwrap_or_default();
            let popcnt = is_x86_feature_detected!("popcnt") && asked != "portable";
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && asked != "avx2";
            if popcnt
                && wide
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
            {
                return Level::Avx512;
            }
            if popcnt && is_x86_feature_detected!("avx2") {
                return Level::Avx2;
            }
        }
        Level::Portable
    })
}

/// Name of the instruction set that the vector kernel uses here.
pub fn instruction_set() -> &'static str {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => "avx512",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => "avx2",
        Level::Portable => "portable",
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
fn update_avx512(settings: Settings, columns: Columns) -> UpdateTally {
    update_any(settings, columns)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn update_avx2(settings: Settings, columns: Columns) -> UpdateTally {
    update_any(settings, columns)
}

/// Segments that never spike or have no hold go without what they do not need: the settings of a
/// segment are known before its loop, and as constants they cost no instruction in it.
#[inline(always)]
fn update_any(settings: Settings, columns: Columns) -> UpdateTally {
    match (settings.spikes, settings.refractory_steps > 1) {
        (false, _) => body::<false, false>(settings, columns),
        (true, false) => body::<true, false>(settings, columns),
        (true, true) => body::<true, true>(settings, columns),
    }
}

/// The product of 24 and 12 bits needs 36, which would halve the lanes of a vector; cut in two it
/// stays within 32. `sgn(x) * ((|x| * keep) >> 12)` for |x| <= 2^23 without leaving 32 bit: |x| =
/// hi * 4096 + lo gives `hi * keep + ((lo * keep) >> 12)` exactly (NC-010).
#[inline(always)]
fn keep(x: i32, keep: i32) -> i32 {
    let sign = x >> 31;
    let magnitude = (x ^ sign) - sign;
    let kept = (magnitude >> 12) * keep + (((magnitude & 4095) * keep) >> 12);
    (kept ^ sign) - sign
}

/// Compartments that are updated together, on every machine, so that what a block does is the same
/// code: one vector of 512 bits, two of 256, four of 128.
const LANES: usize = 16;
type Lanes = [i32; LANES];

/// Sums of a segment, lane by lane.
#[derive(Default)]
struct LaneTally {
    spikes: Lanes,
    active: Lanes,
    q_wraps: Lanes,
    u_wraps: Lanes,
    v_clips: Lanes,
    changed: Lanes,
}

#[inline(always)]
fn body<const SPIKES: bool, const HOLD: bool>(settings: Settings, columns: Columns) -> UpdateTally {
    let Columns {
        q,
        input,
        u,
        v,
        hold,
        fired,
    } = columns;
    let count = q.len();
    assert!([input.len(), u.len(), v.len(), hold.len(), fired.len()] == [count; 5]);
    let mut tally = LaneTally::default();
    let whole = count - count % LANES;
    let (q, q_rest) = q.split_at_mut(whole);
    let (input, input_rest) = input.split_at(whole);
    let (u, u_rest) = u.split_at_mut(whole);
    let (v, v_rest) = v.split_at_mut(whole);
    let (hold, hold_rest) = hold.split_at_mut(whole);
    let (fired, fired_rest) = fired.split_at_mut(whole);
    let blocks = q.as_chunks_mut().0.iter_mut().zip(input.as_chunks().0);
    let blocks = blocks.zip(u.as_chunks_mut().0).zip(v.as_chunks_mut().0);
    let blocks = blocks
        .zip(hold.as_chunks_mut().0)
        .zip(fired.as_chunks_mut().0);
    for (((((q, input), u), v), hold), fired) in blocks {
        block::<SPIKES, HOLD>(settings, q, input, u, v, hold, fired, &mut tally);
    }
    // the rest goes through the same code as a block of its own, not through a loop of its own: a
    // second version of the arithmetic would have to be tested as the first
    if !q_rest.is_empty() {
        let mut words = [[0; LANES]; 4];
        let mut hold = [0; LANES];
        let mut spiked = [0; LANES];
        let rest = q_rest.len();
        for (copy, from) in words
            .iter_mut()
            .zip([&*q_rest, input_rest, &*u_rest, &*v_rest])
        {
            copy[..rest].copy_from_slice(from);
        }
        hold[..rest].copy_from_slice(hold_rest);
        // a lane without input and at rest does nothing, so that the idle lanes count nothing
        let [q, input, u, v] = &mut words;
        block::<SPIKES, HOLD>(settings, q, input, u, v, &mut hold, &mut spiked, &mut tally);
        q_rest.fill(0);
        u_rest.copy_from_slice(&u[..rest]);
        v_rest.copy_from_slice(&v[..rest]);
        hold_rest.copy_from_slice(&hold[..rest]);
        fired_rest.copy_from_slice(&spiked[..rest]);
    }
    let sum = |lanes: Lanes| lanes.iter().sum::<i32>() as u32;
    UpdateTally {
        spikes: sum(tally.spikes),
        active: sum(tally.active),
        q_wraps: sum(tally.q_wraps),
        u_wraps: sum(tally.u_wraps),
        v_clips: sum(tally.v_clips),
        changed: tally.changed.iter().fold(0, |a, b| a | b) as u32,
    }
}

/// Sixteen compartments. Everything is loaded into locals first, so that no store can be thought
/// to change a later load and the loop becomes vector instructions.
#[inline(always)]
#[allow(
    clippy::too_many_arguments,
    reason = "the columns of a block, each its own array"
)]
fn block<const SPIKES: bool, const HOLD: bool>(
    settings: Settings,
    q: &mut Lanes,
    input: &Lanes,
    u: &mut Lanes,
    v: &mut Lanes,
    hold: &mut [u8; LANES],
    fired: &mut [u8; LANES],
    tally: &mut LaneTally,
) {
    let units = *q;
    let drive = *input;
    let u_old = *u;
    let v_old = *v;
    let before = hold.map(i32::from);
    let mut u_out = [0; LANES];
    let mut v_out = [0; LANES];
    let mut after = [0; LANES];
    let mut spiked = [0; LANES];
    for i in 0..LANES {
        let wrapped = (units[i] << 16) >> 16; // 22 bits, 6 of them zero (NC-002)
        let q_read = wrapped << 6;
        let u_sum = keep(u_old[i], settings.keep_u) + q_read;
        let u_new = (u_sum << 8) >> 8; // NC-001
        let v_sum = keep(v_old[i], settings.keep_v) + u_new + drive[i];
        let limited = v_sum.max(settings.v_limits.0).min(settings.v_limits.1); // NC-003
        let held = i32::from(HOLD && before[i] > 1);
        let v_new = if held != 0 { 0 } else { limited };
        // v is 0 during the hold and thresholds are not negative: no spike then (NC-011)
        let spike = i32::from(SPIKES && v_new > settings.threshold);
        let left = if HOLD { (before[i] - 1).max(0) } else { 0 };
        after[i] = if HOLD && spike != 0 {
            settings.refractory_steps
        } else {
            left
        };
        v_out[i] = if spike != 0 { 0 } else { v_new };
        u_out[i] = u_new;
        spiked[i] = spike;
        // a hold of 1 is the last dead step, which is no activity
        let at_work = q_read | u_new | v_out[i] | (after[i] >> 1) | spike;
        tally.spikes[i] += spike;
        tally.active[i] += i32::from(at_work != 0);
        tally.q_wraps[i] += i32::from(wrapped != units[i]);
        tally.u_wraps[i] += i32::from(u_new != u_sum);
        tally.v_clips[i] += i32::from(limited != v_sum) & (1 - held);
        tally.changed[i] |= (u_new ^ u_old[i]) | (v_out[i] ^ v_old[i]);
        if HOLD {
            tally.changed[i] |= before[i] ^ after[i];
        }
    }
    *q = [0; LANES];
    *u = u_out;
    *v = v_out;
    if HOLD {
        for (byte, steps) in hold.iter_mut().zip(after) {
            *byte = steps as u8;
        }
    }
    if SPIKES {
        for (flag, spike) in fired.iter_mut().zip(spiked) {
            *flag = spike as u8;
        }
    }
}
