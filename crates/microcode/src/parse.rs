//! One instruction from its tokens.

use crate::lines::{SourceToken, number};
use crate::{
    BinaryOp, CompareOp, Condition, Instruction, Operand, Parameter, Port, REGISTERS, Unread,
    WORD_MAX, WORD_MIN, Word, is_reserved,
};

/// Names that instructions may use.
pub(crate) struct Names<'a> {
    pub states: &'a [String],
    pub parameters: &'a [Parameter],
    pub probes: &'a [String],
    pub label: &'a dyn Fn(&str) -> Option<usize>,
}

/// Token that is wrong, if one is, and the problem in words.
type ParseFault = (Option<SourceToken>, String);

/// Whether a word is a register, a port or an instruction.
pub(crate) fn means_something(word: &str) -> bool {
    is_reserved(word)
}

/// Usage of every instruction.
const USAGE: [(&str, &str); 21] = [
    (
        "MOV",
        "MOV rd, x (a register, number, parameter, state word or port)",
    ),
    ("RDC", "RDC rd, word (a state word or port)"),
    ("RMW", "RMW rd, state, x (rd may be _)"),
    ("SEL", "SEL rd, a, b"),
    ("ADD", "ADD rd, a, b"),
    ("MIN", "MIN rd, a, b"),
    ("AND", "AND rd, a, b"),
    ("OR", "OR rd, a, b"),
    ("SHL", "SHL rd, a, places"),
    ("ADDS", "ADDS rd, ra, x or ADDS rd, ra, rb, x"),
    ("NEG", "NEG rd, x"),
    ("MUL_SHR", "MUL_SHR rd, ra, x, places"),
    ("LT", "LT a, b"),
    ("GE", "GE a, b"),
    ("EQ", "EQ a, b"),
    ("SKP", "SKP n"),
    ("JMP", "JMP label"),
    ("SPIKE", "SPIKE x, or SPIKE alone for SPIKE 1"),
    ("PROBE", "PROBE name, x"),
    ("TRC", "TRC n, x (n is 1, 2 or 3)"),
    ("END", "END"),
];

/// The instruction of a line.
pub(crate) fn parse(tokens: &[SourceToken], names: &Names) -> Result<Instruction, ParseFault> {
    let (mnemonic, rest) = tokens.split_first().expect("a line with tokens");
    let upper = mnemonic.text.to_ascii_uppercase();
    let (base, condition) = match (upper.strip_suffix("_NC"), upper.strip_suffix("_C")) {
        (Some(base), _) => (base.to_string(), Condition::Clear),
        (_, Some(base)) => (base.to_string(), Condition::Set),
        _ => (upper.clone(), Condition::Always),
    };
    let Some((_, usage)) = USAGE.iter().find(|(name, _)| *name == base) else {
        let all = USAGE.map(|(name, _)| name).join(" ");
        return Err((
            Some(mnemonic.clone()),
            format!("there is no instruction '{}'; {all}", mnemonic.text),
        ));
    };
    if condition != Condition::Always && !matches!(base.as_str(), "SKP" | "JMP" | "RDC") {
        return Err((
            Some(mnemonic.clone()),
            format!("{base} has no condition; SKP, JMP and RDC have"),
        ));
    }
    let operands = operands(rest)
        .map_err(|token| (token, format!("operands are separated by commas: {usage}")))?;
    let at = InstructionParser { names, usage };
    at.instruction(&base, condition, &operands)
        .map_err(|(token, message)| (token.or(Some(mnemonic.clone())), message))
}

/// What an instruction that cannot be read may do: write any register it names.
pub(crate) fn unread(tokens: &[SourceToken]) -> Unread {
    let (mnemonic, rest) = tokens.split_first().expect("a line with tokens");
    let upper = mnemonic.text.to_ascii_uppercase();
    let is = |names: &[&str]| {
        names.iter().any(|n| {
            upper == *n
                || upper
                    .strip_prefix(n)
                    .is_some_and(|rest| matches!(rest, "_C" | "_NC"))
        })
    };
    let known = USAGE.iter().any(|(name, _)| is(&[name]));
    let registers = rest
        .iter()
        .filter_map(|t| register(&t.text))
        .fold(0, |all, r| all | 1 << r);
    let flag = if !known || is(&["LT", "GE", "EQ"]) {
        1 << REGISTERS
    } else {
        0
    };
    let conditional = upper.ends_with("_C") || upper.ends_with("_NC");
    // a word alone, or with one name, may be meant as END or a jump
    let may_jump = !known && matches!(rest, [] | [_]) && registers == 0;
    let jumps = (is(&["JMP", "SKP"]) || may_jump).then_some(if conditional {
        Condition::Set
    } else {
        Condition::Always
    });
    Unread {
        written: registers | flag,
        spikes: is(&["SPIKE"]),
        jumps,
    }
}

