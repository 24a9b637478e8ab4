//! One trial, event by event: the next event is the next input or the next spike, whichever comes
//! first.
//!
//! A neuron is kept as psi = phi - t, which does not change between events: the next spike is that
//! of the neuron of largest psi, at t = period - psi.

use super::cell::Cell;
use super::wiring::Wiring;

/// Inputs that spike together.
#[derive(Debug, Clone, PartialEq)]
pub struct Volley {
    /// When, from the start of the trial.
    pub time: f64,
    /// Which inputs; their weights are added first.
    pub inputs: Vec<usize>,
}

/// What an event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The volley of this index.
    Input(usize),
    /// The spike of this neuron.
    Spike(usize),
}

/// An event of a trial.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// Time of the event, in the unit of the trial's duration.
    pub time: f64,
    /// What happens at that time.
    pub cause: Cause,
    /// Where the derivatives of its jumps begin, see [`Trial::jumps`].
    pub jumps: usize,
}

/// What happened in a trial.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Trial {
    /// Events in order of time.
    pub events: Vec<Event>,
    /// (dH/dphi, dH/dw) of every neuron that every event reached, in the order of its row.
    pub jumps: Vec<(f64, f64)>,
    /// Phase of each neuron at the end.
    pub phases: Vec<f64>,
    /// Index of the event of each neuron's first spike.
    pub first_spikes: Vec<Option<usize>>,
    drives: Vec<f64>,
}

/// More events than were allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {0} events in a trial")]
pub struct TooManyEvents(pub usize);

/// A network and how long it is watched.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The neuron.
    pub cell: Cell,
    /// The shape.
    pub wiring: Wiring,
    /// T, the end of a trial.
    #[doc(alias = "T")]
    pub duration: f64,
    /// More events than this are an error.
    pub events_max: usize,
}

impl Setting {
    /// A layered network of the paper's neurons, watched for T = 2 (D.2).
    pub fn published(sizes: &[usize]) -> Setting {
        Setting {
            cell: Cell::published(),
            wiring: Wiring::layered(sizes),
            duration: 2.0,
            events_max: 20_000,
        }
    }

    /// Runs a trial into `trial`, whose memory is used again. Volleys must be in order of time.
    pub fn run(
        &self,
        parameters: &[f64],
        volleys: &[Volley],
        trial: &mut Trial,
    ) -> Result<(), TooManyEvents> {
        let rows = self.wiring.neurons();
        trial.clear(&parameters[self.wiring.phases()]);
        let mut waiting = volleys
            .iter()
            .enumerate()
            .take_while(|(_, v)| v.time < self.duration)
            .peekable();
        loop {
            let (neuron, psi) = largest(&trial.phases);
            let spike = self.cell.period() - psi;
            let input = waiting.peek().map_or(f64::INFINITY, |(_, v)| v.time);
            if spike.min(input) >= self.duration {
                break;
            }
            if trial.events.len() == self.events_max {
                return Err(TooManyEvents(self.events_max));
            }
            if let (true, Some((index, volley))) = (input <= spike, waiting.peek()) {
                let first = self.wiring.inputs()[0].first;
                self.sum(parameters, volley, &mut trial.drives);
                trial.push(input, Cause::Input(*index));
                let drives = std::mem::take(&mut trial.drives);
                self.deliver(trial, input, first, &drives);
                trial.drives = drives;
                waiting.next();
            } else {
                trial.first_spikes[neuron].get_or_insert(trial.events.len());
                trial.push(spike, Cause::Spike(neuron));
                trial.phases[neuron] = -spike;
                self.deliver(
                    trial,
                    spike,
                    rows[neuron].first,
                    &parameters[rows[neuron].weights()],
                );
            }
        }
        trial
            .phases
            .iter_mut()
            .for_each(|psi| *psi += self.duration);
        Ok(())
    }

    /// Sum of the weights of a volley.
    fn sum(&self, parameters: &[f64], volley: &Volley, drives: &mut Vec<f64>) {
        let rows = self.wiring.inputs();
        drives.clear();
        drives.resize(rows[0].len, 0.0);
        for &input in &volley.inputs {
            for (drive, w) in drives.iter_mut().zip(&parameters[rows[input].weights()]) {
                *drive += w;
            }
        }
    }

    fn deliver(&self, trial: &mut Trial, time: f64, first: usize, weights: &[f64]) {
        for (psi, &w) in trial.phases[first..].iter_mut().zip(weights) {
            let jump = self.cell.jump(*psi + time, w);
            *psi = jump.phase - time;
            trial.jumps.push((jump.by_phase, jump.by_weight));
        }
    }
}

/// The first of the largest values.
fn largest(values: &[f64]) -> (usize, f64) {
    let start = (0, f64::NEG_INFINITY);
    values.iter().copied().enumerate().fold(
        start,
        |best, next| if next.1 > best.1 { next } else { best },
    )
}

impl Trial {
    fn clear(&mut self, phases: &[f64]) {
        self.events.clear();
        self.jumps.clear();
        self.phases.clear();
        self.phases.extend_from_slice(phases);
        self.first_spikes.clear();
        self.first_spikes.resize(phases.len(), None);
    }

    fn push(&mut self, time: f64, cause: Cause) {
        self.events.push(Event {
            time,
            cause,
            jumps: self.jumps.len(),
        });
    }

    /// Time of a neuron's first spike.
    pub fn first_spike(&self, neuron: usize) -> Option<f64> {
        self.first_spikes[neuron].map(|event| self.events[event].time)
    }

    /// Spikes in order: time and neuron.
    pub fn spikes(&self) -> impl Iterator<Item = (f64, usize)> + '_ {
        self.events.iter().filter_map(|e| match e.cause {
            Cause::Spike(neuron) => Some((e.time, neuron)),
            Cause::Input(_) => None,
        })
    }
}
