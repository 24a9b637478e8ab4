//! Everything wrong with a netlist, at once.

use super::*;
use std::collections::HashSet;
use std::fmt;

/// Most findings listed of one array; the rest is counted.
const LISTED_PER_ARRAY: usize = 5;

/// One thing wrong with a netlist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, as a path in the JSON form with the name of the part beside its index.
    pub place: String,
    /// What.
    pub problem: Problem,
}

/// What can be wrong at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A number outside its register.
    OutOfRange {
        /// The number found.
        value: i64,
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
    },
    /// An array of the wrong length.
    Length {
        /// Elements found.
        found: u64,
        /// Elements wanted.
        wanted: u64,
    },
    /// A name that names nothing.
    UnknownName(String),
    /// A name used before.
    DuplicateName(String),
    /// A name that is empty or contains a dot.
    BadName(String),
    /// A file reference that was not replaced by its contents.
    FileNotRead(String),
    /// Another rule is broken; the text says which.
    Rule(String),
    /// Further findings of the same array that are not listed.
    More(u64),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::OutOfRange { value, min, max } => {
                write!(f, "{value} is outside {min}..={max}")
            }
            Problem::Length { found, wanted } => write!(f, "has {found} elements, wanted {wanted}"),
            Problem::UnknownName(name) => write!(f, "'{name}' names nothing here"),
            Problem::DuplicateName(name) => write!(f, "'{name}' is used before"),
            Problem::BadName(name) => write!(
                f,
                "'{name}' is no name: it must not be empty or contain a dot"
            ),
            Problem::FileNotRead(file) => write!(f, "'{file}' has not been read"),
            Problem::Rule(text) => f.write_str(text),
            Problem::More(count) => write!(f, "{count} more like this"),
        }
    }
}

impl Netlist {
    /// Everything wrong with this netlist; empty means it can be compiled as far as the network
    /// itself is concerned (limits of a chip are the compiler's business).
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Findings(vec![]);
        if self.format != FORMAT_NAME {
            found.rule(
                "format",
                format!("is '{}', wanted '{FORMAT_NAME}'", self.format),
            );
        }
        if self.version != FORMAT_VERSION {
            found.range(
                "version",
                i64::from(self.version),
                1,
                i64::from(FORMAT_VERSION),
            );
        }
        let mut names = HashSet::new();
        for (i, input) in self.inputs.iter().enumerate() {
            let place = format!("inputs[{i}] '{}'", input.name);
            found.name(&place, &input.name, &mut names);
            found.range(
                &format!("{place}.size"),
                i64::from(input.size),
                1,
                i64::from(u32::MAX),
            );
        }
        for (i, population) in self.populations.iter().enumerate() {
            let place = format!("populations[{i}] '{}'", population.name);
            found.name(&place, &population.name, &mut names);
            found.population(&place, population);
        }
        let mut names = HashSet::new();
        for (i, projection) in self.projections.iter().enumerate() {
            let place = format!("projections[{i}] '{}'", projection.name);
            found.unique(&place, &projection.name, &mut names);
            found.projection(&place, self, projection);
        }
        let mut names = HashSet::new();
        for (i, probe) in self.probes.iter().enumerate() {
            let place = format!("probes[{i}] '{}'", probe.name);
            found.unique(&place, &probe.name, &mut names);
            found.probe(&place, self, probe);
        }
        found.programs(self);
        found.learning(self);
        found.0
    }
}

pub(super) struct Findings(Vec<Finding>);

impl Findings {
    pub(super) fn add(&mut self, place: &str, problem: Problem) {
        self.0.push(Finding {
            place: place.into(),
            problem,
        });
    }

    pub(super) fn rule(&mut self, place: &str, text: impl Into<String>) {
        self.add(place, Problem::Rule(text.into()));
    }

    pub(super) fn range(&mut self, place: &str, value: i64, min: i64, max: i64) {
        if value < min || value > max {
            self.add(place, Problem::OutOfRange { value, min, max });
        }
    }

