//! Schedules of management on a chip: which acts are due after a step, and what they do.
//!
//! A schedule is a function of the step. So what it decides (which compartments are updated,
//! whether rules act, which values registers have) is no state: it follows from the number of the
//! step, on any thread and after a snapshot in the middle of a period. Only what an act clears is
//! state, and that is state anyway.
//!
//! The acts of step t are done when its packets have been exchanged: they see what will arrive in
//! step t + 1, and what they change is so from t + 1 on (NC-051). Spikes that the host emits in
//! step t are not on their way yet, and are not lost.
//!
//! What this module does *not* know: what an act costs, and what is read (probes do that).

use crate::division::Division;
use crate::program::ChipProgram;
use crate::state::ChipState;
use seamount_image::{ActPlan, Deed, Image, SetPlan};
use seamount_neurocore::{CoreProgram, CoreState, Gate, Packets};
use std::ops::Range;

/// The schedules of an image, acts by step.
#[derive(Debug, Default)]
pub(crate) struct ManagementProgram {
    schedules: Vec<ScheduleProgram>,
    /// Cores of which some register is set, ascending.
    set: Vec<u32>,
}

#[derive(Debug)]
struct ScheduleProgram {
    period: u64,
    /// By step; those of one step in the order of the image. Cores are those that are here, by
    /// their place.
    acts: Vec<ActPlan>,
    /// Number of cores of each act on all ranks together.
    cores: Vec<u64>,
}

/// How many acts a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManagementCounts {
    /// Acts that changed cores, each core that an act was done to.
    pub acts: u64,
    /// Registers that were read, each neuron.
    pub reads: u64,
}

impl ScheduleProgram {
    /// Acts of a step of the period.
    fn of(&self, step: u64) -> &[ActPlan] {
        let from = self.acts.partition_point(|act| act.step < step);
        let to = self.acts.partition_point(|act| act.step <= step);
        &self.acts[from..to]
    }

    /// Acts that are done after step `t` of a run, in order. The end of a period comes before the
    /// beginning of the next, which is at the same time.
    fn due(&self, t: u64) -> impl Iterator<Item = &ActPlan> {
        let phase = t % self.period;
        let ends = match (t, phase) {
            (0, _) => &[],
            (_, 0) => self.of(self.period),
            _ => &[][..],
        };
        ends.iter().chain(self.of(phase))
    }

    /// Last step up to `t` after which an act is done; none if there is none yet.
    fn last(&self, act: &ActPlan, t: u64) -> Option<u64> {
        let since = t.checked_sub(act.step)?;
        Some(act.step + since / self.period * self.period)
    }

    /// Number of the steps `first..=last` after which an act is done.
    fn times(&self, act: &ActPlan, steps: (u64, u64)) -> u64 {
        let (first, last) = steps;
        let upto = |t: u64| match t.checked_sub(act.step) {
            None => 0,
            // before the first step of a run no step has passed
            Some(since) => since / self.period + u64::from(act.step > 0),
        };
        upto(last).saturating_sub(upto(first.saturating_sub(1)))
    }
}

impl ManagementProgram {
    /// The schedules of a proved image.
    pub(crate) fn new(image: &Image, division: &Division, rank: usize) -> ManagementProgram {
        let schedules = image.management.schedules.iter().map(|plan| {
            let mut acts = plan.acts.clone();
            acts.sort_by_key(|act| act.step); // keeps the order within a step
            let cores = acts.iter().map(|act| act.cores.len() as u64).collect();
            for act in &mut acts {
                act.cores.retain(|core| division.rank_of(*core) == rank);
                (act.cores.iter_mut()).for_each(|core| *core = division.place(*core));
                act.cores.sort_unstable();
            }
            let period = plan.period;
            ScheduleProgram {
                period,
                acts,
                cores,
            }
        });
        let schedules: Vec<ScheduleProgram> = schedules.collect();
        let acts = schedules.iter().flat_map(|schedule| &schedule.acts);
        let sets = acts.filter(|act| matches!(act.deed, Deed::Set(_)));
        let mut set: Vec<u32> = sets.flat_map(|act| act.cores.iter().copied()).collect();
        set.sort_unstable();
        set.dedup();
        ManagementProgram { schedules, set }
    }

    /// Whether nothing is done.
    pub(crate) fn is_empty(&self) -> bool {
        self.schedules.is_empty()
    }

    /// Acts that are done after step `t`; 0 is before the first.
    pub(crate) fn due(&self, t: u64) -> impl Iterator<Item = &ActPlan> {
        self.schedules.iter().flat_map(move |s| s.due(t))
    }