/// Operands between commas, one token each.
fn operands(tokens: &[SourceToken]) -> Result<Vec<SourceToken>, Option<SourceToken>> {
    if tokens.is_empty() {
        return Ok(vec![]);
    }
    let mut found = vec![];
    for part in tokens.split(|t| t.text == ",") {
        match part {
            [one] => found.push(one.clone()),
            [] => return Err(tokens.iter().find(|t| t.text == ",").cloned()),
            [_, second, ..] => return Err(Some(second.clone())),
        }
    }
    Ok(found)
}

struct InstructionParser<'a> {
    names: &'a Names<'a>,
    usage: &'a str,
}

impl InstructionParser<'_> {
    /// An instruction from its name without the condition, and its operands.
    fn instruction(
        &self,
        base: &str,
        condition: Condition,
        operands: &[SourceToken],
    ) -> Result<Instruction, ParseFault> {
        let parsed = match base {
            "MOV" | "RDC" | "RMW" => self.memory(base, condition, operands)?,
            "SKP" | "JMP" | "SPIKE" | "PROBE" | "TRC" | "END" => {
                self.control(base, condition, operands)?
            }
            _ => self.arithmetic(base, operands)?,
        };
        parsed.ok_or_else(|| (None, format!("{} operands: {}", operands.len(), self.usage)))
    }

    /// An instruction that reads or writes memory; nothing if it has other operands.
    fn memory(
        &self,
        base: &str,
        condition: Condition,
        operands: &[SourceToken],
    ) -> Result<Option<Instruction>, ParseFault> {
        use Instruction::*;
        Ok(Some(match (base, operands) {
            ("MOV", [rd, x]) => match self.word(x) {
                Some(word) => Load {
                    rd: self.register(rd)?,
                    word,
                },
                None => Move {
                    rd: self.register(rd)?,
                    x: self.operand(x)?,
                },
            },
            ("RDC", [rd, x]) => {
                let word = self.word(x);
                ReadClear {
                    word: word.ok_or_else(|| self.unknown(x, "a state word or a port"))?,
                    rd: self.register(rd)?,
                    condition,
                }
            }
            ("RMW", [rd, state, x]) => {
                let rd = match rd.text.as_str() {
                    "_" => None,
                    _ => Some(self.register(rd)?),
                };
                match self.word(state) {
                    Some(Word::State(state)) => Exchange {
                        rd,
                        state,
                        x: self.operand(x)?,
                    },
                    Some(Word::Port(_)) => {
                        let why = "ports are read with MOV or RDC, never written";
                        return Err((Some(state.clone()), why.into()));
                    }
                    None => return Err(self.unknown(state, "a state word")),
                }
            }
            _ => return Ok(None),
        }))
    }

    /// An instruction that computes with registers; nothing if it has other operands.
    fn arithmetic(
        &self,
        base: &str,
        operands: &[SourceToken],
    ) -> Result<Option<Instruction>, ParseFault> {
        use Instruction::*;
        Ok(Some(match (base, operands) {
            ("SEL", [rd, a, b]) => Select {
                rd: self.register(rd)?,
                a: self.operand(a)?,
                b: self.operand(b)?,
            },
            ("ADD" | "MIN" | "AND" | "OR" | "SHL", [rd, a, b]) => Binary {
                op: match base {
                    "ADD" => BinaryOp::Add,
                    "MIN" => BinaryOp::Min,
                    "AND" => BinaryOp::And,
                    "OR" => BinaryOp::Or,
                    _ => BinaryOp::Shl,
                },
                rd: self.register(rd)?,
                a: self.operand(a)?,
                b: self.operand(b)?,
            },
            ("ADDS", [rd, a, x]) => AddSaturating {
                rd: self.register(rd)?,
                a: self.register(a)?,
                b: None,
                x: self.operand(x)?,
            },
            ("ADDS", [rd, a, b, x]) => AddSaturating {
                rd: self.register(rd)?,
                a: self.register(a)?,
                b: Some(self.register(b)?),
                x: self.operand(x)?,
            },
            ("NEG", [rd, x]) => Negate {
                rd: self.register(rd)?,
                x: self.operand(x)?,
            },
            ("MUL_SHR", [rd, a, x, shift]) => MultiplyShift {
                rd: self.register(rd)?,
                a: self.register(a)?,
                x: self.operand(x)?,
                shift: self.operand(shift)?,
            },
            ("LT" | "GE" | "EQ", [a, b]) => Compare {
                op: match base {
                    "LT" => CompareOp::Lt,
                    "GE" => CompareOp::Ge,
                    _ => CompareOp::Eq,
                },
                a: self.operand(a)?,
                b: self.operand(b)?,
            },
            _ => return Ok(None),
        }))
    }

    /// An instruction that moves on, or sends something; nothing if it has other operands.
    fn control(
        &self,
        base: &str,
        condition: Condition,
        operands: &[SourceToken],
    ) -> Result<Option<Instruction>, ParseFault> {
        use Instruction::*;
        Ok(Some(match (base, operands) {
            ("SKP", [n]) => Skip {
                condition,
                count: self.count(n)?,
            },
            ("JMP", [label]) => Jump {
                condition,
                target: self.label(label)?,
            },
            ("SPIKE", []) => Spike {
                x: Operand::Immediate(1),
            },
            ("SPIKE", [x]) => Spike {
                x: self.operand(x)?,
            },
            ("PROBE", [name, x]) => Probe {
                probe: self.probe(name)?,
                x: self.operand(x)?,
            },
            ("TRC", [n, x]) => Trace {
                trace: self.count(n)?,
                x: self.operand(x)?,
            },
            ("END", []) => End,
            _ => return Ok(None),
        }))
    }

    /// The index of the instruction that a label marks.
    fn label(&self, label: &SourceToken) -> Result<u8, ParseFault> {
        let target = (self.names.label)(&label.text).and_then(|t| u8::try_from(t).ok());
        target.ok_or_else(|| {
            let why = format!("there is no label '{}' here", label.text);
            (Some(label.clone()), why)
        })
    }

    /// The index of a probe.
    fn probe(&self, name: &SourceToken) -> Result<u8, ParseFault> {
        let place = self.names.probes.iter().position(|p| *p == name.text);
        place.and_then(|p| u8::try_from(p).ok()).ok_or_else(|| {
            let why = format!(
                "there is no probe '{0}': declare it with .probe {0}",
                name.text
            );
            (Some(name.clone()), why)
        })
    }

    fn register(&self, token: &SourceToken) -> Result<u8, ParseFault> {
        let number = register(&token.text);
        number.ok_or_else(|| {
            (
                Some(token.clone()),
                format!("'{}' is no register r0..r15: {}", token.text, self.usage),
            )
        })
    }

    fn count(&self, token: &SourceToken) -> Result<u8, ParseFault> {
        let value = number(&token.text)
            .and_then(|n| n.ok())
            .and_then(|n| u8::try_from(n).ok());
        value.ok_or_else(|| {
            (
                Some(token.clone()),
                format!("'{}' is no number in 0..=255: {}", token.text, self.usage),
            )
        })
    }

    /// A state word or a port.
    fn word(&self, token: &SourceToken) -> Option<Word> {
        let port = Port::ALL
            .into_iter()
            .find(|p| p.name().eq_ignore_ascii_case(&token.text));
        let state = || {
            self.names
                .states
                .iter()
                .position(|s| *s == token.text)
                .and_then(|s| u8::try_from(s).ok())
        };
        port.map(Word::Port).or_else(|| state().map(Word::State))
    }

    fn operand(&self, token: &SourceToken) -> Result<Operand, ParseFault> {
        if let Some(r) = register(&token.text) {
            return Ok(Operand::Register(r));
        }
        match number(&token.text) {
            Some(Ok(x)) if (WORD_MIN..=WORD_MAX).contains(&x) => return Ok(Operand::Immediate(x)),
            Some(_) => {
                return Err((
                    Some(token.clone()),
                    format!("'{}' is no number in {WORD_MIN}..={WORD_MAX}", token.text),
                ));
            }
            None => {}
        }
        let parameter = self
            .names
            .parameters
            .iter()
            .position(|p| p.name == token.text);
        if let Some(p) = parameter.and_then(|p| u8::try_from(p).ok()) {
            return Ok(Operand::Parameter(p));
        }
        // names of the program first: programs had state words of these names before there were
        // such operands
        let in_memory = self.word(token).is_some();
        if let Some(operand) = Operand::of_surroundings(&token.text).filter(|_| !in_memory) {
            return Ok(operand);
        }
        if in_memory {
            let message = format!(
                "'{0}' is in memory: bring it into a register first, MOV r0, {0}",
                token.text
            );
            return Err((Some(token.clone()), message));
        }
        Err(self.unknown(token, "a register, number or parameter"))
    }

    /// A name that nothing has; the nearest one that something has.
    fn unknown(&self, token: &SourceToken, wanted: &str) -> ParseFault {
        let all = self
            .names
            .states
            .iter()
            .chain(self.names.parameters.iter().map(|p| &p.name));
        let near = all
            .map(|n| (distance(n, &token.text), n))
            .filter(|(d, n)| *d <= 2 && *d < n.len())
            .min();
        let hint = near.map_or(String::new(), |(_, n)| format!("; is it '{n}'?"));
        (
            Some(token.clone()),
            format!("'{}' is not {wanted}{hint}", token.text),
        )
    }
}

/// Number of a register: `r7`.
fn register(text: &str) -> Option<u8> {
    let digits = text.strip_prefix(['r', 'R'])?;
    let plain =
        !digits.is_empty() && digits.len() <= 2 && digits.chars().all(|c| c.is_ascii_digit());
    digits.parse().ok().filter(|n| plain && *n < 16)
}

/// Edit distance of short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(65).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, c) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, d) in b.iter().enumerate() {
            let new = (before + usize::from(c != *d))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            before = std::mem::replace(&mut row[j + 1], new);
        }
    }
    row[b.len()]
}
