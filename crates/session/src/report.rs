//! The report of a run as data: its target, its steps and events, its cost, its recordings.
//!
//! The names of its fields are those of the JSON that `seamount run --json` prints. The text for
//! people is made of the same data.

mod management;
mod text;

pub(crate) use management::MANAGEMENT;
pub use management::{ManagementReport, ReadReport};

use crate::cost::RunCost;
use crate::energy::Energy;
use crate::outcome::{RecordedSum, RunOutcome};
use crate::probe::register_name;
use crate::structure::Structure;
use crate::time::Time;
use seamount_chip::ChipProgram;
use seamount_image::{CheckedImage, ImageRegister, LimitBreach};
use seamount_spec::{CoreLocation, EventCounts, Profile};
use serde::Serialize;
/// Everything that is said about a run.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct RunReport {
    /// Version of this program.
    pub seamount: &'static str,
    /// What was run, and on what.
    pub target: RunTarget,
    /// Number of steps, and what cores did in them.
    pub steps: RunSteps,
    /// Events of all cores and steps.
    pub totals: EventCounts,
    /// The same under NeuroBench's names, as totals: NeuroBench's own metrics are means per sample,
    /// which only [`evaluate`](crate::eval::evaluate) knows.
    pub neurobench: NeuroBench,
    /// Energy by every profile asked for.
    pub energy: Vec<Energy>,
    /// Time by every profile asked for; none with fidelity `count`.
    pub time: Vec<Time>,
    /// Events of each core.
    pub cores: Vec<CoreReport>,
    /// Recordings.
    pub probes: Vec<ProbeReport>,
    /// What the embedded processors did; absent without management.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub management: Option<ManagementReport>,
    /// How the network was quantised, if it was a float graph.
    pub quantise: Option<serde_json::Value>,
    /// Limits of the chip that the image breaks.
    pub limits_broken: Vec<LimitBreach>,
    /// Host events given; of these `totals.host_spikes` acted.
    pub input_events: usize,
    /// Files written.
    pub files: Vec<String>,
    /// Seconds of the run, on this machine.
    pub wall_s: f64,
    #[serde(skip)]
    cost: RunCost,
}

/// What was run, and on what.
#[derive(Debug, Clone, Serialize)]
pub struct RunTarget {
    /// Name of the network.
    pub network: String,
    /// Board.
    pub board: String,
    /// Class of chip.
    pub class: String,
    /// Where the numbers of the board come from.
    pub source: String,
    /// Cores in use.
    pub cores: usize,
    /// Cores of the board.
    pub cores_available: u32,
    /// Compartments in use.
    pub compartments: u64,
    /// Seed of all noise.
    pub seed: u64,
    /// Tells images apart.
    pub fingerprint: String,
}

/// Steps of a run.
#[derive(Debug, Serialize)]
pub struct RunSteps {
    /// Last step before the run.
    pub before: u64,
    /// Number of steps.
    pub count: u64,
    /// Steps of single cores by class: nothing came and nothing fired.
    pub core_steps_quiet: u64,
    /// A packet came or a compartment fired.
    pub core_steps_busy: u64,
    /// End of a learning epoch.
    pub core_steps_learning: u64,
}

/// What a run did under NeuroBench's names: totals of all its steps, however many inferences these
/// are. NeuroBench itself gives means per sample;
/// [`SampleMetrics`](crate::eval::SampleMetrics) has those.
#[derive(Debug, Serialize)]
pub struct NeuroBench {
    /// What the numbers are of, in words, so that nobody takes them for means per sample.
    pub scope: &'static str,
    /// Bytes of synapse memory in use (8 a word).
    pub footprint: u64,
    /// Share of the possible connections between connected groups that is absent or 0.
    pub connection_sparsity: Option<f64>,
    /// Share of (compartment that can spike, step) without a spike.
    pub activation_sparsity: Option<f64>,
    /// Synaptic operations.
    pub synaptic_operations: SynapticOperations,
    /// Updates of compartments that were active.
    pub membrane_updates: u64,
}

/// Synaptic operations of a run under NeuroBench's names.
#[derive(Debug, Serialize)]
#[allow(non_snake_case)]
pub struct SynapticOperations {
    /// Always 0: every operation is counted as an accumulate, those of graded spikes too.
    pub Effective_MACs: u64,
    /// (spike, synapse) pairs with a contribution that is not 0.
    pub Effective_ACs: u64,
    /// What a dense network would do: possible connections times steps.
    pub Dense: u64,
}

/// Events of one core.
#[derive(Debug, Serialize)]
pub struct CoreReport {
    /// Index in the image.
    pub core: usize,
    /// Chip and place of the core.
    pub location: CoreLocation,
    /// Its events.
    pub counts: EventCounts,
}

/// One recording.
#[derive(Debug, Serialize)]
pub struct ProbeReport {
    /// Name of the recording.
    pub name: String,
    /// Register.
    pub register: &'static str,
    /// Number of neurons; of learned variables that of synapses.
    pub neurons: usize,
    /// Number of steps recorded.
    pub rows: u64,
    /// Sum of all values: of a spike probe the number of spikes.
    pub sum: i64,
    #[serde(skip)]
    kind: ImageRegister,
}

