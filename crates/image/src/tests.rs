use crate::list::{self, Entry, Synapse};
use crate::*;
use seamount_arith::weight::SignMode;
use seamount_spec::{Board, CoreLocation};

fn format(encoding: Encoding, weight_bits: u8, index_bits: u8) -> SynapseFormat {
    SynapseFormat {
        weight_bits,
        sign_mode: SignMode::Excitatory,
        weight_exponent: 0,
        delay_bits: 0,
        tag_bits: 0,
        index_bits,
        encoding,
        index_offset: 0,
        index_stride: 1,
        box_synapse: false,
        learn_enable: false,
    }
}

pub(crate) fn tiny() -> Image {
    let formats = vec![format(Encoding::Sparse, 8, 6)];
    let synapse = Synapse {
        index: 0,
        weight: 100,
        delay: 0,
    };
    let synapse_memory = list::encode(
        &[Entry {
            format: 1,
            synapses: vec![synapse],
        }],
        &formats,
    );
    let profile = CompartmentProfile {
        current_decay: 4095,
        voltage_decay: 0,
        refractory_steps: 1,
        noise: false,
        mode: ThresholdMode::SpikeAndReset,
        join: Join::None,
        pops: 0,
        push: Push::None,
    };
    let core = CoreImage {
        location: CoreLocation { chip: 0, core: 5 },
        registers: CoreRegisters {
            v_min_exponent: 23,
            v_max_exponent: 7,
            ds_offset: true,
            dm_offset: false,
            noise_at_dendrite: false,
            noise_exponent: 0,
            noise_mantissa: 0,
            delay_bits: 3,
            learning_epoch: 1,
        },
        compartment_profiles: vec![profile],
        threshold_profiles: vec![150],
        synapse_formats: formats,
        compartments: vec![CompartmentWord {
            profile: 0,
            threshold: 0,
            bias_mantissa: 0,
            bias_exponent: 0,
        }],
        initial: vec![],
        input_axons: vec![InputAxon {
            kind: AxonKind::Discrete,
            base: 0,
            address: 0,
            words: 1,
            atoms: 1,
            learning: false,
        }],
        output_offsets: vec![0, 1],
        output_axons: vec![OutputAxon {
            core: 0,
            axon: 0,
            atom: 0,
        }],
        synapse_memory,
    };
    Image {
        name: "tiny".into(),
        board: "loihi1".into(),
        seed: 1,
        cores: vec![core],
        inputs: vec![InputPort {
            name: "in".into(),
            offsets: vec![0, 1],
            axons: vec![OutputAxon {
                core: 0,
                axon: 0,
                atom: 0,
            }],
        }],
        populations: vec![PopulationMap {
            name: "one".into(),
            compartments: vec!["soma".into()],
            slices: vec![Slice {
                first_neuron: 0,
                neurons: 1,
                core: 0,
                first_compartment: 0,
            }],
        }],
        probes: vec![ProbePlan {
            name: "one.voltage".into(),
            population: 0,
            part: 0,
            register: ImageRegister::Voltage,
            neurons: vec![],
            start: 1,
            stop: u64::MAX,
            every: 1,
        }],
        learning: LearningPlan::default(),
        programs: crate::ProgramPlan::default(),
        management: Default::default(),
        provenance: "{}".into(),
    }
}

fn prove(image: Image) -> Result<CheckedImage, Vec<ImageFinding>> {
    CheckedImage::prove(
        image,
        &Board::preset("loihi1").unwrap(),
        LimitPolicy::Enforce,
    )
}

#[test]
fn a_good_image_is_proved_and_survives_the_file() {
    let image = tiny();
    assert_eq!(Image::from_bytes(&image.to_bytes()).unwrap(), image);
    assert!(prove(image).is_ok());
}

#[test]
fn every_finding_is_reported() {
    let mut image = tiny();
    image.cores[0].compartments[0].threshold = 9;
    image.cores[0].output_axons[0].axon = 7;
    image.cores[0].input_axons[0].address = 99;
    image.populations[0].slices[0].neurons = 2;
    image.probes[0].part = 3;
    let found: Vec<String> = prove(image)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found.len(), 5, "{found:#?}");
    assert!(found[1].contains("has no input axon 7"), "{found:#?}");
}

#[test]
fn lists_in_broken_formats_are_not_read() {
    let mut image = tiny();
    image.cores[0].synapse_formats[0].tag_bits = 255;
    image.cores[0].synapse_formats[0].index_bits = 200;
    assert_eq!(prove(image).unwrap_err().len(), 2);
}

#[test]
fn limits_are_enforced_or_reported() {
    let mut image = tiny();
    image.cores[0].synapse_memory.resize(20_000, 0);
    let found = prove(image.clone()).unwrap_err();
    let ImageFinding::Limit(breach) = &found[0] else {
        panic!("{found:?}")
    };
    assert_eq!(
        (breach.wanted, breach.available, breach.who.as_slice()),
        (20_000, 16_384, &["one".to_string()][..])
    );
    let spec = Board::preset("loihi1").unwrap();
    let checked = CheckedImage::prove(image, &spec, LimitPolicy::Report).unwrap();
    assert_eq!(checked.breaches(), std::slice::from_ref(breach));
}

