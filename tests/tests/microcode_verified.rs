//! Programs as users bring them, text and files of words, drawn at random near to good ones
//! (MC-021): what is accepted runs on any state, one neuron at a time and by lanes, and stays below
//! its worst case (MC-035); what is refused names a line or an instruction, and a reason.

mod shipped;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use seamount_microcode::*;
use seamount_microcode::{assemble_text, from_json, shipped_text, to_json};
use seamount_neurocore::kernel::Vectors;
use seamount_neurocore::microcode::{
    GroupProgram, Io, LaneScratch, Surroundings, Tally, run, trace_one,
};
use shipped::Draws;
use std::cell::Cell;

/// Accesses of memory of an instruction, by the table of `docs/hardware/microcode.md`.
fn accesses(program: &Program, instruction: &Instruction) -> u32 {
    use Instruction::*;
    let (own, operands) = match *instruction {
        Load { .. } => (1, [None, None]),
        ReadClear { .. } => (2, [None, None]),
        Exchange { rd, x, .. } => (1 + u32::from(rd.is_some()), [Some(x), None]),
        Trace { x, .. } => (1, [Some(x), None]),
        Move { x, .. }
        | Negate { x, .. }
        | Spike { x }
        | Probe { x, .. }
        | AddSaturating { x, .. } => (0, [Some(x), None]),
        Select { a, b, .. } | Binary { a, b, .. } | Compare { a, b, .. } => (0, [Some(a), Some(b)]),
        MultiplyShift { x, shift, .. } => (0, [Some(x), Some(shift)]),
        Skip { .. } | Jump { .. } | End => (0, [None, None]),
    };
    let scope = |p: u8| program.parameters[usize::from(p)].scope;
    let each = |o: &&Operand| matches!(o, Operand::Parameter(p) if scope(*p) == Scope::Neuron);
    own + operands.iter().flatten().filter(each).count() as u32
}

/// A word of 24 bit, often at an end of the range or near 0.
fn word(draws: &mut Draws) -> i32 {
    match draws.between(0, 5) {
        0 => [WORD_MIN, WORD_MIN + 1, -1, 0, 1, WORD_MAX][draws.between(0, 5) as usize],
        1 | 2 => draws.between(-3000, 3000) as i32,
        _ => draws.between(WORD_MIN.into(), WORD_MAX.into()) as i32,
    }
}

/// Runs an accepted program for some steps on random states, inputs and values of its parameters.
fn execute(verified: &VerifiedProgram, seed: u64) {
    let program = verified.program();
    let draws = &mut Draws(seed);
    let n = draws.between(1, 40) as usize;
    let column = |draws: &mut Draws| (0..n).map(|_| word(draws)).collect::<Vec<i32>>();
    let of = |p: &Parameter, draws: &mut Draws| match p.scope {
        Scope::Shared => ParameterValues::One(word(draws)),
        Scope::Neuron => ParameterValues::Each(column(draws)),
    };
    let values = program.parameters.iter().map(|p| of(p, draws)).collect();
    let group = GroupProgram::new(verified.clone(), values, n).unwrap();
    let mut states: Vec<Vec<i32>> = program.states.iter().map(|_| column(draws)).collect();
    for t in 0..3 {
        let around = Surroundings::new(seed, 0, 0, t);
        let ports = [0, 1].map(|_| {
            (0..n)
                .map(|_| draws.bits() as i32 >> draws.between(0, 30))
                .collect::<Vec<i32>>()
        });
        let lanes = [Vectors::Widest, Vectors::Off]
            .map(|vectors| by_lanes(&group, &states, &ports, around, vectors));
        let mut fired = vec![0; n];
        let mut instructions = 0;
        for i in 0..n {
            let mut words: Vec<i32> = states.iter().map(|s| s[i]).collect();
            let mut due = [ports[0][i], ports[1][i]];
            let mut seen = 0;
            let mut touched = 0;
            let outcome = trace_one(&group, i, &mut words, &mut due, &around, |line| {
                (seen, touched) = (seen + 1, touched + accesses(program, &line.instruction));
                assert!(
                    line.next > line.at
                        && line
                            .registers
                            .iter()
                            .all(|r| (WORD_MIN..=WORD_MAX).contains(r)),
                    "{line:?}"
                );
            });
            assert_eq!(seen, outcome.instructions);
            assert!(
                seen <= verified.instructions_worst && touched <= verified.memory_accesses_worst,
                "{program}"
            );
            assert!(seen.max(touched) <= verified.cycles_worst, "{program}");
            fired[i] = u8::from(outcome.spike.is_some());
            instructions += u64::from(seen);
            states
                .iter_mut()
                .zip(words)
                .for_each(|(column, word)| column[i] = word);
        }
        for (lane_states, lane_fired, tally) in lanes {
            assert_eq!(
                (&lane_states, &lane_fired, tally.instructions),
                (&states, &fired, instructions),
                "{program}"
            );
        }
    }
}

