//! A netlist as a graph of NIR, with the integers of the chip as its numbers.
//!
//! The unit of v is 64, that of thresholds and accumulators (NC-004, NC-005): a threshold is its
//! mantissa, a weight its mantissa times two to its exponent, as memory would hold it. Whoever
//! quantises the graph again with one chip unit for 1.0 gets the same registers.
//!
//! What NIR has no primitive for is refused. That the chip rounds u and v in every step, and wraps
//! and clips them, is no part of a graph: a simulator in floats comes near and not to the bit.

use crate::graph::{
    Affine, CubaLi, CubaLif, Delay, Graph, I, If, Input, Li, Lif, Linear, MetadataValue, Node,
    Output, Tensor,
};
use crate::memory::allow;
use crate::netlist::{
    Compartment, Connectivity, CoreSettings, Join, Netlist, NetlistNames, Population, Precision,
    Projection, Resolved, ThresholdMode,
};
use seamount_arith::weight::{MixedRounding, contribution, stored_weight};
use seamount_diagnose::{Allowed, Fault, Finding, Findings, Refusal};
use std::collections::{BTreeMap, BTreeSet};

/// Parts of a whole in which decays are counted (NC-007).
const DECAY_WHOLE: f64 = 4096.0;
/// Most elements of one matrix of weights.
const MATRIX_MAX: u64 = 1 << 26;

impl Netlist {
    /// The graph of NIR that says the same, for steps of `dt_seconds`. Probes are left out: a graph
    /// has Outputs, which are the populations that are probed for spikes and those that no
    /// projection leaves.
    ///
    /// # Errors
    /// What is wrong with the netlist; everything in it that NIR cannot say.
    pub fn to_graph(&self, dt_seconds: f64) -> Result<Graph, Refusal> {
        let findings = Findings::new();
        if !(dt_seconds.is_finite() && dt_seconds > 0.0) {
            let problem = format!("{dt_seconds} seconds are no length of a step");
            findings.push(Finding::new("dt", Fault::OutOfRange, problem).value(dt_seconds));
        }
        self.check().into_iter().for_each(|f| findings.push(f));
        if !findings.is_empty() {
            return findings.or(Graph::default());
        }
        let export = Export {
            netlist: self,
            names: self.names(),
            dt: dt_seconds,
            findings: &findings,
        };
        let graph = export.graph();
        findings.or(graph)
    }
}

struct Export<'a> {
    netlist: &'a Netlist,
    names: NetlistNames<'a>,
    dt: f64,
    findings: &'a Findings,
}

/// Effective decays of a compartment, one for each neuron.
struct EffectiveDecays {
    current: Vec<f64>,
    voltage: Vec<f64>,
}

/// Dynamics of a population as NIR tells them apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dynamics {
    /// The current lasts one step, the voltage stays.
    Integrates,
    /// The current lasts one step, the voltage leaks.
    Leaks,
    /// Both decay.
    Filters,
}

