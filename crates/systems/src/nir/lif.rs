//! `nir-lif`: one LIF neuron, 1000 steps of 0.1 ms; an exact trace and a trace recorded on Loihi 2
//! hardware (integers: weight mantissa 10, threshold mantissa 25, decay 4 % a step).

use super::{folder, graph};
use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_network::graph::Discretisation;
use seamount_network::netlist::Register;
use seamount_quantise::{DecayRounding, QuantiseOptions, QuantiseReport, quantise};
use seamount_reference::neurons::{Crossing, FloatNetwork, FloatOptions};
use seamount_study::compare::{CompareOptions, GraphComparison, Stimulus, TimeAxis, compare_graph};
use seamount_study::dump::{Dump, of_recordings};
use seamount_study::measure::PerInference;
use seamount_study::{LabError, Progress, build};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct LifOptions {
    /// Folder of the network, or of all data; default see [`seamount_study::data::data_folder`].
    pub data: Option<PathBuf>,
    /// How to quantise the network beside the float reference; the recorded one has its own scale.
    pub compare: CompareOptions,
    /// Keep every current, voltage and spike for [`LifReport::dump`].
    pub dump: bool,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct LifReport {
    /// Steps.
    pub steps: usize,
    /// Largest difference of v between the float reference (exponential, crossings within the step)
    /// and the exact trace.
    pub exact_voltage_error_max: f64,
    /// Steps in which reference and exact trace agree on the spike.
    pub exact_spikes_equal: usize,
    /// Steps in which v as the hardware's probe shows it equals the recording (NC-014).
    pub recorded_voltage_equal: usize,
    /// Steps in which the spike equals the recording.
    pub recorded_spikes_equal: usize,
    /// Steps in which v as the dynamics have it equals the recording: all but those of spikes.
    pub recorded_dynamics_equal: usize,
    /// How the recorded network was quantised: with the recording's scale.
    pub recorded_quantise: QuantiseReport,
    /// The network with the scale the quantiser chooses, chip against float.
    pub chosen: GraphComparison,
    /// Counts and energy of the 1000 steps.
    pub per_inference: PerInference,
    /// Current, voltage (as the hardware's probe shows it) and spikes of the recorded network, in the
    /// integers of the recording, if asked for.
    #[serde(skip)]
    pub dump: Dump,
}

/// Mantissas of the recording for 1.0: threshold 25 for 0.1, weight 10 for 0.04.
const RECORDED_UNIT: f64 = 250.0;
/// Name of the neuron in the file.
const NEURON: &str = "1";

/// Input, v and spike of each step.
fn recording(path: &Path) -> Result<Vec<[f64; 3]>, LabError> {
    let bad = |problem: String| LabError::File {
        path: path.into(),
        problem,
    };
    let text = seamount_study::text::read(path)?;
    let row = |(i, line): (usize, &str)| {
        let numbers: Vec<f64> = line
            .split(',')
            .map(|x| x.trim().parse().unwrap_or(f64::NAN))
            .collect();
        <[f64; 3]>::try_from(numbers)
            .ok()
            .filter(|r| r.iter().all(|x| x.is_finite()))
            .ok_or_else(|| bad(format!("line {}: not three numbers", i + 1)))
    };
    text.lines().enumerate().map(row).collect()
}

/// Builds, compiles and runs the network.
pub fn run(options: &LifOptions, progress: Progress) -> Result<LifReport, LabError> {
    let folder = folder(options.data.as_deref(), "01_lif/lif_norse.nir")?.join("01_lif");
    let graph = graph(&folder.join("lif_norse.nir"))?;
    let exact = recording(&folder.join("lif_exact.csv"))?;
    let recorded = recording(&folder.join("lif_lava_loihi_fixed.csv"))?;
    let float = FloatOptions {
        discretisation: Discretisation::Exponential,
        crossing: Crossing::WithinStep,
        ..FloatOptions::default()
    };
    let mut net = FloatNetwork::new(&graph, &float).map_err(|e| LabError::Option(e.to_string()))?;
    let (mut error, mut spikes) = (0.0f64, 0);
    for [x, v, z] in &exact {
        net.step(&[*x]);
        let state = net
            .layer(NEURON)
            .ok_or_else(|| LabError::Option(format!("there is no neuron '{NEURON}'")))?
            .state;
        error = error.max((state.v[0] - v).abs());
        spikes += usize::from(state.spikes[0] == *z);
    }
    progress(1, 3);
    // row r of a recording is step r + 1: what it injects acts in row r + 1
    let inputs = recorded.iter().enumerate().filter(|(_, row)| row[0] > 0.0);
    let stimulus = Stimulus {
        steps: recorded.len() as u64,
        events: inputs.map(|(r, _)| (r as u64 + 1, 0)).collect(),
    };
    // only 163 of 4096 for 4 % reproduces it: the decay was rounded down
    let settings = QuantiseOptions {
        units: [(NEURON.to_string(), RECORDED_UNIT)].into(),
        decay_rounding: DecayRounding::Down,
        ..QuantiseOptions::default()
    };
    let quantised = quantise(&graph, &settings).map_err(|e| LabError::Option(e.to_string()))?;
    let mut netlist = quantised.netlist;
    let registers = [
        Register::VoltageHardware,
        Register::Voltage,
        Register::Spike,
        Register::Current,
    ];
    for register in registers {
        netlist.probe(NEURON, register);
    }
    let program = Arc::new(ChipProgram::new(&build(&netlist, false)?));
    let train = SpikeTrain::new(&program, stimulus.events.clone())
        .map_err(|e| LabError::Option(e.to_string()))?;
    let seen = Chip::new(program).run(stimulus.steps, &train, &RunOptions::default());
    progress(2, 3);
    let equal = |register: Register, column: usize| {
        let words = seen
            .recording(&format!("{NEURON}.{}", register.name()))
            .map_or(vec![], |r| r.to_words());
        words
            .iter()
            .zip(&recorded)
            .filter(|(w, row)| f64::from(**w) == row[column])
            .count()
    };
    let chosen = compare_graph(&graph, &options.compare, &stimulus)?;
    progress(3, 3);
    Ok(LifReport {
        steps: recorded.len(),
        exact_voltage_error_max: error,
        exact_spikes_equal: spikes,
        recorded_voltage_equal: equal(Register::VoltageHardware, 1),
        recorded_spikes_equal: equal(Register::Spike, 2),
        recorded_dynamics_equal: equal(Register::Voltage, 1),
        recorded_quantise: quantised.report,
        chosen,
        per_inference: PerInference::new(&seen.total(), 1),
        dump: if options.dump {
            of_recordings(&seen, &[NEURON], Register::VoltageHardware, TimeAxis::First)
        } else {
            vec![]
        },
    })
}

impl fmt::Display for LifReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.steps;
        writeln!(f, "nir-lif: one LIF neuron, {n} steps of 0.1 ms")?;
        writeln!(
            f,
            "float reference beside the exact trace: v within {:.1e}, spikes equal in {} of {n} steps",
            self.exact_voltage_error_max, self.exact_spikes_equal
        )?;
        writeln!(
            f,
            "chip beside the recording on Loihi: v equal in {} of {n} steps, spikes in {} ({} with v of the dynamics instead of the hardware's probe)",
            self.recorded_voltage_equal, self.recorded_spikes_equal, self.recorded_dynamics_equal
        )?;
        writeln!(
            f,
            "quantised with the recording's scale:\n{}",
            self.recorded_quantise
        )?;
        writeln!(f, "quantised with the scale chosen here:\n{}", self.chosen)?;
        write!(f, "{}", self.per_inference)
    }
}
