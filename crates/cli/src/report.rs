//! What a run did and cost, for people and for programs.

use crate::energy::{self, Energy};
use crate::execute::Seen;
use crate::output;
use crate::structure::{self, Structure};
use crate::time::Time;
use crate::words::{count, plural, significant};
use seamount_chip::ChipProgram;
use seamount_image::{CheckedImage, LimitBreach, Register};
use seamount_spec::{CoreLocation, EventCounts, Profile};
use serde::Serialize;
use std::fmt::Write;

/// Everything said about a run.
#[derive(Debug, Serialize)]
pub struct RunReport {
    /// Version of this program.
    pub seamount: &'static str,
    /// What was run, and on what.
    pub target: Target,
    /// Steps.
    pub steps: Steps,
    /// Events of all cores and steps.
    pub totals: EventCounts,
    /// The same under NeuroBench's names.
    pub neurobench: NeuroBench,
    /// Energy by every profile asked for.
    pub energy: Vec<Energy>,
    /// Time by every profile asked for; none with fidelity `count`.
    pub time: Vec<Time>,
    /// Events of each core.
    pub cores: Vec<CoreReport>,
    /// Recordings.
    pub probes: Vec<ProbeReport>,
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
}

/// What was run, and on what.
#[derive(Debug, Serialize)]
pub struct Target {
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
pub struct Steps {
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

/// NeuroBench's metrics as far as events and bits decide them.
#[derive(Debug, Serialize)]
pub struct NeuroBench {
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

/// NeuroBench's synaptic operations.
#[derive(Debug, Serialize)]
#[allow(non_snake_case)]
pub struct SynapticOperations {
    /// Always 0: spikes are binary.
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
    /// Where it is.
    pub location: CoreLocation,
    /// Its events.
    pub counts: EventCounts,
}

/// One recording.
#[derive(Debug, Serialize)]
pub struct ProbeReport {
    /// Name.
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
    kind: Register,
}

impl RunReport {
    /// Puts a report together.
    pub fn new(
        checked: &CheckedImage,
        program: &ChipProgram,
        seen: &Seen,
        profiles: &[Profile],
    ) -> RunReport {
        let total = seen.total();
        let structure = structure::of(checked.image());
        let by_core: Vec<_> = program
            .locations
            .iter()
            .copied()
            .zip(seen.cores.iter().map(|c| c.total()))
            .collect();
        let core = |(core, (location, counts)): (usize, &(CoreLocation, EventCounts))| CoreReport {
            core,
            location: *location,
            counts: *counts,
        };
        let [core_steps_quiet, core_steps_busy, core_steps_learning] = seen.classes();
        RunReport {
            seamount: env!("CARGO_PKG_VERSION"),
            target: Target::of(checked, program),
            steps: Steps {
                before: seen.before,
                count: seen.steps,
                core_steps_quiet,
                core_steps_busy,
                core_steps_learning,
            },
            neurobench: NeuroBench::of(&structure, &total, seen.steps),
            energy: profiles
                .iter()
                .map(|p| energy::price(p, &total, &by_core, &program.floorplan(), seen.steps))
                .collect(),
            time: vec![],
            cores: by_core.iter().enumerate().map(core).collect(),
            probes: probes(program, seen),
            quantise: quantise_options(&checked.image().provenance),
            limits_broken: checked.breaches().to_vec(),
            input_events: 0,
            files: vec![],
            wall_s: seen.wall.as_secs_f64(),
            totals: total,
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut out = self.target.text();
        if let Some(options) = &self.quantise {
            let _ = writeln!(out, "quantised with {}", crate::words::settings(options));
        }
        for breach in &self.limits_broken {
            let _ = writeln!(out, "beyond the chip: {breach}");
        }
        out.push('\n');
        self.totals_text(&mut out);
        self.neurobench_text(&mut out);
        for energy in &self.energy {
            out.push('\n');
            out += &energy.text();
        }
        for time in &self.time {
            out.push('\n');
            out += &time.text();
        }
        if !self.probes.is_empty() || !self.files.is_empty() {
            out.push('\n');
        }
        for p in &self.probes {
            let _ = writeln!(
                out,
                "probe {}",
                output::summary(&p.name, p.kind, p.neurons, p.rows, p.sum)
            );
        }
        for file in &self.files {
            let _ = writeln!(out, "wrote {file}");
        }
        out
    }

    fn totals_text(&self, out: &mut String) {
        let (t, s) = (&self.totals, &self.steps);
        let range = if s.count == 0 {
            String::new()
        } else {
            format!(" ({}..={})", s.before + 1, s.before + s.count)
        };
        let mut line = |name: &str, value: String| {
            let _ = writeln!(out, "  {name:<22}{value}");
        };
        let busy = s.core_steps_busy;
        line(
            "steps",
            format!(
                "{}{range}; cores were busy in {} of {} core steps",
                count(s.count),
                count(busy),
                count(busy + s.core_steps_quiet)
            ),
        );
        let unused = (self.input_events as u64).saturating_sub(t.host_spikes);
        let note = if unused > 0 {
            format!(" ({} more lie outside these steps)", count(unused))
        } else {
            String::new()
        };
        line("host spikes", format!("{}{note}", count(t.host_spikes)));
        line("spikes", count(t.spikes));
        line(
            "synaptic operations",
            format!(
                "{} (of {} synapses read)",
                count(t.synaptic_operations),
                count(t.synapse_reads())
            ),
        );
        line(
            "neuron updates",
            format!(
                "{}, {} of them active",
                count(t.neuron_updates()),
                count(t.neuron_updates_active)
            ),
        );
        line(
            "packets",
            format!(
                "{} sent, {} arrived",
                count(t.packets_out),
                count(t.packets_in)
            ),
        );
        line(
            "hops",
            format!(
                "{} west-east, {} north-south, {} between chips",
                count(t.hops_x),
                count(t.hops_y),
                count(t.chip_crossings)
            ),
        );
        line(
            "overflows",
            format!(
                "{} of q and {} of u wrapped, {} of v clipped",
                count(t.q_wraps),
                count(t.u_wraps),
                count(t.v_clips)
            ),
        );
        let rate = |n: u64| significant(n as f64 / self.wall_s.max(1e-9));
        line(
            "time",
            format!(
                "{:.3} s: {} steps/s, {} synaptic operations/s",
                self.wall_s,
                rate(s.count),
                rate(t.synaptic_operations)
            ),
        );
    }

    fn neurobench_text(&self, out: &mut String) {
        let n = &self.neurobench;
        let share = |share: Option<f64>| share.map_or("undefined".into(), significant);
        let _ = writeln!(out, "\nNeuroBench");
        let _ = writeln!(
            out,
            "  footprint             {} of synapse memory",
            plural(n.footprint, "byte")
        );
        let _ = writeln!(
            out,
            "  connection sparsity   {}",
            share(n.connection_sparsity)
        );
        let _ = writeln!(
            out,
            "  activation sparsity   {}",
            share(n.activation_sparsity)
        );
        let s = &n.synaptic_operations;
        let _ = writeln!(
            out,
            "  synaptic operations   {} effective ACs, 0 effective MACs, {} dense",
            count(s.Effective_ACs),
            count(s.Dense)
        );
        let _ = writeln!(out, "  membrane updates      {}", count(n.membrane_updates));
    }
}

impl Target {
    fn of(checked: &CheckedImage, program: &ChipProgram) -> Target {
        let spec = checked.spec();
        Target {
            network: program.name.clone(),
            board: spec.name.clone(),
            class: spec.class.clone(),
            source: spec.source.clone(),
            cores: program.cores.len(),
            cores_available: spec.cores(),
            compartments: program.compartments(),
            seed: program.seed,
            fingerprint: format!("{:016x}", program.fingerprint),
        }
    }