fn by_lanes(
    group: &GroupProgram,
    states: &[Vec<i32>],
    ports: &[Vec<i32>; 2],
    surroundings: Surroundings,
    vectors: Vectors,
) -> (Vec<Vec<i32>>, Vec<u8>, Tally) {
    let n = group.len();
    let (mut states, [mut a, mut b]) = (states.to_vec(), ports.clone());
    let [mut y1, mut y2, mut y3] = [0, 0, 0].map(|y| vec![y; n]);
    let mut fired = vec![0; n];
    let mut payload = vec![0; n];
    let mut probes = vec![vec![0; n]; group.program().program().probes.len()];
    let io = Io {
        ports: [&mut a, &mut b],
        states: &mut states,
        fired: &mut fired,
        payload: &mut payload,
        traces: Some([&mut y1, &mut y2, &mut y3]),
        probes: Some(&mut probes),
        surroundings,
    };
    let tally = run(group, io, &mut LaneScratch::default(), vectors);
    (states, fired, tally)
}

/// What came of many programs.
#[derive(Default)]
struct Verdicts {
    accepted: Cell<u32>,
    refused: Cell<u32>,
}

impl Verdicts {
    fn add(&self, accepted: bool) {
        let count = if accepted {
            &self.accepted
        } else {
            &self.refused
        };
        count.set(count.get() + 1);
    }

    fn at_least(&self, what: &str, accepted: u32, refused: u32) {
        let [a, r] = [&self.accepted, &self.refused].map(Cell::get);
        println!("{what}: {a} accepted, {r} refused");
        assert!(
            a >= accepted && r >= refused,
            "{what}: {a} accepted, {r} refused: nothing was tested"
        );
    }
}

/// Assembles; runs what is accepted, looks at what is said of the rest.
fn text_is_judged(text: &str, seed: u64) -> bool {
    match assemble_text(text) {
        Ok(assembled) => {
            execute(&assembled.verified, seed);
            true
        }
        Err(error) => {
            assert!(!error.findings.is_empty());
            for finding in &error.findings {
                let file = finding.place.file.as_deref().expect("a file");
                let line = finding.place.position.expect("a line").line;
                let source = shipped_text(file).unwrap_or(text);
                let source = source.lines().nth(line - 1).expect("a line of the text");
                let mut lines = finding.problem.lines();
                let reason = lines.next().expect("a reason");
                assert!(reason.trim().len() > 5, "no reason: {finding}");
                let shown: String = source
                    .chars()
                    .map(|c| if c.is_control() { ' ' } else { c })
                    .collect();
                assert_eq!(lines.next(), Some(format!("{line:>5} | {shown}").as_str()));
                assert!(
                    finding.to_string().starts_with(&format!("{file}:{line}:")),
                    "{finding}"
                );
            }
            false
        }
    }
}

