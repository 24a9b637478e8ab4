//! `seamount compare`

use crate::failure::Failure;
use crate::import_lab_args::CompareArgs;
use crate::{input, network, screen};
use seamount::chip::ChipProgram;
use seamount::compile::quantise::QuantiseOptions;
use seamount::image::{CheckedImage, LimitPolicy};
use seamount::lab::compare::{CompareError, CompareOptions, GraphComparison, Pair, Stimulus, compare_images};
use std::path::Path;

/// Compares a graph with itself on the chip, or two images.
pub fn run(args: &CompareArgs, json: bool) -> Result<(), Failure> {
    let Some(other) = &args.b else {
        let comparison = graph(args)?;
        return if json { screen::print_json(&comparison) } else { screen::print(&format!("{comparison}\n")) };
    };
    if args.calibrate || args.tolerance.is_some() {
        let problem = "chip beside chip is compared bit by bit";
        return Err(Failure::usage("--calibrate, --tolerance", problem));
    }
    let (a, b) = (image(&args.a, args)?, image(other, args)?);
    let stimulus = stimulus(args, &ChipProgram::new(&a))?;
    let (name_a, name_b) = (args.a.display().to_string(), other.display().to_string());
    let comparison = compare_images((&name_a, &a), (&name_b, &b), &stimulus).map_err(super::lab::failure)?;
    if json { screen::print_json(&comparison) } else { screen::print(&format!("{comparison}\n")) }
}

fn image(path: &Path, args: &CompareArgs) -> Result<CheckedImage, Failure> {
    let (image, spec) = network::image(path, true, &args.import)?;
    network::prove(path, image, &spec, LimitPolicy::Report)
}

/// The events of the input files.
fn stimulus(args: &CompareArgs, program: &ChipProgram) -> Result<Stimulus, Failure> {
    Ok(Stimulus { steps: args.steps, events: input::events(&args.input, program)? })
}

fn graph(args: &CompareArgs) -> Result<GraphComparison, Failure> {
    let graph = network::graph(&args.a)?;
    let defaults = CompareOptions::default();
    let mut options = CompareOptions {
        quantise: args.import.over(QuantiseOptions::default()),
        tolerance: args.tolerance.unwrap_or(defaults.tolerance),
        calibrate: false,
    };
    let refused = |error: CompareError| match error {
        CompareError::Quantise(error) => network::refused(&args.a, &error),
        CompareError::Float(error) => Failure::input(&args.a, error),
        CompareError::Lab(error) => super::lab::failure(error),
    };
    let mut pair = Pair::new(&graph, &options, &[]).map_err(refused)?;
    let stimulus = stimulus(args, &ChipProgram::new(&pair.image))?;
    if args.calibrate {
        options.calibrate = true;
        pair = Pair::new(&graph, &options, std::slice::from_ref(&stimulus)).map_err(refused)?;
    }
    pair.compare(&stimulus).map_err(refused)
}
