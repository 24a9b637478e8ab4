//! Words and text of instructions, and what the verifier refuses.

use super::*;

fn program(instructions: Vec<Instruction>) -> Program {
    Program {
        name: "p".into(),
        states: vec!["u".into(), "v".into()],
        parameters: vec![
            Parameter {
                name: "d".into(),
                scope: Scope::Neuron,
                default: None,
            },
            Parameter {
                name: "vth".into(),
                scope: Scope::Shared,
                default: Some(64),
            },
        ],
        probes: vec!["shown".into()],
        instructions,
        spike: SpikeKind::Graded24,
    }
}

fn reasons(instructions: Vec<Instruction>) -> Vec<(Option<usize>, FaultReason)> {
    verify(program(instructions))
        .unwrap_err()
        .into_iter()
        .map(|f| (f.instruction, f.reason))
        .collect()
}

const R: fn(u8) -> Operand = Operand::Register;
const I: fn(i32) -> Operand = Operand::Immediate;
const P: fn(u8) -> Operand = Operand::Parameter;

const RNG_U5: Operand = Operand::Random {
    bits: 5,
    signed: false,
};

/// One of everything.
fn all() -> Vec<Instruction> {
    use Instruction::*;
    let mut all = vec![
        Move {
            rd: 15,
            x: I(-8_388_608),
        },
        Move { rd: 1, x: P(1) },
        Load {
            rd: 0,
            word: Word::State(1),
        },
        Load {
            rd: 0,
            word: Word::Port(Port::S1),
        },
        ReadClear {
            rd: 2,
            word: Word::Port(Port::A0),
            condition: Condition::Always,
        },
        ReadClear {
            rd: 2,
            word: Word::State(0),
            condition: Condition::Clear,
        },
        Exchange {
            rd: Some(3),
            state: 0,
            x: R(2),
        },
        Exchange {
            rd: None,
            state: 1,
            x: I(7),
        },
        Select {
            rd: 4,
            a: R(1),
            b: I(8_388_607),
        },
        AddSaturating {
            rd: 5,
            a: 1,
            b: None,
            x: P(0),
        },
        AddSaturating {
            rd: 5,
            a: 1,
            b: Some(15),
            x: I(-1),
        },
        Negate { rd: 6, x: R(5) },
        MultiplyShift {
            rd: 7,
            a: 6,
            x: P(0),
            shift: I(47),
        },
        MultiplyShift {
            rd: 7,
            a: 6,
            x: R(9),
            shift: R(3),
        },
        MultiplyShift {
            rd: 7,
            a: 6,
            x: I(-5),
            shift: P(1),
        },
        Skip {
            condition: Condition::Set,
            count: 2,
        },
        Jump {
            condition: Condition::Clear,
            target: 63,
        },
        Jump {
            condition: Condition::Always,
            target: 64,
        },
        Move {
            rd: 1,
            x: Operand::Step,
        },
        Negate {
            rd: 6,
            x: Operand::RANDOM_WORD,
        },
        MultiplyShift {
            rd: 7,
            a: 6,
            x: Operand::Step,
            shift: RNG_U5,
        },
        Spike { x: R(7) },
        Probe { probe: 0, x: R(7) },
        Trace { trace: 3, x: R(7) },
        End,
    ];
    for op in [
        BinaryOp::Add,
        BinaryOp::Min,
        BinaryOp::And,
        BinaryOp::Or,
        BinaryOp::Shl,
    ] {
        all.push(Binary {
            op,
            rd: 8,
            a: R(7),
            b: I(-3),
        });
    }
    for op in [CompareOp::Lt, CompareOp::Ge, CompareOp::Eq] {
        all.push(Compare {
            op,
            a: P(1),
            b: R(8),
        });
    }
    all
}

#[test]
fn mc_036_words_round_trip() {
    for instruction in all() {
        let word = instruction.encode().unwrap();
        assert_eq!(Instruction::decode(word), Ok(instruction), "{word:#x}");
        // no bit without a meaning: a flipped one is an error or another instruction
        for bit in 0..64 {
            assert_ne!(
                Instruction::decode(word ^ 1 << bit),
                Ok(instruction),
                "bit {bit} of {instruction:?}"
            );
        }
    }
    assert_eq!(Instruction::decode(0), Err(WordError::Operation(0)));
    assert_eq!(
        Instruction::decode(1 << 63 | 14),
        Err(WordError::Unused(1 << 63))
    );
    // 24 random bits without a sign fit no word, and beyond 56 there is nothing
    for value in [24, 32, 57, 255] {
        assert_eq!(
            Instruction::decode(value << 12 | 3 << 10 | 1),
            Err(WordError::Field {
                first: 12,
                end: 36,
                value
            })
        );
    }
}

