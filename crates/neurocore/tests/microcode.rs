//! The vector interpreter against the one that goes neuron by neuron, on programs drawn at random.

mod random_programs;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use random_programs::*;
use seamount_microcode::*;
use seamount_neurocore::kernel::Vectors;
use seamount_neurocore::microcode::{
    GroupProgram, Io, LaneScratch, Surroundings, Tally, run, trace_one,
};
use std::cell::Cell;

/// Surroundings of a group of neurons of two compartments each, from compartment 7 of core 5 on.
fn surroundings(seed: u64, step: usize) -> Surroundings {
    Surroundings::new(seed, 3, 5, 8_388_600 + step as u64).of_group(7, 2)
}

/// Everything a group has and does in a few steps.
#[derive(Debug, Clone, PartialEq)]
struct Record {
    states: Vec<Vec<i32>>,
    fired: Vec<Vec<u8>>,
    payload: Vec<Vec<i32>>,
    traces: Vec<[Vec<u8>; 3]>,
    probes: Vec<Vec<Vec<i32>>>,
    tallies: Vec<Tally>,
}

fn start(draws: &mut Draws, n: usize) -> Vec<Vec<i32>> {
    (0..3)
        .map(|_| (0..n).map(|_| draws.word()).collect())
        .collect()
}

/// Accumulators of 32 bit, mostly small, often 0.
fn accumulators(draws: &mut Draws, n: usize) -> [Vec<i32>; 2] {
    let one = |draws: &mut Draws| match draws.below(4) {
        0 => 0,
        1 => draws.below(1 << 32) as u32 as i32,
        _ => draws.word() >> 10,
    };
    [
        (0..n).map(|_| one(draws)).collect(),
        (0..n).map(|_| one(draws)).collect(),
    ]
}

/// Accumulators that a program reads as a0 or a1, and whose sum is none of 22 bits (NC-002).
fn wraps(group: &GroupProgram, due: [i32; 2]) -> u32 {
    let reads = |port: Port| {
        group
            .program()
            .program()
            .instructions
            .iter()
            .any(|i| i.word() == Some(Word::Port(port)))
    };
    let wraps = |(port, units)| u32::from(reads(port) && i16::try_from(units).is_err());
    [Port::A0, Port::A1].into_iter().zip(due).map(wraps).sum()
}

/// Accesses of memory of an instruction, by the table of `docs/hardware/microcode.md`.
fn accesses(program: &Program, instruction: &Instruction) -> u32 {
    use Instruction::*;
    let (own, operands) = match *instruction {
        Move { x, .. }
        | Negate { x, .. }
        | Spike { x }
        | Probe { x, .. }
        | AddSaturating { x, .. } => (0, vec![x]),
        Load { .. } => (1, vec![]),
        ReadClear { .. } => (2, vec![]),
        Exchange { rd, x, .. } => (1 + u32::from(rd.is_some()), vec![x]),
        Select { a, b, .. } | Binary { a, b, .. } | Compare { a, b, .. } => (0, vec![a, b]),
        MultiplyShift { x, shift, .. } => (0, vec![x, shift]),
        Trace { x, .. } => (1, vec![x]),
        Skip { .. } | Jump { .. } | End => (0, vec![]),
    };
    let scope = |p: u8| program.parameters[usize::from(p)].scope;
    let each = |o: &&Operand| matches!(o, Operand::Parameter(p) if scope(*p) == Scope::Neuron);
    own + operands.iter().filter(each).count() as u32
}

