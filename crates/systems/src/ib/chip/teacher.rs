//! The host's part: outputs of hidden layers for the last samples, and the modulator that follows
//! from them.
//!
//! AdamW of the float side makes steps of one size; plain steps on the chip would be as large as
//! xi. So the running root mean square of a layer's modulator is scaled to a constant.

use super::learner::SampleSeen;
use super::network::CountNetwork;
use crate::ib::float::Bottleneck;
use crate::ib::float::modulator::Window;
use std::collections::VecDeque;

/// Share of the running mean square of a layer's modulator that a sample leaves.
const KEEP: f64 = 0.99;

/// Remembers the last samples.
#[derive(Debug, Clone)]
pub(super) struct Teacher {
    rule: Bottleneck,
    samples: usize,
    one: f64,
    gain: f64,
    /// By hidden layer, outputs of the last samples, oldest first.
    outputs: Vec<VecDeque<Vec<f64>>>,
    mean_square: Vec<Option<f64>>,
}

impl Teacher {
    pub fn new(network: &CountNetwork, rule: Bottleneck, samples: usize) -> Teacher {
        let hidden = network.layers() - 1;
        Teacher {
            rule,
            samples,
            one: network.one.into(),
            gain: network.gain,
            outputs: vec![VecDeque::new(); hidden],
            mean_square: vec![None; hidden],
        }
    }

    /// Notes a sample. True if there are enough to say anything.
    pub fn note(&mut self, seen: &SampleSeen) -> bool {
        for (outputs, counts) in self.outputs.iter_mut().zip(&seen.hidden) {
            if outputs.len() == self.samples {
                outputs.pop_front();
            }
            outputs.push_back(counts.iter().map(|c| f64::from(*c) / self.one).collect());
        }
        self.outputs
            .iter()
            .all(|outputs| outputs.len() == self.samples)
    }

    /// xi of every hidden layer for the last sample, its running root mean square scaled to the
    /// gain.
    pub fn signals(&mut self, window: &Window) -> Vec<Vec<i32>> {
        let layers = self.outputs.iter_mut().zip(&mut self.mean_square);
        let mut signals = vec![];
        for (outputs, mean_square) in layers {
            let xi = self.rule.modulator(window, outputs.make_contiguous());
            let square = xi.iter().map(|x| x * x).sum::<f64>() / xi.len().max(1) as f64;
            let mean = mean_square.map_or(square, |mean| KEEP * mean + (1.0 - KEEP) * square);
            *mean_square = Some(mean);
            let scale = if mean > 0.0 {
                self.gain / mean.sqrt()
            } else {
                0.0
            };
            // far beyond any pulse, and within 24 bit
            let integer = |x: &f64| (x * scale).round().clamp(-1e6, 1e6) as i32;
            signals.push(xi.iter().map(integer).collect());
        }
        signals
    }
}
