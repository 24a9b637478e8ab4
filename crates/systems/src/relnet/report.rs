//! What the machine of RelNet is and takes, as data and in words.

use super::{PlacedBy, RelNetOptions};
use seamount_chip::{RunOptions, SpikeTrain};
use seamount_image::{CheckedImage, limit_uses};
use seamount_network::netlist::Netlist;
use seamount_session::{Chip, Failure, Kept, RunReport, RunWatch, Time, WatchOptions, profiles};
use seamount_timing::Fidelity;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::ControlFlow;

/// Profiles by which a question is priced and timed.
const PROFILES: [&str; 3] = ["loihi1-fitted", "sanafe-loihi", "davies2018"];

/// Size, speed and cost of the machine.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RelNetReport {
    /// Sentences at most.
    pub sentences: u32,
    /// Connections that are there, in percent.
    pub connected: u32,
    /// Questions that were run.
    pub questions: u64,
    /// Who placed the cores.
    pub placement: String,
    /// Neurons, without auxiliary compartments.
    pub neurons: u64,
    /// Compartments.
    pub compartments: u64,
    /// Synapses.
    pub synapses: u64,
    /// Bytes of synapse memory.
    pub synapse_bytes: u64,
    /// Cores in use.
    pub cores: usize,
    /// Chips in use.
    pub chips: usize,
    /// For each limit of a core the largest use, in percent.
    pub fullest: Vec<(String, f64)>,
    /// Seconds to make the network.
    pub generate_s: f64,
    /// Seconds to compile it.
    pub compile_s: f64,
    /// Seconds to prove and load the image.
    pub load_s: f64,
    /// Seconds to run all questions.
    pub run_s: f64,
    /// Largest memory of this process, MB; absent where the system does not tell.
    pub memory_mb: Option<f64>,
    /// Spikes of all questions.
    pub spikes: u64,
    /// Synaptic operations of all questions.
    pub synaptic_operations: u64,
    /// Class of each question; weights are random, so that it means nothing.
    pub answers: Vec<i32>,
    /// What the first question costs by each profile.
    pub costs: RelNetCosts,
    /// Whether the same comes out otherwise; absent without `--check`.
    pub same: Option<RelNetSame>,
}

/// What one question costs.
#[derive(Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RelNetCosts {
    /// Packets sent by cores.
    pub packets: u64,
    /// Borders between chips that they crossed.
    pub chip_crossings: u64,
    /// Hops between tiles.
    pub hops: u64,
    /// Packets of the host and of cores that arrived.
    pub packets_in: u64,
    /// By profile: what is known of energy and time. Management is in neither.
    pub profiles: Vec<ProfileCost>,
    /// The core with most time at work, by the first profile.
    pub busiest_core: Option<BusiestCore>,
    /// The link with most packets.
    pub busiest_link: Option<BusiestLink>,
    /// Acts of management, each core counted.
    pub management_acts: u64,
}

/// One question by one profile.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct ProfileCost {
    /// Name of the profile.
    pub profile: String,
    /// Core dynamic energy, femtojoules, management not in it.
    pub dynamic_fj: u64,
    /// Mean step, picoseconds, management not in it.
    pub ps_per_step: f64,
    /// Energy by population.
    pub layers: Vec<LayerCost>,
}

/// Energy of a population.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct LayerCost {
    /// Name of the population.
    pub layer: String,
    /// Femtojoules.
    pub dynamic_fj: u64,
}

/// The core with most time at work.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct BusiestCore {
    /// Populations on it.
    pub populations: Vec<String>,
    /// Chip and core.
    pub location: (u16, u16),
    /// Time at work, picoseconds.
    pub work_ps: u64,
}

/// The link with most packets.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct BusiestLink {
    /// Number of the chip among those in use.
    pub chip: usize,
    /// Router on it.
    pub router: usize,
    /// Output of the router.
    pub output: usize,
    /// Packets of the question.
    pub packets: u64,
}

