//! `seamount inspect`: an image in words and as data.

mod core;
mod data;
mod learning;
mod memory;
mod names;
mod text;

use crate::failure::{Failure, Kind};
use crate::import_args::SourceArgs;
use crate::screen;
use clap::Args;
use seamount_image::LimitPolicy;
use seamount_session::NetworkFile;
use std::path::PathBuf;

/// `inspect`
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The image, or a network that is compiled first
    #[arg(value_name = "FILE.img|NET.json|.nir|.net")]
    pub file: PathBuf,
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
    // What does not fit is shown all the same: that is what one looks for. The compiler lays a
    // network out differently when it ignores limits, so it is asked to keep them first.
    let file = NetworkFile::read(&args.file)?;
    let source = args.source.options();
    let placed = match file.clone().image(&source, LimitPolicy::Enforce) {
        Err(failure) if failure.kind == Kind::Limits => file.image(&source, LimitPolicy::Report)?,
        placed => placed?,
    };
    let checked = placed.prove(LimitPolicy::Report)?;
    let count = checked.image().cores.len();
    if let Some(core) = args.core.filter(|core| *core >= count) {
        return Err(Failure::usage(
            "--core",
            format!("there is no core {core}; the image has {count}"),
        ));
    }
    super::compile::say_warnings(checked.image());
    let chosen: Vec<usize> = args
        .core
        .map_or_else(|| (0..count).collect(), |core| vec![core]);
    if args.memory && chosen.len() != 1 {
        return Err(Failure::usage(
            "--memory",
            format!("of which of the {count} cores? choose one with --core K"),
        ));
    }
    if json {
        return screen::print_json(&data::of(&checked, &chosen, args.memory));
    }
    screen::print_with(|out| {
        text::image(out, &checked, args.core.is_none())?;
        for &core in &chosen {
            core::write(out, &checked, core)?;
        }
        if args.memory {
            memory::write(out, checked.image(), chosen[0])
        } else {
            Ok(())
        }
    })
}
