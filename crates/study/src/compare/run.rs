//! How the traces that are compared come about: by running the float reference, the chip or an
//! image. [`Pair`] takes a float graph through all of them.

use super::unrounded::Unrounded;
use super::{Comparison, LayerTrace, Trace, compare};
use seamount_chip::{Chip, ChipProgram, Observations, RunOptions, SpikeTrain};
use seamount_compile::CompileOptions;
use seamount_image::{CheckedImage, Image, ImageRegister, PopulationMap};
use seamount_network::graph::Graph;
use seamount_network::netlist;
use seamount_quantise::{
    Calibration, LayerMap, Observed, QuantiseError, QuantiseOptions, QuantiseReport, Quantised,
    quantise,
};
use seamount_reference::neurons::{self, FloatError, FloatNetwork, FloatOptions, Latency};
use seamount_session::{Failure, build};
use seamount_spec::{Board, EventCounts};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Spikes that enter a network, for a number of steps. Sources are counted over all inputs, by
/// name; an input with a constant current (see [`QuantiseOptions::currents`]) is no source.
///
/// An event of step s acts in step s + 1 of both, the chip and the reference: steps count from 1,
/// events from 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stimulus {
    /// Number of steps.
    pub steps: u64,
    /// (step, source), in any order; a pair that is there twice counts twice.
    pub events: Vec<(u64, u32)>,
}

impl Stimulus {
    /// Calls `visit` with what enters in each step.
    fn frames(
        &self,
        inputs: &[(String, usize)],
        currents: &BTreeMap<String, Vec<f64>>,
        mut visit: impl FnMut(&[f64]),
    ) {
        let mut events = self.events.clone();
        events.sort_unstable();
        // what enters in a step without spikes, and where in it each source is
        let mut quiet = vec![];
        let mut places = vec![];
        for (name, size) in inputs {
            match currents.get(name) {
                Some(x) => quiet.extend((0..*size).map(|i| x.get(i).copied().unwrap_or(0.0))),
                None => {
                    places.extend(quiet.len()..quiet.len() + size);
                    quiet.extend(std::iter::repeat_n(0.0, *size));
                }
            }
        }
        let mut frame = quiet.clone();
        let mut next = 0;
        for step in 0..self.steps {
            frame.copy_from_slice(&quiet);
            while let Some(&(s, source)) = events.get(next).filter(|e| e.0 <= step) {
                if let Some(&place) = places.get(source as usize).filter(|_| s == step) {
                    frame[place] += 1.0;
                }
                next += 1;
            }
            visit(&frame);
        }
    }
}

/// How to compare a graph with itself on the chip.
#[derive(Debug, Clone, PartialEq)]
pub struct CompareOptions {
    /// How to quantise; dt, discretisation and reset hold for the reference too.
    pub quantise: QuantiseOptions,
    /// Differences of v up to here, in thresholds, count as none.
    pub tolerance: f64,
    /// Choose scales by what the float reference does with the stimulus.
    pub calibrate: bool,
    /// Board to place it on; the compiler's default if absent.
    pub board: Option<Board>,
}

impl Default for CompareOptions {
    fn default() -> Self {
        CompareOptions {
            quantise: QuantiseOptions::default(),
            tolerance: 0.01,
            calibrate: false,
            board: None,
        }
    }
}

/// A graph as floats, as integers without register rounding, and on the chip.
#[derive(Debug, Clone, Serialize)]
pub struct GraphComparison {
    /// Report of the quantiser: what it changed of the graph.
    pub quantise: QuantiseReport,
    /// Float reference beside the chip.
    pub whole: Comparison,
    /// Float reference beside the integers in real arithmetic: what rounding the parameters does.
    /// None with reset by subtraction.
    pub parameters: Option<Comparison>,
    /// The integers in real arithmetic beside the chip: what the registers' rounding does.
    pub registers: Option<Comparison>,
    /// Cores in use.
    pub cores: usize,
    /// Events on the chip.
    #[serde(skip)]
    pub counts: EventCounts,
    /// What the float reference did in every step, where it is to be kept.
    #[serde(skip)]
    pub floats: Option<Trace>,
}

/// The options of the reference that say the same as those of the quantiser, with the chip's
/// latency.
pub fn float_options(options: &QuantiseOptions) -> FloatOptions {
    FloatOptions {
        dt_seconds: options.dt_seconds,
        discretisation: options.discretisation,
        reset: options.reset,
        latency: Latency::OneStep,
        ..FloatOptions::default()
    }
}

/// Names and sizes of the inputs.
fn inputs_of(net: &FloatNetwork) -> Vec<(String, usize)> {
    net.inputs()
        .map(|(name, size)| (name.to_string(), size))
        .collect()
}

