//! Programs as text: what is printed here assembles to the same program.

use crate::{BinaryOp, CompareOp, Condition, Instruction, Operand, Port, Program, Scope, Word};
use std::collections::BTreeMap;
use std::fmt::{self, Write};

/// Names of instructions, without conditions.
pub(crate) const MNEMONICS: [&str; 21] = [
    "MOV", "RMW", "RDC", "SEL", "ADD", "ADDS", "NEG", "MIN", "AND", "OR", "SHL", "MUL_SHR", "LT",
    "GE", "EQ", "SKP", "JMP", "SPIKE", "PROBE", "TRC", "END",
];

/// Whether a word means something by itself: a register, a port, an instruction.
pub fn is_reserved(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let register = lower
        .strip_prefix('r')
        .is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
    let port = Port::ALL.iter().any(|p| p.name() == lower);
    let plain = lower
        .strip_suffix("_nc")
        .or_else(|| lower.strip_suffix("_c"))
        .unwrap_or(&lower);
    register
        || port
        || MNEMONICS
            .iter()
            .any(|m| m.eq_ignore_ascii_case(plain) || m.eq_ignore_ascii_case(&lower))
}

impl Operand {
    fn write(self, program: &Program, out: &mut impl Write) -> fmt::Result {
        match self {
            Operand::Register(r) => write!(out, "r{r}"),
            Operand::Immediate(x) => write!(out, "{x}"),
            Operand::Parameter(p) => match program.parameters.get(usize::from(p)) {
                Some(parameter) => out.write_str(&parameter.name),
                None => write!(out, "?parameter{p}"),
            },
            Operand::RANDOM_WORD => out.write_str("rng"),
            Operand::Random { bits, signed } => {
                write!(out, "rng_{}{bits}", if signed { 's' } else { 'u' })
            }
            Operand::Step => out.write_str("step"),
        }
    }
}

fn state(program: &Program, index: u8) -> String {
    program
        .states
        .get(usize::from(index))
        .cloned()
        .unwrap_or_else(|| format!("?state{index}"))
}

fn suffix(condition: Condition) -> &'static str {
    match condition {
        Condition::Always => "",
        Condition::Set => "_C",
        Condition::Clear => "_NC",
    }
}

impl Instruction {
    /// Name with its condition: `JMP_C`.
    pub fn mnemonic(&self) -> String {
        let name = match self {
            Instruction::Move { .. } | Instruction::Load { .. } => "MOV",
            Instruction::ReadClear { .. } => "RDC",
            Instruction::Exchange { .. } => "RMW",
            Instruction::Select { .. } => "SEL",
            Instruction::Binary {
                op: BinaryOp::Add, ..
            } => "ADD",
            Instruction::Binary {
                op: BinaryOp::Min, ..
            } => "MIN",
            Instruction::Binary {
                op: BinaryOp::And, ..
            } => "AND",
            Instruction::Binary {
                op: BinaryOp::Or, ..
            } => "OR",
            Instruction::Binary {
                op: BinaryOp::Shl, ..
            } => "SHL",
            Instruction::AddSaturating { .. } => "ADDS",
            Instruction::Negate { .. } => "NEG",
            Instruction::MultiplyShift { .. } => "MUL_SHR",
            Instruction::Compare {
                op: CompareOp::Lt, ..
            } => "LT",
            Instruction::Compare {
                op: CompareOp::Ge, ..
            } => "GE",
            Instruction::Compare {
                op: CompareOp::Eq, ..
            } => "EQ",
            Instruction::Skip { .. } => "SKP",
            Instruction::Jump { .. } => "JMP",
            Instruction::Spike { .. } => "SPIKE",
            Instruction::Probe { .. } => "PROBE",
            Instruction::Trace { .. } => "TRC",
            Instruction::End => "END",
        };
        format!("{name}{}", suffix(self.condition()))
    }

    /// One line of text, with the names of its program; labels are `to_` and the instruction's
    /// index.
    pub fn text(&self, program: &Program) -> String {
        let mut parts: Vec<String> = vec![];
        match *self {
            Instruction::Load { rd, word } | Instruction::ReadClear { rd, word, .. } => {
                let word = match word {
                    Word::State(s) => state(program, s),
                    Word::Port(p) => p.name().into(),
                };
                parts.extend([format!("r{rd}"), word]);
            }
            Instruction::Exchange { rd, state: s, .. } => {
                parts.extend([
                    rd.map_or("_".into(), |r| format!("r{r}")),
                    state(program, s),
                ]);
            }
            Instruction::Skip { count, .. } => parts.push(count.to_string()),
            Instruction::Jump { target, .. } => parts.push(format!("to_{target}")),
            Instruction::Probe { probe, .. } => {
                parts.push(
                    program
                        .probes
                        .get(usize::from(probe))
                        .cloned()
                        .unwrap_or_else(|| format!("?probe{probe}")),
                );
            }
            Instruction::Trace { trace, .. } => parts.push(trace.to_string()),
            _ => parts.extend(self.result().map(|r| format!("r{r}"))),
        }
        for operand in self.sources().into_iter().flatten() {
            let mut text = String::new();
            let _ = operand.write(program, &mut text);
            parts.push(text);
        }
        format!("{:<8}{}", self.mnemonic(), parts.join(", "))
            .trim_end()
            .to_string()
    }
}

impl fmt::Display for Program {
    /// The text that assembles to this program, if it is good.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, ".program {}", self.name)?;
        writeln!(f, ".spike {}", self.spike.name())?;
        if !self.states.is_empty() {
            writeln!(f, ".state {}", self.states.join(" "))?;
        }
        for parameter in &self.parameters {
            let scope = if parameter.scope == Scope::Neuron {
                "neuron"
            } else {
                "shared"
            };
            write!(f, ".param {scope} {}", parameter.name)?;
            match parameter.default {
                Some(value) => writeln!(f, " = {value}")?,
                None => writeln!(f)?,
            }
        }
        if !self.probes.is_empty() {
            writeln!(f, ".probe {}", self.probes.join(" "))?;
        }
        let mut labels: BTreeMap<usize, String> = BTreeMap::new();
        for instruction in &self.instructions {
            if let Instruction::Jump { target, .. } = instruction {
                labels.insert(usize::from(*target), format!("to_{target}"));
            }
        }
        for (at, instruction) in self.instructions.iter().enumerate() {
            if let Some(label) = labels.get(&at) {
                writeln!(f, "{label}:")?;
            }
            writeln!(f, "        {}", instruction.text(self))?;
        }
        if let Some(label) = labels.get(&self.instructions.len()) {
            writeln!(f, "{label}:")?;
        }
        Ok(())
    }
}
