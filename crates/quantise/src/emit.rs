//! Integers as populations and projections.

use crate::dynamics::NeuronDynamics;
use crate::layer::{IntegerLayer, profiles};
use crate::options::{QuantiseFindings, QuantiseOptions};
use crate::plan::{GraphPlan, SpikeSource};
use crate::program;
use crate::report::{LayerReport, QuantiseReport, range};
use crate::values::values;
use crate::{InputMap, LayerMap, OutputMap, Quantised};
use seamount_network::graph::Node;
use seamount_network::netlist::{
    Compartment, Join, Netlist, Passed, Population, ThresholdMode, Values,
};
use std::collections::BTreeSet;

/// Name of the compartment that holds v with reset by subtraction.
const MEMBRANE: &str = "membrane";
/// Name of the compartment that holds the synaptic current with reset by subtraction.
const SYNAPSE: &str = "synapse";

/// Puts layers together.
pub(crate) struct NetlistEmitter<'a> {
    plan: &'a GraphPlan<'a>,
    netlist: Netlist,
    inputs: Vec<InputMap>,
    /// Name of the population of each layer.
    names: Vec<String>,
    layers: Vec<LayerMap>,
    outputs: Vec<OutputMap>,
    report: QuantiseReport,
}

impl<'a> NetlistEmitter<'a> {
    pub fn new(plan: &'a GraphPlan<'a>, options: &QuantiseOptions) -> Self {
        let mut taken = BTreeSet::new();
        let mut netlist = Netlist::new("quantised");
        let mut inputs = vec![];
        for (node, size) in &plan.inputs {
            let input = plain(node, &mut taken);
            netlist.input(&input, *size as u32);
            inputs.push(InputMap {
                node: node.clone(),
                input,
                size: *size,
            });
        }
        let names = plan
            .layers
            .iter()
            .map(|l| plain(&l.name, &mut taken))
            .collect();
        let calibrated = options.calibration.is_some();
        let report = QuantiseReport {
            options: options.clone(),
            calibrated,
            notes: plan.notes.clone(),
            layers: vec![],
            synapse_bits: 0,
        };
        NetlistEmitter {
            plan,
            netlist,
            inputs,
            names,
            layers: vec![],
            outputs: vec![],
            report,
        }
    }

    /// Adds a layer.
    pub fn layer(&mut self, index: usize, dynamics: &NeuronDynamics, integers: IntegerLayer) {
        let layer = &self.plan.layers[index];
        let name = self.names[index].clone();
        let population = self.population(&name, layer.bias.len() as u32, dynamics, &integers);
        let part = |part: &str| format!("{name}.{part}");
        let (membrane, current) = match (integers.subtracts, dynamics.has_current) {
            (false, _) => (name.clone(), name.clone()),
            (true, false) => (part(MEMBRANE), part(MEMBRANE)),
            (true, true) => (part(MEMBRANE), part(SYNAPSE)),
        };
        let compartments = population.compartments.len();
        self.netlist.add(population);
        let exponents: Values<i8> = values(&integers.exponents);
        for (source, edges) in &integers.inflows {
            let from = match source {
                SpikeSource::Input(i) => &self.inputs[*i].input,
                SpikeSource::Layer(i) => &self.names[*i],
            };
            self.netlist
                .connect(from, &current)
                .lists(edges.clone())
                .weight_exponent(exponents.clone());
        }
        if integers.subtracts {
            self.subtraction(&name, &membrane, dynamics, &integers);
        }
        self.describe(index, compartments, &integers);
        self.layers.push(LayerMap {
            node: layer.name.clone(),
            kind: layer.node.kind().into(),
            population: name,
            membrane,
            current,
            programmed: integers.programmed,
            spiking: !dynamics.threshold.is_empty(),
            before_reset: integers.subtracts,
            rest: dynamics.rest.clone(),
            current_units: dynamics
                .drive
                .iter()
                .zip(&integers.units)
                .map(|(d, u)| d * u)
                .collect(),
            current_rest: dynamics
                .filtered
                .iter()
                .zip(&integers.units)
                .map(|(f, u)| f * u)
                .collect(),
            units: integers.units,
        });
    }

