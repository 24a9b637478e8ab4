//! `seamount trace`

use crate::failure::{Failure, Kind};
use crate::microcode_args::TraceArgs;
use crate::screen;
use seamount_chip::{Chip, NeuronStep, RunOptions};
use seamount_image::{Image, LimitPolicy};
use seamount_microcode::{Instruction, Operand, Program};
use seamount_session::{Events, NetworkFile};
use std::fmt::Write;

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
    let (name, index) = (args.neuron.population.as_str(), args.neuron.index);
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
    let (name, index) = (&args.neuron.population, args.neuron.index);
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
    let _ = writeln!(
        out,
        "  state before  {}",
        named(&program.states, &step.before)
    );
    for line in &step.lines {
        let instruction = line.instruction.text(program);
        let mut wrote = vec![];
        if let Some(r) = line.instruction.result() {
            wrote.push(format!("r{r} = {}", line.registers[usize::from(r)]));
        }
        if matches!(line.instruction, Instruction::Compare { .. }) {
            wrote.push(format!("c = {}", u8::from(line.flag)));
        }
        if let Instruction::Spike {
            x: Operand::Register(r),
        } = line.instruction
        {
            wrote.push(format!("payload {}", line.registers[usize::from(r)]));
        }
        if line.next != line.at + 1 && line.next < program.instructions.len() {
            wrote.push(format!("goes to {}", line.next));
        }
        let _ = writeln!(
            out,
            "{}",
            format!("  {:>3}  {instruction:<36}{}", line.at, wrote.join(", ")).trim_end()
        );
        if all_registers {
            let values: Vec<String> = line.registers.iter().map(|r| r.to_string()).collect();
            let _ = writeln!(
                out,
                "       [{}] c = {}",
                values.join(" "),
                u8::from(line.flag)
            );
        }
    }
    let _ = writeln!(
        out,
        "  state after   {}",
        named(&program.states, &step.after)
    );
    let outcome = &step.outcome;
    let _ = writeln!(
        out,
        "  spike         {}",
        outcome
            .spike
            .map_or("no".into(), |payload| format!("yes, payload {payload}"))
    );
    for (n, y) in outcome
        .traces
        .iter()
        .enumerate()
        .filter_map(|(n, y)| y.map(|y| (n + 1, y)))
    {
        let _ = writeln!(out, "  y{n}            {y}");
    }
    if !program.probes.is_empty() {
        let _ = writeln!(
            out,
            "  probes        {}",
            named(&program.probes, &outcome.probes)
        );
    }
    let _ = writeln!(out, "  instructions  {}", outcome.instructions);
    out
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
    let line = |l: &seamount_chip::TraceLine| {
        serde_json::json!({
            "at": l.at, "instruction": l.instruction.text(program), "registers": l.registers, "flag": l.flag, "next": l.next,
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
