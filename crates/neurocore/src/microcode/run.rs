//! Many neurons at once: blocks of them, from memory into slots, through the program, and back.

use super::block::Block;
use super::decode::{Code, PortRead, RandomColumn};
use super::group::{GroupProgram, Io, Surroundings, Tally, random};
use super::lanes::{each, *};
use crate::kernel::{self, Vectors};
use seamount_microcode::ParameterValues;
use std::ops::Range;

/// One step of a group, with or without vectors; the result is the same.
///
/// # Panics
/// If a slice of `io` does not have the length of the group, or a column is missing.
pub fn run(group: &GroupProgram, io: Io, scratch: &mut LaneScratch, vectors: Vectors) -> Tally {
    let n = group.len();
    assert!(
        io.ports.iter().all(|p| p.is_empty() || p.len() == n),
        "accumulators of ports"
    );
    assert_eq!(
        io.states.len(),
        group.program().program().states.len(),
        "state words"
    );
    assert!(
        io.states.iter().all(|s| s.len() == n),
        "columns of state words"
    );
    assert_eq!(io.fired.len(), n, "spikes");
    assert!(io.payload.is_empty() || io.payload.len() == n, "payloads");
    assert!(io.traces.iter().flatten().all(|y| y.len() == n), "traces");
    let probes = group.program().program().probes.len();
    assert!(
        io.probes
            .iter()
            .all(|p| p.len() == probes && p.iter().all(|c| c.len() == n)),
        "columns of probes"
    );
    let code = &group.code;
    if scratch.file.len() < code.slots {
        scratch.file.resize(code.slots, NONE);
    }
    for &(slot, value) in &code.constants {
        scratch.file[usize::from(slot)] = SlotLanes::splat(value);
    }
    if let Some(slot) = code.step {
        scratch.file[usize::from(slot)] = SlotLanes::splat(io.surroundings.step());
    }
    let tally = kernel::run(
        vectors,
        Blocks {
            group,
            io,
            file: &mut scratch.file,
        },
    );
    // all that stays in slots is words of 24 bit, for whoever uses them next
    code.ports
        .iter()
        .filter(|port| port.how == PortRead::Mixed)
        .for_each(|port| scratch.file[usize::from(port.slot)] = NONE);
    tally
}

/// All blocks of a group.
struct Blocks<'a, 'b> {
    group: &'a GroupProgram,
    io: Io<'a>,
    file: &'b mut [SlotLanes],
}

impl kernel::VectorWork for Blocks<'_, '_> {
    type Output = Tally;

    #[inline(always)]
    fn run(self) -> Tally {
        let Blocks {
            group,
            mut io,
            file,
        } = self;
        let mut sums = Sums::default();
        let mut instructions = 0;
        let mut mask = NONE;
        let mut flag = NONE;
        let mut wake = NONE;
        let mut valid = ALL;
        let mut first = 0;
        while first < group.len() {
            let lanes = BLOCK.min(group.len() - first);
            let range = first..first + lanes;
            if lanes < BLOCK {
                valid.as_flattened_mut()[lanes..].fill(0);
            }
            let input = load(group, &mut io, file, &range, &mut sums);
            let vectors = lanes.div_ceil(WIDTH);
            let mut block = Block {
                file,
                valid: &valid,
                lanes,
                vectors,
                mask: &mut mask,
                flag: &mut flag,
                wake: &mut wake,
            };
            instructions += block.execute(&group.code);
            store(
                &group.code,
                &mut io,
                file,
                &range,
                &valid,
                &input,
                &mut sums,
            );
            first += lanes;
        }
        let sum = |lanes: Lanes| lanes.iter().sum::<i32>() as u32;
        let changed = sums.traces || sums.changed != [0; WIDTH];
        Tally {
            spikes: sum(sums.spikes),
            active: sum(sums.active),
            q_wraps: sum(sums.q_wraps),
            instructions,
            changed,
        }
    }
}

