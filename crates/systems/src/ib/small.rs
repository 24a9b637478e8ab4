//! The linear and the XOR task: a median over seeds.

use super::chip::{self, Form, Lesson, SeedOnChip};
use super::{Silent, XiForm};
use crate::ib::float::modulator::Window;
use crate::ib::float::optimise::AdamW;
use crate::ib::float::reservoir::{Generated, Reservoir, ReservoirSettings};
use crate::ib::float::tasks::{self, Task};
use crate::ib::float::train::{Modulator, one_hot};
use crate::ib::float::{Bottleneck, Form as FloatForm, Mlp, Trainer};
use seamount_session::{MeanEnergy, PerInference};
use seamount_spec::EventCounts;
use seamount_study::row::Row;
use seamount_study::spread::spread;
use seamount_study::{LabError, Progress};
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Which task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmallTask {
    /// A line through the plane; 2-4-2.
    Linear,
    /// Exclusive or with noise; 2-10-4-2.
    Xor,
}

impl SmallTask {
    fn name(self) -> &'static str {
        match self {
            SmallTask::Linear => "linear",
            SmallTask::Xor => "xor",
        }
    }

    fn sizes(self) -> &'static [usize] {
        match self {
            SmallTask::Linear => &[2, 4, 2],
            SmallTask::Xor => &[2, 10, 4, 2],
        }
    }

    fn sigma(self) -> [f64; 3] {
        match self {
            SmallTask::Linear => [0.5, 0.25, 1.0],
            SmallTask::Xor => [0.3, 0.25, 2.0],
        }
    }

    /// Read off the figures of the authors' notebooks, a point more or less.
    fn published(self) -> f64 {
        match self {
            SmallTask::Linear => 0.93,
            SmallTask::Xor => 0.96,
        }
    }

    /// The network on the chip: two inputs a coordinate, and integers.
    fn on_chip(self) -> Form {
        let sizes = std::iter::once(2 * self.sizes()[0])
            .chain(self.sizes()[1..].iter().copied())
            .collect();
        match self {
            SmallTask::Linear => Form {
                sizes,
                counts: 28,
                one: 9,
                full: 2.0,
                pulse_shift: 8,
                gain: 300.0,
            },
            SmallTask::Xor => Form {
                sizes,
                counts: 19,
                one: 10,
                full: 2.0,
                pulse_shift: 8,
                gain: 1000.0,
            },
        }
    }

    fn draw(self, seed: u64) -> Task {
        match self {
            SmallTask::Linear => tasks::linear(seed),
            SmallTask::Xor => tasks::xor(seed),
        }
    }
}

/// What to run.
#[derive(Debug, Clone)]
pub struct SmallOptions {
    /// Which task.
    pub task: SmallTask,
    /// Which formula.
    pub form: XiForm,
    /// Seeds 0 to this, exclusive: data, weights.
    pub seeds: u64,
    /// Epochs.
    pub epochs: usize,
    /// Units of the reservoir that generates xi; the exact xi if none.
    pub reservoir: Option<usize>,
    /// Learn on the chip too; not with a reservoir.
    pub chip: bool,
    /// Threads that share the seeds.
    pub threads: usize,
}

/// Samples of a window.
const WINDOW: usize = 64;
/// Samples of a window when xi is generated: what a reservoir is asked to remember.
const WINDOW_GENERATED: usize = 10;
const GAMMA: f64 = 10.0;
/// Epochs in which readouts learn, before the network does.
const TEACHING_EPOCHS: usize = 2;
/// The optimiser of the small tasks.
pub const OPTIMISER: AdamW = AdamW {
    rate: 1e-3,
    decay: 1e-4,
};

/// One seed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeedFigure {
    /// The seed.
    pub seed: u64,
    /// Share of the 100 test samples that are right.
    pub accuracy: f64,
    /// With the hidden layers left as drawn and only the last one trained.
    pub accuracy_frozen: f64,
    /// Learned on the chip.
    pub accuracy_chip: Option<f64>,
    /// Learned on the chip, hidden layers as drawn.
    pub accuracy_chip_frozen: Option<f64>,
    /// Of a generated xi: the share of the exact one's power that it misses.
    pub unexplained: Option<f64>,
    /// Of a generated xi: the share of its signs that are right.
    pub signs_right: Option<f64>,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct SmallReport {
    /// Which task.
    pub task: SmallTask,
    /// Which formula.
    pub form: XiForm,
    /// Median accuracy of the seeds.
    pub accuracy_float: f64,
    /// Median accuracy with hidden layers left as drawn.
    pub accuracy_frozen: f64,
    /// Median accuracy on the chip, which learned there.
    pub accuracy: Option<f64>,
    /// Median accuracy on the chip with hidden layers left as drawn.
    pub accuracy_chip_frozen: Option<f64>,
    /// Counts and energy of a test sample on the chip.
    pub per_inference: Option<PerInference>,
    /// Counts and energy of a training sample on the chip, learning included.
    pub per_training_sample: Option<PerInference>,
    /// The published one.
    pub published: f64,
    /// Epochs.
    pub epochs: usize,
    /// Samples of a window.
    pub window: usize,
    /// Units of the reservoir, if xi was generated.
    pub reservoir: Option<usize>,
    /// Each seed.
    pub seeds: Vec<SeedFigure>,
    /// Wall clock, seconds.
    pub seconds: f64,
    /// Threads used.
    pub threads: usize,
}