fn by_lanes(group: &GroupProgram, seed: u64, steps: usize, vectors: Vectors) -> Record {
    let n = group.len();
    let draws = &mut Draws::new(seed);
    let mut states = start(draws, n);
    let mut traces = [vec![7; n], vec![8; n], vec![9; n]];
    let mut record = Record {
        states: vec![],
        fired: vec![],
        payload: vec![],
        traces: vec![],
        probes: vec![],
        tallies: vec![],
    };
    let mut scratch = LaneScratch::default();
    for t in 0..steps {
        let [mut a, mut b] = accumulators(draws, n);
        let mut fired = vec![9; n];
        let mut payload = vec![9; n];
        let mut probes = vec![vec![9; n]; 2];
        let [y1, y2, y3] = &mut traces;
        let io = Io {
            ports: [&mut a, &mut b],
            states: &mut states,
            fired: &mut fired,
            payload: &mut payload,
            traces: Some([y1, y2, y3]),
            probes: Some(&mut probes),
            surroundings: surroundings(seed, t),
        };
        record.tallies.push(run(group, io, &mut scratch, vectors));
        assert!(
            a.iter().chain(&b).all(|q| *q == 0),
            "accumulators are 0 afterwards (MC-029)"
        );
        record.fired.push(fired);
        record.payload.push(payload);
        record.traces.push(traces.clone());
        record.probes.push(probes);
    }
    record.states = states;
    record
}

fn one_by_one(group: &GroupProgram, seed: u64, steps: usize) -> Record {
    let n = group.len();
    let draws = &mut Draws::new(seed);
    let mut states = start(draws, n);
    let mut traces = [vec![7; n], vec![8; n], vec![9; n]];
    let mut record = Record {
        states: vec![],
        fired: vec![],
        payload: vec![],
        traces: vec![],
        probes: vec![],
        tallies: vec![],
    };
    let verified = group.program();
    for t in 0..steps {
        let ports = accumulators(draws, n);
        let mut fired = vec![0; n];
        let mut payload = vec![0; n];
        let mut probes = vec![vec![0; n]; 2];
        let mut sum = Tally::default();
        for i in 0..n {
            let mut words: Vec<i32> = states.iter().map(|s| s[i]).collect();
            let before = words.clone();
            let mut due = [ports[0][i], ports[1][i]];
            let input = due != [0, 0];
            sum.q_wraps += wraps(group, due);
            let mut seen = 0;
            let mut touched = 0;
            let around = surroundings(seed, t);
            let outcome = trace_one(group, i, &mut words, &mut due, &around, |line| {
                (seen, touched) = (
                    seen + 1,
                    touched + accesses(verified.program(), &line.instruction),
                );
                assert!(
                    line.registers
                        .iter()
                        .all(|r| (WORD_MIN..=WORD_MAX).contains(r)),
                    "a register left 24 bit: {line:?}"
                );
                assert!(line.next > line.at);
            });
            assert_eq!(seen, outcome.instructions);
            assert!(
                outcome.instructions <= verified.instructions_worst,
                "more than the longest path"
            );
            assert!(
                touched <= verified.memory_accesses_worst
                    && seen.max(touched) <= verified.cycles_worst,
                "more cycles (MC-035)"
            );
            assert!(words.iter().all(|w| (WORD_MIN..=WORD_MAX).contains(w)));
            for (column, word) in states.iter_mut().zip(&words) {
                column[i] = *word;
            }
            let mut changed = before != words;
            sum.active += u32::from(changed || input || outcome.spike.is_some());
            for (trace, value) in traces.iter_mut().zip(outcome.traces) {
                if let Some(value) = value {
                    changed |= trace[i] != value;
                    trace[i] = value;
                }
            }
            fired[i] = u8::from(outcome.spike.is_some());
            payload[i] = outcome.spike.unwrap_or(0);
            probes
                .iter_mut()
                .zip(outcome.probes)
                .for_each(|(column, x)| column[i] = x);
            sum.spikes += u32::from(fired[i]);
            sum.instructions += u64::from(outcome.instructions);
            sum.changed |= changed;
        }
        record.fired.push(fired);
        record.payload.push(payload);
        record.traces.push(traces.clone());
        record.probes.push(probes);
        record.tallies.push(sum);
    }
    record.states = states;
    record
}

