//! One neuron's program at work: every instruction that ran in some steps, with what it wrote.
//!
//! A program that does not do what its author meant is understood one instruction at a time. The
//! chip runs as always; only the neuron that is looked at says what it does.
//!
//! It does not know what a program is for, and it looks at one neuron at a time.

use crate::chip::Chip;
use crate::events::Events;
use crate::failure::Failure;
use seamount_chip::{NeuronStep, RunOptions, TraceLine};
use seamount_image::Image;
use seamount_microcode::{Instruction, Operand, Program};
use std::fmt::{self, Display, Write};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Name of a neuron: `population[index]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NeuronName {
    /// Name of the population.
    pub population: String,
    /// Index of the neuron in its population, from 0.
    pub index: u32,
}

impl FromStr for NeuronName {
    type Err = String;

    fn from_str(text: &str) -> Result<NeuronName, String> {
        let parts = text.strip_suffix(']').and_then(|t| t.rsplit_once('['));
        let (population, index) = parts
            .filter(|p| !p.0.is_empty())
            .ok_or("wanted population[index], such as hidden[3]")?;
        let index = index
            .parse()
            .map_err(|_| format!("'{index}' is no index of a neuron"))?;
        Ok(NeuronName {
            population: population.into(),
            index,
        })
    }
}

/// A neuron's program at work in some steps. As text it is a page for people.
#[derive(Debug)]
#[non_exhaustive]
pub struct NeuronTrace {
    /// The neuron.
    pub neuron: NeuronName,
    /// Whether the page shows all registers after each instruction, not only the one written.
    pub all_registers: bool,
    program: Program,
    steps: Vec<NeuronStep>,
}

impl Chip {
    /// Runs the chip up to the last of `steps` (the first step of a chip is 1) and shows what the
    /// program of a neuron does in each of them; steps before the first are run without a look.
    ///
    /// # Errors
    /// A neuron that does not exist or runs no program; events that do not fit the network.
    pub fn trace(
        &mut self,
        neuron: &NeuronName,
        steps: RangeInclusive<u64>,
        events: &Events,
    ) -> Result<NeuronTrace, Failure> {
        let train = events.for_program(self.program())?;
        let program = program(self.image().image(), neuron)?;
        let options = RunOptions::default();
        let before = steps.start().saturating_sub(1 + self.step());
        let machine = self.machine_mut();
        machine.run(before, &train, &options);
        let mut shown = vec![];
        for _ in steps {
            let step = machine.run_traced(&neuron.population, neuron.index, &train, &options);
            shown
                .push(step.ok_or_else(|| Failure::option("neuron", "the neuron runs no program"))?);
        }
        Ok(NeuronTrace {
            neuron: neuron.clone(),
            all_registers: false,
            program,
            steps: shown,
        })
    }
}

impl NeuronTrace {
    /// The steps as a tree of JSON.
    pub fn data(&self) -> serde_json::Value {
        let step = |step| data(step, &self.program);
        serde_json::json!({
            "population": self.neuron.population,
            "neuron": self.neuron.index,
            "program": self.program.name,
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
        })
    }
}

impl Display for NeuronTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NeuronName { population, index } = &self.neuron;
        writeln!(f, "{population}[{index}] runs {}", self.program.name)?;
        for step in &self.steps {
            f.write_str(&text(step, &self.program, self.all_registers))?;
        }
        Ok(())
    }
}

/// The program of the neuron, or why there is none.
fn program(image: &Image, neuron: &NeuronName) -> Result<Program, Failure> {
    let name = &neuron.population;
    let index = neuron.index;
    let wrong = |problem: String| Failure::option("neuron", problem);
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
    fn names_of_neurons_parse() {
        assert_eq!(
            "a[b][12]".parse(),
            Ok(NeuronName {
                population: "a[b]".into(),
                index: 12
            })
        );
        for wrong in ["a", "a[]", "[1]", "a[1", "a[-1]", "a[x]"] {
            assert!(wrong.parse::<NeuronName>().is_err(), "{wrong}");
        }
    }
}
