//! What was found about e-prop on the chip: as data and in words.

use super::file::{File, KEYS};
use super::sides::Seen;
use seamount_reference::eprop::LateRule;
use seamount_study::validate::fit::{Fit, PartGains};
use seamount_study::validate::measure::{Course, mean};
use seamount_study::validate::report::SeedRow;
use seamount_study::validate::verdict::Check;
use serde::Serialize;
use std::fmt;

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EpropReport {
    /// Title of the file.
    pub title: String,
    /// Sequences learned from.
    pub sequences: u64,
    /// Steps of a sequence.
    pub steps: usize,
    /// Settings of the float side; rates are those in force on the chip.
    pub rule: LateRule,
    /// Everything that limits can be stated for, of the file's own seed.
    #[serde(flatten)]
    pub measured: Measured,
    /// Share of the chip's spikes of the first sequence that the float network fires in the same
    /// step.
    pub same_spikes: f64,
    /// Root mean square difference of the readouts in the first sequence, the chip's spikes given.
    pub readout_difference: f64,
    /// Root mean square of the readouts of the float side there.
    pub readout_size: f64,
    /// The numbers that can have limits, by seed.
    pub seeds: Vec<SeedRow>,
    /// The conditions of the file.
    pub checks: Vec<Check>,
    /// Whether all of them hold.
    pub passed: bool,
}

/// Chip and float of one seed, held against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// Number of synapses of each layer.
    pub synapses: [usize; 3],
    /// Weights of each layer, in the chip's integers, against the float rule that saw the chip's
    /// spikes; rows by sequence.
    pub layers: Vec<Course>,
    /// Gain, offset and noise of each layer's changes; absent where float weights did not move.
    pub fits: [Option<Fit>; 3],
    /// Gains of what the learning signal does to each layer and of the rest (the term of the rate),
    /// found together; absent where the learning signal did nothing in float.
    pub gains: [Option<PartGains>; 3],
    /// How far along the float update the weights of each layer have come at the end, 1 being all
    /// of it.
    pub along: [f64; 3],
    /// Losses by sequence: chip; float network by its own spikes with the chip's latency; without
    /// latency.
    pub losses: [Vec<f64>; 3],
    /// Recurrent spikes of all sequences: chip; float network by its own spikes.
    pub spikes: [u64; 2],
    /// First sequence: chip, float with the chip's spikes, float with its own.
    #[serde(skip)]
    pub first: [Seen; 3],
}

impl Measured {
    /// The numbers of this seed that can have limits.
    pub fn row(&self, seed: u64) -> SeedRow {
        let values = KEYS.iter();
        SeedRow {
            seed,
            values: values
                .filter_map(|(key, ..)| Some((*key, self.value(key)?)))
                .collect(),
        }
    }

    fn value(&self, key: &str) -> Option<f64> {
        let last = |layer: usize| self.layers[layer].last();
        let gain = |layer: usize| Some(self.gains[layer]?.first);
        let relative = |a: f64, b: f64| (a - b).abs() / b.abs().max(f64::MIN_POSITIVE);
        match key {
            "cosine_in_min" => last(0).cosine,
            "cosine_rec_min" => last(1).cosine,
            "cosine_out_min" => last(2).cosine,
            "sign_in_min" => last(0).same_sign,
            "sign_rec_min" => last(1).same_sign,
            "sign_out_min" => last(2).same_sign,
            "gain_in_min" | "gain_in_max" => gain(0),
            "gain_rec_min" | "gain_rec_max" => gain(1),
            "gain_out_min" | "gain_out_max" => gain(2),
            "along_min" => self.along.into_iter().reduce(f64::min),
            "along_max" => self.along.into_iter().reduce(f64::max),
            "readout_max" => Some(squares(&self.first[0], Some(&self.first[1]))),
            "loss_max" => Some(relative(*self.losses[0].last()?, *self.losses[1].last()?)),
            "spikes_max" => Some(relative(self.spikes[0] as f64, self.spikes[1] as f64)),
            _ => None,
        }
    }
}

/// Root mean square of the readouts of a sequence, or of their difference from those of another.
fn squares(a: &Seen, b: Option<&Seen>) -> f64 {
    let of = |(t, y): (usize, &Vec<f64>)| {
        let less = |k: usize| b.map_or(0.0, |b| b.y[t][k]);
        y.iter()
            .enumerate()
            .map(|(k, y)| (y - less(k)).powi(2))
            .collect::<Vec<f64>>()
    };
    mean(&a.y.iter().enumerate().flat_map(of).collect::<Vec<f64>>()).sqrt()
}