/// Compares all three ways; `None` if the program is refused.
fn compare(program: Program, seed: u64) -> Option<Record> {
    let length = program.instructions.len();
    let verified = match verify(program) {
        Ok(verified) => verified,
        Err(faults) => {
            assert!(!faults.is_empty());
            for fault in &faults {
                // names are good: all else that can be said of the whole is its length
                let whole = matches!(fault.reason, FaultReason::Empty | FaultReason::TooLong(_));
                assert!(
                    fault.instruction.map_or(whole, |at| at < length),
                    "{fault:?}"
                );
                assert!(fault.reason.to_string().len() > 10, "no reason: {fault:?}");
            }
            return None;
        }
    };
    assert!(
        verified.cycles_worst >= verified.instructions_worst
            && verified.cycles_worst >= verified.memory_accesses_worst
    );
    let draws = &mut Draws::new(seed ^ 0x55);
    let neurons = 1 + draws.below(300) as usize;
    let group = GroupProgram::new(verified, values(draws, neurons), neurons).unwrap();
    let expected = one_by_one(&group, seed, 4);
    assert_eq!(by_lanes(&group, seed, 4, Vectors::Widest), expected);
    assert_eq!(by_lanes(&group, seed, 4, Vectors::Off), expected);
    Some(expected)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// MC-020 to MC-037: lanes, one by one, with and without wide vectors.
    #[test]
    fn mc_037_lanes_equal_one_neuron_at_a_time(seed in any::<u64>()) {
        compare(mostly_good(seed), seed);
        compare(tight(seed), seed);
    }
}

/// Any words, and any words among good ones: what the verifier accepts runs and stays below its
/// worst case, the rest is refused with a place and a reason.
#[test]
fn mc_021_any_words_are_refused_or_run() {
    let accepted = Cell::new(0);
    let refused = Cell::new(0);
    let words = prop_oneof![1 => any_words(70), 2 => any_words(4)];
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 800,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let run = runner.run(
        &(words, any::<u64>(), any::<bool>()),
        |(words, seed, among)| {
            // bits that mean nothing are cleared in half of the words, so that some decode
            let decode = |(word, op): (u64, u8)| {
                Instruction::decode(word)
                    .ok()
                    .or(Instruction::decode(shorten(word, op)).ok())
            };
            let any: Vec<Instruction> = words.into_iter().filter_map(decode).collect();
            for instruction in &any {
                if let Ok(word) = instruction.encode() {
                    prop_assert_eq!(Instruction::decode(word), Ok(*instruction));
                }
            }
            let instructions = if among {
                let mut good = mostly_good(seed).instructions;
                let length = good.len();
                any.into_iter().enumerate().for_each(|(i, instruction)| {
                    good[((seed >> 8) as usize + i * 37) % length] = instruction
                });
                good
            } else {
                any
            };
            let count = if compare(frame(instructions, SpikeKind::Graded16), seed).is_some() {
                &accepted
            } else {
                &refused
            };
            count.set(count.get() + 1);
            Ok(())
        },
    );
    run.unwrap_or_else(|e| panic!("{e}"));
    let accepted = accepted.get();
    let refused = refused.get();
    println!("{accepted} accepted, {refused} refused");
    assert!(
        accepted > 80 && refused > 200,
        "{accepted} accepted, {refused} refused: nothing was tested"
    );
}

/// Up to so many words, each with an operation to fall back to.
fn any_words(most: usize) -> impl Strategy<Value = Vec<(u64, u8)>> {
    prop::collection::vec((any::<u64>(), 0u8..15), 0..most)
}

/// A word with operation `op` and operands that are registers below 16 or small numbers.
fn shorten(word: u64, op: u8) -> u64 {
    let operand = |bits: u64| {
        if bits & 1 == 0 {
            bits >> 1 & 15
        } else {
            1 | (bits >> 1 & 0xff)
        }
    };
    u64::from(op)
        | word & 0x3c0
        | (operand(word >> 10) & 0x3ff) << 10
        | (operand(word >> 36) & 0x3ff) << 36
}

/// The generator is of use: enough programs are accepted, and they spike, jump, and write traces.
#[test]
fn random_programs_are_mostly_good() {
    are_mostly_good(mostly_good);
    are_mostly_good(tight);
}

