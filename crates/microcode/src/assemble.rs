//! The assembler: lines, then names, then instructions, then the verifier, which looks at the
//! instructions that could be read even if others could not.

use crate::error::{AssembleError, TextFinding};
use crate::excess::ExcessNames;
use crate::include::{Includes, LineReader, ShippedOnly, SourceLine};
use crate::lines::{SourceToken, number};
use crate::parse::{Names, parse, unread};
use crate::shipped::shipped;
use crate::{
    FaultReason, INSTRUCTIONS_MAX, Instruction, Parameter, Program, ProgramFault, Scope, SpikeKind,
    Unread, VerifiedProgram, WORD_MAX, WORD_MIN, faults, verify,
};
use std::collections::BTreeMap;

/// Where an instruction stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePlace {
    /// File, or the name of a shipped program.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
}

/// A program that was assembled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// The program, verified.
    pub verified: VerifiedProgram,
    /// Where each instruction comes from.
    pub places: Vec<SourcePlace>,
}

/// What a text is called that is no file.
pub const TEXT_NAME: &str = "program";

/// Assembles a text that includes shipped programs only.
///
/// # Errors
/// Everything that is wrong with it, with lines and columns.
pub fn assemble_text(text: &str) -> Result<Assembled, AssembleError> {
    assemble(TEXT_NAME, text, &ShippedOnly)
}

/// A shipped program, assembled; nothing if there is none of that name, or if it is a fragment.
///
/// # Panics
/// If a shipped program does not assemble: a test assembles all of them.
pub fn shipped_program(name: &str) -> Option<Assembled> {
    let program = shipped().iter().find(|p| p.name == name && !p.fragment)?;
    let assembled = assemble_text(program.text);
    Some(assembled.unwrap_or_else(|e| panic!("the shipped program '{name}':\n{e}")))
}

/// Assembles the text of `file`.
///
/// # Errors
/// Everything that is wrong with it, with lines and columns.
pub fn assemble(
    file: &str,
    text: &str,
    includes: &dyn Includes,
) -> Result<Assembled, AssembleError> {
    let mut reader = LineReader::new(includes);
    reader.read(file, text);
    let mut assembler = Assembler {
        whole: reader.found.is_empty(),
        found: reader.found,
        ..Assembler::default()
    };
    for line in &reader.lines {
        assembler.line(line);
    }
    assembler.finish(file, text)
}

/// A program while its lines are read. Directives of a file come before those of what it includes:
/// a number beside a name is the inclusion that said it, and the outermost one wins.
#[derive(Default)]
struct Assembler<'a> {
    found: Vec<TextFinding>,
    /// Every line could be read, and all that is included.
    whole: bool,
    /// The first of each kind of names that is one too many.
    excess: ExcessNames,
    name: Option<(usize, String)>,
    spike: Option<(usize, SpikeKind)>,
    states: Vec<(usize, String)>,
    /// With the inclusion that said it last.
    parameters: Vec<(usize, Parameter)>,
    probes: Vec<String>,
    labels: BTreeMap<(usize, String), usize>,
    instructions: Vec<(&'a SourceLine, &'a [SourceToken])>,
}

impl<'a> Assembler<'a> {
    fn fault(
        &mut self,
        line: &SourceLine,
        token: Option<&SourceToken>,
        message: impl Into<String>,
    ) {
        self.found.push(line.finding(token, message));
    }

    /// A directive, or labels and an instruction. Instructions wait until all labels are known.
    fn line(&mut self, line: &'a SourceLine) {
        let mut tokens = &line.tokens[..];
        if tokens[0].text.starts_with('.') {
            return self.directive(line, &tokens[0], &tokens[1..]);
        }
        while let [label, colon, rest @ ..] = tokens
            && colon.text == ":"
        {
            let name = label.text.to_ascii_lowercase();
            if !plain_name(&name) {
                self.fault(
                    line,
                    Some(label),
                    format!("'{}' is no name for a label", label.text),
                );
            } else if self
                .labels
                .insert((line.inclusion, name), self.instructions.len())
                .is_some()
            {
                self.fault(
                    line,
                    Some(label),
                    format!("the label '{}' is here a second time", label.text),
                );
            }
            tokens = rest;
        }
        if !tokens.is_empty() {
            self.instructions.push((line, tokens));
        }
    }

    /// A line that begins with a dot.
    fn directive(&mut self, line: &SourceLine, directive: &SourceToken, rest: &[SourceToken]) {
        match directive.text.to_ascii_lowercase().as_str() {
            ".program" => match rest {
                [name] => {
                    let outer = self
                        .name
                        .as_ref()
                        .is_none_or(|(inclusion, _)| *inclusion > line.inclusion);
                    if outer {
                        self.name = Some((line.inclusion, name.text.clone()));
                    } else if self
                        .name
                        .as_ref()
                        .is_some_and(|(inclusion, _)| *inclusion == line.inclusion)
                    {
                        self.fault(line, Some(directive), "a second .program");
                    }
                }
                _ => self.fault(line, None, "one name: .program lif"),
            },
            ".spike" => self.spike(line, rest),
            ".state" => self.states(line, rest),
            ".probe" => self.probe(line, rest),
            ".param" => self.parameter(line, rest),
            other => {
                let message = format!(
                    "there is no directive '{other}'; .program, .spike, .state, .param, .probe, .include"
                );
                self.fault(line, Some(directive), message);
            }
        }
    }

