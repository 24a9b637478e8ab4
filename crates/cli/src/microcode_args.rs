//! Flags of `asm`, `disasm`, `programs` and `trace`.

use crate::import_args::SourceArgs;
use clap::Args;
use std::path::PathBuf;

/// `asm`
#[derive(Debug, Args)]
pub struct AsmArgs {
    /// The program's text, or the name of a shipped program
    #[arg(value_name = "FILE.asm|NAME")]
    pub file: PathBuf,
    /// Where to write the assembled program
    #[arg(short, long, value_name = "FILE.json")]
    pub output: Option<PathBuf>,
    /// Show every instruction with its word and the line it comes from
    #[arg(long)]
    pub listing: bool,
}

/// `disasm`
#[derive(Debug, Args)]
pub struct DisasmArgs {
    /// An assembled program, or the name of a shipped program
    #[arg(value_name = "FILE.json|NAME")]
    pub file: PathBuf,
    /// Where to write the text
    #[arg(short, long, value_name = "FILE.asm")]
    pub output: Option<PathBuf>,
}

/// `programs`
#[derive(Debug, Args)]
pub struct ProgramsArgs {
    /// Print the text of this one
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// `trace`
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// The image, or a network that is compiled first
    #[arg(value_name = "FILE.img|NET.json")]
    pub file: PathBuf,
    /// Which neuron: population[index]
    #[arg(long, value_name = "POP[i]")]
    pub neuron: NeuronFlag,
    /// Which steps to show, both ends included; a number N is 1..N
    #[arg(long, value_name = "A..B|N", default_value = "1", value_parser = steps)]
    pub steps: (u64, u64),
    /// Input spikes: .npy, .npz, .csv or .aer
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// Show all sixteen registers after every instruction, not only the one that was written
    #[arg(long)]
    pub registers: bool,
    /// The board, and how a float graph becomes integers
    #[command(flatten)]
    pub source: SourceArgs,
}

/// `population[index]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeuronFlag {
    /// Name of the population.
    pub population: String,
    /// Index of the neuron.
    pub index: u32,
}

impl std::str::FromStr for NeuronFlag {
    type Err = String;

    fn from_str(text: &str) -> Result<NeuronFlag, String> {
        let parts = text.strip_suffix(']').and_then(|t| t.rsplit_once('['));
        let (population, index) = parts
            .filter(|p| !p.0.is_empty())
            .ok_or("wanted population[index], such as hidden[3]")?;
        let index = index
            .parse()
            .map_err(|_| format!("'{index}' is no index of a neuron"))?;
        Ok(NeuronFlag {
            population: population.into(),
            index,
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neurons_and_steps_parse() {
        assert_eq!(
            "a[b][12]".parse(),
            Ok(NeuronFlag {
                population: "a[b]".into(),
                index: 12
            })
        );
        for wrong in ["a", "a[]", "[1]", "a[1", "a[-1]", "a[x]"] {
            assert!(wrong.parse::<NeuronFlag>().is_err(), "{wrong}");
        }
        assert_eq!((steps("3"), steps("7..9")), (Ok((1, 3)), Ok((7, 9))));
        for wrong in ["0", "0..3", "5..4", "x", "1..x", "1..99999"] {
            assert!(steps(wrong).is_err(), "{wrong}");
        }
    }
}
