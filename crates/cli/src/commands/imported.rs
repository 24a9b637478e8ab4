//! `seamount lab netx-*` and `nir-*`

use super::lab::{show, threads};
use crate::failure::{Failure, Kind};
use crate::files::Outputs;
use crate::import_lab_args::{ImportedArgs, NetxMnistArgs};
use crate::output;
use seamount::lab::dump::Dump;
use seamount::lab::netx::{mnist, pilotnet, pilotnet_sdnn};
use seamount::lab::nir::{self, LifOptions, StreamOptions, dumped};
use seamount::lab::{LabError, Progress};
use serde::Serialize;
use std::fmt::Display;
use std::path::Path;

/// The networks of the NIR paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NirEntry {
    /// One neuron.
    Lif,
    /// A recurrent network.
    Braille,
    /// A convolutional network.
    Cnn,
}

/// `lab netx-pilotnet`
pub fn pilotnet(args: &ImportedArgs, json: bool) -> Result<(), Failure> {
    let options = pilotnet::PilotnetOptions { data: args.data.clone(), threads: threads(None), dump: args.dump.is_some() };
    dumping(args.dump.as_deref(), "parts", json, |progress| {
        let mut report = pilotnet::run(&options, progress)?;
        let dump = std::mem::take(&mut report.dump);
        Ok((report, dump))
    })
}

/// `lab netx-pilotnet-sdnn`
pub fn pilotnet_sdnn(args: &ImportedArgs, json: bool) -> Result<(), Failure> {
    let options = pilotnet_sdnn::SdnnOptions { data: args.data.clone(), threads: threads(None), dump: args.dump.is_some() };
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

/// `lab nir-lif`, `nir-braille`, `nir-cnn`
pub fn nir(entry: NirEntry, args: &ImportedArgs, json: bool) -> Result<(), Failure> {
    let data = args.data.clone();
    let (path, wanted) = (args.dump.as_deref(), args.dump.is_some());
    match entry {
        NirEntry::Lif => dumping(path, "parts", json, |progress| {
            let options = LifOptions { data };
            let dump = when(wanted, || dumped::lif(&options))?;
            Ok((nir::lif::run(&options, progress)?, dump))
        }),
        NirEntry::Braille => dumping(path, "samples", json, |progress| {
            let options = StreamOptions { data, ..StreamOptions::braille() };
            let dump = when(wanted, || dumped::braille(&options))?;
            Ok((nir::run_braille(&options, progress)?, dump))
        }),
        NirEntry::Cnn => dumping(path, "samples", json, |progress| {
            let options = StreamOptions { data, ..StreamOptions::cnn() };
            let dump = when(wanted, || dumped::cnn(&options))?;
            Ok((nir::run_cnn(&options, progress)?, dump))
        }),
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
    let mut outputs = Outputs::default();
    outputs.stage(path, |out| output::npz::dump(&kept, out))?;
    outputs.commit()
}