impl Export<'_> {
    fn graph(&self) -> Graph {
        let mut graph = Graph::default();
        let note = MetadataValue::Text(self.netlist.name.clone());
        graph.metadata.insert("name".into(), note);
        let dt = MetadataValue::Numbers(Tensor::scalar(self.dt));
        graph.metadata.insert("dt".into(), dt);
        for input in &self.netlist.inputs {
            let shape = Some(vec![input.size as usize]);
            graph.add(&input.name, Node::Input(Input { shape }));
        }
        let mut biases = BTreeMap::new();
        for (index, population) in self.netlist.populations.iter().enumerate() {
            let place = format!("populations[{index}] '{}'", population.name);
            if let Some(node) = self.neurons(population, &place, &mut biases) {
                graph.add(&population.name, node);
            }
        }
        for (index, projection) in self.netlist.projections.iter().enumerate() {
            let place = format!("projections[{index}] '{}'", projection.name);
            self.synapses(&mut graph, projection, &place, &mut biases);
        }
        for name in biases.keys() {
            self.findings.rule(
                format!("population '{name}'"),
                "has a bias and no synapses onto it: NIR has a bias for its integrators at the \
                 synapses only",
            );
        }
        self.outputs(&mut graph);
        graph
    }

    /// The node of a population; a bias that has no place in it waits in `biases` for the synapses
    /// onto it.
    fn neurons(
        &self,
        population: &Population,
        place: &str,
        biases: &mut BTreeMap<String, Vec<f64>>,
    ) -> Option<Node> {
        let one = match &population.compartments[..] {
            _ if population.program.is_some() => {
                self.refuse(place, "runs a program; NIR has fixed neurons only");
                return None;
            }
            [one] => one,
            _ => {
                self.refuse(place, "has several compartments; a neuron of NIR has one");
                return None;
            }
        };
        self.only_nir_has(population, one, place);
        let size = population.size as usize;
        let decays = decays(&population.core, one, size);
        let dynamics = self.dynamics(&decays, place)?;
        let bias: Vec<f64> = (0..size).map(|i| bias(one, i)).collect();
        if dynamics == Dynamics::Integrates && bias.iter().any(|b| *b != 0.0) {
            biases.insert(population.name.clone(), bias.clone());
        }
        Some(self.node(one, dynamics, &decays, &bias))
    }

    /// Refuses what a compartment has and a neuron of NIR has not.
    fn only_nir_has(&self, population: &Population, one: &Compartment, place: &str) {
        let core = &population.core;
        let free = CoreSettings::default();
        let limited = (core.v_min_exponent, core.v_max_exponent)
            != (free.v_min_exponent, free.v_max_exponent);
        let any = |values: &[i32]| values.iter().any(|value| *value != 0);
        let has = [
            (limited, "limits v (v_min_exponent, v_max_exponent)"),
            (one.noise, "has noise"),
            (one.join != Join::None, "joins values of other compartments"),
            (
                one.threshold_mode == ThresholdMode::Saturate,
                "holds v at its threshold (saturate)",
            ),
            (
                one.refractory_steps
                    .written()
                    .iter()
                    .any(|steps| *steps != 1),
                "has refractory steps",
            ),
            (any(one.initial_current.written()), "begins with a current"),
            (any(one.initial_voltage.written()), "begins with a voltage"),
        ];
        for (_, what) in has.iter().filter(|(has, _)| *has) {
            self.refuse(place, &format!("{what}; neurons of NIR do not"));
        }
    }

    fn dynamics(&self, decays: &EffectiveDecays, place: &str) -> Option<Dynamics> {
        let all = |values: &[f64], is: fn(f64) -> bool| values.iter().all(|v| is(*v));
        let at_once = all(&decays.current, |d| d == DECAY_WHOLE);
        let stays = all(&decays.voltage, |d| d == 0.0);
        let leaks = all(&decays.voltage, |d| d > 0.0);
        let filtered = all(&decays.current, |d| d > 0.0);
        match (at_once, stays, leaks && filtered) {
            (true, true, _) => return Some(Dynamics::Integrates),
            (true, _, true) => return Some(Dynamics::Leaks),
            (false, _, true) => return Some(Dynamics::Filters),
            _ => {}
        }
        let problem = match (filtered, at_once) {
            (false, _) => "has a current that never decays; time constants of NIR are finite",
            (_, true) => "has neurons that leak and others that do not; a node of NIR has one kind",
            _ => "has a current that decays and a voltage that does not; NIR has no such neuron",
        };
        self.refuse(place, problem);
        None
    }

    fn node(
        &self,
        one: &Compartment,
        dynamics: Dynamics,
        decays: &EffectiveDecays,
        bias: &[f64],
    ) -> Node {
        let each =
            |value: &dyn Fn(usize) -> f64| Tensor::vector((0..bias.len()).map(value).collect());
        let tau = |decays: &Vec<f64>| each(&|i| self.dt * DECAY_WHOLE / decays[i]);
        // what one step takes of the distance to the input, made whole again
        let gain = |decays: &Vec<f64>| each(&|i| DECAY_WHOLE / decays[i]);
        let v_threshold = each(&|i| f64::from(one.threshold_mantissa.get(i)));
        let v_reset = each(&|_| 0.0);
        let v_leak = each(&|i| bias[i] * DECAY_WHOLE / decays.voltage[i].max(1.0));
        let r_of_step = each(&|_| 1.0 / self.dt);
        let spikes = one.threshold_mode == ThresholdMode::SpikeAndReset;
        match (dynamics, spikes) {
            (Dynamics::Integrates, true) => Node::If(If {
                r: r_of_step,
                v_threshold,
                v_reset,
            }),
            (Dynamics::Integrates, false) => Node::I(I { r: r_of_step }),
            (Dynamics::Leaks, true) => Node::Lif(Lif {
                tau: tau(&decays.voltage),
                r: gain(&decays.voltage),
                v_leak,
                v_threshold,
                v_reset,
            }),
            (Dynamics::Leaks, false) => Node::Li(Li {
                tau: tau(&decays.voltage),
                r: gain(&decays.voltage),
                v_leak,
            }),
            (Dynamics::Filters, true) => Node::CubaLif(CubaLif {
                tau_syn: tau(&decays.current),
                tau_mem: tau(&decays.voltage),
                r: gain(&decays.voltage),
                v_leak,
                v_threshold,
                v_reset,
                w_in: gain(&decays.current),
            }),
            (Dynamics::Filters, false) => Node::CubaLi(CubaLi {
                tau_syn: tau(&decays.current),
                tau_mem: tau(&decays.voltage),
                r: gain(&decays.voltage),
                v_leak,
                w_in: gain(&decays.current),
            }),
        }
    }

    /// The nodes of a projection: its weights, behind a delay where it has one.
    fn synapses(
        &self,
        graph: &mut Graph,
        projection: &Projection,
        place: &str,
        biases: &mut BTreeMap<String, Vec<f64>>,
    ) {
        let has = [
            (
                projection.learning.is_some(),
                "learns; weights of NIR are fixed",
            ),
            (projection.box_synapse, "has box synapses; NIR has none"),
            (
                matches!(projection.connectivity, Connectivity::Generated(_)),
                "is made from a seed; a graph would be a matrix that no core holds",
            ),
        ];
        for (_, what) in has.iter().filter(|(has, _)| *has) {
            self.refuse(place, what);
        }
        let resolved = [&projection.source, &projection.target].map(|end| self.names.resolve(end));
        let [Some(source), Some(target)] = resolved else {
            return;
        };
        if has.iter().any(|(has, _)| *has) {
            return;
        }
        let sources = self.netlist.size(source);
        let targets = self.netlist.size(target);
        let Some(matrix) = self.matrix(projection, sources, targets, place) else {
            return;
        };
        let target_name = self.name(target);
        let weight = Tensor {
            shape: vec![targets as usize, sources as usize],
            data: matrix.weights,
        };
        let node = match biases.remove(target_name) {
            Some(bias) => Node::Affine(Affine {
                weight,
                bias: Tensor::vector(bias),
            }),
            None => Node::Linear(Linear { weight }),
        };
        let name = self.free_name(graph, &projection.name);
        graph.add(&name, node);
        let mut from = self.name(source).to_string();
        if matrix.delays.iter().any(|delay| *delay > 0) {
            let late = self.free_name(graph, &format!("{} delay", projection.name));
            let seconds = matrix.delays.iter().map(|d| f64::from(*d) * self.dt);
            let delay = Tensor::vector(seconds.collect());
            graph.add(&late, Node::Delay(Delay { delay }));
            graph.connect(&from, &late);
            from = late;
        }
        graph.connect(&from, &name);
        graph.connect(&name, target_name);
    }

    /// The weights as memory holds them, targets x sources, and the delay of each source.
    fn matrix(
        &self,
        projection: &Projection,
        sources: u32,
        targets: u32,
        place: &str,
    ) -> Option<DelayedMatrix> {
        let elements = u64::from(sources) * u64::from(targets);
        if elements > MATRIX_MAX {
            let problem = format!("would be a matrix of {elements} numbers");
            let range = Allowed::Between {
                min: 0.into(),
                max: MATRIX_MAX.into(),
            };
            let finding = Finding::new(place, Fault::OutOfRange, problem);
            self.findings.push(finding.value(elements).range(range));
            return None;
        }
        if let Err(short) = allow("a matrix of weights", elements, 8) {
            self.refuse(place, &short.to_string());
            return None;
        }
        let edges = projection.edges_between(sources, targets);
        let mut weights = vec![0.0; elements as usize];
        let mut delays: Vec<Option<u8>> = vec![None; sources as usize];
        let mut mixed = false;
        let ends = edges.targets.as_slice();
        for (source, range) in edges.offsets.as_slice().windows(2).enumerate() {
            let range = range[0] as usize..range[1] as usize;
            for (at, target) in range.clone().zip(&ends[range]) {
                let target = *target as usize;
                let delay = *delays[source].get_or_insert(edges.delays.get(at));
                mixed |= delay != edges.delays.get(at);
                let stored = stored(projection, edges.weights.get(at));
                let exponent = projection.weight_exponent.get(target);
                // in units of 64
                let weight = f64::from(contribution(stored, exponent)) / 64.0;
                weights[target * sources as usize + source] += weight;
            }
        }
        if mixed {
            let problem = "has synapses of one source with different delays; a Delay of NIR has \
                           one for each source";
            self.refuse(place, problem);
            return None;
        }
        let delays = delays.into_iter().map(Option::unwrap_or_default).collect();
        Some(DelayedMatrix { weights, delays })
    }

    /// An Output behind every population that is probed for spikes or that nothing leaves.
    fn outputs(&self, graph: &mut Graph) {
        let ends = |end| self.names.resolve(end).map(|resolved| self.name(resolved));
        let leaving = self.netlist.projections.iter();
        let left: BTreeSet<&str> = leaving.filter_map(|p| ends(&p.source)).collect();
        let probed = self.netlist.probes.iter();
        let probed: BTreeSet<&str> = probed.filter_map(|p| ends(&p.target)).collect();
        for population in &self.netlist.populations {
            let name = population.name.as_str();
            if left.contains(name) && !probed.contains(name) || !graph.nodes.contains_key(name) {
                continue;
            }
            let output = self.free_name(graph, &format!("{name} output"));
            let shape = Some(vec![population.size as usize]);
            graph.add(&output, Node::Output(Output { shape }));
            graph.connect(name, &output);
        }
    }

    fn name(&self, resolved: Resolved) -> &str {
        match resolved {
            Resolved::Input(index) => &self.netlist.inputs[index].name,
            Resolved::Compartment(index, _) => &self.netlist.populations[index].name,
        }
    }

    /// A name that no node and nothing of the netlist has.
    fn free_name(&self, graph: &Graph, wanted: &str) -> String {
        let inputs = self.netlist.inputs.iter().map(|input| input.name.as_str());
        let populations = self.netlist.populations.iter().map(|p| p.name.as_str());
        let taken: BTreeSet<&str> = inputs.chain(populations).collect();
        // in a file '/' parts the names of a path
        let mut name = wanted.replace('/', "|");
        while graph.nodes.contains_key(&name) || taken.contains(name.as_str()) {
            name.push('\'');
        }
        name
    }

    fn refuse(&self, place: &str, problem: &str) {
        self.findings.rule(place, problem);
    }
}