    fn length(&mut self, place: &str, found: usize, wanted: u64) {
        if found as u64 != wanted {
            self.add(
                place,
                Problem::Length {
                    found: found as u64,
                    wanted,
                },
            );
        }
    }

    pub(super) fn unique<'a>(&mut self, place: &str, name: &'a str, names: &mut HashSet<&'a str>) {
        if !names.insert(name) {
            self.add(place, Problem::DuplicateName(name.into()));
        }
    }

    fn name<'a>(&mut self, place: &str, name: &'a str, names: &mut HashSet<&'a str>) {
        if name.is_empty() || name.contains('.') {
            self.add(place, Problem::BadName(name.into()));
        }
        self.unique(place, name, names);
    }

    /// Range of every element; lists the first few.
    fn each<T: Copy + Into<i64>>(&mut self, place: &str, values: &[T], min: i64, max: i64) {
        let mut bad = values
            .iter()
            .enumerate()
            .filter(|(_, v)| !(min..=max).contains(&(**v).into()));
        for (i, &value) in bad.by_ref().take(LISTED_PER_ARRAY) {
            let place = if values.len() == 1 {
                place.to_string()
            } else {
                format!("{place}[{i}]")
            };
            self.add(
                &place,
                Problem::OutOfRange {
                    value: value.into(),
                    min,
                    max,
                },
            );
        }
        let rest = bad.count() as u64;
        if rest > 0 {
            self.add(place, Problem::More(rest));
        }
    }

    pub(super) fn array<T>(&mut self, place: &str, values: &Array<T>, wanted: u64) {
        match values {
            Array::Npy(file) => self.add(place, Problem::FileNotRead(file.npy.clone())),
            Array::Inline(values) => self.length(place, values.len(), wanted),
        }
    }

    pub(super) fn values<T: Copy + Into<i64>>(
        &mut self,
        place: &str,
        values: &Values<T>,
        wanted: u64,
        (min, max): (i64, i64),
    ) {
        if let Values::Each(array) = values {
            self.array(place, array, wanted);
        }
        self.each(place, values.written(), min, max);
    }

    fn population(&mut self, place: &str, population: &Population) {
        self.range(
            &format!("{place}.size"),
            i64::from(population.size),
            1,
            i64::from(u32::MAX),
        );
        let core = &population.core;
        let at = |field: &str| format!("{place}.core.{field}");
        self.range(&at("v_min_exponent"), i64::from(core.v_min_exponent), 0, 23);
        self.range(&at("v_max_exponent"), i64::from(core.v_max_exponent), 0, 7);
        self.range(&at("noise_exponent"), i64::from(core.noise_exponent), 0, 15);
        self.range(
            &at("noise_mantissa"),
            i64::from(core.noise_mantissa),
            -64,
            63,
        );
        if let Some(bits) = core.delay_bits {
            self.range(&at("delay_bits"), i64::from(bits), 3, 6);
        }
        if let Some(program) = &population.program {
            return self.programmed(place, population, program);
        }
        if population.compartments.is_empty() {
            self.rule(place, "has no compartment");
        }
        let mut names = HashSet::new();
        for (i, compartment) in population.compartments.iter().enumerate() {
            let place = format!("{place}.compartments[{i}] '{}'", compartment.name);
            self.name(&place, &compartment.name, &mut names);
            self.compartment(&place, population, compartment);
        }
        self.tree(place, population);
    }

    fn compartment(&mut self, place: &str, population: &Population, c: &Compartment) {
        let n = u64::from(population.size);
        let at = |field: &str| format!("{place}.{field}");
        self.values(&at("current_decay"), &c.current_decay, n, (0, 4095));
        self.values(&at("voltage_decay"), &c.voltage_decay, n, (0, 4095));
        self.values(&at("bias_mantissa"), &c.bias_mantissa, n, (-4096, 4095));
        self.values(&at("bias_exponent"), &c.bias_exponent, n, (0, 7));
        self.values(
            &at("threshold_mantissa"),
            &c.threshold_mantissa,
            n,
            (0, (1 << 17) - 1),
        );
        self.values(&at("refractory_steps"), &c.refractory_steps, n, (1, 63));
        self.values(
            &at("initial_current"),
            &c.initial_current,
            n,
            (-(1 << 23), (1 << 23) - 1),
        );
        let (low, high) = (
            population.core.v_min_exponent.min(23),
            population.core.v_max_exponent.min(7),
        );
        let limits = (-(1i64 << low) + 1, (1i64 << (9 + 2 * high)) - 1);
        self.values(&at("initial_voltage"), &c.initial_voltage, n, limits);
    }

    /// The compartments of a neuron must form trees that a stack can evaluate in the order written
    /// (NC-040): children before parents, A deeper than B, nothing left over.
    fn tree(&mut self, place: &str, population: &Population) {
        let is_child = |name: &str| {
            population
                .compartments
                .iter()
                .any(|c| c.children.iter().any(|k| k == name))
        };
        let mut stack: Vec<&str> = vec![];
        for (i, c) in population.compartments.iter().enumerate() {
            let place = format!("{place}.compartments[{i}] '{}'", c.name);
            for child in &c.children {
                if !population
                    .compartments
                    .iter()
                    .any(|other| &other.name == child)
                {
                    self.add(
                        &format!("{place}.children"),
                        Problem::UnknownName(child.clone()),
                    );
                    return;
                }
            }
            match (c.join, c.children.len()) {
                (Join::None, 0) => {}
                (Join::None, _) => self.rule(&place, "has children but join is none"),
                (_, 1 | 2) => {}
                (_, count) => self.rule(
                    &place,
                    format!("joins {count} children; a join takes 1 or 2"),
                ),
            }
            let below = stack.len().saturating_sub(c.children.len());
            if stack[below..] != c.children.iter().map(String::as_str).collect::<Vec<_>>() {
                self.rule(
                    &place,
                    format!(
                        "children {:?} are not the last unclaimed compartments above it ({stack:?}): list the \
                         compartments so that each parent follows its children A, B directly",
                        c.children
                    ),
                );
                return;
            }
            stack.truncate(below);
            if is_child(&c.name) {
                stack.push(&c.name);
                self.range(
                    &format!("{place}: stack depth"),
                    stack.len() as i64,
                    0,
                    STACK_DEPTH,
                );
            }
        }
    }

    fn projection(&mut self, place: &str, netlist: &Netlist, p: &Projection) {
        let source = netlist.resolve(&p.source);
        let target = netlist.resolve(&p.target);
        if source.is_none() {
            self.add(
                &format!("{place}.source"),
                Problem::UnknownName(p.source.0.clone()),
            );
        }
        let Some(Resolved::Compartment(population, part)) = target else {
            match target {
                None => self.add(
                    &format!("{place}.target"),
                    Problem::UnknownName(p.target.0.clone()),
                ),
                _ => self.rule(
                    &format!("{place}.target"),
                    "is an input; synapses end at compartments",
                ),
            }
            return;
        };
        let Some(source) = source else { return };
        self.spikes(&format!("{place}.source"), netlist, source);
        let sizes = (
            netlist.size(source),
            netlist.size(netlist.resolve(&p.target).expect("resolved above")),
        );
        self.values(
            &format!("{place}.weight_exponent"),
            &p.weight_exponent,
            u64::from(sizes.1),
            (-8, 7),
        );
        if let Precision::Format { weight_bits, .. } = p.precision
            && !matches!(weight_bits, 1..=6 | 8)
        {
            self.rule(
                &format!("{place}.precision.weight_bits"),
                format!("{weight_bits} is none of 1, 2, 3, 4, 5, 6, 8 (NC-022)"),
            );
        }
        self.connectivity(place, p, sizes);
        self.axons(place, &p.axons, sizes.0);
        if p.box_synapse {
            self.boxed(place, &netlist.populations[population], part);
        }
        if let Some(rule) = &p.learning
            && !netlist.learning_rules.iter().any(|r| &r.name == rule)
        {
            self.add(
                &format!("{place}.learning"),
                Problem::UnknownName(rule.clone()),
            );
        }
    }

    /// A source must be able to spike.
    pub(super) fn spikes(&mut self, place: &str, netlist: &Netlist, source: Resolved) {
        if let Resolved::Compartment(population, part) = source
            && netlist.populations[population].program.is_some()
        {
            if part > 0 {
                self.rule(place, "is an accumulator and never spikes");
            }
        } else if let Resolved::Compartment(population, part) = source
            && netlist.populations[population].compartments[part].threshold_mode
                != ThresholdMode::SpikeAndReset
        {
            self.rule(
                place,
                "never spikes: its threshold mode passes values to a parent (NC-015)",
            );
        }
    }

    /// A box synapse sums +J and -J in u, so u must not decay (NC-027).
    fn boxed(&mut self, place: &str, population: &Population, part: usize) {
        let decays = population.compartments[part].current_decay.written();
        if population.core.ds_offset || decays.iter().any(|d| *d != 0) {
            self.rule(
                &format!("{place}.box_synapse"),
                "the target must have current_decay 0 and its core ds_offset false (NC-027)",
            );
        }
    }

    fn connectivity(&mut self, place: &str, p: &Projection, (sources, targets): (u32, u32)) {
        let place = format!("{place}.connectivity");
        let at = |field: &str| format!("{place}.{field}");
        let weights = match p.precision {
            Precision::Exact => (-256, 255),
            Precision::Format {
                sign_mode: SignMode::Mixed,
                ..
            } => (-256, 255),
            Precision::Format {
                sign_mode: SignMode::Excitatory,
                ..
            } => (0, 255),
            Precision::Format {
                sign_mode: SignMode::Inhibitory,
                ..
            } => (-255, 0),
        };
        let delay_max = 62;
        match &p.connectivity {
            Connectivity::Dense {
                weights: matrix,
                delay,
            } => {
                if let Matrix::Npy(file) = matrix {
                    self.add(&at("weights"), Problem::FileNotRead(file.npy.clone()));
                    return;
                }
                self.length(&at("weights"), matrix.rows().len(), u64::from(sources));
                for (i, row) in matrix.rows().iter().enumerate() {
                    self.length(&at(&format!("weights[{i}]")), row.len(), u64::from(targets));
                    self.each(&at(&format!("weights[{i}]")), row, weights.0, weights.1);
                }
                self.range(&at("delay"), i64::from(*delay), 0, delay_max);
            }
            Connectivity::Pairs {
                sources: from,
                targets: to,
                weights: w,
                delays,
            } => {
                let count = from.as_slice().len() as u64;
                self.array(&at("sources"), from, count);
                self.each(&at("sources"), from.as_slice(), 0, i64::from(sources) - 1);
                self.array(&at("targets"), to, count);
                self.each(&at("targets"), to.as_slice(), 0, i64::from(targets) - 1);
                self.values(&at("weights"), w, count, weights);
                self.values(&at("delays"), delays, count, (0, delay_max));
            }
            Connectivity::Lists(edges) => self.lists(&place, edges, (sources, targets), weights),
            Connectivity::OneToOne { weights: w, delays } => {
                if sources != targets {
                    self.rule(
                        &place,
                        format!("one to one between {sources} sources and {targets} targets"),
                    );
                }
                self.values(&at("weights"), w, u64::from(sources), weights);
                self.values(&at("delays"), delays, u64::from(sources), (0, delay_max));
            }
            Connectivity::Generated(generated) => self.generated(&place, generated, p),
            Connectivity::AllToAll { weight, delay } => {
                self.range(&at("weight"), i64::from(*weight), weights.0, weights.1);
                self.range(&at("delay"), i64::from(*delay), 0, delay_max);
            }
        }
    }

    /// Synapses made from a seed: all of a projection have one format, and none is written down.
    fn generated(&mut self, place: &str, generated: &Generated, p: &Projection) {
        let at = |field: &str| format!("{place}.{field}");
        self.range(&at("chance"), i64::from(generated.chance), 1, 65_536);
        generated
            .weights
            .iter()
            .for_each(|w| self.range(&at("weights"), i64::from(*w), -256, 255));
        if generated.weights[0] > generated.weights[1] {
            self.rule(&at("weights"), "the smallest comes first, then the largest");
        }
        self.range(&at("delay"), i64::from(generated.delay), 0, 62);
        let bare = p.learning.is_none()
            && p.precision == Precision::Exact
            && p.axons == Axons::Discrete
            && !p.box_synapse;
        if !bare || !matches!(p.weight_exponent, Values::Shared(_)) {
            let text = "made from a seed: exact weights with one weight_exponent, discrete axons, no learning and no box_synapse";
            self.rule(place, text);
        }
    }

    fn lists(
        &mut self,
        place: &str,
        edges: &Edges,
        (sources, targets): (u32, u32),
        weights: (i64, i64),
    ) {
        let at = |field: &str| format!("{place}.{field}");
        self.array(&at("offsets"), &edges.offsets, u64::from(sources) + 1);
        let offsets = edges.offsets.as_slice();
        let count = edges.targets.as_slice().len() as u64;
        let ends = (offsets.first() == Some(&0)) && (offsets.last() == Some(&count));
        if !ends || offsets.windows(2).any(|w| w[0] > w[1]) {
            self.rule(
                &at("offsets"),
                format!("must start at 0, never fall, and end at the {count} synapses"),
            );
        }
        self.array(&at("targets"), &edges.targets, count);
        self.each(
            &at("targets"),
            edges.targets.as_slice(),
            0,
            i64::from(targets) - 1,
        );
        self.values(&at("weights"), &edges.weights, count, weights);
        self.values(&at("delays"), &edges.delays, count, (0, 62));
    }

    fn axons(&mut self, place: &str, axons: &Axons, sources: u32) {
        let groups = match axons {
            Axons::Discrete => return,
            Axons::Pop16(groups) | Axons::Pop32(groups) => groups,
        };
        let place = format!("{place}.axons");
        self.array(&format!("{place}.group"), &groups.group, u64::from(sources));
        self.array(&format!("{place}.atom"), &groups.atom, u64::from(sources));
        self.each(
            &format!("{place}.atom"),
            groups.atom.as_slice(),
            0,
            ATOMS - 1,
        );
        let mut seen = HashSet::new();
        let twice = groups
            .group
            .as_slice()
            .iter()
            .zip(groups.atom.as_slice())
            .enumerate()
            .find(|(_, pair)| !seen.insert(*pair));
        if let Some((i, (group, atom))) = twice {
            self.rule(
                &place,
                format!("source {i} repeats group {group}, atom {atom}"),
            );
        }
    }

    fn probe(&mut self, place: &str, netlist: &Netlist, probe: &Probe) {
        self.range(
            &format!("{place}.every"),
            probe.every.min(1 << 62) as i64,
            1,
            i64::MAX,
        );
        self.range(
            &format!("{place}.start"),
            probe.start.min(1 << 62) as i64,
            1,
            i64::MAX,
        );
        self.register(place, netlist, probe);
        match netlist.resolve(&probe.target) {
            Some(target @ Resolved::Compartment(..)) => {
                if let Some(neurons) = &probe.neurons {
                    self.array(
                        &format!("{place}.neurons"),
                        neurons,
                        neurons.as_slice().len() as u64,
                    );
                    self.each(
                        &format!("{place}.neurons"),
                        neurons.as_slice(),
                        0,
                        i64::from(netlist.size(target)) - 1,
                    );
                }
            }
            Some(Resolved::Input(_)) => self.rule(
                &format!("{place}.target"),
                "is an input; its spikes are what the host injects",
            ),
            None => self.add(
                &format!("{place}.target"),
                Problem::UnknownName(probe.target.0.clone()),
            ),
        }
    }
}

/// Atoms of a population axon: 9 bits (NC-028).
const ATOMS: i64 = 512;
/// Values that the stack between compartments holds (NC-040; the depth is our choice).
const STACK_DEPTH: i64 = 4;
