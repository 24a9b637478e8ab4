//! The papers' table of operations: the spiking network, an LSTM and an RNN of its size.

use crate::srnn::float::arithmetic::PAIRS;
use crate::srnn::float::{EnergyPair, Operations};
use serde::Serialize;
use std::fmt;

/// A network by its arithmetic.
#[derive(Debug, Clone, Serialize)]
pub struct NetworkCost {
    /// Name of the network.
    pub network: String,
    /// Mean operations of a step.
    pub per_step: Operations,
    /// Energy of an inference by each pair of [`CostTable::pairs`], nanojoules.
    pub energy_nj: Vec<f64>,
    /// Energy of the arithmetic divided by the spiking network's, by pair of prices.
    pub ratio: Vec<f64>,
}

/// Arithmetic of an inference, by network and pair of prices.
#[derive(Debug, Clone, Serialize)]
pub struct CostTable {
    /// Steps of an inference.
    pub steps: u64,
    /// The prices.
    pub pairs: Vec<EnergyPair>,
    /// The networks, the spiking one first.
    pub networks: Vec<NetworkCost>,
}

impl CostTable {
    /// A table of networks by their operations a step, the spiking one first.
    pub fn new(steps: u64, networks: &[(&str, Operations)]) -> CostTable {
        let energy = |o: &Operations| PAIRS.map(|pair| o.energy_pj(&pair) * steps as f64 * 1e-3);
        let first = networks.first().map_or([0.0; 2], |(_, o)| energy(o));
        let cost = |(name, o): &(&str, Operations)| NetworkCost {
            network: (*name).into(),
            per_step: *o,
            energy_nj: energy(o).to_vec(),
            ratio: energy(o).iter().zip(first).map(|(e, f)| e / f).collect(),
        };
        CostTable {
            steps,
            pairs: PAIRS.to_vec(),
            networks: networks.iter().map(cost).collect(),
        }
    }
}

impl fmt::Display for CostTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "arithmetic by the papers' counting (no memory, no routing, no static power: not a chip's energy)"
        )?;
        writeln!(f, "  {:<34}{:>12}{:>12}", "", "MAC/step", "AC/step")?;
        for network in &self.networks {
            writeln!(
                f,
                "  {:<34}{:>12.1}{:>12.1}",
                network.network, network.per_step.mac, network.per_step.ac
            )?;
        }
        for (k, pair) in self.pairs.iter().enumerate() {
            let EnergyPair {
                name,
                mac_pj,
                ac_pj,
            } = pair;
            writeln!(
                f,
                "  nJ an inference at {mac_pj} pJ a MAC and {ac_pj} pJ an AC ({name}):"
            )?;
            for network in &self.networks {
                writeln!(
                    f,
                    "    {:<32}{:>12.1}  {:>8.1}x",
                    network.network, network.energy_nj[k], network.ratio[k]
                )?;
            }
        }
        Ok(())
    }
}