impl RunReport {
    /// The report of a run on a proved image, with energy by each of `profiles`, without time.
    pub fn new(
        checked: &CheckedImage,
        program: &ChipProgram,
        outcome: &RunOutcome,
        profiles: &[Profile],
    ) -> RunReport {
        let total = outcome.total();
        let structure = Structure::of(checked.image());
        let counts = outcome.cores.iter().map(|core| core.total());
        let by_core: Vec<(CoreLocation, EventCounts)> =
            program.locations.iter().copied().zip(counts).collect();
        let cost = RunCost::new(total, by_core.iter().copied(), profiles);
        let core = |(core, (location, counts))| CoreReport {
            core,
            location,
            counts,
        };
        let management = ManagementReport::of(program, outcome);
        let mut energy = Energy::of_run(profiles, &cost, &program.floorplan(), outcome.steps);
        if let Some(report) = management.as_ref().filter(|report| report.unpriced() > 0) {
            energy
                .iter_mut()
                .for_each(|e| e.add_unpriced(MANAGEMENT, report.unpriced()));
        }
        RunReport {
            management,
            seamount: env!("CARGO_PKG_VERSION"),
            target: RunTarget::of(checked, program),
            steps: RunSteps::of(outcome),
            neurobench: NeuroBench::of(&structure, &total, outcome.steps),
            energy,
            time: vec![],
            cores: by_core.into_iter().enumerate().map(core).collect(),
            probes: probes(program, &outcome.sums),
            quantise: quantise_options(&checked.image().provenance),
            limits_broken: checked.breaches().to_vec(),
            input_events: 0,
            files: vec![],
            wall_s: outcome.wall.as_secs_f64(),
            totals: total,
            cost,
        }
    }

    /// The same with the time by each profile of the energy.
    #[must_use]
    pub fn timed(mut self, mut time: Vec<Time>) -> RunReport {
        if self
            .management
            .as_ref()
            .is_some_and(|report| report.unpriced() > 0)
        {
            let unknown = time.iter_mut().map(|time| &mut time.unknown_latency);
            unknown.for_each(|unknown| unknown.push(MANAGEMENT));
        }
        let elapsed = time.iter().map(Time::elapsed).collect();
        self.cost.whole = self.cost.whole.timed(elapsed);
        self.time = time;
        self
    }

    /// The costs of the run: of the whole and of each core.
    pub fn cost(&self) -> &RunCost {
        &self.cost
    }
}

impl RunSteps {
    fn of(outcome: &RunOutcome) -> RunSteps {
        let [core_steps_quiet, core_steps_busy, core_steps_learning] = outcome.classes();
        RunSteps {
            before: outcome.before,
            count: outcome.steps,
            core_steps_quiet,
            core_steps_busy,
            core_steps_learning,
        }
    }
}

impl RunTarget {
    pub(crate) fn of(checked: &CheckedImage, program: &ChipProgram) -> RunTarget {
        let spec = checked.spec();
        RunTarget {
            network: program.name.clone(),
            board: spec.name.clone(),
            class: spec.class.clone(),
            source: spec.source.clone(),
            cores: program.cores_of_all_ranks(),
            cores_available: spec.cores(),
            compartments: program.compartments(),
            seed: program.seed,
            fingerprint: format!("{:016x}", program.fingerprint),
        }
    }
}

impl NeuroBench {
    fn of(structure: &Structure, total: &EventCounts, steps: u64) -> NeuroBench {
        let share = |part: u64, all: u64| (all > 0).then(|| 1.0 - part as f64 / all as f64);
        NeuroBench {
            scope: "totals of the whole run; means per sample are given by eval",
            footprint: structure.synapse_words * 8,
            connection_sparsity: share(structure.synapses_effective, structure.pairs),
            activation_sparsity: share(
                total.spikes,
                structure.compartments_spiking.saturating_mul(steps),
            ),
            synaptic_operations: SynapticOperations {
                Effective_MACs: 0,
                Effective_ACs: total.synaptic_operations,
                Dense: structure.pairs.saturating_mul(steps),
            },
            membrane_updates: total.neuron_updates_active,
        }
    }
}

fn probes(program: &ChipProgram, sums: &[RecordedSum]) -> Vec<ProbeReport> {
    let recordings = program.recordings().zip(sums);
    let reports = recordings.map(|((name, register, columns), recorded)| ProbeReport {
        name: name.into(),
        register: register_name(register),
        neurons: columns,
        rows: recorded.rows,
        sum: recorded.sum,
        kind: register,
    });
    reports.collect()
}

/// The options of the quantiser, from an image's provenance.
fn quantise_options(provenance: &str) -> Option<serde_json::Value> {
    let mut fields: serde_json::Value = serde_json::from_str(provenance).ok()?;
    Some(fields.get_mut("quantise")?.get_mut("options")?.take())
}
