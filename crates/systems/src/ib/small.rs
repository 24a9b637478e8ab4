//! The line and exclusive or: a network of each seed learns in floats, with the rule and with
//! hidden layers as drawn, and again both on the chip.
//!
//! Hidden layers as drawn are the figure to compare with before believing in a rule for hidden
//! layers: a line is learned as well without it.

use super::chip::{self, CountNetwork, Lesson, SeedOnChip};
use super::float::modulator::Window;
use super::float::optimise::AdamW;
use super::float::reservoir::{Generated, Reservoir, ReservoirSettings};
use super::float::tasks::{self, SmallSamples};
use super::float::train::{Modulator, Silent, one_hot};
use super::float::{Bottleneck, IbTrainer, Mlp, XiForm};
use super::recipe::{IbOptions, IbTask};
use super::small_report::{SeedFigure, SmallReport};
use seamount_session::decode::median;
use seamount_session::{Failure, PerInference};
use seamount_spec::EventCounts;
use seamount_study::Progress;
use seamount_study::experiment::threads;
use seamount_study::spread::spread;
use seamount_study::trials::Trials;

/// Samples of a window.
const WINDOW: usize = 64;
/// Samples of a window when xi is generated: what a reservoir is asked to remember.
const WINDOW_GENERATED: usize = 10;
/// Weight of what is to be kept against what is to be forgotten.
const GAMMA: f64 = 10.0;
/// Epochs in which readouts of a reservoir learn, before the network does.
const TEACHING_EPOCHS: usize = 2;
/// The optimiser in floats.
const OPTIMISER: AdamW = AdamW {
    rate: 1e-3,
    decay: 1e-4,
};

/// Settings of one task.
struct Setting {
    name: &'static str,
    /// Units of each layer, inputs first.
    sizes: &'static [usize],
    /// Widths of the kernels of inputs, labels and layers.
    sigma: [f64; 3],
    /// Accuracy read off the figures of the authors' notebooks, a point more or less.
    published: f64,
    /// On the chip: most spikes of a value, spikes of 1.0, and the mean modulator that is sent.
    counts: u32,
    one: u32,
    gain: f64,
    draw: fn(u64) -> SmallSamples,
}

const LINEAR: Setting = Setting {
    name: "linear",
    sizes: &[2, 4, 2],
    sigma: [0.5, 0.25, 1.0],
    published: 0.93,
    counts: 28,
    one: 9,
    gain: 300.0,
    draw: tasks::linear,
};

const XOR: Setting = Setting {
    name: "xor",
    sizes: &[2, 10, 4, 2],
    sigma: [0.3, 0.25, 2.0],
    published: 0.96,
    counts: 19,
    one: 10,
    gain: 1000.0,
    draw: tasks::xor,
};

impl Setting {
    fn rule(&self, form: XiForm) -> Bottleneck {
        Bottleneck {
            gamma: GAMMA,
            sigma: self.sigma,
            form,
        }
    }

    /// The network on the chip: two inputs a coordinate, one for each sign.
    fn on_chip(&self) -> CountNetwork {
        let mut sizes = self.sizes.to_vec();
        sizes[0] *= 2;
        CountNetwork {
            sizes,
            counts: self.counts,
            one: self.one,
            full: 2.0,
            pulse_shift: 8,
            gain: self.gain,
        }
    }
}

/// Samples of a seed, with M of every window, which is the same in every epoch.
struct Prepared {
    samples: SmallSamples,
    labels: Vec<Vec<f64>>,
    windows: Vec<Window>,
    rule: Bottleneck,
    size: usize,
}

impl Prepared {
    fn new(samples: SmallSamples, rule: Bottleneck, size: usize) -> Prepared {
        let labels = one_hot(&samples.train_labels, 2);
        let last = samples.train.len() - size;
        let windows = (0..=last)
            .map(|at| rule.window(&samples.train[at..at + size], &labels[at..at + size]))
            .collect();
        Prepared {
            samples,
            labels,
            windows,
            rule,
            size,
        }
    }

    /// One epoch: windows slide by one sample.
    fn epoch(&self, trainer: &mut IbTrainer, modulator: &mut dyn Modulator) {
        for (at, window) in self.windows.iter().enumerate() {
            let own = at..at + self.size;
            let samples = self.samples.train[own.clone()].iter();
            let samples: Vec<&[f64]> = samples.map(Vec::as_slice).collect();
            let labels = &self.samples.train_labels[own];
            trainer.step(&samples, labels, window, modulator);
        }
    }
}

/// The float networks of one seed.
struct FloatSeed<'a> {
    setting: &'a Setting,
    epochs: usize,
    seed: u64,
    prepared: Prepared,
}