/// A task with M of every window, which is the same in every epoch.
struct Prepared {
    task: Task,
    labels: Vec<Vec<f64>>,
    windows: Vec<Window>,
    rule: Bottleneck,
    size: usize,
}

impl Prepared {
    fn new(options: &SmallOptions, seed: u64, size: usize) -> Prepared {
        let rule = Bottleneck {
            gamma: GAMMA,
            sigma: options.task.sigma(),
            form: options.form.form(),
        };
        let task = options.task.draw(seed);
        let labels = one_hot(&task.train_labels, 2);
        let windows = (0..=task.train.len() - size)
            .map(|at| rule.window(&task.train[at..at + size], &labels[at..at + size]))
            .collect();
        Prepared {
            task,
            labels,
            windows,
            rule,
            size,
        }
    }

    /// One epoch: windows slide by one sample.
    fn epoch(&self, trainer: &mut Trainer, modulator: &mut dyn Modulator) {
        for (at, window) in self.windows.iter().enumerate() {
            let samples: Vec<&[f64]> = self.task.train[at..at + self.size]
                .iter()
                .map(|s| &s[..])
                .collect();
            trainer.step(
                &samples,
                &self.task.train_labels[at..at + self.size],
                window,
                modulator,
            );
        }
    }
}

fn train(
    options: &SmallOptions,
    prepared: &Prepared,
    seed: u64,
    modulator: &mut dyn Modulator,
    tick: &dyn Fn(),
) -> f64 {
    let mut trainer = Trainer::new(Mlp::random(options.task.sizes(), seed), OPTIMISER);
    for _ in 0..options.epochs {
        prepared.epoch(&mut trainer, modulator);
        tick();
    }
    trainer
        .net
        .accuracy(&prepared.task.test, &prepared.task.test_labels)
}

/// A generated modulator that hears the current sample at each step.
struct Hearing<'a> {
    generated: &'a mut Generated,
    prepared: &'a Prepared,
    at: usize,
    hidden: usize,
}

impl Modulator for Hearing<'_> {
    fn modulate(&mut self, layer: usize, window: &Window, outputs: &[&[f64]]) -> Vec<f64> {
        let current = self.at + self.prepared.size - 1;
        self.generated.current = [
            &self.prepared.task.train[current][..],
            &self.prepared.labels[current],
        ]
        .concat();
        let xi = self.generated.modulate(layer, window, outputs);
        if layer + 1 == self.hidden {
            self.at = (self.at + 1) % self.prepared.windows.len();
        }
        xi
    }
}

/// Readouts learn on an untrained network first; then they are left alone and the network learns by
/// them.
fn generated(options: &SmallOptions, seed: u64, units: usize, tick: &dyn Fn()) -> SeedFigure {
    let (sizes, prepared) = (
        options.task.sizes(),
        Prepared::new(options, seed, WINDOW_GENERATED),
    );
    let settings = ReservoirSettings {
        units,
        rate: 1.0 / units as f64,
        ..ReservoirSettings::default()
    };
    let hidden = sizes.len() - 2;
    let reservoir = |k: usize| {
        Reservoir::new(
            settings,
            4 + sizes[k + 1],
            sizes[k + 1],
            seed * 16 + k as u64,
        )
    };
    let mut source = Generated {
        reservoirs: (0..hidden).map(reservoir).collect(),
        exact: prepared.rule,
        learning: true,
        current: vec![],
        squares: [0.0; 2],
        signs: [0; 2],
    };
    // a network that does not move teaches the readouts
    let mut still = Trainer::new(
        Mlp::random(sizes, seed),
        AdamW {
            rate: 0.0,
            decay: 0.0,
        },
    );
    for _ in 0..TEACHING_EPOCHS {
        prepared.epoch(
            &mut still,
            &mut Hearing {
                generated: &mut source,
                prepared: &prepared,
                at: 0,
                hidden,
            },
        );
        tick();
    }
    source.learning = false;
    source.measure();
    let mut hearing = Hearing {
        generated: &mut source,
        prepared: &prepared,
        at: 0,
        hidden,
    };
    let accuracy = train(options, &prepared, seed, &mut hearing, tick);
    let accuracy_frozen = train(options, &prepared, seed, &mut Silent, &|| ());
    let signs_right = source.signs[0] as f64 / source.signs[1].max(1) as f64;
    let unexplained = Some(source.unexplained());
    let none = None;
    SeedFigure {
        seed,
        accuracy,
        accuracy_frozen,
        accuracy_chip: none,
        accuracy_chip_frozen: none,
        unexplained,
        signs_right: Some(signs_right),
    }
}

