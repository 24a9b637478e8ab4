//! The report of a validation: numbers as data for programs, and the same numbers in words.

use super::ablate::Ablation;
use super::bias::Bias;
use super::chip::ChipRun;
use super::file::{RuleFile, Spikes};
use super::float::FloatRun;
use super::measure::{self, Course};
use super::verdict::{self, Check, checks};
use seamount_network::netlist::SignMode;
use serde::Serialize;
use std::fmt;

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Title of the file.
    pub title: String,
    /// Steps of the run.
    pub steps: u64,
    /// Number of synapses.
    pub synapses: usize,
    /// The compiled rule, disassembled.
    pub rule: Vec<String>,
    /// Warnings of the compiler.
    pub warnings: Vec<String>,
    /// Whose spikes the float rule saw.
    pub float_spikes: &'static str,
    /// w; d and t if the rule changes them.
    pub variables: Vec<Course>,
    /// The traces that the rule defines, and r1.
    pub traces: Vec<Course>,
    /// Rounding against its expected value.
    pub bias: Bias,
    /// Weights and traces that reached their limits.
    pub saturation: Saturation,
    /// Spikes of both sides, and those whose time was lost.
    pub spikes: SpikeCounts,
    /// Visits of synapses and products computed on the chip.
    pub visits: u64,
    /// Products computed on the chip.
    pub products: u64,
    /// The same run with changes cut toward zero: how far the weights come along the update of the
    /// exact rule, of that rule, the chip, and the chip with truncation.
    pub rounding: Vec<RoundingRow>,
    /// Cost of each imperfection of the chip by itself.
    pub ablation: Ablation,
    /// The conditions of the file.
    pub checks: Vec<Check>,
    /// Whether all of them hold.
    pub passed: bool,
    /// Weights at the end: chip, float.
    #[serde(skip)]
    pub last_weights: Vec<(f64, f64)>,
}

/// Weights and traces that reached their limits.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Saturation {
    /// Weights at a limit of their format at the end, on the chip.
    pub weights_at_limit: usize,
    /// The same as a share.
    pub weights_at_limit_share: f64,
    /// Weights of the float side that limits have stopped, counted each time.
    pub float_weights_stopped: u64,
    /// Samples of traces at 127, one a unit and epoch.
    pub traces_full: u64,
    /// Of so many samples.
    pub trace_samples: u64,
}

/// Spikes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct SpikeCounts {
    /// Spikes of sources.
    pub sources: u64,
    /// Spikes of targets on the chip.
    pub targets_chip: u64,
    /// Spikes of targets as the float rule saw them.
    pub targets_float: u64,
    /// Difference of the last two by the float number.
    pub relative_difference: f64,
    /// Spikes followed by another of the same unit in the same epoch: their time is lost (LE-009).
    pub lost: u64,
    /// The same as a share of all spikes.
    pub lost_share: f64,
}

/// How far the weights have come along the accumulated update of the exact rule, 1 being all of it:
/// the noise of rounding has no part in that direction but by chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RoundingRow {
    /// Step.
    pub step: u64,
    /// In real numbers.
    pub exact: f64,
    /// On the chip as the file has it.
    pub chip: f64,
    /// On the chip with changes cut toward zero.
    pub truncated: f64,
}

