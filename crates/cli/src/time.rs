//! Time of a run: how long a step takes by each profile, and why.

use crate::energy::Energy;
use crate::words::{self, count, significant};
use seamount_spec::HOST;
use seamount_spec::{CoreLocation, Profile};
use seamount_timing::{Fidelity, Link, Stage, Timer};
use serde::Serialize;
use std::fmt::Write;

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
    pub inference: Option<Inference>,
    /// Dynamic energy of all steps times their duration, joule seconds; absent where an energy is unknown.
    pub energy_delay_js: Option<f64>,
    /// Static power of the chips in use times the duration, femtojoules, apart from the dynamic energy; absent: unknown.
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
pub struct Inference {
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
    /// Which.
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
    /// Where it is.
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

/// Of a timer that has seen the run; `energy` is by the same profile.
pub fn of(
    timer: &Timer,
    fidelity: Fidelity,
    energy: &Energy,
    inference_steps: Option<u64>,
) -> Time {
    let (ledger, machine) = (&timer.ledger, timer.machine());
    let profile: &Profile = &machine.profile;
    let duration = ledger.duration_ps as f64;
    let per_step = if ledger.steps == 0 {
        0.0
    } else {
        duration / ledger.steps as f64
    };
    let per_second = |ps: f64| if ps > 0.0 { 1e12 / ps } else { 0.0 };
    let dynamic = energy
        .unknown
        .is_empty()
        .then_some(energy.dynamic_fj as f64);
    let share = |ps: u64| {
        if duration > 0.0 {
            ps as f64 / duration
        } else {
            0.0
        }
    };
    let stage = |(stage, ps): (Stage, u64)| StageTime {
        stage,
        ps,
        share: share(ps),
    };
    let power = profile.static_power.as_ref().map(|s| s.power_uw as f64);
    let cores = ledger
        .cores
        .iter()
        .zip(&machine.plan.locations)
        .enumerate()
        .map(|(core, (sum, location))| CoreUse {
            core,
            location: *location,
            update_ps: sum.update_ps,
            spike_ps: sum.spike_ps,
            ingress_ps: sum.ingress_ps,
            learning_ps: sum.learning_ps,
            loop_share: share(sum.update_ps + sum.spike_ps),
            ingress_share: share(sum.ingress_ps),
            steps_last: sum.steps_last,
        });
    Time {
        profile: profile.name.clone(),
        fidelity,
        steps: ledger.steps,
        duration_ps: ledger.duration_ps,
        ps_per_step: per_step,
        least_ps: ledger.least_ps,
        most_ps: ledger.most.0,
        most_step: ledger.most.1,
        steps_per_second: per_second(per_step),
        barrier_ps: machine.barrier_ps,
        inference: inference_steps.filter(|_| ledger.steps > 0).map(|steps| {
            let duration_ps = per_step * steps as f64;
            let dynamic_fj = dynamic.map(|fj| fj / ledger.steps as f64 * steps as f64);
            let energy_delay_js = dynamic_fj.map(|fj| fj * 1e-15 * duration_ps * 1e-12);
            Inference {
                steps,
                duration_ps,
                dynamic_fj,
                energy_delay_js,
                per_second: per_second(duration_ps),
            }
        }),
        energy_delay_js: dynamic.map(|fj| fj * 1e-15 * duration * 1e-12),
        // 1 uW for 1 ps is 1e-3 fJ
        static_fj: power.map(|uw| uw * f64::from(machine.chips_in_use) * duration * 1e-3),
        stages: Stage::ALL
            .into_iter()
            .zip(ledger.stages_ps)
            .map(stage)
            .collect(),
        critical: critical(timer),
        cores: cores.collect(),
        unknown_latency: machine
            .latencies
            .unknown
            .iter()
            .copied()
            .filter(|name| energy.happened(name))
            .collect(),
    }
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

/// Picoseconds as people read them.
pub fn duration(ps: f64) -> String {
    let units = [
        ("ps", 1.0),
        ("ns", 1e3),
        ("us", 1e6),
        ("ms", 1e9),
        ("s", 1e12),
    ];
    let (unit, size) = units
        .iter()
        .rev()
        .find(|(_, size)| ps >= *size)
        .unwrap_or(&units[0]);
    format!("{} {unit}", significant(ps / size))
}

impl Time {
    /// For people; the profile's name stands in every line with a figure.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let name = &self.profile;
        let fidelity = match self.fidelity {
            Fidelity::Cycle => "cycle by cycle",
            _ => "formulas, no contention in the network",
        };
        let _ = writeln!(out, "time by {name} ({fidelity})");
        let (mean, least, most) = (
            duration(self.ps_per_step),
            duration(self.least_ps as f64),
            duration(self.most_ps as f64),
        );
        let _ = writeln!(
            out,
            "  {name}  step: {mean} on average, {least} to {most} (step {})",
            count(self.most_step)
        );
        let (all, rate) = (
            duration(self.duration_ps as f64),
            significant(self.steps_per_second),
        );
        let _ = writeln!(
            out,
            "  {name}  {} steps: {all}, {rate} steps/s",
            count(self.steps)
        );
        if let Some(i) = &self.inference {
            let _ = writeln!(
                out,
                "  {name}  inference of {} steps: {}, {}/s",
                count(i.steps),
                duration(i.duration_ps),
                significant(i.per_second)
            );
            if let (Some(fj), Some(js)) = (i.dynamic_fj, i.energy_delay_js) {
                let _ = writeln!(
                    out,
                    "  {name}  inference: dynamic energy {}, energy-delay product {js:.3e} J s",
                    words::energy(fj)
                );
            }
        }
        for s in self.stages.iter().filter(|s| s.ps > 0) {
            let _ = writeln!(
                out,
                "  {name}  {:<18}{:>7.1} % of the critical chains",
                s.stage.name(),
                s.share * 100.0
            );
        }
        for c in self.critical.iter().take(LISTED) {
            let core = c
                .core
                .map_or("no core".into(), |core| format!("core {core}"));
            let busiest = c.link.map_or(String::new(), |link| format!(" over {link}"));
            let waited = c.waited_for.as_ref().map_or(String::new(), |from| {
                format!(", after a packet of {from}{busiest}")
            });
            let _ = writeln!(
                out,
                "  {name}  {core} last, mostly {}{waited}: {} steps, {}",
                c.stage.name(),
                count(c.steps),
                duration(c.ps as f64)
            );
        }
        if self.critical.len() > LISTED {
            let _ = writeln!(
                out,
                "  {name}  {} further causes (--json lists them)",
                self.critical.len() - LISTED
            );
        }
        self.use_text(&mut out);
        out
    }

    fn use_text(&self, out: &mut String) {
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
            let (at_loop, at_packets) = (c.loop_share * 100.0, c.ingress_share * 100.0);
            let _ = writeln!(
                out,
                "  {name}  {place:<30} loop {at_loop:>5.1} %, packets {at_packets:>5.1} % of the time"
            );
        }
        let _ = match self.energy_delay_js {
            Some(js) => writeln!(
                out,
                "  {name}  energy-delay product of the run: {js:.3e} J s (dynamic energy only)"
            ),
            None => writeln!(out, "  {name}  energy-delay product: unknown, an energy is"),
        };
        if let Some(fj) = self.static_fj {
            let _ = writeln!(out, "  {name}  static energy, apart: {}", words::energy(fj));
        }
        if !self.unknown_latency.is_empty() {
            let _ = writeln!(
                out,
                "  {name}  unknown latency, counted as 0: {}",
                self.unknown_latency.join(", ")
            );
        }
    }
}
