//! One layer of neurons in integers: scales, thresholds, decays, biases, weights.
//!
//! Everything about a neuron is relative to its threshold, so that one free number, the scale (chip
//! units of v for one float unit), decides how many bits each register uses. [`crate::scale`]
//! chooses it from what the neuron demands; this module works out the demands and applies the
//! choice.

use crate::dynamics::NeuronDynamics;
use crate::linear::{LinearMap, MapTerm};
use crate::options::{
    DecayRounding, Observed, QuantiseFindings, QuantiseOptions, QuantiseProblem, Scales,
};
use crate::plan::{NeuronLayer, SpikeSource};
use crate::report::{ErrorTally, InflowReport, ParameterReport, range};
use crate::scale::{ScaleDemand, WEIGHT_MAX, thresholds};
use seamount_arith::soma::{bias, bias_split};
use seamount_network::graph::{Node, Reset};
use seamount_network::netlist::{CoreSettings, Edges, Values};
use std::collections::BTreeSet;

/// A layer in integers; arrays have one element per neuron.
pub(crate) struct IntegerLayer {
    /// Chip units of v for one float unit.
    pub units: Vec<f64>,
    /// Threshold mantissas; unused if the layer does not spike.
    pub thresholds: Vec<u32>,
    pub exponents: Vec<i8>,
    pub core: CoreSettings,
    /// Registers, without the offsets of the core.
    pub current_decay: Vec<u16>,
    pub voltage_decay: Vec<u16>,
    pub bias_mantissa: Vec<i16>,
    pub bias_exponent: Vec<u8>,
    pub initial_current: Vec<i32>,
    pub initial_voltage: Vec<i32>,
    pub inflows: Vec<(SpikeSource, Edges)>,
    pub parameters: Vec<ParameterReport>,
    pub reports: Vec<InflowReport>,
    pub risks: Vec<String>,
    /// Reset by subtraction, by compartments.
    pub subtracts: bool,
    /// Reset by subtraction, by a program.
    pub programmed: bool,
}

/// Fewest and most thresholds that v has room for below 0, if nothing is known of it.
const VOLTAGE_ROOM: (f64, f64) = (8.0, 64.0);
/// Steps that an integrator without leak is assumed to sum, if nothing is known of it.
const INTEGRATED_STEPS: f64 = 64.0;
/// Largest synaptic delay (NC-026).
const DELAY_MAX: u32 = 62;
/// Largest threshold mantissa (NC-005).
pub(crate) const MANTISSA_MAX: f64 = 131_071.0;
/// Largest bias (NC-006).
const BIAS_MAX: i64 = 4095 << 7;

/// Quantises a layer.
pub(crate) fn layer(
    layer: &NeuronLayer,
    dynamics: &NeuronDynamics,
    options: &QuantiseOptions,
    found: &mut QuantiseFindings,
) -> IntegerLayer {
    let subtracts = options.reset == Reset::Subtract
        && !dynamics.threshold.is_empty()
        && !matches!(layer.node, Node::Threshold(_));
    // a program subtracts in the step of the spike; compartments can do so one step later only
    let programmed = subtracts && options.programs;
    let subtracts = subtracts && !options.programs;
    let mut work = LayerWork {
        layer,
        dynamics,
        options,
        found,
        subtracts,
        risks: vec![],
    };
    let (units, thresholds, exponents) = work.scales();
    let (core, current_decay, voltage_decay, mut parameters) = work.decays();
    parameters.push(work.threshold_report(&units, &thresholds));
    let (bias_mantissa, bias_exponent, report) = work.biases(&units);
    parameters.push(report);
    let scaled = |values: &[f64]| {
        values
            .iter()
            .zip(&units)
            .map(|(x, u)| start(-x * u))
            .collect::<Vec<i32>>()
    };
    let initial_current = scaled(&dynamics.filtered);
    let initial_voltage = scaled(&dynamics.rest);
    let (inflows, reports) = work.inflows(&units, &exponents);
    parameters.retain(|p| p.float != (0.0, 0.0) || p.integer != (0, 0));
    IntegerLayer {
        units,
        thresholds,
        exponents,
        core,
        current_decay,
        voltage_decay,
        bias_mantissa,
        bias_exponent,
        initial_current,
        initial_voltage,
        inflows,
        parameters,
        reports,
        risks: work.risks,
        subtracts,
        programmed,
    }
}