/// Learning on the chip: by the rule, and with hidden layers as drawn.
fn on_chip(
    options: &SmallOptions,
    task: &Task,
    seed: u64,
    tick: &dyn Fn(),
) -> Result<[SeedOnChip; 2], LabError> {
    // of the three forms only this one learns exclusive or with plain steps instead of AdamW's
    let rule = Bottleneck {
        gamma: GAMMA,
        sigma: options.task.sigma(),
        form: FloatForm::Gradient,
    };
    let (form, net) = (
        options.task.on_chip(),
        Mlp::random(options.task.sizes(), seed),
    );
    let lesson = |frozen| Lesson {
        task,
        form: &form,
        rule,
        window: WINDOW,
        epochs: options.epochs,
        frozen,
    };
    Ok([
        chip::train_and_test(&lesson(false), &net, seed, tick)?,
        chip::train_and_test(&lesson(true), &net, seed, &|| ())?,
    ])
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n % 2 == 1 {
        values[n / 2]
    } else {
        (values[n / 2 - 1] + values[n / 2]) / 2.0
    }
}

/// Trains and tests a network per seed.
pub fn run(options: &SmallOptions, progress: Progress) -> Result<SmallReport, LabError> {
    if options.seeds == 0 || options.epochs == 0 {
        return Err(LabError::Option("at least one seed and one epoch".into()));
    }
    if options
        .reservoir
        .is_some_and(|units| !(10..=10_000).contains(&units))
    {
        return Err(LabError::Option(
            "a reservoir has 10 to 10,000 units".into(),
        ));
    }
    let (start, threads, done) = (Instant::now(), options.threads.max(1), AtomicU64::new(0));
    let more = if options.reservoir.is_some() {
        TEACHING_EPOCHS
    } else {
        usize::from(options.chip) * options.epochs
    };
    let epochs = options.epochs + more;
    let tick = || {
        progress(
            done.fetch_add(1, Ordering::Relaxed) + 1,
            options.seeds * epochs as u64,
        )
    };
    let found = spread(
        options.seeds as usize,
        threads,
        |seed| -> Result<(SeedFigure, Option<SeedOnChip>), LabError> {
            let seed = seed as u64;
            if let Some(units) = options.reservoir {
                return Ok((generated(options, seed, units, &tick), None));
            }
            let prepared = Prepared::new(options, seed, WINDOW);
            let accuracy = train(options, &prepared, seed, &mut { prepared.rule }, &tick);
            let accuracy_frozen = train(options, &prepared, seed, &mut Silent, &|| ());
            let learned = options
                .chip
                .then(|| on_chip(options, &prepared.task, seed, &tick))
                .transpose()?;
            let [accuracy_chip, accuracy_chip_frozen] =
                [0, 1].map(|k| learned.as_ref().map(|l| l[k].accuracy));
            let figure = SeedFigure {
                seed,
                accuracy,
                accuracy_frozen,
                accuracy_chip,
                accuracy_chip_frozen,
                unexplained: None,
                signs_right: None,
            };
            Ok((figure, learned.map(|[ruled, _]| ruled)))
        },
    );
    let found: Vec<(SeedFigure, Option<SeedOnChip>)> =
        found.into_iter().collect::<Result<_, LabError>>()?;
    let (seeds, learned): (Vec<SeedFigure>, Vec<Option<SeedOnChip>>) = found.into_iter().unzip();
    let learned: Vec<SeedOnChip> = learned.into_iter().flatten().collect();
    let cost = |of: fn(&SeedOnChip) -> EventCounts, samples: u64| {
        let mut total = EventCounts::default();
        learned.iter().for_each(|l| total += of(l));
        (!learned.is_empty()).then(|| PerInference::new(&total, samples * learned.len() as u64))
    };
    let chip_median = |of: fn(&SeedFigure) -> Option<f64>| {
        seeds
            .iter()
            .map(of)
            .collect::<Option<Vec<f64>>>()
            .map(median)
    };
    let samples = options.task.draw(0);
    Ok(SmallReport {
        task: options.task,
        form: options.form,
        accuracy_float: median(seeds.iter().map(|s| s.accuracy).collect()),
        accuracy_frozen: median(seeds.iter().map(|s| s.accuracy_frozen).collect()),
        accuracy: chip_median(|s| s.accuracy_chip),
        accuracy_chip_frozen: chip_median(|s| s.accuracy_chip_frozen),
        per_inference: cost(|l| l.inference, samples.test.len() as u64),
        per_training_sample: cost(
            |l| l.training,
            (samples.train.len() * options.epochs) as u64,
        ),
        published: options.task.published(),
        epochs: options.epochs,
        window: if options.reservoir.is_some() {
            WINDOW_GENERATED
        } else {
            WINDOW
        },
        reservoir: options.reservoir,
        seeds,
        seconds: start.elapsed().as_secs_f64(),
        threads,
    })
}

