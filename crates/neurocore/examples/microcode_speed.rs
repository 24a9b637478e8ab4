//! A LIF program against the fixed compartment, 1024 neurons, in turn, the fastest of many short
//! pieces: `cargo run --release -p seamount-neurocore --example microcode_speed`.

use seamount_microcode::{
    BinaryOp, CompareOp, Condition, Instruction as I, Operand, ParameterValues, Port, Program,
    SpikeKind, Word, verify,
};
use seamount_neurocore::kernel::{Columns, Settings, Vectors, update};
use seamount_neurocore::microcode::{GroupProgram, Io, LaneScratch, Surroundings, run};
use std::time::Instant;

const N: usize = 1024;
const KEEP_U: i32 = 3072;
const KEEP_V: i32 = 3968;
const THRESHOLD: i32 = 64_000;
const BIAS: i32 = 2300;

/// The shipped program `lif` with its numbers written in; a test of the crate `compile` holds the
/// two against each other.
fn lif() -> Program {
    const R: fn(u8) -> Operand = Operand::Register;
    const N: fn(i32) -> Operand = Operand::Immediate;
    let keep = |rd, factor| I::MultiplyShift {
        rd,
        a: rd,
        x: N(factor),
        shift: N(12),
    };
    let compare = |op, a, b| I::Compare { op, a, b };
    let select = |rd, a, b| I::Select { rd, a, b };
    let store = |state, r| I::Exchange {
        rd: None,
        state,
        x: R(r),
    };
    let add = |rd, a, b| I::Binary {
        op: BinaryOp::Add,
        rd,
        a,
        b,
    };
    let instructions = vec![
        I::ReadClear {
            rd: 1,
            word: Word::Port(Port::A0),
            condition: Condition::Always,
        },
        I::Load {
            rd: 0,
            word: Word::State(0),
        },
        keep(0, KEEP_U),
        add(0, R(0), R(1)),
        store(0, 0),
        I::Load {
            rd: 2,
            word: Word::State(1),
        },
        keep(2, KEEP_V),
        I::AddSaturating {
            rd: 2,
            a: 2,
            b: Some(0),
            x: N(BIAS),
        },
        I::Binary {
            op: BinaryOp::Min,
            rd: 2,
            a: R(2),
            b: N(8_388_607),
        },
        compare(CompareOp::Lt, R(2), N(-8_388_607)),
        select(2, N(-8_388_607), R(2)),
        I::Load {
            rd: 3,
            word: Word::State(2),
        },
        compare(CompareOp::Ge, R(3), N(2)),
        select(2, N(0), R(2)),
        add(3, R(3), N(-1)),
        compare(CompareOp::Lt, R(3), N(0)),
        select(3, N(0), R(3)),
        compare(CompareOp::Lt, N(THRESHOLD), R(2)),
        select(3, N(3), R(3)),
        store(2, 3),
        I::Jump {
            condition: Condition::Clear,
            target: 23,
        },
        I::Spike { x: N(1) },
        I::Move { rd: 2, x: N(0) },
        store(1, 2),
    ];
    let names = |all: &[&str]| all.iter().map(|s| s.to_string()).collect();
    Program {
        name: "lif".into(),
        states: names(&["u", "v", "hold"]),
        parameters: vec![],
        probes: vec![],
        instructions,
        spike: SpikeKind::Binary,
    }
}

/// Steps of one piece: short, so that most pieces are not interrupted.
const STEPS: u32 = 20;

/// Fixed compartments.
struct Fixed {
    q: Vec<i32>,
    u: Vec<i32>,
    v: Vec<i32>,
    hold: Vec<u8>,
    fired: Vec<u8>,
    input: Vec<i32>,
}

impl Fixed {
    fn step(&mut self) {
        let settings = Settings {
            keep_u: KEEP_U,
            keep_v: KEEP_V,
            threshold: THRESHOLD,
            v_limits: (-8_388_607, 8_388_607),
            refractory_steps: 3,
            spikes: true,
        };
        let u = &mut self.u;
        let v = &mut self.v;
        let hold = &mut self.hold;
        let fired = &mut self.fired;
        update(
            settings,
            Columns {
                q: &mut self.q,
                input: &self.input,
                u,
                v,
                hold,
                fired,
            },
        );
    }
}

/// Neurons with the program.
struct Programmed {
    group: GroupProgram,
    states: Vec<Vec<i32>>,
    port: Vec<i32>,
    fired: Vec<u8>,
    scratch: LaneScratch,
}

impl Programmed {
    fn step(&mut self, vectors: Vectors) -> u64 {
        let io = Io {
            ports: [&mut self.port, &mut []],
            states: &mut self.states,
            fired: &mut self.fired,
            payload: &mut [],
            traces: None,
            probes: None,
            surroundings: Surroundings::new(0, 0, 0, 1),
        };
        run(&self.group, io, &mut self.scratch, vectors).instructions
    }
}

/// Nanoseconds of a step of a neuron.
fn piece(mut step: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..STEPS).for_each(|_| step());
    start.elapsed().as_nanos() as f64 / f64::from(STEPS) / N as f64
}

fn main() {
    let start: Vec<i32> = (0..N as i32).map(|i| i * 62).collect();
    let zeros = || vec![0; N];
    let mut fixed = Fixed {
        q: zeros(),
        u: zeros(),
        v: start.clone(),
        hold: vec![0; N],
        fired: vec![0; N],
        input: vec![BIAS; N],
    };
    let values: Vec<ParameterValues> = vec![];
    let group = GroupProgram::new(verify(lif()).expect("a good program"), values, N)
        .expect("no parameters");
    let mut programmed = Programmed {
        group,
        states: vec![zeros(), start, zeros()],
        port: zeros(),
        fired: vec![0; N],
        scratch: LaneScratch::default(),
    };
    let mut best = [f64::INFINITY; 3];
    let mut instructions = 0;
    for _ in 0..4000 {
        let now = [
            piece(|| fixed.step()),
            piece(|| instructions = programmed.step(Vectors::Widest)),
            piece(|| instructions = programmed.step(Vectors::Off)),
        ];
        best.iter_mut()
            .zip(now)
            .for_each(|(best, now)| *best = best.min(now));
    }
    let [fixed, wide, portable] = best;
    println!(
        "{} neurons, {instructions} instructions a step, {}",
        N,
        seamount_neurocore::kernel::instruction_set()
    );
    println!("fixed compartment   {fixed:6.2} ns a neuron");
    println!(
        "program             {wide:6.2} ns a neuron, {:.2} times",
        wide / fixed
    );
    println!(
        "program, portable   {portable:6.2} ns a neuron, {:.2} times",
        portable / fixed
    );
}