impl FloatSeed<'_> {
    /// Trains the network of the seed and gives its accuracy on the test samples.
    fn train(&self, modulator: &mut dyn Modulator, tick: &dyn Fn()) -> f64 {
        let net = Mlp::random(self.setting.sizes, self.seed);
        let mut trainer = IbTrainer::new(net, OPTIMISER);
        for _ in 0..self.epochs {
            self.prepared.epoch(&mut trainer, modulator);
            tick();
        }
        let samples = &self.prepared.samples;
        trainer.net.accuracy(&samples.test, &samples.test_labels)
    }

    /// Accuracy with hidden layers as drawn.
    fn frozen(&self) -> f64 {
        self.train(&mut Silent, &|| ())
    }
}

/// A generated modulator that hears the current sample at each step.
struct Hearing<'a> {
    generated: &'a mut Generated,
    prepared: &'a Prepared,
    /// Window of the next step.
    at: usize,
    hidden: usize,
}

impl<'a> Hearing<'a> {
    /// At the first window.
    fn new(generated: &'a mut Generated, prepared: &'a Prepared) -> Self {
        Hearing {
            hidden: generated.reservoirs.len(),
            generated,
            prepared,
            at: 0,
        }
    }
}

impl Modulator for Hearing<'_> {
    fn modulate(&mut self, layer: usize, window: &Window, outputs: &[&[f64]]) -> Vec<f64> {
        let current = self.at + self.prepared.size - 1;
        let input = &self.prepared.samples.train[current];
        self.generated.current = [&input[..], &self.prepared.labels[current]].concat();
        let xi = self.generated.modulate(layer, window, outputs);
        if layer + 1 == self.hidden {
            self.at = (self.at + 1) % self.prepared.windows.len();
        }
        xi
    }
}

/// Learns with a generated xi. Readouts of the reservoirs learn on an untrained network first; then
/// they are left alone and the network learns by them.
fn generated(float: &FloatSeed, units: usize, tick: &dyn Fn()) -> SeedFigure {
    let sizes = float.setting.sizes;
    let hidden = sizes.len() - 2;
    let settings = ReservoirSettings {
        units,
        rate: 1.0 / units as f64,
        ..ReservoirSettings::default()
    };
    let reservoir = |k: usize| {
        let stream = float.seed * 16 + k as u64;
        Reservoir::new(settings, 4 + sizes[k + 1], sizes[k + 1], stream)
    };
    let mut source = Generated {
        reservoirs: (0..hidden).map(reservoir).collect(),
        exact: float.prepared.rule,
        learning: true,
        current: vec![],
        squares: [0.0; 2],
        signs: [0; 2],
    };
    // a network that does not move teaches the readouts
    let still = AdamW {
        rate: 0.0,
        decay: 0.0,
    };
    let mut still = IbTrainer::new(Mlp::random(sizes, float.seed), still);
    for _ in 0..TEACHING_EPOCHS {
        float
            .prepared
            .epoch(&mut still, &mut Hearing::new(&mut source, &float.prepared));
        tick();
    }
    source.learning = false;
    source.measure();
    let accuracy = float.train(&mut Hearing::new(&mut source, &float.prepared), tick);
    SeedFigure {
        seed: float.seed,
        accuracy,
        accuracy_frozen: float.frozen(),
        accuracy_chip: None,
        accuracy_chip_frozen: None,
        unexplained: Some(source.unexplained()),
        signs_right: Some(source.signs[0] as f64 / source.signs[1].max(1) as f64),
    }
}

/// Learns on the chip: by the rule, and with hidden layers as drawn.
fn on_chip(float: &FloatSeed, tick: &dyn Fn()) -> Result<[SeedOnChip; 2], Failure> {
    let network = float.setting.on_chip();
    let net = Mlp::random(float.setting.sizes, float.seed);
    let lesson = |frozen| Lesson {
        samples: &float.prepared.samples,
        network: &network,
        // of the three forms only this one learns exclusive or with plain steps instead of AdamW's
        rule: float.setting.rule(XiForm::Gradient),
        window: WINDOW,
        epochs: float.epochs,
        frozen,
    };
    Ok([
        chip::train_and_test(&lesson(false), &net, float.seed, tick)?,
        chip::train_and_test(&lesson(true), &net, float.seed, &|| ())?,
    ])
}

