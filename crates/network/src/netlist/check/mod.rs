//! Everything wrong with a netlist, at once.
//!
//! What it does not know: limits of a chip, texts of learning rules and of programs. The compiler
//! looks at those.

mod learn;
mod management;
mod neurons;
mod probes;
mod program;
mod synapses;

use super::registers::{self, Range};
use super::*;
use seamount_diagnose::{Fault, Finding, Findings, Here, Place};
use std::collections::HashSet;

impl Netlist {
    /// Everything wrong with this netlist; empty means it can be compiled as far as the network
    /// itself is concerned (limits of a chip are the compiler's business).
    ///
    /// Places are paths in the JSON form with the name of a part beside its index:
    /// `populations[0] 'hidden'.compartments[0] 'soma'.current_decay`.
    pub fn check(&self) -> Vec<Finding> {
        let check = NetlistCheck {
            netlist: self,
            names: self.names(),
            found: Findings::new(),
        };
        check.header();
        check.parts();
        check.synapses();
        check.probes();
        check.programs();
        check.learning();
        check.management();
        check.found.into_vec()
    }
}

/// A netlist and what has been found in it.
struct NetlistCheck<'n> {
    netlist: &'n Netlist,
    names: NetlistNames<'n>,
    found: Findings,
}

impl NetlistCheck<'_> {
    fn header(&self) {
        let Netlist {
            format, version, ..
        } = self.netlist;
        if format != FORMAT_NAME {
            let problem = format!("is '{format}', wanted '{FORMAT_NAME}'");
            self.found.rule("format", problem);
        }
        if *version > FORMAT_VERSION {
            let problem = format!(
                "{version} was written by a newer program; this one reads version {FORMAT_VERSION}"
            );
            self.found.rule("version", problem);
        } else {
            self.range("version", *version, [1, FORMAT_VERSION.into()]);
        }
    }

    /// A number within its register.
    fn range(&self, place: impl Into<Place>, value: impl Into<i64>, [min, max]: Range) {
        self.found.range(place, value.into(), min..=max);
    }

    /// Numbers within their register; the first few outside are listed, the rest is counted.
    fn each<T: Copy + Into<i64>>(&self, place: &Here<'_>, values: &[T], [min, max]: Range) {
        self.found.each(place, values, min..=max);
    }

    /// An array of a length.
    fn array<T>(&self, place: &Here<'_>, values: &Array<T>, wanted: u64) {
        match values {
            Array::Npy(file) => self.not_read(place, file),
            Array::Inline(values) => {
                self.found.length(place, values.len(), wanted);
            }
        }
    }

    /// A file that was to be replaced by what it holds. [`Netlist::load`] does that; a netlist that
    /// a program builds may still have one.
    fn not_read(&self, place: &Here<'_>, file: &NpyFile) {
        let problem = format!("'{}' has not been read", file.npy);
        self.found.add(place, Fault::File, problem);
    }

    /// One value for all, or one for each of `wanted`, within their register.
    fn values<T: Copy + Into<i64>>(
        &self,
        place: Here<'_>,
        values: &Values<T>,
        wanted: u64,
        range: Range,
    ) {
        if let Values::Each(array) = values {
            self.array(&place, array, wanted);
        }
        self.each(&place, values.written(), range);
    }

    /// A name of a part that endpoints name: not empty, without a dot, and not used before.
    fn name<'a>(&self, place: &Here<'_>, name: &'a str, names: &mut HashSet<&'a str>) {
        if name.is_empty() || name.contains('.') {
            let problem = format!("'{name}' is no name: it must not be empty or contain a dot");
            self.found.rule(place, problem);
        }
        self.found.unique(place, name, names);
    }

    /// An endpoint that names nothing, with the nearest one that names something.
    fn unknown_endpoint(&self, place: Here<'_>, endpoint: &Endpoint) {
        let Netlist {
            inputs,
            populations,
            ..
        } = self.netlist;
        let parts = populations.iter().flat_map(|p| {
            let compartments = p.compartments.iter();
            compartments.map(|c| format!("{}.{}", p.name, c.name))
        });
        let names = inputs.iter().map(|i| i.name.clone());
        let names = names.chain(populations.iter().map(|p| p.name.clone()));
        self.found
            .unknown_name(place, &endpoint.0, names.chain(parts));
    }
}
