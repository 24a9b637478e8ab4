//! Segments of plain compartments, sixteen at a time: the same as `update::update_column` one after
//! another, which the tests hold it to.
//!
//! What this module does *not* know: joins (their values come in as input), noise, programs.

#[cfg(target_arch = "x86_64")]
use super::no_hold;
use super::{Level, level};
use crate::update::UpdateTally;

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
        Level::Avx512 if no_hold::covers(&settings) => unsafe {
            no_hold::update(settings, columns)
        },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx512 => unsafe { update_avx512(settings, columns) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { update_avx2(settings, columns) },
        Level::Portable => update_any(settings, columns),
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
pub(super) const LANES: usize = 16;
pub(super) type Lanes = [i32; LANES];

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

#[cfg(test)]
mod tests {
    use super::{Columns, Settings, update, update_any};
    use crate::update::UpdateTally;
    use seamount_arith::random::{Key, Purpose};

    /// Columns of one segment that can be changed.
    #[derive(Debug, Clone, PartialEq)]
    struct OwnedColumns {
        q: Vec<i32>,
        input: Vec<i32>,
        u: Vec<i32>,
        v: Vec<i32>,
        hold: Vec<u8>,
        fired: Vec<u8>,
    }

    impl OwnedColumns {
        /// Random columns, some at rest, some with values at the ends of their ranges.
        fn random(key: Key, count: usize, settings: &Settings) -> OwnedColumns {
            let (v_min, v_max) = settings.v_limits;
            let numbers = |part: u64, ends: [i32; 2], rest_in: u64| {
                let key = key.part(part);
                let number = |i: u64| {
                    let draw = key.draw(2 * i);
                    let span = u64::from(ends[1].abs_diff(ends[0])) + 1;
                    match draw % rest_in {
                        0 => ends[(draw >> 20) as usize & 1],
                        1..=3 => (key.below(2 * i + 1, span) as i64 + i64::from(ends[0])) as i32,
                        _ => 0,
                    }
                };
                (0..count as u64).map(number).collect::<Vec<i32>>()
            };
            // sums beyond 16 bits wrap
            let rest_in = [2, 4, 60][key.below(0, 3) as usize];
            let v = numbers(4, [v_min, v_max], rest_in);
            let holds = u64::from(settings.refractory_steps > 1 && settings.spikes);
            let hold = v.iter().zip(0..).map(|(v, i)| {
                let most = u64::from(settings.refractory_steps as u32);
                (u64::from(*v == 0) * holds * key.part(5).below(i, most)) as u8
            });
            OwnedColumns {
                q: numbers(1, [-(1 << 17), 1 << 17], rest_in),
                input: numbers(2, [-(1 << 22), 1 << 22], rest_in),
                u: numbers(3, [-(1 << 23), (1 << 23) - 1], rest_in),
                hold: hold.collect(),
                fired: vec![0; count],
                v,
            }
        }

        fn columns(&mut self) -> Columns<'_> {
            Columns {
                q: &mut self.q,
                input: &self.input,
                u: &mut self.u,
                v: &mut self.v,
                hold: &mut self.hold,
                fired: &mut self.fired,
            }
        }
    }

    #[test]
    fn every_instruction_set_updates_random_columns_alike() {
        let mut seen = UpdateTally::default();
        for case in 0..400 {
            let key = Key::new(7, Purpose::Stimulus).part(case);
            let decay = |i: u64| [0, 1, 128, 1024, 4095, 4096][key.below(i, 6) as usize];
            let settings = Settings {
                keep_u: 4096 - decay(1),
                keep_v: 4096 - decay(2),
                threshold: [0, 640, 64_000, 131_071 << 6][key.below(3, 4) as usize],
                v_limits: [(-(1 << 23) + 1, (1 << 23) - 1), (-1, 511)][key.below(4, 2) as usize],
                refractory_steps: [1, 1, 3, 63][key.below(5, 4) as usize],
                spikes: key.below(6, 4) > 0,
            };
            let mut wide = OwnedColumns::random(key, key.below(7, 150) as usize, &settings);
            let mut plain = wide.clone();
            for step in 0..3 {
                let mut found = update(settings, wide.columns());
                let mut expected = update_any(settings, plain.columns());
                // a number that is 0 or not
                found.changed = u32::from(found.changed != 0);
                expected.changed = u32::from(expected.changed != 0);
                assert_eq!(found, expected, "case {case}, step {step}, {settings:?}");
                assert_eq!(wide, plain, "case {case}, step {step}, {settings:?}");
                seen += found;
            }
        }
        let each = [seen.spikes, seen.q_wraps, seen.u_wraps, seen.v_clips];
        assert!(each.iter().all(|n| *n > 100), "{seen:?}");
    }
}