impl SmallReport {
    /// The line of `lab all`.
    pub fn row(&self) -> Row {
        let energy = self.per_inference.as_ref().and_then(|c| c.energy().next());
        Row {
            system: format!("ib-hebbian --task {}", self.task.name()),
            figure: format!(
                "test samples right, median of {} seeds (floats {:.0} %)",
                self.seeds.len(),
                self.accuracy_float * 100.0
            ),
            value: self.accuracy.unwrap_or(self.accuracy_float) * 100.0,
            published: Some(self.published * 100.0),
            unit: "%".into(),
            samples: self.seeds.len() as u64,
            chip: self.accuracy.is_some(),
            operations: self.per_inference.as_ref().map(|c| c.synaptic_operations()),
            energy_uj: energy.as_ref().and_then(|e| e.dynamic_uj),
            energy_by: energy.map_or(String::new(), |e| format!("profile {}", e.profile)),
            seconds: self.seconds,
        }
    }
}

impl fmt::Display for SmallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: Vec<String> = self.task.sizes().iter().map(usize::to_string).collect();
        let (task, epochs, window) = (self.task.name(), self.epochs, self.window);
        writeln!(
            f,
            "ib-hebbian, {task}: {} in floats, {epochs} epochs, xi over {window} samples",
            sizes.join("-")
        )?;
        let xi = match (self.reservoir, self.form) {
            (Some(units), _) => format!(
                "xi said by a reservoir of {units} units that learned it on the network as drawn"
            ),
            (None, XiForm::Released) => "xi exactly, as released (diagonal)".into(),
            (None, XiForm::Row) => "xi exactly, last row".into(),
            (None, XiForm::Gradient) => "xi exactly, the objective's gradient".into(),
        };
        writeln!(f, "{xi}")?;
        writeln!(
            f,
            "accuracy, median     {:.1} %  (published: about {:.0} %)",
            self.accuracy_float * 100.0,
            self.published * 100.0
        )?;
        writeln!(
            f,
            "hidden layers as drawn, only the last trained: {:.1} %",
            self.accuracy_frozen * 100.0
        )?;
        for s in &self.seeds {
            write!(
                f,
                "  seed {}: {:.0} %, hidden layers as drawn {:.0} %",
                s.seed,
                s.accuracy * 100.0,
                s.accuracy_frozen * 100.0
            )?;
            if let (Some(missed), Some(signs)) = (s.unexplained, s.signs_right) {
                write!(
                    f,
                    "; xi: {:.0} % of its power missed, {:.0} % of its signs right",
                    missed * 100.0,
                    signs * 100.0
                )?;
            }
            if let (Some(chip), Some(frozen)) = (s.accuracy_chip, s.accuracy_chip_frozen) {
                write!(
                    f,
                    "; chip {:.0} %, as drawn {:.0} %",
                    chip * 100.0,
                    frozen * 100.0
                )?;
            }
            writeln!(f)?;
        }
        if let (Some(chip), Some(frozen)) = (self.accuracy, self.accuracy_chip_frozen) {
            writeln!(
                f,
                "learned on the chip: {:.1} %; hidden layers as drawn {:.1} %",
                chip * 100.0,
                frozen * 100.0
            )?;
        }
        for (what, cost) in [
            ("a test sample", &self.per_inference),
            ("a training sample", &self.per_training_sample),
        ] {
            let Some(cost) = cost else { continue };
            let unknown = |e: &MeanEnergy| {
                if e.unknown.is_empty() {
                    ""
                } else {
                    " as far as it is known"
                }
            };
            let uj = |e: &MeanEnergy| {
                e.dynamic_uj
                    .map_or("unknown energy".into(), |uj| format!("{uj:.3} uJ"))
            };
            let energy = |e: &MeanEnergy| format!(", {} by {}{}", uj(e), e.profile, unknown(e));
            let energy = cost.energy().next().as_ref().map_or(String::new(), energy);
            writeln!(
                f,
                "  {what}: {:.0} synaptic operations, {:.0} spikes{energy}",
                cost.synaptic_operations(),
                cost.spikes()
            )?;
        }
        write!(f, "{:.1} s on {} thread(s)", self.seconds, self.threads)
    }
}