#[test]
fn mc_040_random_operands_have_names_widths_and_words() {
    let move_of = |x| Instruction::Move { rd: 0, x };
    let mut seen = std::collections::BTreeSet::new();
    for signed in [false, true] {
        for bits in 0..40 {
            let x = Operand::Random { bits, signed };
            let text = format!("rng_{}{bits}", if signed { 's' } else { 'u' });
            let exists = Operand::is_random_width(bits, signed);
            assert_eq!(exists, (1..=if signed { 24 } else { 23 }).contains(&bits));
            let good = verify(program(vec![move_of(x)]));
            if !exists {
                let fault = (Some(0), FaultReason::RandomWidth { bits, signed });
                assert_eq!(reasons(vec![move_of(x)]), [fault]);
                assert!(move_of(x).encode().is_err());
                continue;
            }
            let good = good.unwrap();
            assert!(good.reads_surroundings);
            assert_eq!(Operand::of_surroundings(&text), Some(x));
            let word = move_of(x).encode().unwrap();
            assert_eq!(Instruction::decode(word), Ok(move_of(x)));
            assert!(seen.insert(word), "{text} has a word of its own");
            let again = crate::assemble_text(&good.program().to_string()).unwrap();
            assert_eq!(again.verified, good, "text and back: {text}");
        }
    }
    for other in [
        "rng_", "rng_u", "rng_x4", "rng_u04", "rng4", "srng", "steps",
    ] {
        assert_eq!(Operand::of_surroundings(other), None, "{other}");
    }
}

/// Programs had state words of these names before there were such operands, and keep them.
#[test]
fn mc_040_names_of_a_program_go_before_random_bits_and_the_step() {
    let text =
        ".program own\n.state rng\n.param shared step = 3\n MOV r0, rng\n ADD r0, r0, step\n";
    let own = crate::assemble_text(text).unwrap().verified;
    assert!(!own.reads_surroundings);
    let mut both = own.into_program();
    both.instructions.push(Instruction::Move {
        rd: 1,
        x: Operand::Step,
    });
    let found: Vec<_> = verify(both).unwrap_err();
    assert_eq!(found[0].reason, FaultReason::Hides("step".into()));
    assert_eq!(found.len(), 1);
}

#[test]
fn mc_021_the_verifier_names_instruction_and_reason() {
    use FaultReason::*;
    use Instruction::*;
    let compare = Compare {
        op: CompareOp::Lt,
        a: I(0),
        b: I(1),
    };
    assert_eq!(reasons(vec![]), [(None, Empty)]);
    assert_eq!(reasons(vec![End; 65])[0], (None, TooLong(65)));
    assert_eq!(
        reasons(vec![Move { rd: 16, x: I(0) }]),
        [(Some(0), NoRegister(16))]
    );
    assert_eq!(
        reasons(vec![Move {
            rd: 0,
            x: I(1 << 23)
        }]),
        [(Some(0), ImmediateRange(1 << 23))]
    );
    assert_eq!(
        reasons(vec![Move { rd: 0, x: P(2) }]),
        [(Some(0), NoParameter(2))]
    );
    assert_eq!(
        reasons(vec![Load {
            rd: 0,
            word: Word::State(2)
        }]),
        [(Some(0), NoState(2))]
    );
    assert_eq!(
        reasons(vec![Move { rd: 0, x: R(1) }]),
        [(Some(0), Unwritten(1))]
    );
    assert_eq!(
        reasons(vec![Select {
            rd: 0,
            a: I(1),
            b: I(2)
        }]),
        [(Some(0), FlagUnset)]
    );
    assert_eq!(
        reasons(vec![Jump {
            condition: Condition::Always,
            target: 0
        }])[0],
        (Some(0), Backward(0))
    );
    assert_eq!(
        reasons(vec![Skip {
            condition: Condition::Always,
            count: 1
        }]),
        [(
            Some(0),
            BeyondEnd {
                target: 2,
                length: 1
            }
        )]
    );
    assert_eq!(
        reasons(vec![Spike { x: I(1) }, Spike { x: I(2) }]),
        [(Some(1), SecondSpike)]
    );
    assert_eq!(reasons(vec![End, End]), [(Some(1), Unreachable)]);
    assert_eq!(
        reasons(vec![Trace { trace: 4, x: I(1) }]),
        [(Some(0), NoTrace(4))]
    );
    let shift = MultiplyShift {
        rd: 0,
        a: 0,
        x: I(1),
        shift: I(48),
    };
    assert_eq!(
        reasons(vec![Move { rd: 0, x: I(1) }, shift]),
        [(Some(1), ProductShift(48))]
    );
    // written on one path only
    let one_path = vec![
        compare,
        Skip {
            condition: Condition::Set,
            count: 1,
        },
        Move { rd: 0, x: I(1) },
        Spike { x: R(0) },
    ];
    assert_eq!(reasons(one_path), [(Some(3), Unwritten(0))]);
    // all at once, in order
    let several = reasons(vec![Move { rd: 16, x: P(9) }, Spike { x: R(3) }]);
    assert_eq!(
        several,
        [
            (Some(0), NoParameter(9)),
            (Some(0), NoRegister(16)),
            (Some(1), Unwritten(3))
        ]
    );
}

