//! Networks of records on a chip: build, run, read.

use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_network::netlist::Netlist;
use seamount_session::{Failure, build};
use seamount_spec::{EventCounts, Profile, Record};
use seamount_timing::{Fidelity, Machine, Timer};
use std::sync::Arc;

/// A network that ran from rest.
pub(super) struct RecordRun {
    pub program: Arc<ChipProgram>,
    pub seen: Observations,
}

/// A run of a network from rest. `events` are steps and neurons of the host's input by name.
pub(super) fn run(
    netlist: &Netlist,
    options: &CompileOptions,
    steps: u64,
    events: &[(u64, &str, u32)],
    settings: &RunOptions,
) -> Result<RecordRun, Failure> {
    let program = Arc::new(ChipProgram::new(&build(netlist, options)?));
    let train = SpikeTrain::named(&program, events.iter().copied()).map_err(Failure::call)?;
    let seen = Chip::new(Arc::clone(&program)).run(steps, &train, settings);
    Ok(RecordRun { program, seen })
}

impl RecordRun {
    /// A recording, row by row; empty if nothing of that name was recorded.
    pub fn words(&self, probe: &str) -> Vec<i64> {
        let recording = self.seen.recording(probe);
        let words = recording.map_or(vec![], |r| r.to_words());
        words.into_iter().map(i64::from).collect()
    }
}

/// Mean duration of a step of a recorded run, microseconds.
pub(super) fn step_us(
    program: &ChipProgram,
    record: &Record,
    profile: &Profile,
    fidelity: Fidelity,
) -> Option<f64> {
    let machine = Machine::new(program.floorplan(), profile);
    let mut timer = Timer::new(machine, fidelity)?;
    timer.observe(record, |_, _| ());
    Some(timer.ledger.duration_ps as f64 / timer.ledger.steps.max(1) as f64 / 1e6)
}

/// Dynamic energy of events, microjoules; none where the profile does not price one of them.
pub(super) fn dynamic_uj(counts: &EventCounts, profile: &Profile) -> Option<f64> {
    let bill = profile.price(counts);
    bill.unknown
        .is_empty()
        .then_some(bill.dynamic_fj as f64 / 1e9)
}