    fn population(
        &mut self,
        name: &str,
        size: u32,
        dynamics: &NeuronDynamics,
        integers: &IntegerLayer,
    ) -> Population {
        if !integers.programmed {
            return population(name, size, dynamics, integers);
        }
        let (population, text) = program::subtracting(name, size, integers);
        if let Some(text) =
            text.filter(|text| self.netlist.programs.iter().all(|p| p.name != text.name))
        {
            self.netlist.programs.push(text);
        }
        population
    }

    /// The synapses that take keep * threshold from the membrane one step after a spike: a coarse
    /// and a fine one, for a weight has 8 bits and a threshold 17 (NC-019).
    fn subtraction(
        &mut self,
        name: &str,
        membrane: &str,
        dynamics: &NeuronDynamics,
        integers: &IntegerLayer,
    ) {
        let thresholds = integers.thresholds.iter().zip(&dynamics.voltage_keep);
        let amounts: Vec<u32> = thresholds
            .map(|(threshold, keep)| (f64::from(*threshold) * keep).round() as u32)
            .collect();
        // the coarse synapse takes the upper 8 bits of the amount, the fine one what is left of it
        let exponent = |amount: u32| {
            (u32::BITS - amount.leading_zeros())
                .saturating_sub(8)
                .min(7)
        };
        let coarse = |amount: u32| (amount >> exponent(amount)).min(255);
        let rest = |amount: u32| amount - (coarse(amount) << exponent(amount));
        self.netlist
            .connect(name, membrane)
            .one_to_one(
                amounts
                    .iter()
                    .map(|&a| -(coarse(a) as i32))
                    .collect::<Vec<i32>>(),
            )
            .weight_exponent(
                amounts
                    .iter()
                    .map(|&a| exponent(a) as i8)
                    .collect::<Vec<i8>>(),
            );
        if amounts.iter().any(|&a| rest(a) > 0) {
            let fine = amounts
                .iter()
                .map(|&a| -(rest(a).min(255) as i32))
                .collect::<Vec<i32>>();
            self.netlist.connect(name, membrane).one_to_one(fine);
        }
    }

    fn describe(&mut self, index: usize, compartments: usize, integers: &IntegerLayer) {
        let layer = &self.plan.layers[index];
        let (thresholds, decays) = profiles(integers);
        let mut inflows = integers.reports.clone();
        for (report, (source, _)) in inflows.iter_mut().zip(&integers.inflows) {
            report.source = match source {
                SpikeSource::Input(i) => self.inputs[*i].node.clone(),
                SpikeSource::Layer(i) => self.plan.layers[*i].name.clone(),
            };
        }
        let mut risks = integers.risks.clone();
        if integers.programmed {
            risks.push(
                "reset by subtraction in the step of the spike: runs the program 'lif_subtract'"
                    .into(),
            );
        }
        if thresholds > 8 {
            risks.push(format!(
                "{thresholds} distinct thresholds: a core has 8, so the layer takes several cores"
            ));
        }
        if decays > 32 {
            risks.push(format!(
                "{decays} distinct decay pairs: a core has 32 profiles, so the layer takes several \
                 cores"
            ));
        }
        self.report.synapse_bits += inflows.iter().map(|i| i.memory_bits).sum::<u64>();
        self.report.layers.push(LayerReport {
            node: layer.name.clone(),
            kind: layer.node.kind().into(),
            population: self.names[index].clone(),
            neurons: layer.bias.len(),
            compartments,
            units: range(integers.units.iter().copied()),
            exponents: range(integers.exponents.iter().copied()),
            thresholds,
            decays,
            parameters: integers.parameters.clone(),
            inflows,
            risks,
        });
    }