/// One seed, in floats and on the chip if asked for.
fn one_seed(
    setting: &Setting,
    options: &IbOptions,
    seed: u64,
    tick: &dyn Fn(),
) -> Result<(SeedFigure, Option<SeedOnChip>), Failure> {
    let window = window(options);
    let rule = setting.rule(options.form.unwrap_or(XiForm::Released));
    let float = FloatSeed {
        setting,
        epochs: options.epochs.into(),
        seed,
        prepared: Prepared::new((setting.draw)(seed), rule, window),
    };
    if let Some(units) = options.reservoir {
        return Ok((generated(&float, units.into(), tick), None));
    }
    let accuracy = float.train(&mut { rule }, tick);
    let accuracy_frozen = float.frozen();
    let learned = (!options.no_chip)
        .then(|| on_chip(&float, tick))
        .transpose()?;
    let chip_accuracy = |at: usize| learned.as_ref().map(|both| both[at].accuracy);
    let figure = SeedFigure {
        seed,
        accuracy,
        accuracy_frozen,
        accuracy_chip: chip_accuracy(0),
        accuracy_chip_frozen: chip_accuracy(1),
        unexplained: None,
        signs_right: None,
    };
    Ok((figure, learned.map(|[ruled, _]| ruled)))
}

fn window(options: &IbOptions) -> usize {
    match options.reservoir {
        Some(_) => WINDOW_GENERATED,
        None => WINDOW,
    }
}

/// Epochs of one seed, those of a reservoir's readouts and of the chip included.
fn epochs_in_all(options: &IbOptions) -> usize {
    let epochs = usize::from(options.epochs);
    match options.reservoir {
        Some(_) => epochs + TEACHING_EPOCHS,
        None if options.no_chip => epochs,
        None => 2 * epochs,
    }
}

/// Trains and tests a network a seed on the line, or on exclusive or.
///
/// # Errors
/// If there is nothing to train, or a reservoir is too small or too large.
pub fn run_small(options: &IbOptions, progress: Progress) -> Result<SmallReport, Failure> {
    if options.seeds == 0 || options.epochs == 0 {
        return Err(Failure::call("at least one seed and one epoch"));
    }
    if options
        .reservoir
        .is_some_and(|units| !(10..=10_000).contains(&units))
    {
        let problem = "a reservoir has 10 to 10,000 units";
        return Err(Failure::call(problem));
    }
    let setting = match options.task {
        IbTask::Xor => &XOR,
        IbTask::Linear | IbTask::Mnist => &LINEAR,
    };
    let count = usize::from(options.seeds);
    let epochs = Trials::new(
        count * epochs_in_all(options),
        threads(options.threads),
        progress,
    );
    let found = spread(count, epochs.threads(), |seed| {
        one_seed(setting, options, seed as u64, &|| epochs.finish_one())
    });
    let found: Vec<_> = found.into_iter().collect::<Result<_, Failure>>()?;
    let (seeds, learned): (Vec<SeedFigure>, Vec<Option<SeedOnChip>>) = found.into_iter().unzip();
    let learned: Vec<SeedOnChip> = learned.into_iter().flatten().collect();
    let all = |of: fn(&SeedFigure) -> Option<f64>| {
        let values: Option<Vec<f64>> = seeds.iter().map(of).collect();
        values.map(|values| median(&values))
    };
    let samples = (setting.draw)(0);
    let shown = samples.train.len() * usize::from(options.epochs);
    let sizes: Vec<String> = setting.sizes.iter().map(usize::to_string).collect();
    Ok(SmallReport {
        task: options.task,
        form: options.form.unwrap_or(XiForm::Released),
        accuracy_float: all(|s| Some(s.accuracy)).unwrap_or(0.0),
        accuracy_frozen: all(|s| Some(s.accuracy_frozen)).unwrap_or(0.0),
        accuracy: all(|s| s.accuracy_chip),
        accuracy_chip_frozen: all(|s| s.accuracy_chip_frozen),
        per_inference: cost(&learned, |l| l.inference, samples.test.len()),
        per_training_sample: cost(&learned, |l| l.training, shown),
        published: setting.published,
        epochs: options.epochs.into(),
        window: window(options),
        reservoir: options.reservoir.map(usize::from),
        seconds: epochs.seconds(),
        threads: epochs.threads(),
        seeds,
        name: setting.name,
        network: sizes.join("-"),
    })
}

/// Mean cost of a sample over all networks, of which each was shown `samples`; none without a chip.
fn cost(
    learned: &[SeedOnChip],
    of: fn(&SeedOnChip) -> EventCounts,
    samples: usize,
) -> Option<PerInference> {
    let mut total = EventCounts::default();
    learned.iter().for_each(|l| total += of(l));
    let samples = (samples * learned.len()) as u64;
    (samples > 0).then(|| PerInference::new(&total, samples))
}