/// Weights of a projection with the delay of each source.
struct DelayedMatrix {
    weights: Vec<f64>,
    delays: Vec<u8>,
}

/// EffectiveDecays in parts of 4096, as they act.
fn decays(core: &CoreSettings, one: &Compartment, size: usize) -> EffectiveDecays {
    let effective = |register: u16, offset: bool| f64::from(register) + f64::from(u8::from(offset));
    let current = |i| effective(one.current_decay.get(i), core.ds_offset);
    let voltage = |i| effective(one.voltage_decay.get(i), core.dm_offset);
    EffectiveDecays {
        current: (0..size).map(current).collect(),
        voltage: (0..size).map(voltage).collect(),
    }
}

/// The bias of a neuron in units of 64 of v.
fn bias(one: &Compartment, neuron: usize) -> f64 {
    let exponent = i32::from(one.bias_exponent.get(neuron));
    f64::from(one.bias_mantissa.get(neuron)) * 2f64.powi(exponent) / 64.0
}

/// The weight after the rounding of its format, if it has one (NC-020).
fn stored(projection: &Projection, weight: i32) -> i32 {
    match projection.precision {
        Precision::Exact => weight,
        Precision::Format {
            sign_mode,
            weight_bits,
        } => stored_weight(weight, sign_mode, weight_bits, MixedRounding::Floor),
    }
}
