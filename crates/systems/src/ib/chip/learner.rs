//! A chip that is shown a sample and then told what to make of it.

use super::network::{COUNT, Form, SUM, learning};
use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, LimitPolicy, Register};
use seamount_network::netlist::Netlist;
use seamount_spec::{Board, EventCounts};
use seamount_study::LabError;
use seamount_study::decode::first_largest;
use std::sync::Arc;

/// A chip between two samples.
#[derive(Clone)]
pub(super) struct Learner {
    pub chip: Chip,
    form: Form,
}

/// What a sample did.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// Spikes of each unit of each hidden layer.
    pub hidden: Vec<Vec<i32>>,
    /// Sum of each readout.
    pub readout: Vec<i32>,
    pub counts: EventCounts,
}

impl Seen {
    /// The readout with the largest sum; the first of equals.
    pub fn class(&self) -> usize {
        first_largest(&self.readout)
    }
}

/// Compiles a network for a chip of the Loihi 2 class.
pub(super) fn program(net: &Netlist) -> Result<Arc<ChipProgram>, LabError> {
    let board = Board::preset("loihi2").expect("a preset of ours");
    let options = CompileOptions::new(board);
    let compiled = compile(net, &options)?;
    let image = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce)
        .map_err(LabError::Image)?;
    Ok(Arc::new(ChipProgram::new(&image)))
}

impl Learner {
    pub fn new(form: &Form, weights: &[Vec<Vec<f64>>], seed: u64) -> Result<Learner, LabError> {
        Ok(Learner {
            chip: Chip::new(program(&learning(form, weights, seed))?),
            form: form.clone(),
        })
    }

    /// First source of an input of the network's own.
    fn first(&self, input: &str) -> u32 {
        self.chip
            .program()
            .input(input)
            .map_or(0, |(first, _)| first)
    }

    fn run(&mut self, steps: u32, train: &SpikeTrain) -> EventCounts {
        self.chip
            .run(steps.into(), train, &RunOptions::default())
            .total()
    }

    /// Shows a sample from rest: inputs fire so many spikes each. All steps but the last.
    pub fn show(&mut self, spikes: &[u32]) -> Seen {
        self.chip.rest(&["pulses"]);
        let (base, input, one) = (self.chip.t(), self.first("in"), self.first("one"));
        let of = |source: u32, count: u32| (0..count).map(move |k| (base + u64::from(k), source));
        let inputs = spikes
            .iter()
            .zip(input..)
            .flat_map(|(count, source)| of(source, *count));
        let events = inputs.chain(of(one, self.form.one)).collect();
        let train =
            SpikeTrain::new(self.chip.program(), events).expect("inputs of the network's own");
        let counts = self.run(self.form.steps() - 1, &train);
        let read = |layer: usize, word: u8| {
            self.chip
                .read(&self.form.name(layer), 0, Register::State(word))
                .unwrap_or_default()
        };
        let last = self.form.layers() - 1;
        Seen {
            hidden: (0..last).map(|layer| read(layer, COUNT)).collect(),
            readout: read(last, SUM),
            counts,
        }
    }

    /// The last step of a sample: modulators of hidden layers and the class, if it is to learn.
    pub fn teach(&mut self, signals: &[Vec<i32>], class: Option<usize>) -> EventCounts {
        let (now, target) = (self.chip.t(), self.first("target"));
        let mut graded = vec![];
        for (layer, signals) in signals.iter().enumerate() {
            let first = self.first(&format!("xi{layer}"));
            graded.extend(
                (first..)
                    .zip(signals)
                    .filter(|(_, x)| **x != 0)
                    .map(|(source, x)| (now, source, *x)),
            );
        }
        if let Some(class) = class {
            let one = self.form.weight_units() * self.form.one as i32;
            let readouts = 0..self.form.sizes[self.form.layers()];
            graded.extend(
                readouts.map(|k| (now, target + k as u32, if k == class { one + 1 } else { 1 })),
            );
        }
        let train = SpikeTrain::default()
            .with_graded(self.chip.program(), graded)
            .expect("small, and they do not learn");
        self.run(1, &train)
    }
}
