//! The time of a run by one profile: how long a step takes, and why, in picoseconds.
//!
//! It does not know how long a step takes: that is what a [`Timer`] has seen. Here its sums become
//! shares, rates and, beside the energy by the same profile, energy-delay products.

use crate::cost::Elapsed;
use crate::energy::Energy;
use crate::words::{self, count, duration, significant};
use seamount_spec::HOST;
use seamount_spec::{CoreLocation, Profile};
use seamount_timing::{Fidelity, Link, Stage, Timer};
use serde::Serialize;
use std::fmt;

/// Critical chains and cores listed for people; JSON has all.
const LISTED: usize = 6;

/// Time by one profile.
#[derive(Debug, Serialize)]
pub struct Time {
    /// Name of the profile.
    pub profile: String,
    /// What was computed: formulas, or every cycle.
    pub fidelity: Fidelity,
    /// Steps timed.
    pub steps: u64,
    /// All steps, picoseconds.
    pub duration_ps: u64,
    /// Mean step, picoseconds.
    pub ps_per_step: f64,
    /// Shortest step.
    pub least_ps: u64,
    /// Longest step.
    pub most_ps: u64,
    /// Number of the longest step.
    pub most_step: u64,
    /// Steps a second, by the mean.
    pub steps_per_second: f64,
    /// The barrier at the end of each step by the profile, picoseconds.
    pub barrier_ps: u64,
    /// One inference, if its length was given.
    pub inference: Option<InferenceTime>,
    /// Dynamic energy of all steps times their duration, joule seconds; absent where an energy is
    /// unknown.
    pub energy_delay_js: Option<f64>,
    /// Static power of the chips in use times the duration, femtojoules, apart from the dynamic
    /// energy; absent: unknown.
    pub static_fj: Option<f64>,
    /// Where the time of the critical chains went.
    pub stages: Vec<StageTime>,
    /// What made steps as long as they were, most time first.
    pub critical: Vec<CriticalTime>,
    /// How busy each core was.
    pub cores: Vec<CoreUse>,
    /// Events whose latency the profile does not know: counted as 0.
    pub unknown_latency: Vec<&'static str>,
}

/// One inference.
#[derive(Debug, Serialize)]
pub struct InferenceTime {
    /// Steps it takes.
    pub steps: u64,
    /// Its time, by the mean step.
    pub duration_ps: f64,
    /// Its dynamic energy, femtojoules; absent where an energy is unknown.
    pub dynamic_fj: Option<f64>,
    /// Energy times time, joule seconds.
    pub energy_delay_js: Option<f64>,
    /// Inferences a second, one after the other.
    pub per_second: f64,
}

/// Time of one stage on critical chains.
#[derive(Debug, Serialize)]
pub struct StageTime {
    /// Stage of a step.
    pub stage: Stage,
    /// Picoseconds.
    pub ps: u64,
    /// Share of the duration.
    pub share: f64,
}

/// Steps with the same cause.
#[derive(Debug, Serialize)]
pub struct CriticalTime {
    /// The core that was done last.
    pub core: Option<u32>,
    /// The stage with the largest part.
    pub stage: Stage,
    /// Core whose packet it waited for; the host is "host".
    pub waited_for: Option<String>,
    /// The link that this packet had to share most; fidelity cycle only.
    pub link: Option<Link>,
    /// Steps.
    pub steps: u64,
    /// Their duration, picoseconds.
    pub ps: u64,
}

/// How busy a core was.
#[derive(Debug, Serialize)]
pub struct CoreUse {
    /// Index in the image.
    pub core: usize,
    /// Chip and place of the core.
    pub location: CoreLocation,
    /// Updates of compartments, picoseconds.
    pub update_ps: u64,
    /// Spikes and output axons.
    pub spike_ps: u64,
    /// Packets and synapses.
    pub ingress_ps: u64,
    /// Learning.
    pub learning_ps: u64,
    /// Share of the run in which the compartment loop was at work.
    pub loop_share: f64,
    /// Share of the run in which packets were at work.
    pub ingress_share: f64,
    /// Steps in which it was the last.
    pub steps_last: u64,
}

