//! A LIF program against the fixed compartment, 1024 neurons: `cargo bench -p seamount-neurocore`.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use seamount_image::microcode::{
    BinaryOp, CompareOp, Condition, Instruction as I, Operand, ParameterValues, Port, Program, SpikeKind, Word, verify,
};
use seamount_neurocore::kernel::{Columns, Settings, update};
use seamount_neurocore::microcode::{GroupProgram, Io, LaneScratch, run};

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
    let keep = |rd, factor| I::MultiplyShift { rd, a: rd, x: N(factor), shift: N(12) };
    let compare = |op, a, b| I::Compare { op, a, b };
    let select = |rd, a, b| I::Select { rd, a, b };
    let store = |state, r| I::Exchange { rd: None, state, x: R(r) };
    let add = |rd, a, b| I::Binary { op: BinaryOp::Add, rd, a, b };
    let instructions = vec![
        I::ReadClear { rd: 1, word: Word::Port(Port::A0), condition: Condition::Always },
        I::Load { rd: 0, word: Word::State(0) },
        keep(0, KEEP_U),
        add(0, R(0), R(1)),
        store(0, 0),
        I::Load { rd: 2, word: Word::State(1) },
        keep(2, KEEP_V),
        I::AddSaturating { rd: 2, a: 2, b: Some(0), x: N(BIAS) },
        I::Binary { op: BinaryOp::Min, rd: 2, a: R(2), b: N(8_388_607) },
        compare(CompareOp::Lt, R(2), N(-8_388_607)),
        select(2, N(-8_388_607), R(2)),
        I::Load { rd: 3, word: Word::State(2) },
        compare(CompareOp::Ge, R(3), N(2)),
        select(2, N(0), R(2)),
        add(3, R(3), N(-1)),
        compare(CompareOp::Lt, R(3), N(0)),
        select(3, N(0), R(3)),
        compare(CompareOp::Lt, N(THRESHOLD), R(2)),
        select(3, N(0), R(3)),
        store(2, 3),
        I::Jump { condition: Condition::Clear, target: 23 },
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

fn fixed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1024 LIF neurons");
    group.throughput(Throughput::Elements(N as u64));
    let start: Vec<i32> = (0..N as i32).map(|i| i * 62).collect();
    let mut q = vec![0; N];
    let (mut u, mut v, mut hold, mut fired) = (vec![0; N], start.clone(), vec![0; N], vec![0; N]);
    let input = vec![BIAS; N];
    let settings = Settings {
        keep_u: KEEP_U,
        keep_v: KEEP_V,
        threshold: THRESHOLD,
        v_limits: (-8_388_607, 8_388_607),
        refractory_steps: 1,
        spikes: true,
    };
    group.bench_function("fixed", |b| {
        b.iter(|| update(settings, Columns { q: &mut q, input: &input, u: &mut u, v: &mut v, hold: &mut hold, fired: &mut fired }));
    });
    for (name, vectors) in [("program", true), ("program, portable vectors", false)] {
        let values: Vec<ParameterValues> = vec![];
        let program = GroupProgram::new(verify(lif()).expect("a good program"), values, N).expect("no parameters");
        let mut states = vec![vec![0; N], start.clone(), vec![0; N]];
        let (mut port, mut fired, mut scratch) = (vec![0; N], vec![0; N], LaneScratch::default());
        group.bench_function(name, |b| {
            b.iter(|| {
                let io = Io {
                    ports: [&mut port, &mut []],
                    states: &mut states,
                    fired: &mut fired,
                    payload: &mut [],
                    traces: None,
                    probes: None,
                };
                run(&program, io, &mut scratch, vectors)
            });
        });
    }
    group.finish();
}

criterion_group! { name = benches; config = Criterion::default().sample_size(20); targets = fixed }
criterion_main!(benches);