/// Whether other ways to run give the same answers, voltages, spikes and operations.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct RelNetSame {
    /// On another number of threads.
    pub threads: bool,
    /// Restored in the middle of a question.
    pub restored: bool,
    /// Placed by the other.
    pub placement: bool,
    /// Cores of the other placement.
    pub other_cores: usize,
    /// Costs of a question there.
    pub other_costs: RelNetCosts,
}

impl RelNetSame {
    /// Whether all is the same.
    pub fn all(&self) -> bool {
        self.threads && self.restored && self.placement
    }
}

impl RelNetReport {
    /// What the network and its image are.
    pub(super) fn of(options: &RelNetOptions, net: &Netlist, image: &CheckedImage) -> RelNetReport {
        let cores = &image.image().cores;
        let chips: BTreeSet<u16> = cores.iter().map(|c| c.location.chip).collect();
        let mut fullest: Vec<(String, f64)> = vec![];
        for core in cores {
            for (at, used) in limit_uses(image.image(), core, image.spec())
                .iter()
                .enumerate()
            {
                let percent = 100.0 * used.used as f64 / used.available.max(1) as f64;
                match fullest.get_mut(at) {
                    Some(most) => most.1 = most.1.max(percent),
                    None => fullest.push((used.resource.to_string(), percent)),
                }
            }
        }
        let words: usize = cores.iter().map(|c| c.synapse_memory.len()).sum();
        RelNetReport {
            sentences: options.sentences,
            connected: options.connected,
            questions: options.questions,
            placement: match options.placement {
                PlacedBy::Compiler => "compiler".into(),
                PlacedBy::Authors => "authors".into(),
            },
            neurons: net.populations.iter().map(|p| u64::from(p.size)).sum(),
            compartments: net.compartment_count(),
            synapses: net
                .projections
                .iter()
                .map(|p| p.edges(net).len() as u64)
                .sum(),
            synapse_bytes: 8 * words as u64,
            cores: cores.len(),
            chips: chips.len(),
            fullest,
            ..RelNetReport::default()
        }
    }
}

/// What the first steps of a run cost on a fresh machine.
pub(super) fn costs(
    image: &CheckedImage,
    train: &SpikeTrain,
    steps: u64,
) -> Result<RelNetCosts, Failure> {
    let profiles = profiles(&PROFILES.map(String::from))?;
    let mut chip = Chip::load(image.clone());
    let mut wishes = WatchOptions::new(Fidelity::Pipeline);
    wishes.traffic = true;
    let mut watch = RunWatch::new(&wishes, chip.program(), &profiles)?;
    let options = RunOptions::new().recorded();
    let outcome = chip.run_train(steps, train, &options, Kept::Sums, &mut |piece| {
        watch.observe(piece.record);
        ControlFlow::Continue(())
    })?;
    let report = RunReport::new(chip.image(), chip.program(), &outcome, &profiles);
    let times = watch.times(&report.energy);
    let total = report.totals;
    let by_profile = report.energy.iter().zip(&times).map(|(energy, time)| {
        let layer = |l: &seamount_session::LayerEnergy| LayerCost {
            layer: l.layer.clone(),
            dynamic_fj: l.dynamic_fj,
        };
        ProfileCost {
            profile: energy.profile.clone(),
            dynamic_fj: energy.dynamic_fj,
            ps_per_step: time.ps_per_step,
            layers: energy.by_layer.iter().map(layer).collect(),
        }
    });
    Ok(RelNetCosts {
        packets: total.packets_out,
        packets_in: total.packets_in,
        chip_crossings: total.chip_crossings,
        hops: total.hops_x + total.hops_y,
        profiles: by_profile.collect(),
        busiest_core: times.first().and_then(|time| busiest_core(image, time)),
        busiest_link: busiest_link(&watch),
        management_acts: report.management.as_ref().map_or(0, |m| m.acts),
    })
}

fn busiest_core(image: &CheckedImage, time: &Time) -> Option<BusiestCore> {
    let work = |c: &seamount_session::CoreUse| c.update_ps + c.spike_ps + c.ingress_ps;
    let core = time
        .cores
        .iter()
        .max_by_key(|c| (work(c), std::cmp::Reverse(c.core)))?;
    Some(BusiestCore {
        populations: seamount_image::populations_on(image.image(), core.core),
        location: (core.location.chip, core.location.core),
        work_ps: work(core),
    })
}