/// A file of words.
fn words_are_judged(file: &str, words: usize, seed: u64) -> bool {
    match from_json(file) {
        Ok(verified) => {
            execute(&verified, seed);
            true
        }
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                let path = error.place.path.as_str();
                let word = path
                    .strip_prefix("words[")
                    .and_then(|p| p.strip_suffix(']'));
                let Some(at) = word.or(path.strip_prefix("instruction ")) else {
                    // the only things to say of the whole, as names are good
                    let of_the_whole = [FaultReason::Empty, FaultReason::TooLong(words)];
                    let reason = |fault: &FaultReason| fault.to_string() == error.problem;
                    assert!(
                        path.is_empty() && of_the_whole.iter().any(reason),
                        "names no instruction: {error}"
                    );
                    continue;
                };
                let at: usize = at.parse().expect("an index");
                assert!(at < words && error.to_string().len() > 12, "{error}");
            }
            false
        }
    }
}

/// What one line of a program is drawn from.
type Line = (u8, u8, u8, i32);

fn lines() -> impl Strategy<Value = (Vec<Line>, usize)> {
    let line = (
        0u8..24,
        any::<u8>(),
        any::<u8>(),
        prop_oneof![-40i32..40, WORD_MIN..=WORD_MAX],
    );
    (prop::collection::vec(line, 0..45), 0usize..90)
}

/// A line of text that may stand at `at` of `of`; jumps go a few lines down, to labels that all
/// lines have.
fn line(&(kind, a, b, n): &Line, at: usize, of: usize) -> String {
    let x = a % 16;
    let y = b % 16;
    let source = match b / 16 {
        0..=6 => format!("r{y}"),
        7..=9 => n.to_string(),
        10..=12 => "p".into(),
        _ => "q".into(),
    };
    let state = ["u", "v"][usize::from(b) % 2];
    let condition = ["_C", "_NC"][usize::from(b / 2) % 2];
    let down = (at + 1 + usize::from(b) % 6).min(of);
    match kind {
        0 => format!("MOV r{x}, {state}"),
        1 => format!("MOV r{x}, {source}"),
        2 => format!("RDC r{x}, {}", ["a0", "a1", "s0", "s1"][usize::from(b) % 4]),
        3 => format!("RDC{condition} r{x}, {state}"),
        4 | 5 => format!(
            "RMW {}, {state}, r{x}",
            if n > 0 { "_".into() } else { format!("r{y}") }
        ),
        6 | 7 => format!("SEL r{x}, {source}, {n}"),
        8 => format!("ADD r{x}, r{y}, {source}"),
        9 => format!("ADDS r{x}, r{y}, {source}"),
        10 => format!("ADDS r{x}, r{y}, r{x}, {source}"),
        11 => format!("MUL_SHR r{x}, r{y}, {source}, {}", n.unsigned_abs() % 48),
        12 => format!("MUL_SHR r{x}, r{x}, r{y}, {source}"),
        13 => format!("SHL r{x}, {source}, {}", n % 24),
        14 => format!(
            "{} r{x}, r{y}, {source}",
            ["MIN", "AND", "OR"][usize::from(a / 16) % 3]
        ),
        15 => format!("NEG r{x}, {source}"),
        16 | 17 => format!(
            "{} r{x}, {source}",
            ["LT", "GE", "EQ"][usize::from(a / 16) % 3]
        ),
        18 | 19 => format!("JMP{condition} l{down}"),
        20 => format!("SKP{condition} {}", down - at - usize::from(down > at + 1)),
        21 => format!("TRC {}, {source}", 1 + a % 3),
        _ => format!("PROBE {}, {source}", ["x", "y"][usize::from(a) % 2]),
    }
}

const HEAD: &str = ".program p\n.spike graded24\n.state u v\n.param shared p = 3\n.param neuron q = 5\n.probe x y\n";