impl Time {
    /// The time of all steps that a timer has seen, beside the energy of the run by the same
    /// profile; with the number of steps of one inference, its share of both.
    pub fn new(
        timer: &Timer,
        fidelity: Fidelity,
        energy: &Energy,
        inference_steps: Option<u64>,
    ) -> Time {
        let ledger = &timer.ledger;
        let machine = timer.machine();
        let profile: &Profile = &machine.profile;
        let duration = ledger.duration_ps as f64;
        let ps_per_step = if ledger.steps == 0 {
            0.0
        } else {
            duration / ledger.steps as f64
        };
        let dynamic_fj = known_fj(energy);
        let power_uw = profile.static_power.as_ref().map(|s| s.power_uw as f64);
        let happened = |name: &&'static str| energy.happened(name);
        Time {
            profile: profile.name.clone(),
            fidelity,
            steps: ledger.steps,
            duration_ps: ledger.duration_ps,
            ps_per_step,
            least_ps: ledger.least_ps,
            most_ps: ledger.most.0,
            most_step: ledger.most.1,
            steps_per_second: per_second(ps_per_step),
            barrier_ps: machine.barrier_ps,
            inference: inference_steps
                .filter(|_| ledger.steps > 0)
                .map(|steps| InferenceTime::new(steps, ledger.steps, ps_per_step, dynamic_fj)),
            energy_delay_js: dynamic_fj.map(|fj| fj * 1e-15 * duration * 1e-12),
            // 1 uW for 1 ps is 1e-3 fJ
            static_fj: power_uw.map(|uw| uw * f64::from(machine.chips_in_use) * duration * 1e-3),
            stages: stages(timer),
            critical: critical(timer),
            cores: core_uses(timer),
            unknown_latency: machine
                .latencies
                .unknown
                .iter()
                .copied()
                .filter(happened)
                .collect(),
        }
    }

    /// The duration alone, as a cost holds it.
    pub fn elapsed(&self) -> Elapsed {
        Elapsed::new(self.profile.clone(), self.steps, self.duration_ps)
    }
}

impl InferenceTime {
    /// The share of one inference of `steps` steps in a run of `all` steps.
    fn new(steps: u64, all: u64, ps_per_step: f64, dynamic_fj: Option<f64>) -> InferenceTime {
        let duration_ps = ps_per_step * steps as f64;
        let dynamic_fj = dynamic_fj.map(|fj| fj / all as f64 * steps as f64);
        InferenceTime {
            steps,
            duration_ps,
            dynamic_fj,
            energy_delay_js: dynamic_fj.map(|fj| fj * 1e-15 * duration_ps * 1e-12),
            per_second: per_second(duration_ps),
        }
    }
}

/// Dynamic energy, unless that of an event is unknown.
fn known_fj(energy: &Energy) -> Option<f64> {
    energy
        .unknown
        .is_empty()
        .then_some(energy.dynamic_fj as f64)
}

fn per_second(ps: f64) -> f64 {
    if ps > 0.0 { 1e12 / ps } else { 0.0 }
}

/// Share of the run's duration; 0 of a run of no time.
fn share(timer: &Timer, ps: u64) -> f64 {
    let duration = timer.ledger.duration_ps as f64;
    if duration > 0.0 {
        ps as f64 / duration
    } else {
        0.0
    }
}

fn stages(timer: &Timer) -> Vec<StageTime> {
    Stage::ALL
        .into_iter()
        .zip(timer.ledger.stages_ps)
        .map(|(stage, ps)| StageTime {
            stage,
            ps,
            share: share(timer, ps),
        })
        .collect()
}

fn core_uses(timer: &Timer) -> Vec<CoreUse> {
    timer
        .ledger
        .cores
        .iter()
        .zip(&timer.machine().plan.locations)
        .enumerate()
        .map(|(core, (sum, location))| CoreUse {
            core,
            location: *location,
            update_ps: sum.update_ps,
            spike_ps: sum.spike_ps,
            ingress_ps: sum.ingress_ps,
            learning_ps: sum.learning_ps,
            loop_share: share(timer, sum.update_ps + sum.spike_ps),
            ingress_share: share(timer, sum.ingress_ps),
            steps_last: sum.steps_last,
        })
        .collect()
}