fn are_mostly_good(draw: fn(u64) -> Program) {
    let mut accepted = 0;
    let mut spiked = 0;
    let mut shorter = 0;
    for seed in 0..200 {
        let program = draw(seed);
        let longest = verify(program.clone())
            .map(|v| v.instructions_worst)
            .unwrap_or(0);
        if let Some(record) = compare(program, seed) {
            accepted += 1;
            spiked += u32::from(record.tallies.iter().any(|t| t.spikes > 0));
            let n = record.fired[0].len() as u64;
            shorter += u32::from(
                record
                    .tallies
                    .iter()
                    .any(|t| t.instructions < n * u64::from(longest)),
            );
        }
    }
    assert!(
        accepted > 150 && spiked > 50 && shorter > 50,
        "{accepted} accepted, {spiked} spiked, {shorter} took a shorter path"
    );
}

fn single(
    instructions: Vec<Instruction>,
    states: [i32; 3],
    ports: [i32; 2],
) -> (Record, [i32; 16]) {
    let group = GroupProgram::new(
        verify(frame(instructions, SpikeKind::Graded8)).unwrap(),
        values(&mut Draws::new(1), 1),
        1,
    )
    .unwrap();
    let mut words = states;
    let mut due = ports;
    let mut last = [0; 16];
    let around = surroundings(0, 0);
    let outcome = trace_one(&group, 0, &mut words, &mut due, &around, |line| {
        last = line.registers
    });
    let record = Record {
        states: vec![words.to_vec()],
        fired: vec![],
        payload: vec![vec![outcome.spike.unwrap_or(0)]],
        traces: vec![outcome.traces.map(|t| vec![t.unwrap_or(255)])],
        probes: vec![vec![outcome.probes]],
        tallies: vec![],
    };
    (record, last)
}

/// Each instruction on values where rounding, wrapping or saturation show.
#[test]
fn mc_022_to_033_instructions_do_what_the_table_says() {
    use Instruction::*;
    const R: fn(u8) -> Operand = Operand::Register;
    const I: fn(i32) -> Operand = Operand::Immediate;
    let binary = |op, a, b| Binary {
        op,
        rd: 0,
        a: I(a),
        b: I(b),
    };
    let r0 = |instruction| {
        single(
            vec![
                Move {
                    rd: 1,
                    x: I(WORD_MAX),
                },
                Move { rd: 2, x: I(-5) },
                instruction,
            ],
            [0; 3],
            [0; 2],
        )
        .1[0]
    };
    // MC-022
    assert_eq!(r0(binary(BinaryOp::Add, WORD_MAX, 1)), WORD_MIN);
    assert_eq!(
        r0(AddSaturating {
            rd: 0,
            a: 1,
            b: None,
            x: I(1)
        }),
        WORD_MAX
    );
    assert_eq!(
        r0(AddSaturating {
            rd: 0,
            a: 1,
            b: Some(1),
            x: I(-WORD_MAX)
        }),
        WORD_MAX
    );
    assert_eq!(
        r0(AddSaturating {
            rd: 0,
            a: 2,
            b: Some(2),
            x: I(WORD_MIN)
        }),
        WORD_MIN
    );
    // MC-023: toward zero, full product, then 24 bit
    let product = |a, x, s| MultiplyShift {
        rd: 0,
        a,
        x: I(x),
        shift: I(s),
    };
    assert_eq!(r0(product(2, 1, 1)), -2);
    assert_eq!(r0(product(2, 4095, 12)), -4);
    assert_eq!(r0(product(1, WORD_MAX, 23)), 8_388_606);
    assert_eq!(r0(product(1, 2, 0)), -2);
    assert_eq!(r0(product(2, 0, 47)), 0);
    assert_eq!(
        r0(MultiplyShift {
            rd: 0,
            a: 1,
            x: I(1),
            shift: R(2)
        }),
        WORD_MAX
    ); // by -5: by 0
    // MC-024
    assert_eq!(r0(binary(BinaryOp::Shl, -3, -1)), -2);
    assert_eq!(r0(binary(BinaryOp::Shl, 5, 22)), 4_194_304);
    assert_eq!(
        r0(Binary {
            op: BinaryOp::Shl,
            rd: 0,
            a: I(5),
            b: R(1)
        }),
        0
    );
    assert_eq!(
        r0(Binary {
            op: BinaryOp::Shl,
            rd: 0,
            a: I(-5),
            b: R(2)
        }),
        -1
    );
    // MC-025
    assert_eq!(r0(binary(BinaryOp::Min, -3, 2)), -3);
    assert_eq!(r0(binary(BinaryOp::And, -4, 7)), 4);
    assert_eq!(r0(binary(BinaryOp::Or, -4, 1)), -3);
    assert_eq!(
        r0(Negate {
            rd: 0,
            x: I(WORD_MIN)
        }),
        WORD_MIN
    );
    // MC-026
    for (op, expected) in [
        (CompareOp::Lt, [1, 0, 0]),
        (CompareOp::Ge, [0, 1, 1]),
        (CompareOp::Eq, [0, 1, 0]),
    ] {
        for (a, want) in [-1, 0, 1].into_iter().zip(expected) {
            let program = vec![
                Compare {
                    op,
                    a: I(a),
                    b: I(0),
                },
                Select {
                    rd: 0,
                    a: I(1),
                    b: I(0),
                },
            ];
            assert_eq!(single(program, [0; 3], [0; 2]).1[0], want, "{op:?} {a}");
        }
    }
    // MC-027
    let skip = |condition| {
        let compare = Compare {
            op: CompareOp::Eq,
            a: I(0),
            b: I(0),
        };
        single(
            vec![
                Move { rd: 0, x: I(1) },
                compare,
                Skip {
                    condition,
                    count: 1,
                },
                Move { rd: 0, x: I(2) },
            ],
            [0; 3],
            [0; 2],
        )
        .1[0]
    };
    assert_eq!([Condition::Set, Condition::Clear].map(skip), [1, 2]);
    // MC-028: the old value comes out, the source is read first
    let (record, registers) = single(
        vec![
            Move { rd: 3, x: I(9) },
            Exchange {
                rd: Some(3),
                state: 1,
                x: R(3),
            },
        ],
        [0, 4, 0],
        [0; 2],
    );
    assert_eq!((record.states[0][1], registers[3]), (9, 4));
}

