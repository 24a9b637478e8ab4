//! `seamount inspect`: an image in words and as data.

use crate::failure::Failure;
use crate::import_args::{FileArgs, SourceArgs};
use crate::screen;
use clap::Args;
use seamount::NetworkFile;

/// `inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// What to show
    #[command(flatten)]
    pub file: FileArgs,
    /// Show only this core (its index in the image)
    #[arg(long, value_name = "K")]
    pub core: Option<usize>,
    /// Disassemble the synapse memory of the chosen core
    #[arg(long)]
    pub memory: bool,
    /// Where to, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}

/// Shows an image or a network.
pub fn run(args: &InspectArgs, json: bool) -> Result<(), Failure> {
    let file = NetworkFile::read(&args.file.file)?;
    let mut report = file.inspected(&args.source.options())?;
    let cores = report.cores();
    if let Some(core) = args.core {
        report = report.of_core(core)?;
    }
    super::say_warnings(report.warnings());
    if args.memory {
        if args.core.is_none() && cores != 1 {
            let problem = format!("of which of the {cores} cores? choose one with --core K");
            return Err(Failure::option("memory", problem));
        }
        report = report.with_memory();
    }
    if json {
        screen::print_json(&report.data())
    } else {
        screen::print_with(|out| report.write(out))
    }
}
