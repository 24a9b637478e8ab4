//! Durations and energies that were measured on Loihi 1, beside what each profile predicts.
//!
//! Predictions are of the neurocores and the barrier alone: what the embedded processors and the
//! host add is in no profile, so a record that holds them is larger than any prediction should be.
//! Nothing here is fitted.

use super::exported::Ntidigits;
use super::record::FigureCompared;
use super::run::{RecordRun, dynamic_uj, run, step_us};
use crate::lsnn::{LsnnOptions, LsnnReport, LsnnSmnist};
use seamount_chip::RunOptions;
use seamount_compile::CompileOptions;
use seamount_network::netlist::Netx;
use seamount_session::Failure;
use seamount_session::eval::random_events;
use seamount_spec::Profile;
use seamount_study::experiment::Experiment;
use seamount_study::text::wrong;
use seamount_timing::Fidelity;
use std::path::Path;

/// A figure by its name, with what it is in words.
pub(super) type NamedFigure = (&'static str, &'static str, FigureCompared);

/// How durations are computed.
const FIDELITIES: [Fidelity; 2] = [Fidelity::Pipeline, Fidelity::Cycle];

/// Name of a fidelity.
fn name(fidelity: Fidelity) -> &'static str {
    match fidelity {
        Fidelity::Count => "count",
        Fidelity::Pipeline => "pipeline",
        Fidelity::Cycle => "cycle",
    }
}

/// Words for a record of which the neurocores are only a part.
const WITH_HOST: &str = "embedded processors included";

/// A record, without predictions.
fn figure(unit: &str, recorded: f64, host: &str, with_host: bool) -> FigureCompared {
    FigureCompared {
        unit: unit.into(),
        recorded,
        host: host.into(),
        with_host,
        assumed: None,
        predictions: vec![],
    }
}

/// The figures of the network on sequential MNIST, from its reports with both fidelities.
pub(super) fn lsnn(reports: &[(Fidelity, LsnnReport)]) -> Vec<NamedFigure> {
    let mut step = figure("us", 16.649, WITH_HOST, true);
    let mut spikes = figure("us", 4.67, "none: spike processing alone", false);
    let mut energy = figure("uJ", 22.1, "none: dynamic energy of the cores", false);
    let mut again = figure(
        "uJ",
        36.0,
        "none: energy of the cores as the paper has it",
        false,
    );
    for (fidelity, report) in reports {
        for time in &report.time {
            let us = time.step_ns / 1e3;
            // a profile without barrier and latencies predicts nothing
            let us = (us > 0.0).then_some(us);
            step.predict(&time.profile, name(*fidelity), us);
            spikes.predict(&time.profile, name(*fidelity), us);
            if *fidelity == Fidelity::Pipeline {
                let uj = time.dynamic_nj.map(|nj| nj / 1e3);
                energy.predict(&time.profile, "count", uj);
                again.predict(&time.profile, "count", uj);
            }
        }
    }
    vec![
        ("step", "time of a step", step),
        (
            "spike-processing",
            "time of a step without the embedded processors",
            spikes,
        ),
        (
            "energy",
            "core dynamic energy of an inference of 840 steps",
            energy,
        ),
        (
            "energy-again",
            "energy of an inference, second measurement",
            again,
        ),
    ]
}

/// Reports of the network on sequential MNIST with both fidelities: all recorded images.
pub(super) fn lsnn_reports(
    data: Option<&Path>,
    threads: Option<u16>,
) -> Result<Vec<(Fidelity, LsnnReport)>, Failure> {
    let one = |fidelity: Fidelity| {
        let options = LsnnOptions {
            data: data.map(Path::to_path_buf),
            fidelity,
            threads,
            ..LsnnOptions::default()
        };
        Ok((
            fidelity,
            LsnnSmnist::run(&options, seamount_study::Progress::UNSEEN)?,
        ))
    };
    FIDELITIES.into_iter().map(one).collect()
}

/// Time of a step and dynamic energy of a piece of work, by every profile.
fn predict(step: &mut FigureCompared, energy: &mut FigureCompared, ran: &RecordRun, pieces: f64) {
    for profile in Profile::all() {
        for fidelity in FIDELITIES {
            let us = step_us(&ran.program, &ran.seen.record, &profile, fidelity);
            step.predict(&profile.name, name(fidelity), us);
        }
        let uj = dynamic_uj(&ran.seen.total(), &profile);
        energy.predict(&profile.name, "count", uj.map(|uj| uj / pieces));
    }
}

/// The figures of the network of spoken digits, whose input was recorded.
pub(super) fn ntidigits(run: &Ntidigits) -> Vec<NamedFigure> {
    let mut step = figure("us", 17.625, WITH_HOST, true);
    let mut energy = figure(
        "uJ",
        576.0,
        "a share of the embedded processors included",
        true,
    );
    predict(&mut step, &mut energy, &run.ran, 1.0);
    vec![
        ("step", "time of a step, 6 cores a copy", step),
        ("energy", "dynamic energy of a sample of 3000 steps", energy),
    ]
}

/// Chance of an input event in a step that stands for the events of the sensor, which nobody has.
const BRAILLE_RATE: f64 = 0.02;
/// Steps of a sample.
const BRAILLE_STEPS: u64 = 270;
/// Neurons of the recurrent layer on one core, as the record has them.
const BRAILLE_NEURONS: u32 = 10;

/// The figures of the recurrent network that reads Braille, placed as thinly as it was recorded.
pub(super) fn braille(folder: &Path) -> Result<Vec<NamedFigure>, Failure> {
    let path = folder.join("braille_rec_th10.net");
    let net = Netx::read(&path).map_err(|e| wrong(&path, e))?.netlist;
    let mut options = CompileOptions::default();
    options.board.core.compartments = BRAILLE_NEURONS;
    let inputs = net.inputs.first().map_or(0, |input| input.size);
    let events = random_events(inputs, BRAILLE_STEPS, BRAILLE_RATE, 1, 0);
    let events: Vec<(u64, &str, u32)> = events
        .into_iter()
        .map(|(step, n)| (step, "input", n))
        .collect();
    let mut settings = RunOptions::new();
    settings.record = true;
    let ran = run(&net, &options, BRAILLE_STEPS, &events, &settings)?;
    let spikes = ran.seen.total().spikes as f64 / BRAILLE_STEPS as f64;
    let assumed = format!(
        "the sensor's events are not public: each of {inputs} inputs fires in {} % of the steps; \
         {spikes:.1} neurons fire a step on {} cores",
        BRAILLE_RATE * 100.0,
        ran.program.cores.len()
    );
    let mut step = figure(
        "us",
        6.640_671_060_008_044,
        "none: all input sent before",
        false,
    );
    let mut energy = figure(
        "uJ",
        132.406_033_590_096_17,
        "total less static power",
        false,
    );
    predict(&mut step, &mut energy, &ran, 1.0);
    step.assumed = Some(assumed.clone());
    energy.assumed = Some(assumed);
    Ok(vec![
        ("step", "time of a step, 64 copies on 32 chips", step),
        ("energy", "dynamic energy of a sample of 270 steps", energy),
    ])
}