/// Events of all blocks, lane by lane.
#[derive(Default)]
struct Sums {
    spikes: Lanes,
    active: Lanes,
    q_wraps: Lanes,
    /// Bits of state words that changed.
    changed: Lanes,
    /// Whether a written trace changed.
    traces: bool,
}

/// Loads a block; returns what came in, in some form that is 0 where nothing did. Ports are
/// cleared.
#[inline(always)]
fn load(
    group: &GroupProgram,
    io: &mut Io,
    file: &mut [SlotLanes],
    range: &Range<usize>,
    sums: &mut Sums,
) -> SlotLanes {
    let code = &group.code;
    let mut input = NONE;
    for (port, place) in io.ports.iter_mut().zip(code.ports) {
        let due = if port.is_empty() {
            &mut [][..]
        } else {
            &mut port[range.clone()]
        };
        let slot = &mut file[usize::from(place.slot)];
        let wraps = match place.how {
            PortRead::Scaled => take(due, &mut input, slot, port_scaled),
            PortRead::Plain => take(due, &mut input, slot, wrap24),
            PortRead::Mixed => take(due, &mut input, slot, |x| x),
        };
        if place.how != PortRead::Plain {
            sums.q_wraps = zip(sums.q_wraps, wraps, |a, b| a + b);
        }
    }
    for column in &code.states {
        fill(
            &mut file[usize::from(column.slot)],
            &io.states[column.index][range.clone()],
        );
    }
    for column in &code.parameters {
        if let ParameterValues::Each(values) = &group.values()[column.index] {
            fill(&mut file[usize::from(column.slot)], &values[range.clone()]);
        }
    }
    for column in &code.random {
        draw(
            &mut file[usize::from(column.slot)],
            column,
            &io.surroundings,
            range,
        );
    }
    for (index, slot) in code.traces.into_iter().enumerate() {
        if let (Some(slot), Some(traces)) = (slot, &io.traces) {
            let lanes = file[usize::from(slot)].as_flattened_mut();
            lanes
                .iter_mut()
                .zip(&traces[index][range.clone()])
                .for_each(|(lane, byte)| *lane = i32::from(*byte));
        }
    }
    for slot in code
        .probes
        .iter()
        .copied()
        .chain([code.fired, code.payload])
    {
        file[usize::from(slot)] = NONE;
    }
    input
}

/// Fills a slot with random bits, those of neurons that do not exist included: nobody reads them.
/// Lanes that pass over the operand are filled as well; a draw that is not used changes no other.
#[inline(always)]
fn draw(
    slot: &mut SlotLanes,
    column: &RandomColumn,
    surroundings: &Surroundings,
    range: &Range<usize>,
) {
    each!(k in range.len().div_ceil(WIDTH), {
        let first = range.start + k * WIDTH;
        for (i, lane) in slot[k].iter_mut().enumerate() {
            let bits = surroundings.bits(column.draw, first + i);
            *lane = random(bits, column.bits, column.signed);
        }
    });
}

/// Loads a slot; lanes without a neuron are 0.
#[inline(always)]
fn fill(slot: &mut SlotLanes, from: &[i32]) {
    let (whole, rest) = from.as_chunks();
    each!(k in whole.len(), {
        slot[k] = whole[k];
    });
    if !rest.is_empty() {
        slot[whole.len() % VECTORS] = padded(rest);
    }
}

/// The start of a vector, 0 behind it.
#[inline(always)]
fn padded(start: &[i32]) -> Lanes {
    let mut lanes = [0; WIDTH];
    lanes[..start.len()].copy_from_slice(start);
    lanes
}

