//! `seamount trace`

use crate::failure::{Failure, Kind};
use crate::import_args::SourceArgs;
use crate::screen;
use clap::Args;
use seamount_chip::{Chip, NeuronStep, RunOptions, TraceLine};
use seamount_image::{Image, LimitPolicy};
use seamount_microcode::{Instruction, Operand, Program};
use seamount_session::{Events, NetworkFile};
use std::fmt::Write;
use std::path::PathBuf;

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

/// Shows a neuron's program at work.
pub fn run(args: &TraceArgs, json: bool) -> Result<(), Failure> {
    let file = NetworkFile::read(&args.file)?;
    let placed = file.image(&args.source.options(), LimitPolicy::Enforce)?;
    let checked = placed.prove(LimitPolicy::Report)?;
    let mut chip = Chip::load(&checked);
    let train = Events::files(&args.input).for_program(chip.program())?;
    let program = program(checked.image(), args)?;
    let options = RunOptions::default();
    let (first, last) = args.steps;
    chip.run(first - 1, &train, &options);
    let name = args.neuron.population.as_str();
    let index = args.neuron.index;
    let mut shown = vec![];
    for _ in first..=last {
        let step = chip.run_traced(name, index, &train, &options);
        shown.push(step.ok_or_else(|| Failure::usage("--neuron", "the neuron runs no program"))?);
    }
    if json {
        let steps: Vec<serde_json::Value> = shown.iter().map(|s| data(s, &program)).collect();
        return screen::print_json(
            &serde_json::json!({"population": name, "neuron": index, "program": program.name, "steps": steps}),
        );
    }
    let mut out = format!("{name}[{index}] runs {}\n", program.name);
    shown
        .iter()
        .for_each(|step| out += &text(step, &program, args.registers));
    screen::print(&out)
}

/// The program of the neuron, or why there is none.
fn program(image: &Image, args: &TraceArgs) -> Result<Program, Failure> {
    let name = &args.neuron.population;
    let index = args.neuron.index;
    let wrong = |problem: String| Failure::new(Kind::Usage, "--neuron", [problem]);
    let Some(map) = image.populations.iter().find(|p| p.name == *name) else {
        let all: Vec<&str> = image.populations.iter().map(|p| p.name.as_str()).collect();
        return Err(wrong(format!(
            "there is no population '{name}'; there are {}",
            all.join(", ")
        )));
    };
    if index >= map.size() {
        return Err(wrong(format!(
            "population '{name}' has {} neurons, from 0",
            map.size()
        )));
    }
    let (core, compartment) = map.locate(index, 0);
    let programs = image.programs.cores.iter().find(|p| p.core == core);
    let found = programs.and_then(|p| {
        p.programs
            .get(usize::from(p.group_of(compartment)?.program))
    });
    found.cloned().ok_or_else(|| {
        wrong(format!(
            "population '{name}' runs no program: its compartments are fixed; see run --probe"
        ))
    })
}

/// Names and values, side by side.
fn named(names: &[String], values: &[i32]) -> String {
    let all: Vec<String> = names
        .iter()
        .zip(values)
        .map(|(n, v)| format!("{n} = {v}"))
        .collect();
    if all.is_empty() {
        "none".into()
    } else {
        all.join(", ")
    }
}

fn text(step: &NeuronStep, program: &Program, all_registers: bool) -> String {
    let mut out = format!("\nstep {}\n", step.step);
    let _ = writeln!(
        out,
        "  ports         {} and {} (weight units)",
        step.ports[0], step.ports[1]
    );
    let before = named(&program.states, &step.before);
    let _ = writeln!(out, "  state before  {before}");
    for line in &step.lines {
        let instruction = line.instruction.text(program);
        let effects = effects(line, program).join(", ");
        let shown = format!("  {:>3}  {instruction:<36}{effects}", line.at);
        let _ = writeln!(out, "{}", shown.trim_end());
        if all_registers {
            let values: Vec<String> = line.registers.iter().map(|r| r.to_string()).collect();
            let flag = u8::from(line.flag);
            let _ = writeln!(out, "       [{}] c = {flag}", values.join(" "));
        }
    }
    outcome_lines(&mut out, step, program);
    out
}

/// What an instruction did, beside going on to the next.
fn effects(line: &TraceLine, program: &Program) -> Vec<String> {
    let mut effects = vec![];
    if let Some(r) = line.instruction.result() {
        effects.push(format!("r{r} = {}", line.registers[usize::from(r)]));
    }
    if matches!(line.instruction, Instruction::Compare { .. }) {
        effects.push(format!("c = {}", u8::from(line.flag)));
    }
    if let Instruction::Spike {
        x: Operand::Register(r),
    } = line.instruction
    {
        effects.push(format!("payload {}", line.registers[usize::from(r)]));
    }
    if line.next != line.at + 1 && line.next < program.instructions.len() {
        effects.push(format!("goes to {}", line.next));
    }
    effects
}

fn outcome_lines(out: &mut String, step: &NeuronStep, program: &Program) {
    let outcome = &step.outcome;
    let after = named(&program.states, &step.after);
    let _ = writeln!(out, "  state after   {after}");
    let spike = outcome
        .spike
        .map_or("no".into(), |payload| format!("yes, payload {payload}"));
    let _ = writeln!(out, "  spike         {spike}");
    for (trace, value) in (1..).zip(&outcome.traces) {
        if let Some(value) = value {
            let _ = writeln!(out, "  y{trace}            {value}");
        }
    }
    if !program.probes.is_empty() {
        let probes = named(&program.probes, &outcome.probes);
        let _ = writeln!(out, "  probes        {probes}");
    }
    let _ = writeln!(out, "  instructions  {}", outcome.instructions);
}

fn data(step: &NeuronStep, program: &Program) -> serde_json::Value {
    let words = |values: &[i32]| -> serde_json::Map<String, serde_json::Value> {
        program
            .states
            .iter()
            .cloned()
            .zip(values.iter().map(|v| (*v).into()))
            .collect()
    };
    let line = |l: &TraceLine| {
        serde_json::json!({
            "at": l.at,
            "instruction": l.instruction.text(program),
            "registers": l.registers,
            "flag": l.flag,
            "next": l.next,
        })
    };
    serde_json::json!({
        "step": step.step,
        "ports": step.ports,
        "before": words(&step.before),
        "lines": step.lines.iter().map(line).collect::<Vec<_>>(),
        "after": words(&step.after),
        "spike": step.outcome.spike,
        "traces": step.outcome.traces,
        "probes": program.probes.iter().cloned().zip(step.outcome.probes.iter().copied()).collect::<std::collections::BTreeMap<_, _>>(),
        "instructions": step.outcome.instructions,
    })
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
