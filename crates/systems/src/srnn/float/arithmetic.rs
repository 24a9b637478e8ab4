//! Arithmetic by the papers' counting: multiply-accumulates, accumulates, and two prices for them.
//!
//! This counts arithmetic only: no memory access, no routing, no static power. It is not a chip's
//! energy and does not become one by multiplying.

use serde::Serialize;
use std::ops::Add;

/// Energy of a multiply-accumulate and of an accumulate, picojoules.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EnergyPair {
    /// What the pair is known as.
    pub name: &'static str,
    /// Picojoules of a multiply-accumulate.
    pub mac_pj: f64,
    /// Picojoules of an accumulate.
    pub ac_pj: f64,
}

/// The two pairs that papers on spiking networks use; a figure says little without the pair.
pub const PAIRS: [EnergyPair; 2] = [
    EnergyPair {
        name: "32-bit integer, 45 nm",
        mac_pj: 3.1,
        ac_pj: 0.1,
    },
    EnergyPair {
        name: "32-bit float, 45 nm (Horowitz 2014)",
        mac_pj: 4.6,
        ac_pj: 0.9,
    },
];

/// Operations of a step, mean.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Operations {
    /// Multiply-accumulates.
    pub mac: f64,
    /// Accumulates.
    pub ac: f64,
}

impl Operations {
    /// Energy, picojoules.
    pub fn energy_pj(&self, pair: &EnergyPair) -> f64 {
        self.mac * pair.mac_pj + self.ac * pair.ac_pj
    }

    /// An LSTM layer: 4 (m n + n n) + 17 n multiply-accumulates.
    pub fn lstm(inputs: usize, neurons: usize) -> Operations {
        let m = inputs as f64;
        let n = neurons as f64;
        Operations {
            mac: 4.0 * (m * n + n * n) + 17.0 * n,
            ac: 0.0,
        }
    }

    /// A recurrent layer of rate units: m n + n n + n multiply-accumulates.
    pub fn rnn(inputs: usize, neurons: usize) -> Operations {
        let m = inputs as f64;
        let n = neurons as f64;
        Operations {
            mac: m * n + n * n + n,
            ac: 0.0,
        }
    }

    /// A dense layer of rate units: m n multiply-accumulates.
    pub fn dense(inputs: usize, neurons: usize) -> Operations {
        Operations {
            mac: (inputs * neurons) as f64,
            ac: 0.0,
        }
    }

    /// A layer of spiking neurons: an accumulate per synapse reached, and per neuron and step one
    /// multiply-accumulate (leak), or four and an accumulate per spike if its threshold adapts.
    pub fn spiking(
        synapses_reached: f64,
        neurons: usize,
        spikes: f64,
        adaptive: bool,
    ) -> Operations {
        let n = neurons as f64;
        if adaptive {
            Operations {
                mac: 4.0 * n,
                ac: synapses_reached + spikes,
            }
        } else {
            Operations {
                mac: n,
                ac: synapses_reached,
            }
        }
    }
}

impl Add for Operations {
    type Output = Operations;
    fn add(self, other: Operations) -> Operations {
        Operations {
            mac: self.mac + other.mac,
            ac: self.ac + other.ac,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_are_those_of_the_papers() {
        assert_eq!(Operations::lstm(4, 36).mac, 4.0 * 36.0 * 40.0 + 612.0);
        assert_eq!(Operations::rnn(4, 36).mac, 36.0 * 41.0);
        let spiking =
            Operations::spiking(531.0, 36, 12.0, false) + Operations::spiking(0.0, 6, 2.0, true);
        assert_eq!((spiking.mac, spiking.ac), (60.0, 533.0));
        assert!((spiking.energy_pj(&PAIRS[0]) - (60.0 * 3.1 + 53.3)).abs() < 1e-9);
    }
}
