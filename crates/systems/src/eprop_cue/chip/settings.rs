//! The integers of learning on the chip, as the reported runs have them.

use crate::eprop::control::Intervention;
use serde::Serialize;

/// Place of the eligibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Engine (a): in the tag of every synapse, filtered as the readout is.
    Tag,
    /// Engine (c): in traces of the neurons only, not filtered.
    Traces,
}

/// Settings of the network on the chip and of its learning; integers, as the chip has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChipCueSettings {
    /// Place of the eligibility.
    pub rule: Rule,
    /// Passes over the samples to learn.
    pub epochs: usize,
    /// Test after every epoch, not just after the last.
    pub test_every_epoch: bool,
    /// Steps of a learning epoch, 1..=63.
    pub epoch: u8,
    /// y that the right readout should have in the recall window, the other its negative; 1.0 is
    /// 128.
    pub target: i32,
    /// y counts up to so many percent of the target.
    pub overshoot_percent: i32,
    /// The readouts' own y2 and y3 are pulses by chance; in the mean their error over 2 to this.
    pub readout_shift: u8,
    /// Impulse of a spike in x1 of synapses onto readouts.
    pub readout_impulse: u8,
    /// Fraction of that impulse, in 1/128.
    pub readout_fraction: u8,
    /// Largest value of the pseudo-derivative psi.
    pub psi_max: u8,
    /// y2 and y3 of recurrent neurons are pulses by chance; in the mean the learning signal over 2
    /// to this.
    pub signal_shift: u8,
    /// Impulse of a spike in x1 of synapses onto recurrent neurons.
    pub pre_impulse: u8,
    /// Fraction of that impulse, in 1/128.
    pub pre_fraction: u8,
    /// Exponent of the tag's gain, -7..=8.
    pub eligibility_exponent: i8,
    /// What a tag loses an epoch, as the rule has it.
    pub tag_decay: &'static str,
    /// Rates of learning are halved after so many epochs; 0: never.
    pub halve_every: usize,
    /// What is taken away from the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intervention: Option<Intervention>,
}

impl ChipCueSettings {
    /// The same settings with rates of learning halved some times.
    pub(super) fn slower(&self, halvings: u8) -> ChipCueSettings {
        ChipCueSettings {
            readout_shift: self.readout_shift + halvings,
            signal_shift: self.signal_shift + halvings,
            ..self.clone()
        }
    }

    /// How often rates of learning have been halved in an epoch.
    pub(super) fn halvings(&self, epoch: usize) -> u8 {
        let halvings = epoch.checked_div(self.halve_every).unwrap_or(0);
        halvings.min(usize::from(23 - self.signal_shift)) as u8
    }

    /// The settings of the reported runs.
    pub fn new(rule: Rule) -> Self {
        let common = ChipCueSettings {
            rule,
            epochs: 20,
            test_every_epoch: false,
            epoch: 15,
            target: 128,
            overshoot_percent: 100,
            readout_shift: 4,
            readout_impulse: 2,
            readout_fraction: 0,
            psi_max: 8,
            signal_shift: 9,
            pre_impulse: 1,
            pre_fraction: 0,
            eligibility_exponent: -7,
            tag_decay: "2^-1",
            halve_every: 0,
            intervention: None,
        };
        match rule {
            Rule::Tag => common,
            // at full rate to the end it loses again what it has learned, and rates grow
            Rule::Traces => ChipCueSettings {
                psi_max: 1,
                halve_every: 5,
                ..common
            },
        }
    }
}