/// Thresholds that v of a spiking neuron has room for: as far as the worst input drives it, but not
/// at the cost of bits of the largest weight.
fn room(jump: f64, drive: f64, leak: f64) -> f64 {
    let settled = if leak > 0.0 {
        drive / leak
    } else {
        f64::INFINITY
    };
    let all_bits = MANTISSA_MAX * jump / WEIGHT_MAX;
    settled
        .min(VOLTAGE_ROOM.1)
        .min(all_bits)
        .max(VOLTAGE_ROOM.0)
}

/// A start value, 24 bit.
fn start(x: f64) -> i32 {
    x.round().clamp(-8_388_607.0, 8_388_607.0) as i32
}

struct LayerWork<'a> {
    layer: &'a NeuronLayer<'a>,
    dynamics: &'a NeuronDynamics,
    options: &'a QuantiseOptions,
    found: &'a mut QuantiseFindings,
    subtracts: bool,
    risks: Vec<String>,
}

impl LayerWork<'_> {
    fn size(&self) -> usize {
        self.layer.bias.len()
    }

    fn spikes(&self) -> bool {
        !self.dynamics.threshold.is_empty()
    }

    /// A number for each neuron; neurons with the same number share a scale.
    fn groups(&self) -> Vec<usize> {
        let size = self.size();
        if self.options.scales == Scales::PerPopulation || !self.spikes() {
            return vec![0; size];
        }
        let places: usize = self.layer.shape.iter().skip(1).product::<usize>().max(1);
        let d = self.dynamics;
        let constant = |values: &[f64]| values.chunks(places).all(|c| c.iter().all(|x| *x == c[0]));
        let alike = [&d.threshold, &d.jump, &d.current_keep, &d.voltage_keep]
            .into_iter()
            .all(|v| constant(v));
        if self.layer.shared && alike {
            (0..size).map(|j| j / places).collect()
        } else {
            (0..size).collect()
        }
    }

    /// What each neuron is measured by: its threshold; one measure for all that share a scale.
    fn spans(&self, groups: &[usize]) -> Vec<f64> {
        let largest = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
        if !self.spikes() {
            let jumps = self.jumps();
            let largest = largest(&mut jumps.iter().map(|j| j.0));
            return vec![if largest > 0.0 { largest } else { 1.0 }; self.size()];
        }
        let thresholds = &self.dynamics.threshold;
        let one_for_all = groups.iter().all(|g| *g == 0);
        if one_for_all {
            vec![largest(&mut thresholds.iter().copied()); self.size()]
        } else {
            thresholds.clone()
        }
    }

    /// Largest jump, and sums of all positive and all negative jumps, of each neuron in float v.
    fn jumps(&self) -> Vec<(f64, f64, f64)> {
        let mut jumps = vec![(0.0f64, 0.0f64, 0.0f64); self.size()];
        for term in self
            .layer
            .inflows
            .iter()
            .flat_map(|i| i.map.rows.iter().flatten())
        {
            let jump = term.weight * self.dynamics.jump[term.target as usize];
            let own = &mut jumps[term.target as usize];
            own.0 = own.0.max(jump.abs());
            own.1 += jump.max(0.0);
            own.2 += (-jump).max(0.0);
        }
        jumps
    }

    /// Demands of each neuron in units of its span: what calibration saw times the margin (of what
    /// arrives and of u never more than the weights allow, and where neurons fire of v never more
    /// than without calibration, so that it never makes a scale coarser), else the worst case.
    fn demands(&mut self, spans: &[f64]) -> Vec<ScaleDemand> {
        let d = self.dynamics;
        let seen = self
            .options
            .calibration
            .as_ref()
            .and_then(|c| c.layers.get(&self.layer.name));
        let seen = seen.filter(|s| {
            [&s.input, &s.current, &s.voltage]
                .iter()
                .all(|v| v.len() == self.size())
        });
        if seen.is_none() && self.options.calibration.is_some() {
            self.found.rule(
                &self.layer.name,
                "the calibration has not seen this node with this many neurons",
            );
        }
        let margin = self.options.margin;
        let jumps = self.jumps();
        let one = |j: usize| {
            let (largest, up, down) = jumps[j];
            let observed = |values: fn(&Observed) -> &Vec<f64>, gain: f64| {
                seen.map(|s| values(s)[j] * gain.abs() * margin / spans[j])
            };
            let reset = if self.subtracts {
                d.voltage_keep[j]
            } else {
                0.0
            };
            let worst = up.max(down) / spans[j];
            let arriving =
                observed(|s| &s.input, d.jump[j]).map_or(worst, |o| o.min(worst)) + reset;
            let keep = d.current_keep[j];
            let worst = if keep < 1.0 {
                (arriving - reset) / (1.0 - keep)
            } else {
                (arriving - reset) * INTEGRATED_STEPS
            };
            let current =
                observed(|s| &s.current, d.drive[j]).map_or(worst, |o| o.min(worst)) + reset;
            let bias = d.bias[j].abs() / spans[j];
            let leak = 1.0 - d.voltage_keep[j];
            let worst = match self.spikes() {
                true => room(largest / spans[j], current + bias, leak).max(1.0 + current + bias),
                false if leak > 0.0 => (current + bias) / leak,
                false => (current + bias) * INTEGRATED_STEPS,
            };
            let seen = observed(|s| &s.voltage, 1.0);
            let voltage = seen.map_or(worst, |o| {
                let wanted = (o + d.rest[j].abs() / spans[j]).max(1.0);
                // A neuron that fires takes no harm where v stops below its limit, so voltages far
                // below rest are no reason for a coarser scale than without calibration.
                if self.spikes() {
                    wanted.min(worst)
                } else {
                    wanted
                }
            });
            ScaleDemand {
                jump: largest / spans[j],
                arriving,
                current,
                voltage,
                bias,
            }
        };
        (0..self.size()).map(one).collect()
    }

    /// Chip units of v per float unit, threshold mantissas and weight exponents, of each neuron.
    fn scales(&mut self) -> (Vec<f64>, Vec<u32>, Vec<i8>) {
        let groups = self.groups();
        let spans = self.spans(&groups);
        let demands = self.demands(&spans);
        let count = groups.iter().max().map_or(0, |g| g + 1);
        let mut shared = vec![ScaleDemand::default(); count];
        groups
            .iter()
            .zip(&demands)
            .for_each(|(&g, d)| shared[g] = shared[g].max(*d));
        let mantissa_max = if self.spikes() {
            self.options.threshold_mantissa_max
        } else {
            MANTISSA_MAX as u32
        };
        let given = self.options.units.get(&self.layer.name);
        let mut chosen: Vec<f64> = match given {
            Some(_) => vec![],
            None => thresholds(&shared, mantissa_max, self.options.thresholds_max)
                .iter()
                .map(|t| f64::from(*t))
                .collect(),
        };
        if let Some(unit) = given {
            let mut firsts = vec![0.0; count];
            groups
                .iter()
                .zip(&spans)
                .for_each(|(&g, span)| firsts[g] = span * unit);
            chosen = firsts;
        }
        self.judge(&shared, &chosen);
        let units: Vec<f64> = match given {
            Some(unit) => vec![unit * 64.0; self.size()],
            None => groups
                .iter()
                .zip(&spans)
                .map(|(&g, span)| 64.0 * chosen[g] / span)
                .collect(),
        };
        let exponents = groups
            .iter()
            .map(|&g| shared[g].exponent(chosen[g]) as i8)
            .collect();
        let mantissas = self.mantissas(&units);
        (units, mantissas, exponents)
    }

    fn mantissas(&mut self, units: &[f64]) -> Vec<u32> {
        if !self.spikes() {
            return vec![MANTISSA_MAX as u32; self.size()];
        }
        let wanted: Vec<f64> = self
            .dynamics
            .threshold
            .iter()
            .zip(units)
            .map(|(t, u)| (t * u / 64.0).round().max(1.0))
            .collect();
        let largest = wanted.iter().copied().fold(0.0, f64::max);
        if largest > MANTISSA_MAX {
            let problem = QuantiseProblem::Limit {
                wanted: largest,
                available: MANTISSA_MAX,
            };
            self.found
                .add(&self.layer.name, "threshold mantissa", problem);
        }
        wanted.iter().map(|t| t.min(MANTISSA_MAX) as u32).collect()
    }

    /// Notes where registers may overflow.
    fn judge(&mut self, shared: &[ScaleDemand], chosen: &[f64]) {
        let over = |d: &ScaleDemand, t: f64| t / d.ceiling(MANTISSA_MAX as u32);
        let worst = shared
            .iter()
            .zip(chosen)
            .map(|(d, t)| over(d, *t))
            .fold(0.0, f64::max);
        if worst > 1.0 {
            self.risks.push(format!(
                "registers may overflow: the scale is {worst:.2} times what is safe"
            ));
        }
        let losing = shared
            .iter()
            .zip(chosen)
            .filter(|(d, t)| d.jump > 0.0 && d.jump * **t < WEIGHT_MAX / 2.0)
            .count();
        if losing > 0 {
            let all = shared.len();
            self.risks.push(format!(
                "{losing} of {all} scales leave weights less than 7 bits"
            ));
        }
        if self.subtracts {
            self.risks.push(
                "the membrane shows v before the subtraction in the step of a spike (NC-019)"
                    .into(),
            );
        }
    }

    /// Notes that nothing of a voltage outlives its step, which a wrong dt does to every neuron.
    fn doubt_dt(&mut self, decays: &[u16]) {
        let remembers = !matches!(self.layer.node, Node::Threshold(_));
        if remembers && !decays.is_empty() && decays.iter().all(|decay| *decay == 4096) {
            self.risks.push(format!(
                "no voltage outlives its step: every time constant is as short as dt = {} s; \
                 was the network trained with another dt?",
                self.options.dt_seconds
            ));
        }
    }

    /// Core settings, current decays, voltage decays, and a report of each kind of decay.
    ///
    /// A decay of 4096 can be written only with an offset of 1 that the whole core has, and then 0
    /// cannot: both in one population are refused (NC-007).
    fn decays(&mut self) -> (CoreSettings, Vec<u16>, Vec<u16>, Vec<ParameterReport>) {
        let mut core = CoreSettings::default();
        let (currents, current_report) = decay(
            "current_decay",
            &self.dynamics.current_keep,
            self.options.decay_rounding,
        );
        let (voltages, voltage_report) = decay(
            "voltage_decay",
            &self.dynamics.voltage_keep,
            self.options.decay_rounding,
        );
        let (least, most) = range(currents.iter().copied());
        core.ds_offset = least > 0 || self.subtracts;
        if !core.ds_offset && most == 4096 || core.ds_offset && least == 0 {
            self.found.rule(
                &self.layer.name,
                "needs current decays 0 and 4096 side by side: ds_offset is one bit per core \
                 (NC-007)",
            );
        }
        let (least, most) = range(voltages.iter().copied());
        core.dm_offset = most == 4096;
        if core.dm_offset && least == 0 {
            self.found.rule(
                &self.layer.name,
                "needs voltage decays 0 and 4096 side by side: dm_offset is one bit per core \
                 (NC-007)",
            );
        }
        for (name, keeps, decays) in [
            ("current", &self.dynamics.current_keep, &currents),
            ("voltage", &self.dynamics.voltage_keep, &voltages),
        ] {
            let lost = keeps
                .iter()
                .zip(decays)
                .filter(|(k, d)| **k < 1.0 && **d == 0)
                .count();
            if lost > 0 {
                self.risks.push(format!(
                    "{lost} {name} decays are below 1/4096 and became 0: these neurons never forget"
                ));
            }
        }
        self.doubt_dt(&voltages);
        let register = |decays: &[u16], offset: bool| {
            decays
                .iter()
                .map(|d| d.saturating_sub(u16::from(offset)).min(4095))
                .collect()
        };
        let registers = (
            register(&currents, core.ds_offset),
            register(&voltages, core.dm_offset),
        );
        (
            core,
            registers.0,
            registers.1,
            vec![current_report, voltage_report],
        )
    }

    fn threshold_report(&self, units: &[f64], mantissas: &[u32]) -> ParameterReport {
        let mut errors = ErrorTally::default();
        for ((wanted, unit), mantissa) in self.dynamics.threshold.iter().zip(units).zip(mantissas) {
            errors.add(f64::from(*mantissa) * 64.0 / unit / wanted - 1.0);
        }
        let written = mantissas
            .iter()
            .map(|m| i64::from(*m) * 64)
            .filter(|_| self.spikes());
        let float = range(self.dynamics.threshold.iter().copied());
        parameter("threshold", float, range(written), &errors, 0)
    }

    fn biases(&mut self, units: &[f64]) -> (Vec<i16>, Vec<u8>, ParameterReport) {
        let mut errors = ErrorTally::default();
        let mut mantissas = vec![];
        let mut exponents = vec![];
        let mut clipped = 0;
        for ((j, wanted), unit) in self.dynamics.bias.iter().enumerate().zip(units) {
            let exact = wanted * unit;
            let limited = exact.round().clamp(-(BIAS_MAX as f64), BIAS_MAX as f64);
            clipped += usize::from(exact.abs() > BIAS_MAX as f64 + 0.5);
            let (mantissa, exponent) = bias_split(limited as i64).expect("limited to what fits");
            let span = self.dynamics.threshold.get(j).map_or(1.0, |t| t * unit);
            errors.add((f64::from(bias(mantissa, exponent)) - exact) / span);
            mantissas.push(mantissa);
            exponents.push(exponent);
        }
        if clipped > 0 {
            self.risks.push(format!(
                "{clipped} biases are beyond the register (NC-006) and were limited"
            ));
        }
        let float = range(self.dynamics.bias.iter().copied());
        let written = mantissas
            .iter()
            .zip(&exponents)
            .map(|(m, e)| i64::from(bias(*m, *e)));
        let report = parameter("bias", float, range(written), &errors, clipped);
        (mantissas, exponents, report)
    }

    fn inflows(
        &mut self,
        units: &[f64],
        exponents: &[i8],
    ) -> (Vec<(SpikeSource, Edges)>, Vec<InflowReport>) {
        let mut largest = vec![0.0f64; self.size()];
        for term in self
            .layer
            .inflows
            .iter()
            .flat_map(|i| i.map.rows.iter().flatten())
        {
            let own = &mut largest[term.target as usize];
            *own = own.max(term.weight.abs());
        }
        let scale: Vec<f64> = (0..self.size())
            .map(|j| self.dynamics.jump[j] * units[j] / 64.0 / f64::from(1u32 << exponents[j]))
            .collect();
        let step = f64::from(1u32 << (8 - self.options.weight_bits));
        let mut out = (vec![], vec![]);
        let layer = self.layer;
        for inflow in &layer.inflows {
            let (edges, report) = self.inflow(&inflow.map, &scale, step, &largest);
            out.0.push((inflow.source, edges));
            out.1.push(report);
        }
        out
    }

    /// The synapses of one source, and what rounding did to them. `scale[j]` is the integer weight
    /// that a float weight of 1 at neuron j becomes, `step` the distance of integer weights,
    /// `largest[j]` the largest float weight that reaches neuron j.
    fn inflow(
        &mut self,
        map: &LinearMap,
        scale: &[f64],
        step: f64,
        largest: &[f64],
    ) -> (Edges, InflowReport) {
        let most = (WEIGHT_MAX / step).floor() * step;
        let mut edges = EdgeRows::default();
        let mut tally = WeightTally::default();
        for row in &map.rows {
            for term in row.iter().filter(|t| t.weight != 0.0) {
                let j = term.target as usize;
                let exact = term.weight * scale[j];
                let nearest = (exact / step).round() * step;
                let kept = nearest.clamp(-most, most);
                tally.clipped += usize::from(kept != nearest);
                tally.note(term, exact, kept, scale[j], largest[j]);
                edges.push(term.target, kept as i32, term.delay);
            }
            edges.end();
        }
        if tally.latest > DELAY_MAX {
            let problem = QuantiseProblem::Limit {
                wanted: f64::from(tally.latest),
                available: f64::from(DELAY_MAX),
            };
            self.found
                .add(&self.layer.name, "delay in steps (NC-026)", problem);
        }
        let report = tally.report(map, &edges, self.options.weight_bits);
        (edges.finish(), report)
    }
}

