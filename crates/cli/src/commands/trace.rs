//! `seamount trace`

use crate::failure::Failure;
use crate::import_args::{FileArgs, InputArgs, SourceArgs};
use crate::screen;
use clap::Args;
use seamount::{Chip, LimitPolicy, NetworkFile};
use seamount_session::NeuronName;

/// `trace`
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// What to look at
    #[command(flatten)]
    pub file: FileArgs,
    /// Which neuron: population[index]
    #[arg(long, value_name = "POP[i]")]
    pub neuron: NeuronName,
    /// Which steps to show, both ends included; a number N is 1..N
    #[arg(long, value_name = "A..B|N", default_value = "1", value_parser = steps)]
    pub steps: (u64, u64),
    /// What enters
    #[command(flatten)]
    pub input: InputArgs,
    /// Show all sixteen registers after every instruction, not only the one that was written
    #[arg(long)]
    pub registers: bool,
    /// The board, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}

/// Most steps that are shown.
const STEPS_MAX: u64 = 10_000;

/// `A..B` or `N`.
fn steps(text: &str) -> Result<(u64, u64), String> {
    let number = |t: &str| {
        t.parse::<u64>()
            .map_err(|_| format!("'{t}' is no step number"))
    };
    let (first, last) = match text.split_once("..") {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (1, number(text)?),
    };
    match (first, last) {
        (0, _) => Err("the first step is 1".into()),
        _ if last < first => Err(format!("ends at {last}, before it starts at {first}")),
        _ if last - first >= STEPS_MAX => Err(format!("at most {STEPS_MAX} steps are shown")),
        _ if last > 1 << 48 => Err("too many steps".into()),
        steps => Ok(steps),
    }
}

/// Shows a neuron's program at work.
pub fn run(args: &TraceArgs, json: bool) -> Result<(), Failure> {
    let file = NetworkFile::read(&args.file.file)?;
    let placed = file.image(&args.source.options(), LimitPolicy::Enforce)?;
    placed.ask_for_memory()?;
    let mut chip = Chip::load(placed.prove(LimitPolicy::Report)?);
    let (first, last) = args.steps;
    let mut trace = chip.trace(&args.neuron, first..=last, &args.input.events())?;
    trace.all_registers = args.registers;
    if json {
        screen::print_json(&trace.data())
    } else {
        screen::print(&trace.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_steps_parse() {
        assert_eq!(steps("3"), Ok((1, 3)));
        assert_eq!(steps("7..9"), Ok((7, 9)));
        for wrong in ["0", "0..3", "5..4", "x", "1..x", "1..99999"] {
            assert!(steps(wrong).is_err(), "{wrong}");
        }
    }
}
