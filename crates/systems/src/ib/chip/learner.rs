//! A chip that is shown a sample in all steps of a learning epoch but the last, and is told in the
//! last what to learn from it.
//!
//! The order is that of the rule: synapses learn at the end of the epoch, from spikes that came
//! before and a modulator that the host can compute only when it has seen the whole sample.

use super::network::{COUNT, CountNetwork, SUM, learning};
use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_image::ImageRegister;
use seamount_network::netlist::Netlist;
use seamount_session::decode::first_largest;
use seamount_session::{Failure, build};
use seamount_spec::{Board, EventCounts};
use std::sync::Arc;

/// A chip between two samples.
#[derive(Clone)]
pub(super) struct IbLearner {
    pub chip: Chip,
    network: CountNetwork,
}

/// Counts of a sample that was shown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SampleSeen {
    /// Spikes of each unit of each hidden layer.
    pub hidden: Vec<Vec<i32>>,
    /// Sum of each readout.
    pub readout: Vec<i32>,
    pub counts: EventCounts,
}

impl SampleSeen {
    /// The readout with the largest sum; the first of equals.
    pub fn class(&self) -> usize {
        first_largest(&self.readout)
    }
}

/// Compiles a network for a chip of the Loihi 2 class.
pub(super) fn program(net: &Netlist) -> Result<Arc<ChipProgram>, Failure> {
    let image = build(net, &CompileOptions::new(Board::loihi2()))?;
    Ok(Arc::new(ChipProgram::new(&image)))
}

impl IbLearner {
    /// A chip that has learned nothing. `weights[layer][source][unit]` are real numbers, `seed` is
    /// that of the rounding.
    pub fn new(
        network: &CountNetwork,
        weights: &[Vec<Vec<f64>>],
        seed: u64,
    ) -> Result<IbLearner, Failure> {
        Ok(IbLearner {
            chip: Chip::new(program(&learning(network, weights, seed))?),
            network: network.clone(),
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
    pub fn show(&mut self, spikes: &[u32]) -> SampleSeen {
        self.chip.rest(&["pulses"]);
        let base = self.chip.t();
        let input = self.first("in");
        let one = self.first("one");
        let of = |source: u32, count: u32| (0..count).map(move |k| (base + u64::from(k), source));
        let inputs = spikes
            .iter()
            .zip(input..)
            .flat_map(|(count, source)| of(source, *count));
        let events = inputs.chain(of(one, self.network.one)).collect();
        let train =
            SpikeTrain::new(self.chip.program(), events).expect("inputs of the network's own");
        let counts = self.run(self.network.steps() - 1, &train);
        let read = |layer: usize, word: u8| {
            self.chip
                .read(&self.network.name(layer), 0, ImageRegister::State(word))
                .unwrap_or_default()
        };
        let last = self.network.layers() - 1;
        SampleSeen {
            hidden: (0..last).map(|layer| read(layer, COUNT)).collect(),
            readout: read(last, SUM),
            counts,
        }
    }

    /// The last step of a sample: modulators of hidden layers and the class, if it is to learn.
    pub fn teach(&mut self, signals: &[Vec<i32>], class: Option<usize>) -> EventCounts {
        let now = self.chip.t();
        let target = self.first("target");
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
            let one = self.network.weight_units() * self.network.one as i32;
            let readouts = 0..self.network.sizes[self.network.layers()];
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