/// What rounding did to the weights of one inflow.
#[derive(Default)]
struct WeightTally {
    /// Errors relative to the largest weight of the same target.
    relative: ErrorTally,
    /// Errors in float units.
    errors: ErrorTally,
    /// The float weights themselves.
    sizes: ErrorTally,
    zero: usize,
    rounded: usize,
    clipped: usize,
    /// Largest delay, steps.
    latest: u32,
}

impl WeightTally {
    /// Counts a weight that should be `exact` and is written as `kept`.
    fn note(&mut self, term: &MapTerm, exact: f64, kept: f64, scale: f64, largest: f64) {
        self.zero += usize::from(kept == 0.0);
        self.rounded += usize::from((kept - exact).abs() > 1e-6 * exact.abs());
        // a neuron whose scale is 0 has no error that float units could express
        let error = if exact == 0.0 {
            0.0
        } else {
            (kept - exact) / scale
        };
        self.relative.add(error / largest);
        self.errors.add(error);
        self.sizes.add(term.weight);
        self.latest = self.latest.max(term.delay);
    }

    /// The report without the name of the source. Memory is an upper estimate: a synapse takes
    /// weight, sign, 10 bits of index and its delay, and every list ends in a word of its own.
    fn report(&self, map: &LinearMap, edges: &EdgeRows, weight_bits: u8) -> InflowReport {
        let terms = map.rows.iter().flatten().filter(|t| t.weight != 0.0);
        let delay_bits = u64::from(u32::BITS - self.latest.leading_zeros());
        let bits = u64::from(weight_bits) + 1 + 10 + delay_bits;
        let lists = edges.offsets.windows(2).filter(|w| w[0] < w[1]).count() as u64;
        let error_rms = if self.sizes.rms() > 0.0 {
            self.errors.rms() / self.sizes.rms()
        } else {
            0.0
        };
        InflowReport {
            source: String::new(),
            synapses: edges.targets.len() + self.zero,
            zero: self.zero,
            rounded: self.rounded,
            clipped: self.clipped,
            float: range(terms.map(|t| t.weight)),
            integer: range(edges.weights.iter().copied()),
            error_max: self.relative.max(),
            error_rms,
            memory_bits: edges.targets.len() as u64 * bits + lists * 64,
        }
    }
}