fn busiest_link(watch: &RunWatch) -> Option<BusiestLink> {
    let map = watch.traffic()?;
    let mut most: Option<BusiestLink> = None;
    for (chip, traffic) in map.chips.iter().enumerate() {
        for (router, outputs) in traffic.outputs.iter().enumerate() {
            for (output, &packets) in outputs.iter().enumerate() {
                if most.as_ref().is_none_or(|link| packets > link.packets) {
                    most = Some(BusiestLink {
                        chip,
                        router,
                        output,
                        packets,
                    });
                }
            }
        }
    }
    most
}

impl fmt::Display for RelNetReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "RelNet's machine for {} sentences, random weights, {} of 100 connections, placed by \
             the {}",
            self.sentences, self.connected, self.placement
        )?;
        writeln!(
            f,
            "  {} neurons ({} compartments), {} synapses, {:.1} MB of synapse memory",
            self.neurons,
            self.compartments,
            self.synapses,
            self.synapse_bytes as f64 / 1e6
        )?;
        writeln!(f, "  {} cores on {} chips", self.cores, self.chips)?;
        let full = self
            .fullest
            .iter()
            .map(|(name, percent)| format!("{name} {percent:.0} %"));
        writeln!(f, "  fullest core: {}", full.collect::<Vec<_>>().join(", "))?;
        writeln!(
            f,
            "  made in {:.1} s, compiled in {:.1} s, loaded in {:.1} s{}",
            self.generate_s,
            self.compile_s,
            self.load_s,
            self.memory_mb
                .map_or(String::new(), |mb| format!(", at most {mb:.0} MB"))
        )?;
        let each = |n: u64| n as f64 / self.questions.max(1) as f64;
        writeln!(
            f,
            "  {} questions in {:.2} s: {:.2} a second; a question has {:.0} spikes and {:.0} \
             synaptic operations",
            self.questions,
            self.run_s,
            self.questions as f64 / self.run_s,
            each(self.spikes),
            each(self.synaptic_operations)
        )?;
        write!(f, "the first question:\n{}", self.costs)?;
        if let Some(same) = &self.same {
            let word = |same: bool| if same { "the same" } else { "DIFFERENT" };
            writeln!(
                f,
                "on another number of threads {}, restored {}, in the other placement ({} cores) {}",
                word(same.threads),
                word(same.restored),
                same.other_cores,
                word(same.placement)
            )?;
            write!(f, "the first question there:\n{}", same.other_costs)?;
        }
        Ok(())
    }
}

impl fmt::Display for RelNetCosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  {} packets sent, {} borders between chips crossed, {} hops on chips, {} arrived",
            self.packets, self.chip_crossings, self.hops, self.packets_in
        )?;
        for cost in &self.profiles {
            let energy = match cost.dynamic_fj {
                0 => "unknown".into(),
                fj => format!("{:.4} mJ", fj as f64 / 1e12),
            };
            writeln!(
                f,
                "  by {}: {energy} dynamic, {:.2} us a step; {} acts of management are in neither",
                cost.profile,
                cost.ps_per_step / 1e6,
                self.management_acts
            )?;
        }
        if let Some(first) = self.profiles.first() {
            let layer = |l: &LayerCost| format!("{} {:.2} uJ", l.layer, l.dynamic_fj as f64 / 1e9);
            let layers: Vec<String> = first.layers.iter().map(layer).collect();
            writeln!(f, "  by layer ({}): {}", first.profile, layers.join(", "))?;
        }
        if let Some(core) = &self.busiest_core {
            writeln!(
                f,
                "  busiest core: chip {}, core {} ({}), at work {:.1} us",
                core.location.0,
                core.location.1,
                core.populations.join(", "),
                core.work_ps as f64 / 1e6
            )?;
        }
        if let Some(link) = &self.busiest_link {
            writeln!(
                f,
                "  busiest link: chip {} of those in use, router {}, output {}: {} packets",
                link.chip, link.router, link.output, link.packets
            )?;
        }
        Ok(())
    }
}
