//! Names of a netlist and what they mean, looked up in constant time.
//!
//! A netlist is plain data that anybody may change, so it keeps no index of its names. Whoever
//! resolves many endpoints makes one first.

use super::{Endpoint, Netlist, Resolved};
use std::collections::HashMap;

/// Index of the names of inputs and populations of one netlist.
#[derive(Debug)]
pub struct NetlistNames<'n> {
    netlist: &'n Netlist,
    inputs: HashMap<&'n str, usize>,
    populations: HashMap<&'n str, usize>,
}

impl<'n> NetlistNames<'n> {
    /// The endpoint's input or compartment, if it names one. As [`Netlist::resolve`], which looks
    /// through the whole list.
    pub fn resolve(&self, endpoint: &Endpoint) -> Option<Resolved> {
        if let Some(input) = self.inputs.get(endpoint.name()) {
            let whole = endpoint.compartment().is_none();
            return whole.then_some(Resolved::Input(*input));
        }
        let population = *self.populations.get(endpoint.name())?;
        self.netlist.part(population, endpoint.compartment())
    }

    /// Index of a population.
    pub fn population(&self, name: &str) -> Option<usize> {
        self.populations.get(name).copied()
    }

    /// Number of neurons or sources behind an endpoint; 0 if it names nothing.
    pub fn size(&self, endpoint: &Endpoint) -> u32 {
        self.resolve(endpoint)
            .map_or(0, |resolved| self.netlist.size(resolved))
    }
}

impl Netlist {
    /// An index of the names; of names that occur twice the first counts.
    pub fn names(&self) -> NetlistNames<'_> {
        let inputs = self.inputs.iter().map(|input| input.name.as_str());
        let populations = self.populations.iter().map(|p| p.name.as_str());
        NetlistNames {
            netlist: self,
            inputs: first_places(inputs),
            populations: first_places(populations),
        }
    }
}

/// The first index of each name.
fn first_places<'n>(names: impl Iterator<Item = &'n str>) -> HashMap<&'n str, usize> {
    let mut places = HashMap::new();
    for (index, name) in names.enumerate() {
        places.entry(name).or_insert(index);
    }
    places
}