impl Report {
    /// Puts everything together and judges it.
    pub fn new(
        file: &RuleFile,
        chip: &ChipRun,
        float: &FloatRun,
        cut: &ChipRun,
        ablation: Ablation,
    ) -> Report {
        let a = &chip.frames;
        let b = &float.frames;
        let mut variables = vec![measure::variable("w", 0, a, b)];
        let others = [
            (file.rule.dd.is_some(), "d", 1),
            (file.rule.dt.is_some(), "t", 2),
        ];
        variables.extend(
            others
                .into_iter()
                .filter(|o| o.0)
                .map(|(_, name, index)| measure::variable(name, index, a, b)),
        );
        let rule = &file.rule;
        let traces = [
            (rule.x1, "x1"),
            (rule.x2, "x2"),
            (rule.y1, "y1"),
            (rule.y2, "y2"),
            (rule.y3, "y3"),
        ];
        let used = traces
            .into_iter()
            .enumerate()
            .filter(|(_, (trace, _))| trace.is_some());
        let mut traces: Vec<Course> = used
            .map(|(index, (_, name))| measure::trace(name, index, a, b))
            .collect();
        traces.extend(file.reward.map(|_| measure::trace("r1", 5, a, b)));
        let last = |frames: &[super::chip::Frame]| {
            frames.last().expect("a run has a start").variables[0].clone()
        };
        let last_weights: Vec<(f64, f64)> = last(a).into_iter().zip(last(b)).collect();
        let mut report = Report {
            title: file.title.clone(),
            steps: file.stimulus.steps,
            synapses: last_weights.len(),
            rule: chip.rule.rules.clone(),
            warnings: chip.rule.warnings.clone(),
            float_spikes: match file.spikes {
                Spikes::Chip => "the chip's",
                Spikes::Own => "its own",
            },
            variables,
            traces,
            bias: chip.bias.clone(),
            saturation: saturation(file, chip, float, &last_weights),
            spikes: spikes(file, chip, float),
            visits: chip.work.0,
            products: chip.work.1,
            rounding: rounding(chip, float, cut),
            ablation,
            checks: vec![],
            passed: false,
            last_weights,
        };
        report.checks = checks(file, &report);
        report.passed = report.checks.iter().all(|c| c.holds);
        report
    }
}

fn saturation(
    file: &RuleFile,
    chip: &ChipRun,
    float: &FloatRun,
    last: &[(f64, f64)],
) -> Saturation {
    let grain = f64::from(file.network.grain());
    let (low, high) = match file.network.sign_mode {
        SignMode::Mixed => (-256.0, 256.0 - grain),
        SignMode::Excitatory => (0.0, 256.0 - grain),
        SignMode::Inhibitory => (grain - 256.0, 0.0),
    };
    let at = last.iter().filter(|(w, _)| *w <= low || *w >= high).count();
    Saturation {
        weights_at_limit: at,
        weights_at_limit_share: at as f64 / (last.len() as f64).max(1.0),
        float_weights_stopped: float.stopped,
        traces_full: chip.full_traces.0,
        trace_samples: chip.full_traces.1,
    }
}

fn spikes(file: &RuleFile, chip: &ChipRun, float: &FloatRun) -> SpikeCounts {
    let stimulus = super::stimulus::Stimulus::new(file);
    let epoch = usize::from(file.rule.epoch);
    let lost = |lists: &[Vec<usize>]| -> u64 {
        let of = |epoch: &[Vec<usize>]| {
            let mut all: Vec<usize> = epoch.concat();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            (count - all.len()) as u64
        };
        lists.chunks(epoch).map(of).sum()
    };
    let count = |lists: &[Vec<usize>]| lists.iter().map(|l| l.len() as u64).sum::<u64>();
    let sources = count(&stimulus.sources);
    let targets_chip = count(&chip.spikes);
    let lost = lost(&stimulus.sources) + lost(&chip.spikes);
    SpikeCounts {
        sources,
        targets_chip,
        targets_float: float.spikes,
        relative_difference: (targets_chip as f64 - float.spikes as f64).abs()
            / (float.spikes as f64).max(1.0),
        lost,
        lost_share: lost as f64 / ((sources + targets_chip) as f64).max(1.0),
    }
}

