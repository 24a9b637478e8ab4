//! Time and energy of the LSNN network beside what was recorded on Loihi (ME-050). Nothing here was
//! fitted to the record.

use super::SYSTEM;
use seamount_spec::EventCounts;
use seamount_timing::{Ledger, Stage, Timer};
use serde::Serialize;
use std::fmt;

/// Recorded: one step, embedded processors included, nanoseconds.
fn recorded_step_ns() -> f64 {
    SYSTEM.recorded("step, embedded processors included")
}

/// Recorded: one inference, nanoseconds.
fn recorded_inference_ns() -> f64 {
    SYSTEM.recorded("inference")
}

/// Recorded: dynamic power of the neurocores for the time of an inference, nanojoules.
fn recorded_core_dynamic_nj() -> f64 {
    SYSTEM.recorded("dynamic power of the neurocores") * 1e-3 * recorded_inference_ns()
}

/// Prediction by one profile.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LsnnTime {
    /// Name of the profile.
    pub profile: String,
    /// Mean step, nanoseconds.
    pub step_ns: f64,
    /// Longest step, nanoseconds.
    pub step_ns_max: f64,
    /// Mean inference, nanoseconds.
    pub inference_ns: f64,
    /// Dynamic energy of an inference, nanojoules; absent where an energy is unknown.
    pub dynamic_nj: Option<f64>,
    /// Energy times time, joule seconds.
    pub energy_delay_js: Option<f64>,
    /// Share of the time by stage of the critical chain.
    pub stages: Vec<(Stage, f64)>,
    /// Recorded step that the neurocores and the barrier do not account for, share of the record.
    pub unaccounted_share: f64,
}

/// Sums up the ledgers of all images: `ledgers[image][timer]`.
pub(super) fn of(
    timers: &[Timer],
    ledgers: &[&[Ledger]],
    counts: &EventCounts,
    images: u64,
) -> Vec<LsnnTime> {
    let by_timer = timers.iter().enumerate().map(|(i, timer)| {
        let mut sum = timer.ledger.clone();
        ledgers.iter().for_each(|image| sum.merge(&image[i]));
        by_one(timer, &sum, counts, images)
    });
    by_timer.collect()
}

/// Prediction of one profile over all images.
fn by_one(timer: &Timer, sum: &Ledger, counts: &EventCounts, images: u64) -> LsnnTime {
    let profile = &timer.machine().profile;
    let bill = profile.price(counts);
    let images = images.max(1) as f64;
    let step_ns = sum.duration_ps as f64 / sum.steps.max(1) as f64 / 1e3;
    let inference_ns = sum.duration_ps as f64 / images / 1e3;
    // a sum without the events of unknown price would look like a whole
    let known = bill.unknown.is_empty();
    let dynamic_nj = known.then_some(bill.dynamic_fj as f64 / images / 1e6);
    let share = |ps: u64| ps as f64 / (sum.duration_ps.max(1)) as f64;
    let shares = sum.stages_ps.map(share);
    LsnnTime {
        profile: profile.name.clone(),
        step_ns,
        step_ns_max: sum.most.0 as f64 / 1e3,
        inference_ns,
        dynamic_nj,
        energy_delay_js: dynamic_nj.map(|nj| nj * 1e-9 * inference_ns * 1e-9),
        stages: Stage::ALL.into_iter().zip(shares).collect(),
        unaccounted_share: 1.0 - step_ns / recorded_step_ns(),
    }
}

impl fmt::Display for LsnnTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.profile;
        writeln!(
            f,
            "time by {name}: {:.3} us a step (longest {:.3}); recorded {:.3} us, embedded processors included",
            self.step_ns / 1e3,
            self.step_ns_max / 1e3,
            recorded_step_ns() / 1e3
        )?;
        writeln!(
            f,
            "  {name}  inference {:.3} ms; recorded {:.3} ms; {:.0} % of the recorded step is not in the model",
            self.inference_ns / 1e6,
            recorded_inference_ns() / 1e6,
            self.unaccounted_share * 100.0
        )?;
        match (self.dynamic_nj, self.energy_delay_js) {
            (Some(nj), Some(js)) => writeln!(
                f,
                "  {name}  dynamic energy {:.2} uJ an inference; recorded for the cores {:.2} uJ; energy-delay product {js:.3e} J s",
                nj / 1e3,
                recorded_core_dynamic_nj() / 1e3
            )?,
            _ => writeln!(f, "  {name}  dynamic energy unknown")?,
        }
        let stages: Vec<String> = self
            .stages
            .iter()
            .filter(|s| s.1 > 0.0)
            .map(|(s, share)| format!("{} {:.1} %", s.name(), share * 100.0))
            .collect();
        writeln!(f, "  {name}  critical chains: {}", stages.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Step, inference and power were recorded apart; a slip in one of them would show here.
    #[test]
    fn me_050_the_recorded_figures_agree_with_each_other() {
        let steps = recorded_inference_ns() / recorded_step_ns();
        assert!((steps - 840.0).abs() < 0.1, "{steps} steps");
        let core_uj = recorded_core_dynamic_nj() / 1e3;
        assert!((core_uj - 22.1).abs() < 0.05, "{core_uj} uJ");
    }
}