/// The float reference, run with a stimulus and constant currents by Input. Of layers in
/// `before_reset` v is taken before resets.
pub fn float_trace(
    net: &mut FloatNetwork,
    stimulus: &Stimulus,
    currents: &BTreeMap<String, Vec<f64>>,
    before_reset: &[String],
) -> Trace {
    net.rest();
    let blank = |l: neurons::Layer| LayerTrace {
        name: l.name.into(),
        neurons: l.state.v.len(),
        ..LayerTrace::default()
    };
    let mut layers: Vec<LayerTrace> = net.layers().map(blank).collect();
    let inputs = inputs_of(net);
    stimulus.frames(&inputs, currents, |frame| {
        net.step(frame);
        for (trace, layer) in layers.iter_mut().zip(net.layers()) {
            let state = layer.state;
            let before = before_reset.contains(&trace.name);
            trace.spikes.extend(&state.spikes);
            trace.voltage.extend(if before {
                &state.v_before_reset
            } else {
                &state.v
            });
            trace.current.extend(&state.current);
        }
    });
    Trace {
        name: "float".into(),
        steps: stimulus.steps as usize,
        layers,
    }
}

/// The largest values of each neuron over some samples.
///
/// # Errors
/// If the graph cannot be stepped.
pub fn calibrate(
    graph: &Graph,
    settings: &QuantiseOptions,
    samples: &[Stimulus],
) -> Result<Calibration, FloatError> {
    let mut net = FloatNetwork::new(graph, &float_options(settings))?;
    let inputs = inputs_of(&net);
    let mut calibration = Calibration::default();
    for layer in net.layers() {
        let zero = vec![0.0; layer.state.v.len()];
        let observed = Observed {
            input: zero.clone(),
            current: zero.clone(),
            voltage: zero,
        };
        calibration.layers.insert(layer.name.into(), observed);
    }
    let raise = |most: &mut [f64], values: &[f64]| {
        most.iter_mut()
            .zip(values)
            .for_each(|(m, v)| *m = m.max(v.abs()))
    };
    for sample in samples {
        net.rest();
        sample.frames(&inputs, &settings.currents, |frame| {
            net.step(frame);
            for layer in net.layers() {
                let observed = calibration
                    .layers
                    .get_mut(layer.name)
                    .expect("entered above");
                raise(&mut observed.input, &layer.state.input);
                raise(&mut observed.current, &layer.state.current);
                raise(&mut observed.voltage, &layer.state.v_before_reset);
            }
        });
    }
    Ok(calibration)
}

/// The netlist of a quantised graph with a probe on the spikes, v and u of every layer.
pub fn probed(quantised: &Quantised) -> netlist::Netlist {
    let mut net = quantised.netlist.clone();
    for layer in &quantised.layers {
        let mut probe = |target: &str, register: netlist::Register| {
            net.probe(target, register).name = format!("{}.{}", layer.population, register.name());
        };
        if layer.programmed {
            probe(&layer.population, netlist::Register::Spike);
            for (word, register) in [
                ("v", netlist::Register::Voltage),
                ("u", netlist::Register::Current),
            ] {
                net.probe_state(&layer.population, word).name =
                    format!("{}.{}", layer.population, register.name());
            }
            continue;
        }
        probe(&layer.membrane, netlist::Register::Voltage);
        if layer.spiking {
            probe(&layer.population, netlist::Register::Spike);
        }
        probe(&layer.current, netlist::Register::Current);
    }
    net
}

/// What the chip did, in the units of the float model, from recordings of [`probed`].
fn rescaled(quantised: &Quantised, seen: &Observations, steps: usize) -> Trace {
    let layer = |map: &LayerMap| {
        let neurons = map.units.len();
        let words = |register: netlist::Register| {
            let recording = seen.recording(&format!("{}.{}", map.population, register.name()));
            recording.map_or(vec![], |r| r.to_words())
        };
        let voltage = words(netlist::Register::Voltage);
        let current = words(netlist::Register::Current);
        let float = |(i, u): (usize, &i32)| {
            (f64::from(*u) + map.current_rest[i % neurons]) / map.current_units[i % neurons]
        };
        LayerTrace {
            name: map.node.clone(),
            neurons,
            spikes: words(netlist::Register::Spike)
                .into_iter()
                .map(f64::from)
                .collect(),
            voltage: voltage
                .iter()
                .enumerate()
                .map(|(i, v)| map.voltage(i % neurons, *v))
                .collect(),
            current: current.iter().enumerate().map(float).collect(),
            ..LayerTrace::default()
        }
    };
    Trace {
        name: "chip".into(),
        steps,
        layers: quantised.layers.iter().map(layer).collect(),
    }
}

