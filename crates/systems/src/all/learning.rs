//! The quick forms of the entries that learn on the chip: less practice than their own commands have.

use super::{AllOptions, QUIET};
use crate::eprop_cue::{self, Engine, EpropCueOptions};
use crate::eprop_evidence as evidence;
use crate::eprop_pattern as pattern;
use seamount_session::PerInference;
use seamount_study::LabError;
use seamount_study::row::Row;

/// Sequences of the pattern, and the published loss (TensorFlow) after so many.
const PATTERN: (usize, f64) = (100, 92.02);

fn learning(system: &str, figure: &str, value: f64, samples: u64, cost: &PerInference) -> Row {
    Row::on_chip(system, figure, value, None, samples, cost)
}

pub(super) fn pattern(_: &AllOptions) -> Result<Row, LabError> {
    let options = pattern::PatternOptions {
        sequences: PATTERN.0,
        float: false,
        threads: 1,
        ..pattern::PatternOptions::default()
    };
    let r = pattern::run(&options, QUIET)?;
    let (first, last) = (
        r.losses.first().copied().unwrap_or(0.0),
        r.losses.last().copied().unwrap_or(0.0),
    );
    let figure = format!(
        "loss after {} sequences, {first:.1} before; published at 1e-4, here 4e-4",
        r.losses.len()
    );
    let row = learning(
        "eprop-pattern",
        &figure,
        last,
        r.losses.len() as u64,
        &r.per_inference,
    );
    Ok(Row {
        published: Some(PATTERN.1),
        unit: "loss".into(),
        ..row
    })
}

pub(super) fn cue(all: &AllOptions) -> Result<Row, LabError> {
    let mut options = EpropCueOptions {
        engine: Engine::C,
        data: all.data.clone(),
        seeds: 1,
        threads: all.threads,
        ..Default::default()
    };
    options.settings.epochs = 5;
    let r = eprop_cue::run(&options, QUIET)?;
    let Some(chip) = &r.chip else {
        return Err(LabError::Option("eprop-cue did not run on the chip".into()));
    };
    let figure = "unseen samples right after 5 epochs, engine c, 5 folds";
    Ok(learning(
        "eprop-cue",
        figure,
        r.accuracy * 100.0,
        r.samples as u64,
        &chip.inference.per_sample,
    ))
}

pub(super) fn evidence(_: &AllOptions) -> Result<Row, LabError> {
    let options = evidence::EvidenceOptions {
        samples: 20,
        test_every: 20,
        tests: 20,
        ..evidence::EvidenceOptions::default()
    };
    let r = evidence::run(&options, QUIET)?;
    let error = r.points.last().map_or(1.0, |p| p.error);
    let figure = "fresh trials right after 20 samples: still guessing, 400 and more are needed";
    Ok(learning(
        "eprop-evidence",
        figure,
        (1.0 - error) * 100.0,
        r.tests,
        &r.per_inference,
    ))
}
