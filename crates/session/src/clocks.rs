//! The clocks of a run: how long its steps take by each profile, beside it and without touching it.

use crate::energy::Energy;
use crate::time::Time;
use seamount_chip::ChipProgram;
use seamount_spec::{Profile, Record};
use seamount_timing::{CoreTime, Cycle, Fidelity, Machine as TimedMachine, StepTime, Timer};

/// One clock for each profile. With fidelity `count` there are none, because events alone take no
/// time.
#[derive(Debug, Clone)]
pub struct Clocks {
    fidelity: Fidelity,
    timers: Vec<Timer>,
}

impl Clocks {
    /// Clocks for a program by each of `profiles`, in their order.
    pub fn new(program: &ChipProgram, profiles: &[Profile], fidelity: Fidelity) -> Clocks {
        let plan = program.floorplan();
        let timer = |profile| Timer::new(TimedMachine::new(plan.clone(), profile), fidelity);
        Clocks {
            fidelity,
            timers: profiles.iter().filter_map(timer).collect(),
        }
    }

    /// The record of some steps that were run. `see` is shown the time of each step and of each
    /// core in it with the position of the clock, from 0.
    pub fn observe(&mut self, record: &Record, see: &mut dyn FnMut(usize, &StepTime, &[CoreTime])) {
        for (at, timer) in self.timers.iter_mut().enumerate() {
            timer.observe(record, |step, cores| see(at, step, cores));
        }
    }

    /// Picoseconds of all steps so far by each clock, in their order.
    pub fn durations_ps(&self) -> Vec<u64> {
        let timers = self.timers.iter();
        timers.map(|timer| timer.ledger.duration_ps).collect()
    }

    /// The engine of the first clock that computes every cycle; none with other fidelities.
    pub fn first_cycle(&mut self) -> Option<&mut Cycle> {
        self.timers.first_mut()?.cycle()
    }

    /// The times so far, beside the energies by the same profiles; with the number of steps of one
    /// inference, its share of both.
    pub fn times(&self, energy: &[Energy], inference_steps: Option<u64>) -> Vec<Time> {
        self.timers
            .iter()
            .zip(energy)
            .map(|(timer, energy)| Time::new(timer, self.fidelity, energy, inference_steps))
            .collect()
    }
}