#[test]
fn mc_035_costs_are_of_the_longest_path() {
    use Instruction::*;
    let compare = Compare {
        op: CompareOp::Lt,
        a: P(0),
        b: P(1),
    };
    let exchange = Exchange {
        rd: Some(0),
        state: 0,
        x: P(0),
    };
    let good = verify(program(vec![
        compare,
        Jump {
            condition: Condition::Set,
            target: 4,
        },
        exchange,
        End,
        Spike { x: I(1) },
        Trace { trace: 2, x: I(5) },
        Trace { trace: 2, x: I(5) },
        ReadClear {
            rd: 3,
            word: Word::Port(Port::S1),
            condition: Condition::Always,
        },
    ]))
    .unwrap();
    // compare, jump, spike, two traces, read; or compare, jump, exchange, end
    assert_eq!(
        (
            good.instructions_worst,
            good.memory_accesses_worst,
            good.cycles_worst
        ),
        (6, 5, 6)
    );
    assert_eq!(
        (good.reads_port, good.writes_trace, good.may_spike),
        ([false, true], [false, true, false], true)
    );
    let busy = verify(program(vec![exchange, exchange])).unwrap();
    assert_eq!(
        (
            busy.instructions_worst,
            busy.memory_accesses_worst,
            busy.cycles_worst
        ),
        (2, 6, 6)
    );
}

#[test]
fn names_must_mean_one_thing() {
    let mut bad = program(vec![Instruction::End]);
    bad.states = vec![
        "r3".into(),
        "v".into(),
        "v".into(),
        "jmp_c".into(),
        "s0".into(),
        "1st".into(),
    ];
    let found: Vec<FaultReason> = verify(bad)
        .unwrap_err()
        .into_iter()
        .map(|f| f.reason)
        .collect();
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(found.contains(&FaultReason::NameTwice("v".into())));
}

#[test]
fn values_of_parameters_are_checked_all_at_once() {
    let p = program(vec![Instruction::End]);
    let give = |name: &str, value| (name.to_string(), value);
    let good = p
        .values_of(&[give("d", ParameterValues::Each(vec![1, 2]))], 2)
        .unwrap();
    assert_eq!(
        good,
        [ParameterValues::Each(vec![1, 2]), ParameterValues::One(64)]
    );
    let faults = p.values_of(
        &[
            give("x", ParameterValues::One(1)),
            give("vth", ParameterValues::Each(vec![1 << 23, 2])),
        ],
        2,
    );
    assert_eq!(
        faults.unwrap_err(),
        [
            ParameterFault::Unknown("x".into()),
            ParameterFault::Missing("d".into())
        ]
    );
    let faults = p.values_of(
        &[
            give("d", ParameterValues::Each(vec![1])),
            give("vth", ParameterValues::Each(vec![1 << 23])),
        ],
        2,
    );
    assert_eq!(faults.unwrap_err().len(), 3);
}