/// All conditions of a file, over its seeds.
pub(super) fn checks(file: &File, seeds: &[SeedRow]) -> Vec<Check> {
    let tolerances = file.tolerances.iter();
    tolerances
        .map(|(key, limit)| check(key, *limit, seeds))
        .collect()
}

/// A limit of a file against the numbers of its seeds.
fn check(key: &str, limit: f64, seeds: &[SeedRow]) -> Check {
    let (key, what, at_least) = KEYS
        .into_iter()
        .find(|known| known.0 == key)
        .expect("the reader knows the keys");
    let values: Vec<Option<f64>> = seeds
        .iter()
        .map(|seed| seed.values.get(key).copied())
        .collect();
    Check::new(key, what, at_least, limit, &values)
}

impl EpropReport {
    pub(super) fn new(
        file: &File,
        rule: LateRule,
        measured: Measured,
        seeds: Vec<SeedRow>,
    ) -> EpropReport {
        let [chip, given, own] = &measured.first;
        let fired: usize = chip.spikes.iter().map(Vec::len).sum();
        let same: usize = chip
            .spikes
            .iter()
            .zip(&own.spikes)
            .map(|(a, b)| a.iter().filter(|j| b.contains(j)).count())
            .sum();
        let checks = checks(file, &seeds);
        EpropReport {
            title: file.title.clone(),
            sequences: file.sequences,
            steps: chip.y.len(),
            rule,
            same_spikes: same as f64 / (fired as f64).max(1.0),
            readout_difference: squares(chip, Some(given)),
            readout_size: squares(given, None),
            measured,
            seeds,
            passed: checks.iter().all(|c| c.holds),
            checks,
        }
    }
}

impl fmt::Display for EpropReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} sequences of {} steps; learning signal {} steps late in float",
            self.title, self.sequences, self.steps, self.rule.latency_steps
        )?;
        let [w_in, w_rec, w_out] = self.rule.rates;
        writeln!(
            f,
            "learning rates in force: {w_in:.3e} w_in, {w_rec:.3e} w_rec, {w_out:.3e} w_out a step"
        )?;
        writeln!(
            f,
            "\nthe rule, given the chip's spikes (weights in integers of the chip)"
        )?;
        writeln!(
            f,
            "            synapses   error: mean     99 %      max   moved: chip    float   cosine  same sign   along"
        )?;
        for (at, course) in self.measured.layers.iter().enumerate() {
            let row = course.last();
            let start = &course.rows[0];
            let e = course.last().errors;
            let number = |x: Option<f64>| x.map_or("-".to_string(), |x| format!("{x:.4}"));
            write!(
                f,
                "  {:<10}{:>8}{:>14.3}{:>9.3}{:>9.3}",
                course.name, self.measured.synapses[at], e.mean, e.p99, e.max
            )?;
            write!(
                f,
                "{:>14.3}{:>9.3}",
                row.chip - start.chip,
                row.float - start.float
            )?;
            writeln!(
                f,
                "{:>9}{:>11}{:>8.3}",
                number(row.cosine),
                number(row.same_sign),
                self.measured.along[at]
            )?;
        }
        self.gain_words(f)?;
        writeln!(
            f,
            "readout, first sequence: root mean square difference {:.4} of {:.4}",
            self.readout_difference, self.readout_size
        )?;
        writeln!(f, "\nthe whole loop, float neurons by themselves")?;
        writeln!(
            f,
            "  sequence   loss: chip      float, as late   float, at once"
        )?;
        let count = self.measured.losses[0].len();
        let rows = (0..count)
            .filter(|i| *i < 3 || i + 1 == count || (i + 1) % count.div_ceil(10).max(1) == 0);
        for i in rows {
            let [chip, late, now] = [0, 1, 2].map(|side| self.measured.losses[side][i]);
            writeln!(f, "  {:>8}{chip:>14.3}{late:>20.3}{now:>17.3}", i + 1)?;
        }
        let [chip, float] = self.measured.spikes;
        writeln!(
            f,
            "spikes: {chip} on the chip, {float} in float; {:.1} % of the chip's first sequence in the same step",
            100.0 * self.same_spikes
        )?;
        seamount_study::validate::verdict::words(f, &self.checks, self.passed)
    }
}

impl EpropReport {
    fn gain_words(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (course, gains) in self.measured.layers.iter().zip(&self.measured.gains) {
            match gains {
                Some(g) => writeln!(
                    f,
                    "  {:<10}gain of the learning signal's part {:.3} +- {:.3}, of the rest {:.3}; \
                    noise {:.3} beside a signal of {:.3}",
                    course.name, g.first, g.first_standard_error, g.second, g.noise, g.first_size
                )?,
                None => writeln!(
                    f,
                    "  {:<10}the learning signal did nothing in float: no gain",
                    course.name
                )?,
            }
        }
        Ok(())
    }
}