/// Compressed rows in the making; zero weights are left out.
struct EdgeRows {
    offsets: Vec<u64>,
    targets: Vec<u32>,
    weights: Vec<i32>,
    delays: Vec<u8>,
}

impl Default for EdgeRows {
    fn default() -> Self {
        EdgeRows {
            offsets: vec![0],
            targets: vec![],
            weights: vec![],
            delays: vec![],
        }
    }
}

impl EdgeRows {
    fn push(&mut self, target: u32, weight: i32, delay: u32) {
        if weight != 0 {
            self.targets.push(target);
            self.weights.push(weight);
            self.delays.push(delay.min(DELAY_MAX) as u8);
        }
    }

    fn end(&mut self) {
        self.offsets.push(self.targets.len() as u64);
    }

    fn finish(self) -> Edges {
        let delays = if self.delays.iter().all(|d| *d == 0) {
            Values::Shared(0)
        } else {
            self.delays.into()
        };
        Edges {
            offsets: self.offsets.into(),
            targets: self.targets.into(),
            weights: self.weights.into(),
            delays,
        }
    }
}

fn parameter(
    register: &str,
    float: (f64, f64),
    integer: (i64, i64),
    errors: &ErrorTally,
    clipped: usize,
) -> ParameterReport {
    ParameterReport {
        register: register.into(),
        float,
        integer,
        error_max: errors.max(),
        error_rms: errors.rms(),
        clipped,
    }
}