/// Loads a port: what came in as it is, and into its slot as the program reads it; clears it. Gives
/// the number of sums that 22 bits do not hold (NC-002), lane by lane.
#[inline(always)]
fn take(
    due: &mut [i32],
    input: &mut SlotLanes,
    slot: &mut SlotLanes,
    f: impl Fn(i32) -> i32,
) -> Lanes {
    if due.is_empty() {
        *slot = NONE;
    }
    let mut wraps = [0; WIDTH];
    let beyond = |sum: i32, units: i32| sum - flag((units << 16) >> 16 != units);
    let (whole, rest) = due.as_chunks_mut();
    each!(k in whole.len(), {
        let came = whole[k];
        input[k] = zip(input[k], came, |a, b| a | b);
        slot[k] = map(came, &f);
        whole[k] = [0; WIDTH];
        wraps = zip(wraps, came, beyond);
    });
    if !rest.is_empty() {
        let k = whole.len() % VECTORS;
        let came = padded(rest);
        input[k] = zip(input[k], came, |a, b| a | b);
        slot[k] = map(came, &f);
        rest.fill(0);
        wraps = zip(wraps, came, beyond);
    }
    wraps
}

/// Stores a block, and adds up what it did.
#[inline(always)]
fn store(
    code: &Code,
    io: &mut Io,
    file: &[SlotLanes],
    range: &Range<usize>,
    valid: &SlotLanes,
    input: &SlotLanes,
    sums: &mut Sums,
) {
    let lanes = range.len();
    let mut different = NONE;
    for column in code.states.iter().filter(|c| c.written) {
        write_back(
            &mut io.states[column.index][range.clone()],
            &file[usize::from(column.slot)],
            &mut different,
        );
    }
    for (index, slot) in code.traces.into_iter().enumerate() {
        if let (Some(slot), Some(traces)) = (slot, &mut io.traces) {
            let mut moved = 0;
            for (byte, lane) in traces[index][range.clone()]
                .iter_mut()
                .zip(file[usize::from(slot)].as_flattened())
            {
                moved |= i32::from(*byte) ^ *lane;
                *byte = *lane as u8;
            }
            sums.traces |= moved != 0;
        }
    }
    let fired = &file[usize::from(code.fired)];
    let (whole, rest) = io.fired[range.clone()].as_chunks_mut::<WIDTH>();
    each!(k in whole.len(), {
        whole[k] = fired[k].map(|lane| (lane & 1) as u8);
    });
    rest.iter_mut()
        .zip(fired[whole.len() % VECTORS])
        .for_each(|(byte, lane)| *byte = (lane & 1) as u8);
    if !io.payload.is_empty() {
        io.payload[range.clone()]
            .copy_from_slice(&file[usize::from(code.payload)].as_flattened()[..lanes]);
    }
    if let Some(probes) = &mut io.probes {
        for (column, slot) in probes.iter_mut().zip(&code.probes) {
            column[range.clone()]
                .copy_from_slice(&file[usize::from(*slot)].as_flattened()[..lanes]);
        }
    }
    each!(k in lanes.div_ceil(WIDTH), {
        let spiked = zip(fired[k], valid[k], |f, v| f & v & 1);
        let at_work = zip3(spiked, different[k], input[k], |s, d, i| i32::from((s | d | i) != 0));
        sums.spikes = zip(sums.spikes, spiked, |a, b| a + b);
        sums.active = zip(sums.active, at_work, |a, b| a + b);
        sums.changed = zip(sums.changed, different[k], |a, b| a | b);
    });
}

/// Stores a slot, and notes which bits that changes.
#[inline(always)]
fn write_back(memory: &mut [i32], slot: &SlotLanes, different: &mut SlotLanes) {
    let (whole, rest) = memory.as_chunks_mut();
    each!(k in whole.len(), {
        different[k] = zip3(different[k], whole[k], slot[k], |d, o, n| d | (o ^ n));
        whole[k] = slot[k];
    });
    let last = whole.len() * WIDTH;
    let lanes = different
        .as_flattened_mut()
        .iter_mut()
        .zip(slot.as_flattened())
        .skip(last);
    for (old, (different, new)) in rest.iter_mut().zip(lanes) {
        *different |= *old ^ *new;
        *old = *new;
    }
}
