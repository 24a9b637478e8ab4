//! A machine that is told what happened, and adds up how long it took.

use crate::{CoreTime, Cycle, Fidelity, Ledger, Machine, Pipeline, StepTime};
use seamount_spec::Record;
use std::sync::Arc;

/// Times records of one run, or of many runs of one machine.
#[derive(Debug, Clone)]
pub struct Timer {
    machine: Arc<Machine>,
    engine: Engine,
    /// Sums over all steps.
    pub ledger: Ledger,
}

#[derive(Debug, Clone)]
enum Engine {
    Pipeline(Pipeline),
    Cycle(Box<Cycle>),
}

impl Timer {
    /// A timer of this fidelity; `None` for [`Fidelity::Count`], which knows no time.
    pub fn new(machine: Machine, fidelity: Fidelity) -> Option<Timer> {
        let engine = match fidelity {
            Fidelity::Count => return None,
            Fidelity::Pipeline => Engine::Pipeline(Pipeline::new(&machine)),
            Fidelity::Cycle => Engine::Cycle(Box::new(Cycle::new(&machine))),
        };
        Some(Timer {
            ledger: Ledger::new(machine.cores()),
            machine: Arc::new(machine),
            engine,
        })
    }

    /// The engine of fidelity `cycle`, if that is what this is.
    pub fn cycle(&mut self) -> Option<&mut Cycle> {
        match &mut self.engine {
            Engine::Pipeline(_) => None,
            Engine::Cycle(engine) => Some(engine),
        }
    }

    /// Machine whose time is measured.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Times every step of a record; `see` is shown each.
    pub fn observe(&mut self, record: &Record, mut see: impl FnMut(&StepTime, &[CoreTime])) {
        for step in record.steps() {
            let (time, cores) = match &mut self.engine {
                Engine::Pipeline(engine) => (engine.step(&self.machine, step), engine.cores()),
                Engine::Cycle(engine) => (engine.step(&self.machine, step), engine.cores()),
            };
            self.ledger.add(&time, cores);
            see(&time, cores);
        }
    }
}
