//! `seamount lab netx-*` and `nir-*`

use super::lab::{show, threads};
use crate::failure::{Failure, Kind};
use crate::files::Outputs;
use crate::import_args::ImportArgs;
use crate::import_lab_args::{BesideArgs, ImportedArgs, NetxMnistArgs, NirLifArgs, StreamArgs};
use crate::output;
use seamount_study::compare::CompareOptions;
use seamount_study::dump::Dump;
use seamount_study::{LabError, Progress};
use seamount_systems::netx::{mnist, pilotnet, pilotnet_sdnn};
use seamount_systems::nir::{self, LifOptions, StreamOptions, dumped};
use serde::Serialize;
use std::fmt::Display;
use std::path::Path;

/// `lab netx-pilotnet`
pub fn pilotnet(args: &ImportedArgs, json: bool) -> Result<(), Failure> {
    let options = pilotnet::PilotnetOptions {
        data: args.data.clone(),
        threads: threads(None),
        dump: args.dump.is_some(),
    };
    dumping(args.dump.as_deref(), "parts", json, |progress| {
        let mut report = pilotnet::run(&options, progress)?;
        let dump = std::mem::take(&mut report.dump);
        Ok((report, dump))
    })
}

/// `lab netx-pilotnet-sdnn`
pub fn pilotnet_sdnn(args: &ImportedArgs, json: bool) -> Result<(), Failure> {
    let options = pilotnet_sdnn::SdnnOptions {
        data: args.data.clone(),
        threads: threads(None),
        dump: args.dump.is_some(),
    };
    dumping(args.dump.as_deref(), "parts", json, |progress| {
        let mut report = pilotnet_sdnn::run(&options, progress)?;
        let dump = std::mem::take(&mut report.dump);
        Ok((report, dump))
    })
}

/// `lab netx-mnist`
pub fn mnist(args: &NetxMnistArgs, json: bool) -> Result<(), Failure> {
    let options = mnist::MnistOptions {
        data: args.files.data.clone(),
        mnist: args.mnist.clone(),
        count: args.count,
        threads: threads(args.threads),
        dump: args.files.dump.is_some(),
    };
    dumping(args.files.dump.as_deref(), "images", json, |progress| {
        let mut report = mnist::run(&options, progress)?;
        let dump = std::mem::take(&mut report.dump);
        Ok((report, dump))
    })
}

/// `lab nir-lif`
pub fn lif(args: &NirLifArgs, json: bool) -> Result<(), Failure> {
    let options = LifOptions {
        data: args.files.data.clone(),
        compare: compare_options(&args.import, &args.beside, CompareOptions::default()),
        dump: args.files.dump.is_some(),
    };
    dumping(args.files.dump.as_deref(), "parts", json, |progress| {
        let mut report = nir::lif::run(&options, progress)?;
        let dump = std::mem::take(&mut report.dump);
        Ok((report, dump))
    })
}

/// `lab nir-braille`
pub fn braille(args: &StreamArgs, json: bool) -> Result<(), Failure> {
    let options = stream_options(args, StreamOptions::braille());
    dumping(args.files.dump.as_deref(), "samples", json, |progress| {
        let dump = when(args.files.dump.is_some(), || dumped::braille(&options))?;
        Ok((nir::run_braille(&options, progress)?, dump))
    })
}

/// `lab nir-cnn`
pub fn cnn(args: &StreamArgs, json: bool) -> Result<(), Failure> {
    let options = stream_options(args, StreamOptions::cnn());
    dumping(args.files.dump.as_deref(), "samples", json, |progress| {
        let dump = when(args.files.dump.is_some(), || dumped::cnn(&options))?;
        Ok((nir::run_cnn(&options, progress)?, dump))
    })
}

fn stream_options(args: &StreamArgs, defaults: StreamOptions) -> StreamOptions {
    StreamOptions {
        data: args.files.data.clone(),
        samples: args.samples.map_or(defaults.samples, |n| n as usize),
        steps: args.steps.unwrap_or(defaults.steps),
        rate: args.rate.unwrap_or(defaults.rate),
        seed: args.seed.unwrap_or(defaults.seed),
        compare: compare_options(&args.import, &args.beside, defaults.compare),
    }
}

fn compare_options(
    import: &ImportArgs,
    beside: &BesideArgs,
    defaults: CompareOptions,
) -> CompareOptions {
    CompareOptions {
        quantise: import.over(defaults.quantise),
        tolerance: beside.tolerance.unwrap_or(defaults.tolerance),
        calibrate: beside.calibrate,
        board: None,
    }
}

fn when(wanted: bool, dump: impl FnOnce() -> Result<Dump, LabError>) -> Result<Dump, LabError> {
    if wanted { dump() } else { Ok(vec![]) }
}

/// Runs, writes what is to be dumped, prints the report.
fn dumping<R: Serialize + Display>(
    path: Option<&Path>,
    what: &str,
    json: bool,
    run: impl FnOnce(Progress) -> Result<(R, Dump), LabError>,
) -> Result<(), Failure> {
    if let Some(path) = path {
        if path.extension().is_none_or(|e| e != "npz") {
            let problem = format!("{}: wanted a file that ends in .npz", path.display());
            return Err(Failure::new(Kind::Usage, "--dump", [problem]));
        }
        Outputs::expect(&[path])?;
    }
    let mut kept = vec![];
    show(what, json, |progress| {
        let (result, dump) = run(progress)?;
        kept = dump;
        Ok(result)
    })?;
    let Some(path) = path else { return Ok(()) };
    Outputs::after_report(path, |out| output::npz::dump(&kept, out))
}
