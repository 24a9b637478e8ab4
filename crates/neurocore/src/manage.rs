//! What management does to a core between steps: what is updated, what is cleared, what is set
//! (NC-051).
//!
//! A core has a gate: how many of its compartments are updated, and whether its rules act. It is
//! part of the state and not of snapshots, as a schedule says what it is after every step. Other
//! values of registers are a program of their own: [`CoreProgram::set`] changes a copy, whose rows
//! are those of the first. So a core that nobody manages pays one comparison a step.
//!
//! What this module does *not* know: schedules, and when anything is done.

use crate::draws::CoreDraws;
use crate::layout::Segment;
use crate::program::CoreProgram;
use crate::state::CoreState;
use crate::update::{UpdateTally, update_column};
use seamount_arith::soma::bias;
use seamount_image::SetPlan;
use seamount_spec::EventCounts;

/// What a core does of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gate {
    /// Compartments that are updated, the first ones in the order of the image; all if it is more
    /// than there are.
    pub updates: u32,
    /// Whether rules change synapses at the end of epochs.
    pub learns: bool,
}

impl Default for Gate {
    /// All compartments are updated and rules act.
    fn default() -> Self {
        Gate {
            updates: u32::MAX,
            learns: true,
        }
    }
}

impl CoreState {
    /// Updates the first so many compartments from now on. What those that stand still showed of
    /// the last step, spikes above all, is no longer so.
    pub fn open(&mut self, updates: u32) {
        self.gate.updates = updates;
        self.fired.fill(0);
        self.flag.fill(0);
        self.payload.fill(0);
        self.accumulator_read.fill(0);
        self.settled = false;
    }

    /// Registers of compartments changed: what was at rest need not be.
    pub fn wake(&mut self) {
        self.settled = false;
    }

    /// u, v, hold and words of programs become 0.
    pub fn clear(&mut self) {
        self.u.fill(0);
        self.v.fill(0);
        self.hold.fill(0);
        self.fired.fill(0);
        self.words
            .iter_mut()
            .flatten()
            .for_each(|word| word.fill(0));
        self.settled = false;
    }

    /// Accumulators become 0.
    pub fn clear_accumulators(&mut self) {
        self.accumulators.fill(0);
        self.pending_until = 0;
        self.settled = false;
    }

    /// State as at the start, weights, delays and the gate apart.
    pub fn begin_again(&mut self, program: &CoreProgram) {
        let learned = self.learning.take();
        let gate = self.gate;
        *self = CoreState::new(program);
        self.gate = gate;
        if let (Some(fresh), Some(learned)) = (&mut self.learning, learned) {
            fresh.weights = learned.weights;
            fresh.delays = learned.delays;
        }
    }
}

impl CoreProgram {
    /// Sets registers of some compartments, by their number on the core, and of the core. No other
    /// compartment shares their entries in the tables of the core, which the proof
    /// of an image shows.
    pub fn set(&mut self, compartments: impl Iterator<Item = usize>, set: &SetPlan) {
        if let Some(offset) = set.ds_offset {
            self.registers.ds_offset = offset;
        }
        if let Some(offset) = set.dm_offset {
            self.registers.dm_offset = offset;
        }
        let columns = compartments.map(|c| usize::from(self.layout.column_of[c]));
        for column in columns.collect::<Vec<usize>>() {
            if set.bias_mantissa.is_some() || set.bias_exponent.is_some() {
                let (mantissa, exponent) = &mut self.biases[column];
                *mantissa = set.bias_mantissa.unwrap_or(*mantissa);
                *exponent = set.bias_exponent.unwrap_or(*exponent);
                self.bias[column] = bias(*mantissa, *exponent);
            }
            let segments = &mut self.layout.segments;
            let segment = segments.partition_point(|s| s.columns.end <= column);
            let segment: &mut Segment = &mut segments[segment];
            let profile = &mut segment.profile;
            profile.current_decay = set.current_decay.unwrap_or(profile.current_decay);
            profile.voltage_decay = set.voltage_decay.unwrap_or(profile.voltage_decay);
            let mantissa = &mut segment.threshold_mantissa;
            *mantissa = set.threshold_mantissa.unwrap_or(*mantissa);
        }
    }
}

/// The update of a core whose gate is not open: of its first compartments, or of none. What waits
/// in the accumulators of the others stays there, and is read when their slot comes round again
/// and they are updated.
pub(crate) fn update_some(
    program: &CoreProgram,
    state: &mut CoreState,
    t: u64,
    draws: &CoreDraws,
    counts: &mut EventCounts,
) {
    let updates = state.gate.updates as usize;
    let slot = (t % program.slots as u64) as usize * program.stride;
    let mut tally = UpdateTally::default();
    let segments = program.layout.segments.iter();
    for segment in segments.filter(|segment| updates > 0 && segment.program.is_none()) {
        for column in segment.columns.clone() {
            let compartment = usize::from(program.layout.compartment_of[column]);
            if compartment < updates {
                let units = std::mem::take(&mut state.accumulators[slot + compartment]);
                tally += update_column(program, segment, state, column, units, &draws.noise);
            }
        }
    }
    if state.pending_until >= t {
        state.pending_until = t + program.slots as u64;
    }
    state.active = tally.active;
    state.settled = false;
    let updated = updates.min(program.len()) as u64;
    counts.neuron_updates_active += u64::from(tally.active);
    counts.neuron_updates_inactive += updated - u64::from(tally.active);
    counts.spikes += u64::from(tally.spikes);
    counts.q_wraps += u64::from(tally.q_wraps);
    counts.u_wraps += u64::from(tally.u_wraps);
    counts.v_clips += u64::from(tally.v_clips);
}