fn rounding(chip: &ChipRun, float: &FloatRun, cut: &ChipRun) -> Vec<RoundingRow> {
    let update = |frames: &[super::chip::Frame], at: usize| -> Vec<f64> {
        frames[at].variables[0]
            .iter()
            .zip(&frames[0].variables[0])
            .map(|(w, s)| w - s)
            .collect()
    };
    let goal = update(&float.frames, float.frames.len() - 1);
    let dot = |a: &[f64]| a.iter().zip(&goal).map(|(a, b)| a * b).sum::<f64>();
    let whole = dot(&goal).max(f64::MIN_POSITIVE);
    let along = |frames: &[super::chip::Frame], at: usize| dot(&update(frames, at)) / whole;
    let row = |at: usize| RoundingRow {
        step: chip.frames[at].step,
        exact: along(&float.frames, at),
        chip: along(&chip.frames, at),
        truncated: along(&cut.frames, at),
    };
    (0..chip.frames.len()).map(row).collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} steps, {} synapses; the float rule sees {} spikes",
            self.title, self.steps, self.synapses, self.float_spikes
        )?;
        self.rule
            .iter()
            .try_for_each(|rule| writeln!(f, "  {rule}"))?;
        self.warnings
            .iter()
            .try_for_each(|warning| writeln!(f, "  warning: {warning}"))?;
        writeln!(
            f,
            "\nerrors at the \
            end    mean   median      90%      99%      max     chip    float   cosine  same sign"
        )?;
        for course in self.variables.iter().chain(&self.traces) {
            let row = course.last();
            let e = course.last().errors;
            write!(
                f,
                "  {:<14}{:>9.3}{:>9.3}{:>9.3}{:>9.3}{:>9.3}",
                course.name, e.mean, e.median, e.p90, e.p99, e.max
            )?;
            write!(f, "{:>9.2}{:>9.2}", row.chip, row.float)?;
            let number = |x: Option<f64>| x.map_or("-".to_string(), |x| format!("{x:.4}"));
            match row.cosine {
                Some(_) => writeln!(f, "{:>9}{:>11}", number(row.cosine), number(row.same_sign))?,
                None => writeln!(f)?,
            }
        }
        writeln!(f, "over time: {}", over_time(self))?;
        self.bias_words(f)?;
        let s = &self.saturation;
        writeln!(
            f,
            "limits: {} of {} weights at one at the end; {} of {} trace samples at 127; the \
            float side was stopped {} times",
            s.weights_at_limit,
            self.synapses,
            s.traces_full,
            s.trace_samples,
            s.float_weights_stopped
        )?;
        let n = &self.spikes;
        writeln!(
            f,
            "spikes: {} of sources, {} of targets on the chip, {} in float; {} lost their time \
            in an epoch ({:.2} %)",
            n.sources,
            n.targets_chip,
            n.targets_float,
            n.lost,
            100.0 * n.lost_share
        )?;
        writeln!(
            f,
            "work: {} visits, {} products",
            self.visits, self.products
        )?;
        self.ablation_words(f)?;
        verdict::words(f, &self.checks, self.passed)
    }
}

fn over_time(report: &Report) -> String {
    let words = |c: &Course| {
        format!(
            "{} mean {:.3}, max {:.3}",
            c.name,
            c.mean_error(),
            c.max_error()
        )
    };
    report
        .variables
        .iter()
        .chain(&report.traces)
        .map(words)
        .collect::<Vec<_>>()
        .join("; ")
}

impl Report {
    fn bias_words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = &self.bias;
        if let Some(why_not) = &b.why_not {
            return writeln!(f, "bias of an update: not measured, {why_not}");
        }
        let (low, high) = b.interval;
        write!(
            f,
            "bias of an update: {:+.6} of {:.4}, 95 % within {low:+.6} and {high:+.6}",
            b.mean, b.mean_update
        )?;
        writeln!(
            f,
            " ({:+.1} standard errors, {} updates, {} near a limit left out)",
            b.errors(),
            b.updates,
            b.left_out
        )
    }

    fn ablation_words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nwhat costs how much, by itself  in use  mean error  99 %      cosine"
        )?;
        for cost in self.ablation.costs.iter().chain(&self.ablation.together) {
            let used = if cost.in_use { "yes" } else { "" };
            writeln!(
                f,
                "  {:<40}{used:<8}{:>7.3}{:>9.3}{:>9.4}",
                cost.what, cost.errors.mean, cost.errors.p99, cost.cosine
            )?;
        }
        self.ablation
            .left_out
            .iter()
            .try_for_each(|why| writeln!(f, "  left out: {why}"))
    }
}