/// Runs a quantised graph on the chip; the trace is in the units of the float model. Also the
/// events and the number of cores.
///
/// # Errors
/// If it does not compile or a source does not exist.
pub fn chip_trace(
    quantised: &Quantised,
    stimulus: &Stimulus,
) -> Result<(Trace, EventCounts, usize), Failure> {
    let image = build(&probed(quantised), &CompileOptions::default())?;
    let program = Arc::new(ChipProgram::new(&image));
    let train = SpikeTrain::new(&program, stimulus.events.clone()).map_err(Failure::call)?;
    let seen = Chip::new(program).run(stimulus.steps, &train, &RunOptions::default());
    Ok((
        rescaled(quantised, &seen, stimulus.steps as usize),
        seen.total(),
        image.image().cores.len(),
    ))
}

/// What an image does with a stimulus, in the chip's units. Every compartment of a population is a
/// layer: the one that spikes has the name of the population, others are `population.compartment`;
/// they need no probes. A population whose neurons have no synapses is an output.
///
/// # Errors
/// If a source does not exist.
pub fn image_trace(
    name: &str,
    image: &CheckedImage,
    stimulus: &Stimulus,
) -> Result<Trace, Failure> {
    let program = Arc::new(ChipProgram::new(image));
    let train = SpikeTrain::new(&program, stimulus.events.clone()).map_err(Failure::call)?;
    let mut chip = Chip::new(program);
    let parts = || {
        image
            .image()
            .populations
            .iter()
            .flat_map(|p| (0..p.compartments.len()).map(move |part| (p, part)))
    };
    let blank = |(map, part): (&PopulationMap, usize)| {
        let root = part + 1 == map.compartments.len();
        let name = if root {
            map.name.clone()
        } else {
            format!("{}.{}", map.name, map.compartments[part])
        };
        LayerTrace {
            name,
            neurons: map.size() as usize,
            output: root && !sends(image.image(), map),
            ..LayerTrace::default()
        }
    };
    let mut layers: Vec<LayerTrace> = parts().map(blank).collect();
    for _ in 0..stimulus.steps {
        chip.run(1, &train, &RunOptions::default());
        for (trace, (map, part)) in layers.iter_mut().zip(parts()) {
            let read = |register| {
                chip.read(&map.name, part, register)
                    .unwrap_or_default()
                    .into_iter()
                    .map(f64::from)
            };
            if part + 1 == map.compartments.len() {
                trace.spikes.extend(read(ImageRegister::Spike));
            }
            trace.voltage.extend(read(ImageRegister::Voltage));
            trace.current.extend(read(ImageRegister::Current));
        }
    }
    Ok(Trace {
        name: name.into(),
        steps: stimulus.steps as usize,
        layers,
    })
}

/// Whether neurons of a population have synapses.
fn sends(image: &Image, map: &PopulationMap) -> bool {
    let root = map.compartments.len() - 1;
    (0..map.size()).any(|neuron| {
        let (core, compartment) = map.locate(neuron, root);
        let offsets = &image.cores[core as usize].output_offsets[compartment as usize..];
        offsets[0] < offsets[1]
    })
}

/// Two images with one stimulus, bit by bit.
///
/// # Errors
/// If a source does not exist in one of them.
pub fn compare_images(
    a: (&str, &CheckedImage),
    b: (&str, &CheckedImage),
    stimulus: &Stimulus,
) -> Result<Comparison, Failure> {
    Ok(compare(
        &image_trace(a.0, a.1, stimulus)?,
        &image_trace(b.0, b.1, stimulus)?,
        0.0,
    ))
}

/// Quantises a graph, runs it as floats, as integers in real arithmetic, and on the chip.
///
/// # Errors
/// If it cannot be stepped, quantised or compiled.
pub fn compare_graph(
    graph: &Graph,
    options: &CompareOptions,
    stimulus: &Stimulus,
) -> Result<GraphComparison, CompareError> {
    Pair::new(graph, options, std::slice::from_ref(stimulus))?.compare(stimulus)
}

/// A graph as floats and on the chip, ready to run.
pub struct Pair {
    /// The graph in integers.
    pub quantised: Quantised,
    /// Its image, with probes on every layer.
    pub image: CheckedImage,
    program: Arc<ChipProgram>,
    float: FloatNetwork,
    currents: BTreeMap<String, Vec<f64>>,
    unrounded: Option<Unrounded>,
    before_reset: Vec<String>,
    tolerance: f64,
}

