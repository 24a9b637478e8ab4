//! The report of a validation: numbers as data for programs, and the same numbers in words.

use super::ablate::Ablation;
use super::bias::Bias;
use super::chip::{ChipRun, Frame};
use super::file::{Quantity, RuleFile, Spikes};
use super::fit::Fit;
use super::float::{self, FloatRun};
use super::meaning::Identity;
use super::measure::{self, Course};
use super::stimulus::Stimulus;
use super::verdict::{self, Check, checks};
use seamount_network::netlist::LearningProfile;
use serde::Serialize;
use std::collections::BTreeMap;
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
    /// Arithmetic of the chip's engine: `loihi1` or `wide`.
    pub arithmetic: &'static str,
    /// The compiled rule, disassembled.
    pub rule: Vec<String>,
    /// Warnings of the compiler.
    pub warnings: Vec<String>,
    /// Whose spikes the float rule saw.
    pub float_spikes: &'static str,
    /// Everything that limits can be stated for, of the file's own seed.
    #[serde(flatten)]
    pub measured: RuleMeasured,
    /// Visits of synapses and products computed on the chip.
    pub visits: u64,
    /// Products computed on the chip.
    pub products: u64,
    /// The same run with changes cut toward zero: how far the weights come along the update of the
    /// exact rule, of that rule, the chip, and the chip with truncation.
    pub rounding: Vec<RoundingRow>,
    /// Cost of each imperfection of the chip by itself.
    pub ablation: Ablation,
    /// The numbers that can have limits, by seed.
    pub seeds: Vec<SeedRow>,
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
    /// Of so many weights.
    pub weights: usize,
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

/// Chip and float of one seed, held against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleMeasured {
    /// w; d and t if the rule changes them.
    pub variables: Vec<Course>,
    /// The traces that the rule defines, and r1.
    pub traces: Vec<Course>,
    /// Gain, offset and noise of the accumulated changes of the weights; absent where float weights
    /// did not move.
    pub fit: Option<Fit>,
    /// How far the text is from the meaning that the file names; absent where it names none, or an
    /// array.
    pub identity: Option<Identity>,
    /// Single updates against what they should be on average.
    pub bias: Bias,
    /// Weights and traces that reached their limits.
    pub saturation: Saturation,
    /// Spikes of both sides, and those whose time was lost.
    pub spikes: SpikeCounts,
}

/// The numbers of one seed that can have limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedRow {
    /// The seed: of network, initial weights, stimulus and the chip's draws.
    pub seed: u64,
    /// By key of their limits; those that the run does not have are absent.
    pub values: BTreeMap<&'static str, f64>,
}

impl SeedRow {
    /// The numbers of a run.
    pub fn new(seed: u64, measured: &RuleMeasured) -> SeedRow {
        let values = Quantity::ALL.into_iter();
        SeedRow {
            seed,
            values: values
                .filter_map(|quantity| Some((quantity.wording().key, measured.value(quantity)?)))
                .collect(),
        }
    }

    /// A number, if the run has it.
    pub fn value(&self, quantity: Quantity) -> Option<f64> {
        self.values.get(quantity.wording().key).copied()
    }
}

impl RuleMeasured {
    /// Holds two runs against each other.
    pub fn new(
        file: &RuleFile,
        stimulus: &Stimulus,
        chip: &ChipRun,
        float: &FloatRun,
    ) -> RuleMeasured {
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
        RuleMeasured {
            variables,
            traces,
            fit: Fit::of(&moved(a), &moved(b)),
            identity: None,
            bias: chip.bias.clone(),
            saturation: saturation(file, chip, float),
            spikes: spikes(file, stimulus, chip, float),
        }
    }