#[test]
fn nc_023_all_encodings_round_trip() {
    let formats = vec![
        format(Encoding::Sparse, 8, 10),
        format(Encoding::RunLength(3), 4, 10),
        format(Encoding::Dense, 2, 0),
    ];
    let synapse = |index, weight| Synapse {
        index,
        weight,
        delay: 0,
    };
    let entries = vec![
        Entry {
            format: 1,
            synapses: vec![synapse(900, 255), synapse(3, 1)],
        },
        Entry {
            format: 2,
            synapses: vec![synapse(5, 16), synapse(13, 240), synapse(14, 0)],
        },
        Entry {
            format: 3,
            synapses: vec![synapse(0, 64), synapse(1, 192)],
        },
    ];
    let words = list::encode(&entries, &formats);
    let mut seen = vec![];
    assert_eq!(
        list::decode(&words, &formats, 100, |id, s| seen.push((id, s))),
        Ok(words.len() as u32)
    );
    let wanted: Vec<_> = entries
        .iter()
        .flat_map(|e| e.synapses.iter().map(|s| (e.format, *s)))
        .collect();
    assert_eq!(seen, wanted);
    assert_eq!(
        list::decode(&words, &formats, 6, |_, _| ()),
        Err(list::ListError::TooLong)
    );
    assert_eq!(
        list::decode(&words, &formats[..2], 100, |_, _| ()),
        Err(list::ListError::Format(3))
    );
}

#[test]
fn nc_024_a_full_last_word_takes_one_more() {
    assert_eq!([58, 59, 64, 65, 234].map(list::list_words), [1, 2, 2, 2, 4]);
}

/// bincode writes the place of a variant: in another order old images would mean something else.
fn in_order<T: serde::Serialize + std::fmt::Debug>(variants: &[T]) {
    for (place, variant) in (0u32..).zip(variants) {
        let bytes = crate::container::encode(variant);
        assert_eq!(bytes[..4], place.to_le_bytes(), "{variant:?}");
    }
}

#[test]
fn the_order_of_variants_is_the_format_of_images() {
    in_order(&[Push::None, Push::Voltage, Push::Current]);
    in_order(&[AxonKind::Discrete, AxonKind::Pop16, AxonKind::Pop32]);
    in_order(&[
        Encoding::Sparse,
        Encoding::RunLength(2),
        Encoding::Dense,
        Encoding::Generated,
    ]);
    in_order(&[
        ImageRegister::Spike,
        ImageRegister::Current,
        ImageRegister::Voltage,
        ImageRegister::VoltageHardware,
        ImageRegister::Refractory,
        ImageRegister::Accumulator,
        ImageRegister::Weight,
        ImageRegister::Delay,
        ImageRegister::Tag,
        ImageRegister::SecondTag,
        ImageRegister::State(0),
        ImageRegister::Payload,
        ImageRegister::Probe(0),
        ImageRegister::PreTrace(0),
        ImageRegister::PostTrace(0),
    ]);
    use seamount_rules::{Dependency, Variable};
    in_order(&[
        Dependency::Pre,
        Dependency::Post,
        Dependency::Unconditional,
        Dependency::Reward,
    ]);
    in_order(&[
        Variable::X0,
        Variable::X1,
        Variable::X2,
        Variable::Y0,
        Variable::Y1,
        Variable::Y2,
        Variable::Y3,
        Variable::R0,
        Variable::R1,
        Variable::Weight,
        Variable::Delay,
        Variable::Tag,
    ]);
}

#[test]
fn the_order_of_variants_of_instructions_is_the_format_of_images() {
    use seamount_microcode::*;
    in_order(&SpikeKind::ALL);
    in_order(&[Scope::Neuron, Scope::Shared]);
    in_order(&[ParameterValues::One(0), ParameterValues::Each(vec![])]);
    let x = Operand::Register(0);
    let random = Operand::Random {
        bits: 24,
        signed: true,
    };
    in_order(&[
        x,
        Operand::Immediate(0),
        Operand::Parameter(0),
        random,
        Operand::Step,
    ]);
    in_order(&[Word::State(0), Word::Port(Port::A0)]);
    in_order(&Port::ALL);
    in_order(&[Condition::Always, Condition::Set, Condition::Clear]);
    in_order(&[
        BinaryOp::Add,
        BinaryOp::Min,
        BinaryOp::And,
        BinaryOp::Or,
        BinaryOp::Shl,
    ]);
    in_order(&[CompareOp::Lt, CompareOp::Ge, CompareOp::Eq]);
    let word = Word::State(0);
    let condition = Condition::Always;
    in_order(&[
        Instruction::Move { rd: 0, x },
        Instruction::Load { rd: 0, word },
        Instruction::ReadClear {
            rd: 0,
            word,
            condition,
        },
        Instruction::Exchange {
            rd: None,
            state: 0,
            x,
        },
        Instruction::Select { rd: 0, a: x, b: x },
        Instruction::Binary {
            op: BinaryOp::Add,
            rd: 0,
            a: x,
            b: x,
        },
        Instruction::AddSaturating {
            rd: 0,
            a: 0,
            b: None,
            x,
        },
        Instruction::Negate { rd: 0, x },
        Instruction::MultiplyShift {
            rd: 0,
            a: 0,
            x,
            shift: x,
        },
        Instruction::Compare {
            op: CompareOp::Lt,
            a: x,
            b: x,
        },
        Instruction::Skip {
            condition,
            count: 1,
        },
        Instruction::Jump {
            condition,
            target: 0,
        },
        Instruction::Spike { x },
        Instruction::Probe { probe: 0, x },
        Instruction::Trace { trace: 1, x },
        Instruction::End,
    ]);
}
