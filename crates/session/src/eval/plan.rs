//! What an evaluation will do, checked before the first sample runs.

use super::data::{DataUse, EvalData};
use super::encode::SampleEncoder;
use super::option::option_finding;
use super::read::SampleDecoder;
use super::sent::SpikesSent;
use crate::clocks::Clocks;
use crate::failure::{Failure, FailureKind, Subject};
use crate::source::Placed;
use crate::structure::Structure;
use seamount_chip::{Chip as Machine, RunOptions};
use seamount_diagnose::{Allowed, Fault, Finding};
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_spec::Profile;
use seamount_timing::Fidelity;
use std::ops::Range;
use std::path::PathBuf;

/// Most steps of a sample.
const STEPS_MAX: u64 = 1 << 24;
/// Most values that a sample records of its output.
const VALUES_MAX: u64 = 1 << 26;
/// Most scores of all samples, which are kept to the end.
const SCORES_MAX: u64 = 1 << 26;

/// How a data set is shown to a network and what is to be known of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EvalOptions {
    /// From a sample to spikes.
    pub encoder: SampleEncoder,
    /// From what the output did to an answer.
    pub decoder: SampleDecoder,
    /// Population that answers, `population[.compartment][.register][:start..stop[:every]]`; if
    /// absent, the only one of the network.
    pub output: Option<String>,
    /// Steps of a sample; if absent, the rows of its table.
    pub steps: Option<u64>,
    /// Index of the first sample that is shown. It keeps its own number, and so its own noise.
    pub first: u64,
    /// Most samples that are shown; all from the first one on if absent.
    pub limit: Option<u64>,
    /// Threads that share the samples, at least 1; no result depends on it.
    pub threads: usize,
    /// Use the vector kernel; no result depends on it.
    pub vectors: bool,
    /// Profiles by which energy and time are priced.
    pub profiles: Vec<Profile>,
    /// How time is computed; with [`Fidelity::Count`] there is none.
    pub fidelity: Fidelity,
    /// File that holds every finished sample, so that an evaluation can go on after it was
    /// stopped or killed.
    pub resume: Option<PathBuf>,
}

impl EvalOptions {
    /// All samples on one thread by every built-in profile, without time.
    pub fn new(encoder: SampleEncoder, decoder: SampleDecoder) -> EvalOptions {
        EvalOptions {
            encoder,
            decoder,
            output: None,
            steps: None,
            first: 0,
            limit: None,
            threads: 1,
            vectors: true,
            profiles: Profile::all(),
            fidelity: Fidelity::Count,
            resume: None,
        }
    }
}

/// Everything that is the same for all samples.
pub(super) struct EvalPlan<'a> {
    pub data: &'a EvalData,
    pub options: &'a EvalOptions,
    pub image: CheckedImage,
    /// A machine before step 1; each thread begins with a copy.
    pub machine: Machine,
    pub run: RunOptions,
    /// Clocks that have seen nothing; each sample begins with a copy.
    pub clocks: Clocks,
    /// Text of the probe that is decoded.
    pub probe: String,
    pub classes: u64,
    pub steps: u64,
    /// Indices of the samples that are shown.
    pub range: Range<u64>,
    pub structure: Structure,
    pub spikes: SpikesSent,
}