/// Text that is good but for what chance does to it: registers and the flag are written first.
fn text_of((all, spike): &(Vec<Line>, usize)) -> String {
    let before: String = (0..16)
        .map(|r| format!("MOV r{r}, {}\n", ["u", "v", "s0", "a1", "7"][r % 5]))
        .collect();
    let body = all.iter().enumerate().map(|(at, drawn)| {
        let text = if at == *spike {
            format!("SPIKE r{}", drawn.1 % 16)
        } else {
            line(drawn, at, all.len())
        };
        format!("l{at}: {text}\n")
    });
    format!(
        "{HEAD}{before}LT r0, r1\n{}l{}:\n",
        body.collect::<String>(),
        all.len()
    )
}

/// A change of text by chance: at a line, a character or the whole line.
type Change = (u16, u16, u8);

fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    for &(line, column, kind) in changes {
        let at = usize::from(line) % lines.len();
        let other = usize::from(column) % lines.len();
        let end = lines[at].len();
        match kind % 6 {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[other].clone()),
            2 => lines.swap(at, other),
            // all of these lines are ASCII
            3 => drop(lines[at].drain(usize::from(column) % (end + 1)..)),
            4 => lines[at].insert(
                usize::from(column) % (end + 1),
                [' ', ',', 'r', '9', ':', ';'][usize::from(kind / 6) % 6],
            ),
            _ => {
                lines[at] = [
                    "END",
                    "SPIKE",
                    "JMP l3",
                    "MOV r3, r16",
                    "FROB r1",
                    ".state w",
                    "SKP 1",
                ][usize::from(column) % 7]
                    .into()
            }
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n")
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

#[test]
fn mc_021_text_is_refused_by_line_or_runs() {
    let verdicts = Verdicts::default();
    let changes = prop_oneof![1 => Just(vec![]), 2 => prop::collection::vec(any::<Change>(), 1..4)];
    let run = runner(6000).run(
        &(lines(), changes, any::<u64>()),
        |(drawn, changes, seed)| {
            verdicts.add(text_is_judged(&changed(&text_of(&drawn), &changes), seed));
            Ok(())
        },
    );
    run.unwrap_or_else(|e| panic!("{e}"));
    verdicts.at_least("texts", 1800, 1800);
}

/// A change of words: at a word, bits, a whole word, order.
fn changed_words(words: &mut Vec<u64>, changes: &[(u16, u64, u8)]) {
    for &(at, bits, kind) in changes.iter() {
        let length = words.len();
        if length == 0 {
            return;
        }
        let at = usize::from(at) % length;
        match kind % 7 {
            0 => words[at] = bits,
            1 => words[at] ^= 1 << (bits % 64),
            2 => words[at] ^= (bits & 15) << 12,
            3 => words.swap(at, bits as usize % length),
            4 => words.insert(at, words[bits as usize % length]),
            5 => drop(words.remove(at)),
            _ => words[at] = words[at] & !63 | (bits % 30),
        }
    }
}

#[test]
fn mc_021_words_are_refused_by_instruction_or_run() {
    let verdicts = Verdicts::default();
    let change = (any::<u16>(), any::<u64>(), any::<u8>());
    let changes = prop_oneof![1 => Just(vec![]), 3 => prop::collection::vec(change, 1..5)];
    let run = runner(6000).run(
        &(lines(), changes, any::<u64>()),
        |(drawn, changes, seed)| {
            let Ok(assembled) = assemble_text(&text_of(&drawn)) else {
                return Ok(());
            };
            let mut file: serde_json::Value =
                serde_json::from_str(&to_json(&assembled.verified)).unwrap();
            let mut words = assembled.verified.program().words().unwrap();
            changed_words(&mut words, &changes);
            file["words"] = words
                .iter()
                .map(|w| format!("{w:#018x}"))
                .collect::<Vec<String>>()
                .into();
            verdicts.add(words_are_judged(&file.to_string(), words.len(), seed));
            Ok(())
        },
    );
    run.unwrap_or_else(|e| panic!("{e}"));
    verdicts.at_least("files of words", 1500, 1500);
}