impl Pair {
    /// Quantises and compiles; `samples` are for calibration, if the options ask for it.
    ///
    /// # Errors
    /// If it cannot be stepped, quantised or compiled.
    pub fn new(
        graph: &Graph,
        options: &CompareOptions,
        samples: &[Stimulus],
    ) -> Result<Pair, CompareError> {
        let float = float_options(&options.quantise);
        let mut settings = options.quantise.clone();
        settings.programs |= options
            .board
            .as_ref()
            .is_some_and(|board| board.programs.is_some());
        if options.calibrate {
            settings.calibration = Some(calibrate(graph, &settings, samples)?);
        }
        let quantised = quantise(graph, &settings)?;
        let board = options.board.clone();
        let place = board.map_or_else(CompileOptions::default, CompileOptions::new);
        let image = build(&probed(&quantised), &place)?;
        Ok(Pair {
            currents: settings.currents,
            program: Arc::new(ChipProgram::new(&image)),
            float: FloatNetwork::new(graph, &float)?,
            unrounded: Unrounded::new(&quantised),
            before_reset: quantised
                .layers
                .iter()
                .filter(|l| l.before_reset)
                .map(|l| l.node.clone())
                .collect(),
            tolerance: options.tolerance,
            quantised,
            image,
        })
    }

    /// Runs both from rest with a stimulus.
    ///
    /// # Errors
    /// If a source does not exist.
    pub fn compare(&mut self, stimulus: &Stimulus) -> Result<GraphComparison, CompareError> {
        let mut reference = self.floats(stimulus);
        mark(&mut reference, &self.quantised);
        let train =
            SpikeTrain::new(&self.program, stimulus.events.clone()).map_err(Failure::call)?;
        let seen = Chip::new(Arc::clone(&self.program)).run(
            stimulus.steps,
            &train,
            &RunOptions::default(),
        );
        let chip = rescaled(&self.quantised, &seen, stimulus.steps as usize);
        let unrounded = self.unrounded.as_mut().map(|net| {
            let mut trace = net.trace(stimulus);
            mark(&mut trace, &self.quantised);
            trace
        });
        Ok(GraphComparison {
            whole: compare(&reference, &chip, self.tolerance),
            parameters: unrounded
                .as_ref()
                .map(|trace| compare(&reference, trace, self.tolerance)),
            registers: unrounded
                .as_ref()
                .map(|trace| compare(trace, &chip, self.tolerance)),
            quantise: self.quantised.report.clone(),
            cores: self.image.image().cores.len(),
            counts: seen.total(),
            floats: None,
        })
    }

    /// What the float reference does in every step, from rest.
    pub fn floats(&mut self, stimulus: &Stimulus) -> Trace {
        float_trace(
            &mut self.float,
            stimulus,
            &self.currents,
            &self.before_reset,
        )
    }
}

/// Why a graph cannot be compared with itself on the chip.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It cannot be stepped.
    #[error(transparent)]
    Float(#[from] FloatError),
    /// It cannot be quantised.
    #[error(transparent)]
    Quantise(#[from] QuantiseError),
    /// It does not compile, or a source does not exist.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Failure {
        match error {
            CompareError::Failed(error) => error,
            other => Failure::call(other),
        }
    }
}

/// Notes in a trace which layers are outputs and what their v counts by.
fn mark(trace: &mut Trace, quantised: &Quantised) {
    for layer in &mut trace.layers {
        layer.output = quantised
            .outputs
            .iter()
            .any(|o| o.layers.contains(&layer.name));
        let Some(map) = quantised
            .layers
            .iter()
            .find(|m| m.node == layer.name)
            .filter(|m| m.spiking)
        else {
            continue;
        };
        let population = quantised
            .netlist
            .populations
            .iter()
            .find(|p| p.name == map.population);
        let soma = population.and_then(|p| p.compartments.last());
        let threshold = |j: usize| {
            soma.map_or(1.0, |c| {
                f64::from(c.threshold_mantissa.get(j)) * 64.0 / map.units[j]
            })
        };
        layer.span = (0..layer.neurons).map(threshold).collect();
    }
}

impl fmt::Display for GraphComparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.quantise)?;
        write!(f, "{}", self.whole)?;
        if let (Some(parameters), Some(registers)) = (&self.parameters, &self.registers) {
            writeln!(f, "what rounding the parameters does:")?;
            write!(f, "{parameters}")?;
            writeln!(f, "what rounding in the registers does:")?;
            write!(f, "{registers}")?;
        }
        let EventCounts {
            synaptic_operations,
            spikes,
            q_wraps,
            u_wraps,
            v_clips,
            ..
        } = self.counts;
        writeln!(
            f,
            "{} core(s), {synaptic_operations} synaptic operations, {spikes} spikes",
            self.cores
        )?;
        write!(
            f,
            "registers: {q_wraps} wraps of q, {u_wraps} of u, {v_clips} clips of v"
        )
    }
}