impl<'a> EvalPlan<'a> {
    /// Proves the network with the probe of its output, and checks all samples that will be shown.
    ///
    /// # Errors
    /// Every finding of data set and options at once; limits and findings of the image.
    pub fn new(
        placed: Placed,
        limits: LimitPolicy,
        data: &'a EvalData,
        options: &'a EvalOptions,
    ) -> Result<EvalPlan<'a>, Failure> {
        let mut placed = placed;
        let rows = match options.encoder.takes_tables() {
            true => data.rows(),
            false => None,
        };
        let steps = options.steps.or(rows);
        let probe = (options.decoder).install(&mut placed.image, options.output.as_deref(), steps);
        let output = placed.image.probes.last();
        let classes = output.map(|plan| {
            let all = u64::from(placed.image.populations[plan.population as usize].size());
            match plan.neurons.len() as u64 {
                0 => all,
                some => some,
            }
        });
        let classes = classes.filter(|_| probe.is_ok());
        // what walks the memories of cores may only be given a proved image
        let mut image = placed.prove(limits)?;
        let mut machine = Machine::load(&image);
        let shown = DataUse {
            program: machine.program(),
            encoder: options.encoder,
            classes,
        };
        let range = chosen(data.samples(), options);
        let mut found = data.check(range.clone().unwrap_or(0..0), shown);
        found.extend(range.as_ref().err().map(|finding| (**finding).clone()));
        found.extend(probe.as_ref().err().cloned().unwrap_or_default());
        found.extend(wrong_steps(steps, &machine, data.samples()));
        found.extend(too_many(range.as_ref().ok(), classes));
        let (Ok(range), Ok(probe), Some(steps), Some(classes), true) =
            (range, probe, steps, classes, found.is_empty())
        else {
            return Err(refused(data, found));
        };
        let mut bits = image.image().clone();
        let spikes = SpikesSent::of(&mut bits, data, options.encoder, steps);
        if bits.probes.len() > image.image().probes.len() {
            let board = image.spec().clone();
            image = Placed::new(bits.name.clone(), bits, board).prove(limits)?;
            machine = Machine::load(&image);
        }
        let mut run = RunOptions::new().vectors(options.vectors);
        run.record = options.fidelity != Fidelity::Count;
        let clocks = Clocks::new(machine.program(), &options.profiles, options.fidelity);
        let structure = Structure::of(image.image());
        Ok(EvalPlan {
            data,
            options,
            image,
            machine,
            run,
            clocks,
            probe,
            classes,
            steps,
            range,
            structure,
            spikes,
        })
    }

    /// What the samples are shown to.
    pub fn shown(&self) -> DataUse<'_> {
        DataUse {
            program: self.machine.program(),
            encoder: self.options.encoder,
            classes: Some(self.classes),
        }
    }
}

/// The failure of all findings: wrong usage if only options are wrong.
fn refused(data: &EvalData, found: Vec<Finding>) -> Failure {
    let mut failure = data.failure(found);
    if failure
        .findings
        .iter()
        .all(|f| f.place.path.starts_with("option "))
    {
        failure.kind = FailureKind::Usage;
        failure.what = Subject::Call;
    }
    failure
}

/// The samples that options choose.
fn chosen(samples: u64, options: &EvalOptions) -> Result<Range<u64>, Box<Finding>> {
    let first = options.first;
    if first >= samples && samples > 0 {
        let problem = format!("sample {first} is outside 0..={}", samples - 1);
        let finding = option_finding("start", Fault::OutOfRange, problem).value(first);
        return Err(Box::new(finding.range(Allowed::Between {
            min: 0.into(),
            max: (samples - 1).into(),
        })));
    }
    if options.limit == Some(0) {
        let finding = option_finding("limit", Fault::OutOfRange, "0 samples, wanted 1 or more");
        return Err(Box::new(finding.value(0)));
    }
    let last = options
        .limit
        .map_or(samples, |limit| first.saturating_add(limit));
    Ok(first.min(samples)..last.min(samples))
}

/// Why scores of so many samples cannot be kept, if they cannot.
fn too_many(range: Option<&Range<u64>>, classes: Option<u64>) -> Option<Finding> {
    let samples = range?.end - range?.start;
    let scores = samples.saturating_mul(classes?);
    let problem = format!(
        "{samples} samples with {} outputs each are more than the {SCORES_MAX} scores that are \
         kept: show fewer at a time",
        classes?
    );
    let finding = option_finding("limit", Fault::OutOfRange, problem).value(samples);
    (scores > SCORES_MAX).then_some(finding)
}

/// What is wrong with the number of steps.
fn wrong_steps(steps: Option<u64>, machine: &Machine, samples: u64) -> Option<Finding> {
    let Some(steps) = steps else {
        let problem = "is needed: only tables of steps x sources tell how long a sample is";
        let unknown = option_finding("steps", Fault::Missing, problem);
        return (samples > 0).then_some(unknown);
    };
    if !(1..=STEPS_MAX).contains(&steps) {
        let problem = format!("{steps} steps of a sample are outside 1..={STEPS_MAX}");
        let finding = option_finding("steps", Fault::OutOfRange, problem).value(steps);
        return Some(finding.range(Allowed::Between {
            min: 1.into(),
            max: STEPS_MAX.into(),
        }));
    }
    let values = machine.program().recorded_values(0, steps);
    if values == 0 {
        let problem = format!("records nothing in steps 1..={steps}");
        let none = option_finding("output", Fault::OutOfRange, problem);
        let output = machine.program().recordings().next();
        return output.map(|_| none);
    }
    let problem = format!(
        "records {values} values of a sample, at most {VALUES_MAX}: give a window, such as \
         out.voltage:90..100"
    );
    let many = option_finding("output", Fault::OutOfRange, problem).value(values);
    (values > VALUES_MAX).then_some(many)
}