    fn text(&self) -> String {
        let cores = plural(u64::from(self.cores_available), "core");
        format!(
            "network '{}' on board {}: {}\n{} of {cores}, {}, noise seed {}\n",
            self.network,
            self.board,
            self.source,
            self.cores,
            plural(self.compartments, "compartment"),
            self.seed
        )
    }
}

impl NeuroBench {
    fn of(structure: &Structure, total: &EventCounts, steps: u64) -> NeuroBench {
        let share = |part: u64, all: u64| (all > 0).then(|| 1.0 - part as f64 / all as f64);
        NeuroBench {
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

fn probes(program: &ChipProgram, seen: &Seen) -> Vec<ProbeReport> {
    let plain = program
        .probes
        .iter()
        .map(|p| (p.plan.name.clone(), p.plan.register, p.neurons.len()));
    let learned = program
        .learning_probes
        .iter()
        .map(|p| (p.plan.name.clone(), p.plan.register, p.synapses.len()));
    let report =
        |((name, kind, neurons), &(sum, rows)): ((String, Register, usize), &(i64, u64))| {
            ProbeReport {
                name,
                register: crate::probe_flag::register_name(kind),
                neurons,
                rows,
                sum,
                kind,
            }
        };
    plain.chain(learned).zip(&seen.sums).map(report).collect()
}

/// The options of the quantiser, from an image's provenance.
fn quantise_options(provenance: &str) -> Option<serde_json::Value> {
    let mut fields: serde_json::Value = serde_json::from_str(provenance).ok()?;
    Some(fields.get_mut("quantise")?.get_mut("options")?.take())
}