    /// For every act the last step up to `t` after which it was done, oldest first: done in this
    /// order, they leave settings as they are after step `t`.
    fn history(&self, t: u64) -> Vec<&ActPlan> {
        let mut done = vec![];
        for (order, schedule) in self.schedules.iter().enumerate() {
            for act in &schedule.acts {
                if let Some(last) = schedule.last(act, t) {
                    done.push((last, order, act.step == 0, act));
                }
            }
        }
        // acts of one schedule and step are in order already
        done.sort_by_key(|&(last, order, begins, _)| (last, order, begins));
        done.into_iter().map(|(.., act)| act).collect()
    }

    /// Gate of every core after step `t`.
    pub(crate) fn gates(&self, cores: usize, t: u64) -> Vec<Gate> {
        let mut gates = vec![Gate::default(); cores];
        for act in self.history(t) {
            for core in &act.cores {
                turn(&mut gates[*core as usize], act.deed);
            }
        }
        gates
    }

    /// Programs of some cores with the registers that are set after step `t`; none where none is
    /// ever set.
    pub(crate) fn set_cores(
        &self,
        program: &ChipProgram,
        cores: &Range<usize>,
        t: u64,
    ) -> Vec<Option<Box<CoreProgram>>> {
        let own = |core: usize| {
            let set = self.set.binary_search(&(core as u32)).is_ok();
            set.then(|| Box::new(program.cores[core].clone()))
        };
        if self.set.is_empty() {
            return vec![];
        }
        let mut all: Vec<Option<Box<CoreProgram>>> = cores.clone().map(own).collect();
        for act in self.history(t) {
            for core in within(&act.cores, cores) {
                if let Some(own) = &mut all[core - cores.start] {
                    set(program, own, core, act.deed);
                }
            }
        }
        all
    }

    /// What was done in the steps `first..=last` of a run.
    pub(crate) fn counts(&self, steps: (u64, u64)) -> u64 {
        let of = |schedule: &ScheduleProgram| -> u64 {
            let acts = schedule.acts.iter().zip(&schedule.cores);
            acts.map(|(act, cores)| schedule.times(act, steps) * cores)
                .sum()
        };
        self.schedules.iter().map(of).sum()
    }
}

/// Cores of an act that are in a range, as numbers of the chip.
pub(crate) fn within(cores: &[u32], range: &Range<usize>) -> impl Iterator<Item = usize> {
    let from = cores.partition_point(|core| (*core as usize) < range.start);
    let to = cores.partition_point(|core| (*core as usize) < range.end);
    cores[from..to].iter().map(|core| *core as usize)
}

/// Turns a gate, if the act is about it.
fn turn(gate: &mut Gate, deed: Deed) {
    match deed {
        Deed::Freeze => gate.updates = 0,
        Deed::Thaw(updates) => gate.updates = updates.map_or(u32::MAX, u32::from),
        Deed::Learning(on) => gate.learns = on,
        Deed::ClearState | Deed::ClearAccumulators | Deed::Set(_) | Deed::Reset => {}
    }
}

/// Does an act to the state of a core and the packets that are on their way to it.
pub(crate) fn act(program: &CoreProgram, state: &mut CoreState, packets: &mut Packets, deed: Deed) {
    turn(&mut state.gate, deed);
    match deed {
        Deed::Freeze | Deed::Thaw(_) => state.open(state.gate.updates),
        Deed::ClearState => state.clear(),
        Deed::ClearAccumulators => {
            state.clear_accumulators();
            packets.clear();
        }
        Deed::Reset => {
            state.begin_again(program);
            packets.clear();
        }
        Deed::Set(_) => state.wake(),
        Deed::Learning(_) => {}
    }
}

/// Sets registers of a core, if the act is about them.
pub(crate) fn set(program: &ChipProgram, own: &mut CoreProgram, core: usize, deed: Deed) {
    let Deed::Set(plan) = deed else { return };
    let SetPlan {
        population, part, ..
    } = plan;
    let map = &program.populations[population as usize];
    let parts = map.compartments.len();
    let number = program.numbers[core];
    let slices = map.slices.iter().filter(|s| s.core == number);
    let compartments = slices.flat_map(|slice| {
        let first = slice.first_compartment as usize + part as usize;
        (0..slice.neurons as usize).map(move |neuron| first + neuron * parts)
    });
    own.set(compartments, &plan);
}

impl ChipState {
    /// Does what is done before the first step.
    pub(crate) fn begin(&mut self, program: &ChipProgram) {
        for due in program.management.due(0) {
            for &core in &due.cores {
                let core = core as usize;
                let packets = &mut self.in_flight[core];
                act(
                    &program.cores[core],
                    &mut self.cores[core],
                    packets,
                    due.deed,
                );
            }
        }
    }
}