    fn spike(&mut self, line: &SourceLine, rest: &[SourceToken]) {
        let kind = |t: &SourceToken| {
            SpikeKind::ALL
                .into_iter()
                .find(|k| k.name().eq_ignore_ascii_case(&t.text))
        };
        match rest {
            [token] => match kind(token) {
                Some(kind)
                    if self
                        .spike
                        .is_none_or(|(inclusion, _)| inclusion >= line.inclusion) =>
                {
                    self.spike = Some((line.inclusion, kind));
                }
                Some(_) => {}
                None => self.fault(
                    line,
                    Some(token),
                    format!("'{}' is no kind of spike; {}", token.text, kinds()),
                ),
            },
            _ => self.fault(line, None, format!("one kind of spike: {}", kinds())),
        }
    }

    fn states(&mut self, line: &SourceLine, rest: &[SourceToken]) {
        let names: Vec<&SourceToken> = rest.iter().filter(|t| t.text != ",").collect();
        if names.is_empty() {
            self.fault(line, None, "names of state words: .state u v");
        }
        for token in names {
            match self.states.iter().find(|(_, s)| *s == token.text) {
                // the word of an included program under the same name is the same word
                Some((inclusion, _)) if *inclusion != line.inclusion => {}
                Some(_) => self.fault(
                    line,
                    Some(token),
                    format!("the state word '{}' is here a second time", token.text),
                ),
                None => self.names_a_word(line, token, |this| {
                    this.excess.count(0, this.states.len(), line, token);
                    this.states.push((line.inclusion, token.text.clone()));
                }),
            }
        }
    }

    fn probe(&mut self, line: &SourceLine, rest: &[SourceToken]) {
        for token in rest.iter().filter(|t| t.text != ",") {
            let name = token.text.clone();
            if !self.probes.contains(&name) {
                self.names_a_word(line, token, |this| {
                    this.excess.count(2, this.probes.len(), line, token);
                    this.probes.push(name);
                });
            }
        }
    }

    /// Does `keep` if the token is a name.
    fn names_a_word(
        &mut self,
        line: &SourceLine,
        token: &SourceToken,
        keep: impl FnOnce(&mut Self),
    ) {
        if plain_name(&token.text) && !crate::parse::means_something(&token.text) {
            keep(self);
        } else {
            let what =
                "letters, digits and '_', not a digit first, and no register, port or instruction";
            self.fault(
                line,
                Some(token),
                format!("'{}' is no name: {what}", token.text),
            );
        }
    }

    fn parameter(&mut self, line: &SourceLine, rest: &[SourceToken]) {
        let usage = "a scope, a name and a default if there is one: .param shared vth = 64, .param neuron bias = 0";
        let Some((scope, rest)) = rest.split_first() else {
            return self.fault(line, None, usage);
        };
        let kind = match scope.text.to_ascii_lowercase().as_str() {
            "neuron" => Scope::Neuron,
            "shared" => Scope::Shared,
            _ => {
                return self.fault(
                    line,
                    Some(scope),
                    format!("'{}' is no scope: neuron or shared", scope.text),
                );
            }
        };
        let (name, default) = match rest {
            [name] => (name, None),
            [name, equals, value] if equals.text == "=" => (name, Some(value)),
            _ => return self.fault(line, None, usage),
        };
        let default = match default.map(|token| (token, number(&token.text))) {
            None => None,
            Some((_, Some(Ok(value)))) if (WORD_MIN..=WORD_MAX).contains(&value) => Some(value),
            Some((token, _)) => {
                let message = format!("'{}' is no number in {WORD_MIN}..={WORD_MAX}", token.text);
                return self.fault(line, Some(token), message);
            }
        };
        let parameter = Parameter {
            name: name.text.clone(),
            scope: kind,
            default,
        };
        match self
            .parameters
            .iter_mut()
            .find(|(_, p)| p.name == parameter.name)
        {
            Some((inclusion, _)) if *inclusion == line.inclusion => {
                self.fault(
                    line,
                    Some(name),
                    format!("the parameter '{}' is here a second time", name.text),
                );
            }
            // whoever includes a program may give its parameters another scope and default
            Some(known) if known.0 > line.inclusion => *known = (line.inclusion, parameter),
            Some(_) => {}
            None => self.names_a_word(line, name, |this| {
                this.excess.count(1, this.parameters.len(), line, name);
                this.parameters.push((line.inclusion, parameter));
            }),
        }
    }