fn critical(timer: &Timer) -> Vec<CriticalTime> {
    let named = |from: u32| {
        if from == HOST {
            "host".into()
        } else {
            format!("core {from}")
        }
    };
    let line = |(&(core, stage, from, link), &(steps, ps)): (&_, &_)| CriticalTime {
        core,
        stage,
        waited_for: Option::map(from, named),
        link,
        steps,
        ps,
    };
    let mut found: Vec<CriticalTime> = timer.ledger.critical.iter().map(line).collect();
    found.sort_by_key(|c| (std::cmp::Reverse(c.ps), c.core));
    found
}

/// A table for people; the profile's name stands in every line with a figure.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fidelity = match self.fidelity {
            Fidelity::Cycle => "cycle by cycle",
            _ => "formulas, no contention in the network",
        };
        writeln!(f, "time by {} ({fidelity})", self.profile)?;
        self.step_lines(f)?;
        self.inference_lines(f)?;
        self.critical_lines(f)?;
        self.use_lines(f)?;
        self.energy_lines(f)
    }
}

impl Time {
    fn step_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        writeln!(
            f,
            "  {name}  step: {} on average, {} to {} (step {})",
            duration(self.ps_per_step),
            duration(self.least_ps as f64),
            duration(self.most_ps as f64),
            count(self.most_step)
        )?;
        writeln!(
            f,
            "  {name}  {} steps: {}, {} steps/s",
            count(self.steps),
            duration(self.duration_ps as f64),
            significant(self.steps_per_second)
        )
    }

    fn inference_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        let Some(inference) = &self.inference else {
            return Ok(());
        };
        writeln!(
            f,
            "  {name}  inference of {} steps: {}, {}/s",
            count(inference.steps),
            duration(inference.duration_ps),
            significant(inference.per_second)
        )?;
        if let (Some(fj), Some(js)) = (inference.dynamic_fj, inference.energy_delay_js) {
            writeln!(
                f,
                "  {name}  inference: dynamic energy {}, energy-delay product {js:.3e} J s",
                words::energy(fj)
            )?;
        }
        Ok(())
    }

    fn critical_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        for s in self.stages.iter().filter(|s| s.ps > 0) {
            writeln!(
                f,
                "  {name}  {:<18}{:>7.1} % of the critical chains",
                s.stage.name(),
                s.share * 100.0
            )?;
        }
        for c in self.critical.iter().take(LISTED) {
            let core = c
                .core
                .map_or("no core".into(), |core| format!("core {core}"));
            let busiest = c.link.map_or(String::new(), |link| format!(" over {link}"));
            let waited = c.waited_for.as_ref().map_or(String::new(), |from| {
                format!(", after a packet of {from}{busiest}")
            });
            writeln!(
                f,
                "  {name}  {core} last, mostly {}{waited}: {} steps, {}",
                c.stage.name(),
                count(c.steps),
                duration(c.ps as f64)
            )?;
        }
        if self.critical.len() > LISTED {
            let further = self.critical.len() - LISTED;
            writeln!(f, "  {name}  {further} further causes (--json lists them)")?;
        }
        Ok(())
    }

    fn use_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        let mut order: Vec<&CoreUse> = self.cores.iter().collect();
        order.sort_by(|a, b| {
            b.loop_share
                .total_cmp(&a.loop_share)
                .then(a.core.cmp(&b.core))
        });
        for c in order.iter().take(LISTED) {
            let place = format!(
                "core {} (chip {}, core {})",
                c.core, c.location.chip, c.location.core
            );
            let at_loop = c.loop_share * 100.0;
            let at_packets = c.ingress_share * 100.0;
            writeln!(
                f,
                "  {name}  {place:<30} loop {at_loop:>5.1} %, packets {at_packets:>5.1} % of the time"
            )?;
        }
        Ok(())
    }

    fn energy_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        match self.energy_delay_js {
            Some(js) => writeln!(
                f,
                "  {name}  energy-delay product of the run: {js:.3e} J s (dynamic energy only)"
            ),
            None => writeln!(f, "  {name}  energy-delay product: unknown, an energy is"),
        }?;
        if let Some(fj) = self.static_fj {
            writeln!(f, "  {name}  static energy, apart: {}", words::energy(fj))?;
        }
        if !self.unknown_latency.is_empty() {
            writeln!(
                f,
                "  {name}  unknown latency, counted as 0: {}",
                self.unknown_latency.join(", ")
            )?;
        }
        Ok(())
    }
}
