//! Memory without activity, by after-hyperpolarisation.
//!
//! One of eight symbols is shown for 30 steps to eight groups of ten AHP neurons. Then, for 600
//! steps, nothing is shown but a few stray spikes. Then all groups get the same noisy drive. The
//! group that saw the symbol is still tired and fires less: eight readouts, each inhibited by its
//! group, say which it was ("negative imprinting", Rao et al. 2022). Without the AHP current the
//! same network guesses.

use crate::declared::{Declared, Inferences};
use crate::registry::{defaults_of_flags, within};
use clap::Args;
use seamount_arith::random::{Key, Purpose};
use seamount_chip::{Observations, RunOptions};
use seamount_network::netlist::Register;
use seamount_session::{Failure, PerInference};
use seamount_study::Progress;
use seamount_study::experiment::{Experiment, threads};
use seamount_study::row::Row;
use seamount_study::trials::Trials;
use serde::Serialize;
use std::fmt;
use std::path::Path;

/// The declared system.
static SYSTEM: Declared = Declared::new(
    include_str!("system.toml"),
    &[("network.json", include_str!("network.json"))],
);

/// Symbols to remember.
const SYMBOLS: u32 = 8;
/// Neurons for each symbol.
const GROUP: u32 = 10;
const CUE_STEPS: u64 = 30;
const DELAY_STEPS: u64 = 600;
const RECALL_STEPS: u64 = 60;

/// Trials with and again without the AHP current.
#[derive(Debug, Clone, Serialize, Args)]
pub struct MemoryOptions {
    /// How many trials to run
    #[arg(
        long,
        value_name = "N",
        default_value_t = 400,
        hide_default_value = true,
        value_parser = within!(u32, 1..=1_000_000)
    )]
    pub trials: u32,
    /// Seed of the trials
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    pub seed: u64,
    /// Threads that share the trials; all there are if absent; results do not depend on it
    #[arg(long, value_name = "N", value_parser = within!(u16, 1..=1024))]
    pub threads: Option<u16>,
}

defaults_of_flags!(MemoryOptions);

/// `seamount lab ahp-memory`
pub struct AhpMemory;

impl Experiment for AhpMemory {
    const NAME: &'static str = "ahp-memory";
    const ABOUT: &'static str =
        "A small AHP network that remembers a symbol through 600 silent steps";
    const HELP: &'static str = "Example: seamount lab ahp-memory --trials 100";
    const COUNTS: &'static str = "trials";
    const QUICK: &'static [&'static str] = &["--trials 200"];
    type Options = MemoryOptions;
    type Report = MemoryReport;

    fn run(options: &MemoryOptions, progress: Progress) -> Result<MemoryReport, Failure> {
        if options.trials == 0 {
            return Err(Failure::call("at least one trial"));
        }
        let total = options.trials as usize * 2;
        let trials = Trials::new(total, threads(options.threads), progress);
        let (board, with) = trials_of(options, MemoryPath::Kept, &trials)?;
        let (_, without) = trials_of(options, MemoryPath::Cut, &trials)?;
        let seconds = trials.seconds();
        let delay_spikes: u64 = with.shown.iter().map(|trial| trial.also).sum();
        Ok(MemoryReport {
            board,
            trials: options.trials,
            symbols: SYMBOLS,
            delay_steps: DELAY_STEPS,
            accuracy: recalled(options, &with),
            accuracy_without_ahp: recalled(options, &without),
            delay_spikes_per_neuron: delay_spikes as f64
                / f64::from(options.trials)
                / f64::from(SYMBOLS * GROUP),
            per_inference: with.per_inference(),
            trials_per_second: total as f64 / seconds,
            faster_than_real_time: total as f64 * SYSTEM.steps as f64 * 1e-3 / seconds,
        })
    }

    fn row(report: &MemoryReport) -> Option<Row> {
        let figure = format!(
            "symbols recalled ({:.1} % without AHP)",
            report.accuracy_without_ahp * 100.0
        );
        Some(Row::on_chip(
            Self::NAME,
            &figure,
            report.accuracy * 100.0,
            None,
            u64::from(report.trials),
            &report.per_inference,
        ))
    }
}

/// Share of symbols recalled, and cost of a trial.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct MemoryReport {
    /// Board.
    pub board: String,
    /// Trials.
    pub trials: u32,
    /// Symbols to tell apart.
    pub symbols: u32,
    /// Steps between symbol and recall.
    pub delay_steps: u64,
    /// Share of symbols recalled.
    pub accuracy: f64,
    /// Share of symbols recalled with the AHP path cut.
    pub accuracy_without_ahp: f64,
    /// Spikes of a memory neuron during the delay, mean.
    pub delay_spikes_per_neuron: f64,
    /// Counts and energy of a trial.
    pub per_inference: PerInference,
    /// Trials a second, both networks together.
    pub trials_per_second: f64,
    /// How many times faster than a chip that takes 1 ms a step.
    pub faster_than_real_time: f64,
}

