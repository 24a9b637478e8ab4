//! What the workers of a run saw, and all of it together.
//!
//! Workers are threads of one process or ranks of many: each has the counts of its cores, the
//! values of probes that lie there, and the packets that it sent. Every one of them has its place,
//! so the same is put together whoever had which core.

use crate::observe::{CoreCounts, Observations};
use crate::program::ChipProgram;
use crate::recorder::{RecordedPart, merge};
use crate::timing_record::{TimingRecorder, put_together};
use seamount_spec::EventCounts;
use serde::{Deserialize, Serialize};

/// What one worker saw.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PartSeen {
    /// Events of each of its cores.
    pub(crate) counts: Vec<CoreCounts>,
    pub(crate) host_spikes: u64,
    pub(crate) per_step: Vec<EventCounts>,
    pub(crate) recorded: Vec<RecordedPart>,
    pub(crate) timing: Option<TimingRecorder>,
}

/// Puts the parts of a run together. `numbers` has the index in the image of each core, those of
/// the parts one after another.
pub(crate) fn observations(
    program: &ChipProgram,
    numbers: &[u32],
    steps: (u64, u64),
    parts: Vec<PartSeen>,
) -> Observations {
    let mut cores = vec![CoreCounts::default(); numbers.len()];
    let mut per_step = Vec::<EventCounts>::new();
    let mut host_spikes = 0;
    let mut recorded = vec![];
    let mut timing = vec![];
    let mut places = numbers.iter();
    for part in parts {
        for (counts, number) in part.counts.into_iter().zip(places.by_ref()) {
            cores[*number as usize] = counts;
        }
        host_spikes += part.host_spikes;
        per_step.resize(part.per_step.len(), EventCounts::default());
        let sums = per_step.iter_mut().zip(part.per_step);
        sums.for_each(|(sum, part)| *sum += part);
        recorded.push(part.recorded);
        timing.extend(part.timing);
    }
    let (recordings, readings) = merge(program, recorded);
    Observations {
        steps,
        recordings,
        readings,
        cores,
        host_spikes,
        per_step,
        record: put_together(numbers, steps.0, timing),
    }
}
