//! A machine that is told what happened, and adds up how long it took.

use crate::{CoreTime, Fidelity, Ledger, Machine, Pipeline, StepTime};
use seamount_spec::Record;

/// Times records of one run, or of many runs of one machine.
#[derive(Debug, Clone)]
pub struct Timer {
    machine: Machine,
    engine: Engine,
    /// What came of it.
    pub ledger: Ledger,
}

#[derive(Debug, Clone)]
enum Engine {
    Pipeline(Pipeline),
}

impl Timer {
    /// A timer of this fidelity; `None` for [`Fidelity::Count`], which knows no time.
    pub fn new(machine: Machine, fidelity: Fidelity) -> Option<Timer> {
        let engine = match fidelity {
            Fidelity::Count => return None,
            Fidelity::Pipeline | Fidelity::Cycle => Engine::Pipeline(Pipeline::new(&machine)),
        };
        Some(Timer { ledger: Ledger::new(machine.cores()), machine, engine })
    }

    /// The machine.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Times every step of a record; `see` is shown each.
    pub fn observe(&mut self, record: &Record, mut see: impl FnMut(&StepTime, &[CoreTime])) {
        for step in record.steps() {
            let Engine::Pipeline(engine) = &mut self.engine;
            let time = engine.step(&self.machine, step);
            self.ledger.add(&time, engine.cores());
            see(&time, engine.cores());
        }
    }
}