/// The symbol of a trial and its input events.
fn trial(seed: u64, number: u64) -> (u32, Vec<(u64, u32)>) {
    let key = Key::new(seed, Purpose::Stimulus).part(number);
    let symbol = key.below(u64::MAX, u64::from(SYMBOLS)) as u32;
    let mut events = vec![];
    for step in 0..CUE_STEPS + DELAY_STEPS + RECALL_STEPS {
        for source in 0..SYMBOLS * GROUP {
            let percent = if step < CUE_STEPS {
                if source / GROUP == symbol { 80 } else { 1 }
            } else if step < CUE_STEPS + DELAY_STEPS {
                1
            } else {
                50
            };
            if key.below(step * u64::from(SYMBOLS * GROUP) + u64::from(source), 100) < percent {
                events.push((step, source));
            }
        }
    }
    (symbol, events)
}

/// Row of the first step in which the cued group has come to rest.
const REST_ROW: usize = CUE_STEPS as usize + 100;

/// Spikes of the memory neurons while nothing is shown and they have come to rest.
fn delay_spikes(seen: &Observations) -> u64 {
    let spikes = seen
        .recording("memory.spike")
        .expect("the demo's own probe");
    let rows = REST_ROW..(CUE_STEPS + DELAY_STEPS) as usize;
    let neurons = 0..spikes.neurons.len();
    rows.flat_map(|row| neurons.clone().map(move |n| (row, n)))
        .map(|(row, n)| spikes.get(row, n) as u64)
        .sum()
}

/// Runs all trials with the AHP current or without it; the name of the board beside them.
fn trials_of(
    options: &MemoryOptions,
    ahp: MemoryPath,
    trials: &Trials<'_>,
) -> Result<(String, Inferences<u64>), Failure> {
    let network = SYSTEM.network(None)?;
    let mut netlist = network.netlist(Path::new(""))?;
    if ahp == MemoryPath::Cut {
        netlist
            .projections
            .retain(|p| p.name != "memory->memory.ahp");
    }
    netlist.probe("memory", Register::Spike);
    let placed = SYSTEM.place(network, netlist)?;
    let batch = placed.run(
        options.trials as usize,
        trials,
        &RunOptions::default(),
        |n| trial(options.seed, n as u64).1,
        |_, seen| delay_spikes(seen),
    )?;
    Ok((placed.board().into(), batch))
}

/// Whether the neurons have their after-hyperpolarisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MemoryPath {
    Kept,
    Cut,
}

/// Share of trials whose symbol was recalled.
fn recalled(options: &MemoryOptions, batch: &Inferences<u64>) -> f64 {
    let symbols: Vec<u8> = (0..batch.shown.len())
        .map(|n| trial(options.seed, n as u64).0 as u8)
        .collect();
    batch.accuracy(&symbols)
}

impl fmt::Display for MemoryReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bar = |share: f64| "#".repeat((share * 40.0).round() as usize);
        let with = self.accuracy * 100.0;
        let without = self.accuracy_without_ahp * 100.0;
        writeln!(
            f,
            "\
Memory without activity, on an emulated {} chip (1 of its 128 cores)

One of {} symbols is shown to {} spiking neurons. For the next {} steps nothing
is shown and they are silent ({:.2} spikes a neuron). Then all get the same noisy
drive - and the neurons that saw the symbol are still tired, so the network knows it:

  with after-hyperpolarisation  {with:5.1} %  {}
  AHP compartment cut           {without:5.1} %  {}
  chance                        {:5.1} %  {}
",
            self.board,
            self.symbols,
            SYMBOLS * GROUP,
            self.delay_steps,
            self.delay_spikes_per_neuron,
            bar(self.accuracy),
            bar(self.accuracy_without_ahp),
            100.0 / f64::from(self.symbols),
            bar(1.0 / f64::from(self.symbols))
        )?;
        write!(
            f,
            "\
Why it matters: this slow current is how Loihi networks remember for seconds without
spending spikes. Every register is computed bit for bit as on the chip; each event is counted.

{}
{} trials of {} steps, twice: {:.0} trials/s, {:.0} times faster than 1 ms a step",
            self.per_inference,
            self.trials,
            SYSTEM.steps,
            self.trials_per_second,
            self.faster_than_real_time
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_declared_steps_are_the_phases_and_two_to_arrive() {
        assert_eq!(SYSTEM.steps, CUE_STEPS + DELAY_STEPS + RECALL_STEPS + 2);
    }

    #[test]
    fn the_memory_lives_in_the_ahp_current() {
        let report = AhpMemory::run(
            &MemoryOptions {
                trials: 60,
                ..MemoryOptions::default()
            },
            Progress::UNSEEN,
        )
        .unwrap();
        assert!(report.accuracy > 0.9, "{}", report.accuracy);
        assert!(
            report.accuracy_without_ahp < 0.4,
            "{}",
            report.accuracy_without_ahp
        );
        assert!(
            report.delay_spikes_per_neuron < 0.1,
            "{}",
            report.delay_spikes_per_neuron
        );
    }
}