    /// Checks what leaves: an Output shows layers as they are; only spikes go anywhere else.
    pub fn outputs(&mut self, found: &mut QuantiseFindings) {
        for (name, inflows) in &self.plan.outputs {
            let mut layers = vec![];
            for inflow in inflows {
                match inflow.source {
                    SpikeSource::Layer(i) if inflow.map.is_identity() => {
                        layers.push(self.plan.layers[i].name.clone());
                    }
                    SpikeSource::Layer(i) => {
                        let layer = &self.plan.layers[i].name;
                        let problem = format!(
                            "shows a linear map of '{layer}': on the chip a node of neurons must \
                             come between"
                        );
                        found.rule(name, problem);
                    }
                    SpikeSource::Input(i) => {
                        let input = &self.plan.inputs[i].0;
                        found.rule(
                            name,
                            format!("shows input '{input}' without a neuron between"),
                        );
                    }
                }
            }
            self.outputs.push(OutputMap {
                node: name.clone(),
                layers,
            });
        }
        for layer in &self.plan.layers {
            for inflow in &layer.inflows {
                if let SpikeSource::Layer(i) = inflow.source
                    && !spikes(self.plan.layers[i].node)
                {
                    let from = &self.plan.layers[i].name;
                    found.rule(
                        &layer.name,
                        format!(
                            "reads v of '{from}', which does not spike: the chip sends spikes only"
                        ),
                    );
                }
            }
        }
    }

    pub fn finish(self) -> Quantised {
        let NetlistEmitter {
            netlist,
            inputs,
            layers,
            outputs,
            report,
            ..
        } = self;
        Quantised {
            netlist,
            report,
            layers,
            inputs,
            outputs,
        }
    }
}

fn spikes(node: &Node) -> bool {
    node.is_spiking()
}

/// A name without dots that is not taken yet.
fn plain(node: &str, taken: &mut BTreeSet<String>) -> String {
    let base = if node.is_empty() {
        "_".to_string()
    } else {
        node.replace('.', "_")
    };
    let mut name = base.clone();
    let mut k = 2;
    while !taken.insert(name.clone()) {
        name = format!("{base}_{k}");
        k += 1;
    }
    name
}

fn population(
    name: &str,
    size: u32,
    dynamics: &NeuronDynamics,
    integers: &IntegerLayer,
) -> Population {
    let mut soma = Compartment::new("soma");
    soma.current_decay = values(&integers.current_decay);
    soma.voltage_decay = values(&integers.voltage_decay);
    soma.bias_mantissa = values(&integers.bias_mantissa);
    soma.bias_exponent = values(&integers.bias_exponent);
    soma.threshold_mantissa = values(&integers.thresholds);
    soma.initial_current = values(&integers.initial_current);
    soma.initial_voltage = values(&integers.initial_voltage);
    if dynamics.threshold.is_empty() {
        soma.threshold_mode = ThresholdMode::PassToParent;
    }
    let compartments = if integers.subtracts {
        subtracting(soma, dynamics.has_current)
    } else {
        vec![soma]
    };
    Population {
        name: name.into(),
        size,
        core: integers.core,
        compartments,
        program: None,
    }
}

/// The soma taken apart (NC-019): a membrane that is never reset hands its flag v > threshold to a
/// parent that only spikes (NC-044). The synaptic current, if there is one, is a compartment of its
/// own, so that it does not filter what the spike takes from the membrane.
fn subtracting(mut membrane: Compartment, has_current: bool) -> Vec<Compartment> {
    let mut parts = vec![];
    membrane.name = MEMBRANE.into();
    membrane.threshold_mode = ThresholdMode::PassToParent;
    if has_current {
        let mut synapse = Compartment::new(SYNAPSE);
        synapse.current_decay = std::mem::replace(&mut membrane.current_decay, 4095.into());
        synapse.initial_current = std::mem::take(&mut membrane.initial_current);
        synapse.voltage_decay = 4095.into();
        synapse.threshold_mantissa = membrane.threshold_mantissa.clone();
        synapse.threshold_mode = ThresholdMode::PassToParent;
        synapse.passes = Passed::Current;
        membrane.join = Join::Add;
        membrane.children = vec![SYNAPSE.into()];
        parts.push(synapse);
    }
    let mut soma = Compartment::new("soma");
    soma.current_decay = 4095.into();
    soma.voltage_decay = 4095.into();
    soma.threshold_mantissa = membrane.threshold_mantissa.clone();
    soma.join = Join::Or;
    soma.children = vec![MEMBRANE.into()];
    parts.extend([membrane, soma]);
    parts
}