    /// A number that can have a limit; absent where there is nothing to measure.
    pub fn value(&self, quantity: Quantity) -> Option<f64> {
        let course = |name: &str| self.variables.iter().find(|c| c.name == name);
        let traces = || self.traces.iter();
        let updates = || self.bias.why_not.is_none().then_some(&self.bias);
        let fit = || self.fit.as_ref();
        match quantity {
            Quantity::WeightMean => Some(course("w")?.last().errors.mean),
            Quantity::WeightMax => Some(course("w")?.last().errors.max),
            Quantity::WeightP99 => Some(course("w")?.last().errors.p99),
            Quantity::DelayMean => Some(course("d")?.last().errors.mean),
            Quantity::TagMean => Some(course("t")?.mean_error()),
            Quantity::TagMax => Some(course("t")?.max_error()),
            Quantity::TraceMean => traces().map(Course::mean_error).reduce(f64::max),
            Quantity::TraceMax => traces().map(Course::max_error).reduce(f64::max),
            Quantity::Cosine => course("w")?.last().cosine,
            Quantity::SignAgreement => course("w")?.last().same_sign,
            Quantity::Bias => Some(updates()?.largest()),
            Quantity::BiasErrors => Some(updates()?.errors()),
            Quantity::UpdateGainLeast | Quantity::UpdateGainMost => Some(updates()?.gain),
            Quantity::AtLimit => Some(self.saturation.weights_at_limit_share),
            Quantity::MeanWeight => {
                let last = course("w")?.last();
                Some((last.chip - last.float).abs())
            }
            Quantity::Rate => Some(self.spikes.relative_difference),
            Quantity::LostSpikes => Some(self.spikes.lost_share),
            Quantity::GainLeast | Quantity::GainMost => Some(fit()?.gain),
            Quantity::Correlation => Some(fit()?.correlation),
            Quantity::Noise => Some(fit()?.relative_noise()),
            Quantity::Offset => Some(fit()?.relative_offset()),
            Quantity::Text => Some(self.identity?.difference),
        }
    }
}

/// Changes of the weights over a run.
pub(super) fn moved(frames: &[Frame]) -> Vec<f64> {
    let start = &frames.first().expect("a run has a start").variables[0];
    let end = &frames.last().expect("a run has a start").variables[0];
    end.iter()
        .zip(start)
        .map(|(end, start)| end - start)
        .collect()
}

impl Report {
    /// Puts everything together and judges it.
    pub fn new(
        file: &RuleFile,
        measured: RuleMeasured,
        chip: &ChipRun,
        float: &FloatRun,
        cut: &ChipRun,
        ablation: Ablation,
        seeds: Vec<SeedRow>,
    ) -> Report {
        let last =
            |frames: &[Frame]| frames.last().expect("a run has a start").variables[0].clone();
        let last_weights: Vec<(f64, f64)> = last(&chip.frames)
            .into_iter()
            .zip(last(&float.frames))
            .collect();
        let checks = checks(file, &seeds);
        Report {
            title: file.title.clone(),
            steps: file.stimulus.steps,
            synapses: last_weights.len(),
            arithmetic: arithmetic_words(file),
            rule: chip.rule.rules.clone(),
            warnings: chip.rule.warnings.clone(),
            float_spikes: match file.spikes {
                Spikes::Chip => "the chip's",
                Spikes::Own => "its own",
            },
            measured,
            visits: chip.work.0,
            products: chip.work.1,
            rounding: rounding(chip, float, cut),
            ablation,
            passed: checks.iter().all(|c| c.holds),
            seeds,
            checks,
            last_weights,
        }
    }
}

fn arithmetic_words(file: &RuleFile) -> &'static str {
    match file.rule.profile {
        LearningProfile::Wide => "wide",
        LearningProfile::Loihi1 => "loihi1",
    }
}

