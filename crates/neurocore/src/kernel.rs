//! The two hot loops: rows into accumulators, and whole segments of plain compartments.
//!
//! The only module of the workspace with `unsafe`: calls of functions compiled for wider vectors
//! after the processor was asked for them, prefetches, and unchecked accesses whose bounds are
//! proved beside them. Results do not depend on the instruction set: all arithmetic is integer.
#![allow(unsafe_code)]

use crate::program::CoreProgram;
use crate::update::Tally;
use std::sync::OnceLock;

/// How many packets ahead rows are fetched.
const AHEAD: usize = 12;

/// Adds the rows of `packets` (port numbers) to the accumulators, starting at offset `slot`;
/// returns the summed costs.
///
/// # Panics
/// If a packet names no port or the accumulators are not the program's.
pub fn scatter(program: &CoreProgram, accumulators: &mut [i32], packets: &[u32], slot: u32) -> [u64; 8] {
    assert_eq!(accumulators.len(), program.slots * program.stride);
    assert!(accumulators.len().is_power_of_two());
    let mask = accumulators.len() as u32 - 1;
    let mut sum = [0u64; 8];
    for (i, &packet) in packets.iter().enumerate() {
        prefetch_row(program, packets, i + AHEAD);
        let port = program.ports[packet as usize];
        let row = &program.synapses[port.start()..port.start() + port.len()];
        let base = slot + port.base();
        for &synapse in row {
            let at = ((synapse & 0xffff) + base) & mask;
            // SAFETY: `at <= mask`, and the accumulators have `mask + 1` elements (asserted above).
            let accumulator = unsafe { accumulators.get_unchecked_mut(at as usize) };
            *accumulator = accumulator.wrapping_add(synapse as i32 >> 16);
        }
        for (total, cost) in sum.iter_mut().zip(program.costs[port.cost()].0) {
            *total += u64::from(cost);
        }
    }
    sum
}

#[inline]
fn prefetch_row(program: &CoreProgram, packets: &[u32], index: usize) {
    if let Some(&far) = packets.get(index + AHEAD)
        && let Some(port) = program.ports.get(far as usize)
    {
        prefetch(port);
    }
    if let Some(&next) = packets.get(index)
        && let Some(port) = program.ports.get(next as usize)
        && let Some(row) = program.synapses.get(port.start()..port.start() + port.len().min(48))
    {
        row.iter().step_by(16).for_each(prefetch);
    }
}

#[inline]
fn prefetch<T>(place: &T) {
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
    /// 1..=63.
    pub refractory_steps: i32,
    /// Mode 0, not 2.
    pub spikes: bool,
}

/// The columns of one segment, all of one length.
pub struct Columns<'a> {
    /// Accumulators in units of 64; cleared.
    pub q: &'a mut [i32],
    /// What is added to u: bias and joined values.
    pub input: &'a [i32],
    /// u.
    pub u: &'a mut [i32],
    /// v.
    pub v: &'a mut [i32],
    /// Hold.
    pub hold: &'a mut [i32],
    /// Whether it spiked.
    pub fired: &'a mut [u8],
}

/// Updates the columns of one plain segment with the widest vectors there are.
pub fn update(settings: Settings, columns: Columns) -> Tally {
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

#[derive(Clone, Copy)]
enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
            if wide && is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512dq") {
                return Level::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
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
fn update_avx512(settings: Settings, columns: Columns) -> Tally {
    update_any(settings, columns)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn update_avx2(settings: Settings, columns: Columns) -> Tally {
    update_any(settings, columns)
}

#[inline(always)]
fn update_any(settings: Settings, columns: Columns) -> Tally {
    match (settings.spikes, settings.refractory_steps > 1) {
        (false, _) => body::<false, false>(settings, columns),
        (true, false) => body::<true, false>(settings, columns),
        (true, true) => body::<true, true>(settings, columns),
    }
}

/// `sgn(x) * ((|x| * keep) >> 12)` for |x| <= 2^23 without leaving 32 bit: |x| = hi * 4096 + lo
/// gives `hi * keep + ((lo * keep) >> 12)` exactly (NC-010).
#[inline(always)]
fn keep(x: i32, keep: i32) -> i32 {
    let sign = x >> 31;
    let magnitude = (x ^ sign) - sign;
    let kept = (magnitude >> 12) * keep + (((magnitude & 4095) * keep) >> 12);
    (kept ^ sign) - sign
}

#[inline(always)]
fn body<const SPIKES: bool, const HOLD: bool>(settings: Settings, columns: Columns) -> Tally {
    let Settings { keep_u, keep_v, threshold, v_limits, refractory_steps, .. } = settings;
    let Columns { q, input, u, v, hold, fired } = columns;
    let count = q.len();
    assert!([input.len(), u.len(), v.len(), hold.len(), fired.len()] == [count; 5]);
    let (mut spikes, mut active, mut q_wraps, mut u_wraps, mut v_clips, mut changed) = (0, 0, 0, 0, 0, 0i32);
    for i in 0..count {
        let units = q[i];
        q[i] = 0;
        let wrapped = (units << 16) >> 16; // 22 bits, 6 of them zero (NC-002)
        q_wraps += i32::from(wrapped != units);
        let q_read = wrapped << 6;
        let u_sum = keep(u[i], keep_u) + q_read;
        let u_new = (u_sum << 8) >> 8; // NC-001
        u_wraps += i32::from(u_new != u_sum);
        let v_sum = keep(v[i], keep_v) + u_new + input[i];
        let mut v_new = v_sum.clamp(v_limits.0, v_limits.1); // NC-003
        let mut clipped = v_new != v_sum;
        let before = hold[i];
        let mut after = 0;
        if HOLD {
            let held = before > 1;
            after = (before - 1).max(0);
            v_new = if held { 0 } else { v_new };
            clipped &= !held;
        }
        v_clips += i32::from(clipped);
        if SPIKES {
            let spike = v_new > threshold; // NC-011; v is 0 during the hold, thresholds are not negative
            v_new = if spike { 0 } else { v_new };
            after = if spike { refractory_steps } else { after };
            spikes += i32::from(spike);
            fired[i] = u8::from(spike);
            changed |= before ^ after;
            hold[i] = after;
        }
        // a hold of 1 is a spike with refractory_steps 1, or the last dead step, which is no activity
        let at_work = q_read | u_new | v_new | (after >> 1) | if SPIKES { i32::from(fired[i]) } else { 0 };
        active += i32::from(at_work != 0);
        changed |= (u_new ^ u[i]) | (v_new ^ v[i]);
        u[i] = u_new;
        v[i] = v_new;
    }
    Tally {
        spikes: spikes as u32,
        active: active as u32,
        q_wraps: q_wraps as u32,
        u_wraps: u_wraps as u32,
        v_clips: v_clips as u32,
        changed: changed as u32,
    }
}