/// Memory, ports, spikes, probes and traces.
#[test]
fn mc_029_to_033_memory_and_what_leaves_the_neuron() {
    use Instruction::*;
    const I: fn(i32) -> Operand = Operand::Immediate;
    // MC-029: read and clear, with a condition; MC-030: a port scaled and plain
    let read = |rd, word, condition| ReadClear {
        rd,
        word,
        condition,
    };
    let compare = Compare {
        op: CompareOp::Eq,
        a: I(0),
        b: I(1),
    };
    let (record, registers) = single(
        vec![
            compare,
            read(0, Word::State(0), Condition::Set),
            read(1, Word::State(1), Condition::Clear),
            Load {
                rd: 2,
                word: Word::Port(Port::A0),
            },
            Load {
                rd: 3,
                word: Word::Port(Port::S0),
            },
            read(4, Word::Port(Port::S1), Condition::Always),
            read(5, Word::Port(Port::S1), Condition::Always),
        ],
        [11, 12, 13],
        [32_768, -7],
    );
    assert_eq!(record.states[0], [11, 0, 13]);
    assert_eq!(registers[..6], [11, 12, -2_097_152, 32_768, -7, 0]);
    // MC-031 to MC-033
    let out = vec![
        Spike { x: I(-1000) },
        Trace {
            trace: 1,
            x: I(200),
        },
        Trace { trace: 2, x: I(-3) },
        Probe { probe: 1, x: I(77) },
    ];
    let (record, _) = single(out, [0; 3], [0; 2]);
    assert_eq!(record.payload[0], [-128]);
    assert_eq!(record.traces[0], [vec![127], vec![0], vec![255]]);
    assert_eq!(record.probes[0][0], [0, 77]);
    assert_eq!(
        SpikeKind::ALL.map(|k| k.payload(-40_000)),
        [1, -128, -32_768, -40_000, -40_000]
    );
}

#[test]
fn values_are_checked_before_anything_runs() {
    let verified = verify(frame(vec![Instruction::End], SpikeKind::Binary)).unwrap();
    let mut values = values(&mut Draws::new(2), 3);
    values[1] = ParameterValues::Each(vec![1, 2, 3]);
    assert_eq!(
        GroupProgram::new(verified, values, 3).unwrap_err(),
        [ParameterFault::Shared("q".into())]
    );
}
