//! `seamount lab qif-mnist`

use super::lab::{show, threads};
use crate::failure::{Failure, Kind};
use crate::files::{self, Outputs};
use crate::qif_args::QifArgs;
use seamount_network::npy::{self, IntArray};
use seamount_study::data::{Mnist, PIXELS};
use seamount_study::npz;
use seamount_systems::qif::train::TrainOptions;
use seamount_systems::qif::{self, QifOptions};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// Most bytes of a file of samples.
const SAMPLE_BYTES_MAX: u64 = 1 << 28;

/// Tests or trains.
pub fn run(args: &QifArgs, json: bool) -> Result<(), Failure> {
    if let (true, Some(out)) = (args.train, &args.out) {
        let mut written = vec![out.as_path()];
        written.extend(args.checkpoint.as_deref());
        Outputs::expect(&written)?;
        let options = TrainOptions {
            data: args.data.clone(),
            epochs: args.epochs.unwrap_or(100),
            batch: args.batch.unwrap_or(100),
            seed: args.seed.unwrap_or(1),
            count: args.count,
            threads: threads(args.threads),
            checkpoint: args.checkpoint.clone(),
            resume: args.resume,
            out: out.clone(),
        };
        return show("batches", json, |progress| {
            qif::train::run(&options, progress)
        });
    }
    test(args, json)
}

fn test(args: &QifArgs, json: bool) -> Result<(), Failure> {
    if let Some(path) = &args.figure {
        if path.extension().is_none_or(|e| e != "svg") {
            let problem = format!("{}: wanted a file that ends in .svg", path.display());
            return Err(Failure::new(Kind::Usage, "--figure", [problem]));
        }
        Outputs::expect(&[path])?;
    }
    let defaults = QifOptions::default();
    let options = QifOptions {
        data: args.data.clone(),
        samples: args.samples.as_deref().map(samples).transpose()?,
        weights: args.weights.clone(),
        count: args.count,
        steps: if args.steps.is_empty() {
            defaults.steps
        } else {
            args.steps.clone()
        },
        chip_steps: args.chip_steps.unwrap_or(defaults.chip_steps),
        chip_count: args.chip_count,
        euler: args.euler,
        precision: if args.double_weights {
            qif::quantise::Precision::Double
        } else {
            qif::quantise::Precision::Single
        },
        threads: threads(args.threads),
    };
    let mut figure = String::new();
    show("images", json, |progress| {
        let report = qif::run(&options, progress)?;
        figure = report.figure();
        Ok(report)
    })?;
    let Some(path) = &args.figure else {
        return Ok(());
    };
    Outputs::after_report(path, |out| out.write_all(figure.as_bytes()))
}

/// Images x, (images, 784) of 0..=255, and labels y, (images) of 0..=9; everything wrong at once.
pub(super) fn samples(path: &Path) -> Result<Mnist, Failure> {
    let members = npz::read(&files::read(path, SAMPLE_BYTES_MAX)?)
        .map_err(|problem| Failure::input(path, problem))?;
    let mut problems = vec![];
    let x = array(
        &members,
        "x",
        &[None, Some(PIXELS as u64)],
        255,
        &mut problems,
    );
    let y = array(&members, "y", &[None], 9, &mut problems);
    let (images, labels) = (x.len() / PIXELS, y.len());
    if problems.is_empty() && images != labels {
        problems.push(format!("{images} images in x, {labels} labels in y"));
    }
    if problems.is_empty() {
        Ok(Mnist::new(x, y))
    } else {
        Err(Failure::new(Kind::Input, path.display(), problems))
    }
}

fn array(
    members: &BTreeMap<String, Vec<u8>>,
    name: &str,
    shape: &[Option<u64>],
    largest: u8,
    problems: &mut Vec<String>,
) -> Vec<u8> {
    let Some(bytes) = members.get(name) else {
        let known: Vec<&str> = members.keys().map(String::as_str).collect();
        problems.push(format!(
            "array '{name}' is missing; there are: {}",
            known.join(", ")
        ));
        return vec![];
    };
    let IntArray { shape: found, data } = match npy::read_bytes(bytes) {
        Ok(array) => array,
        Err(problem) => {
            problems.push(format!("array '{name}': {problem}"));
            return vec![];
        }
    };
    if found.len() != shape.len()
        || found
            .iter()
            .zip(shape)
            .any(|(n, want)| want.is_some_and(|w| w != *n))
    {
        let axes: Vec<String> = shape
            .iter()
            .map(|n| n.map_or("any".into(), |n| n.to_string()))
            .collect();
        problems.push(format!(
            "array '{name}': shape {found:?}, wanted [{}]",
            axes.join(", ")
        ));
        return vec![];
    }
    let byte = |v: &i64| u8::try_from(*v).ok().filter(|b| *b <= largest);
    if let Some((at, v)) = data.iter().enumerate().find(|(_, v)| byte(v).is_none()) {
        problems.push(format!(
            "array '{name}': element {at} is {v}, wanted 0 to {largest}"
        ));
        return vec![];
    }
    data.iter().filter_map(byte).collect()
}