fn saturation(file: &RuleFile, chip: &ChipRun, float: &FloatRun) -> Saturation {
    let (low, high) = float::weight_limits(&file.network);
    let last = &chip.frames.last().expect("a run has a start").variables[0];
    let at = last.iter().filter(|w| **w <= low || **w >= high).count();
    Saturation {
        weights_at_limit: at,
        weights: last.len(),
        weights_at_limit_share: at as f64 / (last.len() as f64).max(1.0),
        float_weights_stopped: float.stopped,
        traces_full: chip.full_traces.0,
        trace_samples: chip.full_traces.1,
    }
}

fn spikes(file: &RuleFile, stimulus: &Stimulus, chip: &ChipRun, float: &FloatRun) -> SpikeCounts {
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
    let update = |frames: &[Frame], at: usize| -> Vec<f64> {
        frames[at].variables[0]
            .iter()
            .zip(&frames[0].variables[0])
            .map(|(w, s)| w - s)
            .collect()
    };
    let goal = update(&float.frames, float.frames.len() - 1);
    let dot = |a: &[f64]| a.iter().zip(&goal).map(|(a, b)| a * b).sum::<f64>();
    let whole = dot(&goal).max(f64::MIN_POSITIVE);
    let along = |frames: &[Frame], at: usize| dot(&update(frames, at)) / whole;
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
            "{}: {} steps, {} synapses, arithmetic {}; the float rule sees {} spikes",
            self.title, self.steps, self.synapses, self.arithmetic, self.float_spikes
        )?;
        self.rule
            .iter()
            .try_for_each(|rule| writeln!(f, "  {rule}"))?;
        self.warnings
            .iter()
            .try_for_each(|warning| writeln!(f, "  warning: {warning}"))?;
        self.measured.fmt(f)?;
        writeln!(
            f,
            "work: {} visits, {} products",
            self.visits, self.products
        )?;
        self.ablation_words(f)?;
        verdict::words(f, &self.checks, self.passed)
    }
}

impl fmt::Display for RuleMeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        if let Some(identity) = &self.identity {
            writeln!(
                f,
                "the text beside its meaning, both in float: gain {:.4}, difference {:.4} of the \
                changes",
                identity.gain, identity.difference
            )?;
        }
        self.fit_words(f)?;
        self.bias_words(f)?;
        let s = &self.saturation;
        writeln!(
            f,
            "limits: {} of {} weights at one at the end; {} of {} trace samples at 127; the \
            float side was stopped {} times",
            s.weights_at_limit, s.weights, s.traces_full, s.trace_samples, s.float_weights_stopped
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
        )
    }
}

fn over_time(report: &RuleMeasured) -> String {
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

impl RuleMeasured {
    fn fit_words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(fit) = &self.fit else {
            return writeln!(f, "gain: not measured, no float weight moved");
        };
        writeln!(
            f,
            "changes of weights: gain {:.4} +- {:.4}, offset {:+.3}, noise {:.3}, of a size of \
            {:.3}; correlation {:.4}",
            fit.gain, fit.gain_standard_error, fit.offset, fit.noise, fit.size, fit.correlation
        )?;
        for row in &fit.bias {
            writeln!(
                f,
                "  {:<28}{:>8} of {:>9.3}: bias {:+.3} +- {:.3}",
                row.of, row.synapses, row.float, row.bias, row.standard_error
            )?;
        }
        Ok(())
    }

    fn bias_words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = &self.bias;
        if let Some(why_not) = &b.why_not {
            return writeln!(f, "single updates: not measured, {why_not}");
        }
        writeln!(
            f,
            "single updates: gain {:.4} +- {:.4}; bias {:+.6} +- {:.6} of {:.4} ({} updates, {} \
            near a limit left out)",
            b.gain,
            b.gain_standard_error,
            b.mean,
            b.standard_error,
            b.mean_update,
            b.updates,
            b.left_out
        )?;
        for class in &b.classes {
            writeln!(
                f,
                "  {:<28}{:>8} of {:>9.4}: bias {:+.6} +- {:.6}",
                class.of, class.updates, class.mean_update, class.mean, class.standard_error
            )?;
        }
        Ok(())
    }
}

impl Report {
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
