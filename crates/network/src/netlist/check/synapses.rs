//! What can be wrong with projections.

use super::*;

/// Numbers of neurons at the two ends of a projection.
#[derive(Clone, Copy)]
struct Sizes {
    sources: u32,
    targets: u32,
}

impl Sizes {
    /// Indices of source neurons.
    fn source_range(self) -> Range {
        [0, i64::from(self.sources) - 1]
    }

    /// Indices of target neurons.
    fn target_range(self) -> Range {
        [0, i64::from(self.targets) - 1]
    }
}

impl NetlistCheck<'_> {
    /// All projections.
    pub(super) fn synapses(&self) {
        let root = Here::root();
        let mut names = HashSet::new();
        for (i, projection) in self.netlist.projections.iter().enumerate() {
            let place = root.field("projections").at(i).named(&projection.name);
            self.found.unique(place, &projection.name, &mut names);
            self.projection(&place, projection);
        }
    }

    fn projection(&self, place: &Here<'_>, p: &Projection) {
        let netlist = self.netlist;
        let source = self.names.resolve(&p.source);
        let target = self.names.resolve(&p.target);
        if source.is_none() {
            self.unknown_endpoint(place.field("source"), &p.source);
        }
        let (population, part) = match target {
            Some(Resolved::Compartment(population, part)) => (population, part),
            Some(Resolved::Input(_)) => {
                let problem = "is an input; synapses end at compartments";
                return self.found.rule(place.field("target"), problem);
            }
            None => return self.unknown_endpoint(place.field("target"), &p.target),
        };
        let Some(source) = source else { return };
        self.spikes(place.field("source"), source);
        let sizes = Sizes {
            sources: netlist.size(source),
            targets: netlist.populations[population].size,
        };
        let exponent = place.field("weight_exponent");
        let targets = sizes.targets.into();
        self.values(
            exponent,
            &p.weight_exponent,
            targets,
            registers::WEIGHT_EXPONENT,
        );
        if let Precision::Format { weight_bits, .. } = p.precision
            && !matches!(weight_bits, 1..=6 | 8)
        {
            let problem = format!("{weight_bits} is none of 1, 2, 3, 4, 5, 6, 8 (NC-022)");
            let precision = place.field("precision");
            self.found.rule(precision.field("weight_bits"), problem);
        }
        self.connectivity(&place.field("connectivity"), p, sizes);
        self.axons(&place.field("axons"), &p.axons, sizes.sources);
        if p.box_synapse {
            let target = &netlist.populations[population];
            self.boxed(place.field("box_synapse"), target, part);
        }
        if let Some(rule) = &p.learning
            && !netlist.learning_rules.iter().any(|r| &r.name == rule)
        {
            let names = netlist.learning_rules.iter().map(|r| r.name.as_str());
            self.found
                .unknown_name(place.field("learning"), rule, names);
        }
    }

    /// A source must be able to spike.
    pub(super) fn spikes(&self, place: Here<'_>, source: Resolved) {
        let Resolved::Compartment(population, part) = source else {
            return;
        };
        let population = &self.netlist.populations[population];
        let mode = population.compartments[part].threshold_mode;
        if population.program.is_some() {
            if part > 0 {
                let problem = "is an accumulator and never spikes";
                self.found.rule(place, problem);
            }
        } else if mode != ThresholdMode::SpikeAndReset {
            let problem = "never spikes: its threshold mode passes values to a parent (NC-015)";
            self.found.rule(place, problem);
        }
    }

    /// A box synapse sums +J and -J in u, so u must not decay (NC-027).
    fn boxed(&self, place: Here<'_>, population: &Population, part: usize) {
        let decays = population.compartments[part].current_decay.written();
        if population.core.ds_offset || decays.iter().any(|d| *d != 0) {
            let problem =
                "the target must have current_decay 0 and its core ds_offset false (NC-027)";
            self.found.rule(place, problem);
        }
    }

    fn connectivity(&self, place: &Here<'_>, p: &Projection, sizes: Sizes) {
        let at = |field| place.field(field);
        let range = weight_range(p.precision);
        match &p.connectivity {
            Connectivity::Dense { weights, delay } => {
                self.dense(&at("weights"), weights, sizes, range);
                if !matches!(weights, Matrix::Npy(_)) {
                    self.range(at("delay"), *delay, registers::DELAY);
                }
            }
            Connectivity::Pairs {
                sources,
                targets,
                weights,
                delays,
            } => {
                let count = sources.as_slice().len() as u64;
                self.array(&at("sources"), sources, count);
                self.each(&at("sources"), sources.as_slice(), sizes.source_range());
                self.array(&at("targets"), targets, count);
                self.each(&at("targets"), targets.as_slice(), sizes.target_range());
                self.values(at("weights"), weights, count, range);
                self.values(at("delays"), delays, count, registers::DELAY);
            }
            Connectivity::Lists(edges) => self.lists(place, edges, sizes, range),
            Connectivity::OneToOne { weights, delays } => {
                if sizes.sources != sizes.targets {
                    let Sizes { sources, targets } = sizes;
                    let problem =
                        format!("one to one between {sources} sources and {targets} targets");
                    self.found.rule(place, problem);
                }
                let count = sizes.sources.into();
                self.values(at("weights"), weights, count, range);
                self.values(at("delays"), delays, count, registers::DELAY);
            }
            Connectivity::Generated(generated) => self.generated(place, generated, p),
            Connectivity::AllToAll { weight, delay } => {
                self.range(at("weight"), *weight, range);
                self.range(at("delay"), *delay, registers::DELAY);
            }
        }
    }

    /// A full matrix: one row a source, one column a target.
    fn dense(&self, place: &Here<'_>, matrix: &Matrix, sizes: Sizes, range: Range) {
        if let Matrix::Npy(file) = matrix {
            return self.not_read(place, file);
        }
        let rows = matrix.rows();
        let columns = rows.first().map_or(0, Vec::len);
        let transposed = rows.len() == sizes.targets as usize
            && columns == sizes.sources as usize
            && sizes.sources != sizes.targets
            && rows.iter().all(|row| row.len() == columns);
        if transposed {
            // one finding for what would be one for each row
            let Sizes { sources, targets } = sizes;
            let problem =
                format!("has shape ({targets}, {sources}), wanted ({sources}, {targets})");
            self.found.push(
                Finding::new(place, Fault::WrongShape, problem)
                    .suggest("is it transposed? a row has the weights of one source".to_string()),
            );
            return;
        }
        self.found.length(place, rows.len(), sizes.sources.into());
        for (i, row) in rows.iter().enumerate() {
            let place = place.at(i);
            self.found.length(place, row.len(), sizes.targets.into());
            self.each(&place, row, range);
        }
    }

    /// Synapses made from a seed: all of a projection have one format, and none is written down.
    fn generated(&self, place: &Here<'_>, generated: &Generated, p: &Projection) {
        let at = |field| place.field(field);
        self.range(at("chance"), generated.chance, registers::CHANCE);
        for weight in generated.weights {
            self.range(at("weights"), weight, registers::WEIGHT);
        }
        if generated.weights[0] > generated.weights[1] {
            let problem = "the smallest comes first, then the largest";
            self.found.rule(at("weights"), problem);
        }
        self.range(at("delay"), generated.delay, registers::DELAY);
        let bare = p.learning.is_none()
            && p.precision == Precision::Exact
            && p.axons == Axons::Discrete
            && !p.box_synapse;
        if !bare || !matches!(p.weight_exponent, Values::Shared(_)) {
            let problem = "made from a seed: exact weights with one weight_exponent, discrete axons, \
                           no learning and no box_synapse";
            self.found.rule(place, problem);
        }
    }

    /// Compressed rows.
    fn lists(&self, place: &Here<'_>, edges: &Edges, sizes: Sizes, range: Range) {
        let at = |field| place.field(field);
        self.array(&at("offsets"), &edges.offsets, u64::from(sizes.sources) + 1);
        let offsets = edges.offsets.as_slice();
        let count = edges.targets.as_slice().len() as u64;
        let ends = offsets.first() == Some(&0) && offsets.last() == Some(&count);
        if !ends || offsets.windows(2).any(|w| w[0] > w[1]) {
            let problem = format!("must start at 0, never fall, and end at the {count} synapses");
            self.found.rule(at("offsets"), problem);
        }
        self.array(&at("targets"), &edges.targets, count);
        self.each(
            &at("targets"),
            edges.targets.as_slice(),
            sizes.target_range(),
        );
        self.values(at("weights"), &edges.weights, count, range);
        self.values(at("delays"), &edges.delays, count, registers::DELAY);
    }

    /// Groups and atoms of population axons: one pair of them for each source, none twice.
    fn axons(&self, place: &Here<'_>, axons: &Axons, sources: u32) {
        let groups = match axons {
            Axons::Discrete => return,
            Axons::Pop16(groups) | Axons::Pop32(groups) => groups,
        };
        let at = |field| place.field(field);
        self.array(&at("group"), &groups.group, sources.into());
        self.array(&at("atom"), &groups.atom, sources.into());
        self.each(&at("atom"), groups.atom.as_slice(), registers::ATOM);
        let mut seen = HashSet::new();
        let pairs = groups.group.as_slice().iter().zip(groups.atom.as_slice());
        let twice = pairs.enumerate().find(|(_, pair)| !seen.insert(*pair));
        if let Some((i, (group, atom))) = twice {
            let problem = format!("source {i} repeats group {group}, atom {atom}");
            self.found.rule(place, problem);
        }
    }
}

/// Weights that a precision can hold before rounding.
fn weight_range(precision: Precision) -> Range {
    let Precision::Format { sign_mode, .. } = precision else {
        return registers::WEIGHT;
    };
    let (min, max) = seamount_arith::weight::weight_range(sign_mode);
    [min.into(), max.into()]
}