    /// The program, verified, or everything that is wrong with it: what could not be read, then
    /// what the verifier finds in the rest, in the order of the text.
    fn finish(mut self, file: &str, text: &str) -> Result<Assembled, AssembleError> {
        let start = |message: String| TextFinding {
            file: file.into(),
            line: 1,
            columns: 0..0,
            source: text.lines().next().unwrap_or("").chars().take(80).collect(),
            word: None,
            message,
        };
        let (instructions, unread) = self.instructions();
        if self.name.is_none() {
            self.found
                .push(start("the program has no name: .program lif".into()));
        }
        let name = self
            .name
            .take()
            .map_or_else(|| "nameless".into(), |(_, name)| name);
        let spike = self.spike.map_or(SpikeKind::Binary, |(_, kind)| kind);
        let states: Vec<String> = self.states.iter().map(|(_, s)| s.clone()).collect();
        let parameters: Vec<Parameter> = self.parameters.iter().map(|(_, p)| p.clone()).collect();
        self.found.extend(self.excess.findings([
            states.len(),
            parameters.len(),
            self.probes.len(),
        ]));
        let probes = std::mem::take(&mut self.probes);
        let program = Program {
            name,
            states,
            parameters,
            probes,
            instructions,
            spike,
        };
        let lines = std::mem::take(&mut self.instructions);
        let finding = |fault: ProgramFault| match fault.instruction.and_then(|i| lines.get(i)) {
            Some((line, tokens)) => TextFinding {
                columns: tokens[0].columns.start..tokens[tokens.len() - 1].columns.end,
                ..line.finding(None, fault.reason.to_string())
            },
            None => start(fault.reason.to_string()),
        };
        let verified = if self.found.is_empty() {
            verify(program)
        } else {
            Err(self.known_faults(&program, &unread))
        };
        let verified = verified.map_err(|faults| {
            self.found.extend(faults.into_iter().map(finding));
            self.found
                .sort_by_key(|f| (f.file != file, f.file.clone(), f.line, f.columns.start));
            let found = std::mem::take(&mut self.found);
            AssembleError {
                findings: found.into_iter().map(TextFinding::finding).collect(),
            }
        })?;
        let places = lines
            .iter()
            .map(|(line, _)| SourcePlace {
                file: line.file.clone(),
                line: line.number,
            })
            .collect();
        Ok(Assembled { verified, places })
    }

    /// The instructions; those that could not be read are found, stood in for, and sketched.
    fn instructions(&mut self) -> (Vec<Instruction>, Vec<Option<Unread>>) {
        let states: Vec<String> = self.states.iter().map(|(_, s)| s.clone()).collect();
        let parameters: Vec<Parameter> = self.parameters.iter().map(|(_, p)| p.clone()).collect();
        if let Some((line, tokens)) = self.instructions.get(INSTRUCTIONS_MAX) {
            let message = format!(
                "instruction {} of at most {INSTRUCTIONS_MAX}",
                INSTRUCTIONS_MAX + 1
            );
            self.found.push(line.finding(tokens.first(), message));
        }
        let mut instructions = vec![];
        let mut sketches = vec![];
        for (line, tokens) in self.instructions.iter().take(INSTRUCTIONS_MAX) {
            let label = |name: &str| {
                self.labels
                    .get(&(line.inclusion, name.to_ascii_lowercase()))
                    .copied()
            };
            let names = Names {
                states: &states,
                parameters: &parameters,
                probes: &self.probes,
                label: &label,
            };
            let parsed = parse(tokens, &names);
            sketches.push(parsed.is_err().then(|| unread(tokens)));
            instructions.push(parsed.unwrap_or_else(|(token, message)| {
                // what names one of too many has been told already
                if !token
                    .as_ref()
                    .is_some_and(|t| self.excess.has(&t.text, &states, &parameters, &self.probes))
                {
                    self.found.push(line.finding(token.as_ref(), message));
                }
                Instruction::End
            }));
        }
        // the length is that of the text: jumps beyond the limit still have an end
        instructions.resize(self.instructions.len(), Instruction::End);
        let beyond = Unread {
            written: u32::MAX,
            spikes: false,
            jumps: None,
        };
        sketches.resize(self.instructions.len(), Some(beyond));
        (instructions, sketches)
    }

    /// What the verifier says of a program of which something is wrong already.
    fn known_faults(&self, program: &Program, unread: &[Option<Unread>]) -> Vec<ProgramFault> {
        let mut found = faults(program, unread);
        found.retain(|fault| match fault.reason {
            FaultReason::TooManyNames { .. } => false,
            // lines that are missing may have written, jumped and spiked
            FaultReason::Unwritten(_) | FaultReason::FlagUnset | FaultReason::Unreachable => {
                self.whole
            }
            FaultReason::SecondSpike | FaultReason::BeyondEnd { .. } | FaultReason::Backward(_) => {
                self.whole
            }
            _ => true,
        });
        found
    }
}

fn kinds() -> String {
    SpikeKind::ALL.map(SpikeKind::name).join(", ")
}

/// Letters, digits and `_`, not a digit first.
fn plain_name(text: &str) -> bool {
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    first
        && text != "_"
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
