//! Update of neurons with programs: their accumulators, state words, spikes and written traces
//! handed to the machine that runs them.

use crate::kernel::Vectors;
use crate::microcode::{self, Io, LaneScratch, Surroundings};
use crate::program::{CoreProgram, Group};
use crate::state::{CoreState, read_accumulator};
use crate::update::UpdateTally;

/// Memory that programs need and nobody keeps.
#[derive(Debug, Clone, Default)]
pub struct ProgramScratch {
    lanes: LaneScratch,
    traces: [Vec<u8>; 3],
    payload: Vec<i32>,
}

/// One step of a group; `q` holds what came for every column of the core in weight units,
/// `surroundings` are those of the core. What it did, and how many instructions that took.
pub(crate) fn update(
    program: &CoreProgram,
    index: usize,
    state: &mut CoreState,
    q: &mut [i32],
    scratch: &mut ProgramScratch,
    surroundings: Surroundings,
    vectors: Vectors,
) -> (UpdateTally, u64) {
    let group = &program.groups[index];
    let [first, second] = group.columns.clone();
    keep_accumulators(program, group, state, q);
    // the second accumulators are columns after the first ones
    let (left, right) = q.split_at_mut(first.end);
    let second_at = second.start.max(first.end) - first.end;
    let ports = [
        &mut left[first.clone()],
        &mut right[second_at..second_at + second.len()],
    ];
    let writes = group.program.program().writes_trace.contains(&true) && state.learning.is_some();
    if writes {
        gather(group, state, &mut scratch.traces);
    }
    let [y1, y2, y3] = &mut scratch.traces;
    let payload = match state.payload.is_empty() {
        true => &mut scratch.payload[..0],
        false => &mut state.payload[first.clone()],
    };
    let io = Io {
        ports,
        states: &mut state.words[index],
        fired: &mut state.fired[first],
        payload,
        traces: writes.then_some([y1, y2, y3]),
        probes: Some(&mut state.shown[index]),
        surroundings: surroundings.of_group(group.first.0, group.first.1),
    };
    let sum = microcode::run(&group.program, io, &mut scratch.lanes, vectors);
    if writes {
        scatter(program, group, state, &scratch.traces);
    }
    let changed = u32::from(sum.changed);
    (
        UpdateTally {
            spikes: sum.spikes,
            active: sum.active,
            changed,
            q_wraps: sum.q_wraps,
            ..UpdateTally::default()
        },
        sum.instructions,
    )
}

/// Keeps the accumulators for probes.
fn keep_accumulators(program: &CoreProgram, group: &Group, state: &mut CoreState, q: &[i32]) {
    if program.keep_accumulator {
        for column in group.columns.iter().cloned().flatten() {
            state.accumulator_read[column] = read_accumulator(q[column], 0);
        }
    }
}

/// Written traces as the engine has them, by neuron.
fn gather(group: &Group, state: &CoreState, traces: &mut [Vec<u8>; 3]) {
    let Some(learning) = &state.learning else {
        return;
    };
    let (first, ports) = group.first;
    for (traces, post) in traces.iter_mut().zip(&learning.post) {
        traces.clear();
        traces.extend((0..group.program.len()).map(|n| post[first + n * ports]));
    }
}

/// Gives traces back to the engine: those that the program writes and the rules declare as written
/// (LE-012).
fn scatter(program: &CoreProgram, group: &Group, state: &mut CoreState, traces: &[Vec<u8>; 3]) {
    let (Some(learn), Some(learning)) = (&program.learning, &mut state.learning) else {
        return;
    };
    let (first, ports) = group.first;
    let written = group.program.program().writes_trace;
    for (which, traces) in traces
        .iter()
        .enumerate()
        .filter(|(which, _)| written[*which])
    {
        learning.write_post_traces(
            learn,
            which,
            (first, ports),
            traces.iter().map(|trace| i32::from(*trace)),
        );
    }
}