/// Effective decays 0..=4096 (NC-007).
fn decay(register: &str, keeps: &[f64], rounding: DecayRounding) -> (Vec<u16>, ParameterReport) {
    let mut errors = ErrorTally::default();
    let mut decays = vec![];
    for keep in keeps {
        let wanted = 1.0 - keep;
        let parts = wanted * 4096.0;
        let written = match rounding {
            DecayRounding::Nearest => parts.round(),
            // a whole number that is not quite one in binary stays what it is
            DecayRounding::Down => (parts + 1e-6).floor(),
        };
        let written = written.clamp(0.0, 4096.0);
        errors.add(if wanted > 0.0 {
            written / 4096.0 / wanted - 1.0
        } else {
            0.0
        });
        decays.push(written as u16);
    }
    let float = range(keeps.iter().map(|k| 1.0 - k));
    let report = parameter(
        register,
        float,
        range(decays.iter().map(|d| i64::from(*d))),
        &errors,
        0,
    );
    (decays, report)
}

/// Distinct thresholds and distinct pairs of decays.
pub(crate) fn profiles(layer: &IntegerLayer) -> (usize, usize) {
    let thresholds: BTreeSet<u32> = layer.thresholds.iter().copied().collect();
    let decays: BTreeSet<(u16, u16)> = layer
        .current_decay
        .iter()
        .copied()
        .zip(layer.voltage_decay.iter().copied())
        .collect();
    (thresholds.len(), decays.len())
}
