//! Networks in every form, and random ones that are built from bytes.

use crate::machine::{alike, is_small};
use crate::recipe::recipe;
use seamount_chip::Chip;
use seamount_compile::{CompileOptions, Placement, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::graph::Graph;
use seamount_network::netlist::{Connectivity, Netlist, Netx};
use seamount_quantise::{QuantiseOptions, quantise};
use seamount_reference::neurons::{FloatNetwork, FloatOptions};
use seamount_spec::Board;
use seamount_tests::generate::{self, Case, Event};
use seamount_tests::learn_case::{LearnDice, check};
use seamount_tests::lockstep::{self, Plan};
use seamount_tests::readback;
use std::path::Path;

/// Neurons of one population, and of all together, of a network that is compiled.
const NEURONS_MAX: u64 = 600;
/// Synapses of such a network.
const SYNAPSES_MAX: u64 = 20_000;
/// Steps that an accepted network runs.
const STEPS: u64 = 10;

/// Whether a network is small enough to be compiled some hundred times a second.
fn small(netlist: &Netlist) -> bool {
    let neurons: u64 = netlist.populations.iter().map(|p| u64::from(p.size)).sum();
    let inputs: u64 = netlist.inputs.iter().map(|i| u64::from(i.size)).sum();
    if neurons + inputs > NEURONS_MAX || netlist.projections.len() > 40 {
        return false;
    }
    let pairs = |projection: &seamount_network::netlist::Projection| {
        let size = |end| {
            netlist
                .resolve(end)
                .map_or(0, |found| u64::from(netlist.size(found)))
        };
        match &projection.connectivity {
            Connectivity::Pairs { sources, .. } => sources.as_slice().len() as u64,
            _ => size(&projection.source) * size(&projection.target),
        }
    };
    netlist.projections.iter().map(pairs).sum::<u64>() <= SYNAPSES_MAX
}

/// Whether the oracle knows everything that a network has.
fn known_to_the_oracle(netlist: &Netlist) -> bool {
    let plain = |p: &seamount_network::netlist::Population| {
        p.program.is_none() && p.compartments.iter().all(|c| !c.noise)
    };
    netlist.learning_rules.is_empty()
        && netlist.projections.iter().all(|p| p.learning.is_none())
        && netlist.populations.iter().all(plain)
}

/// Compiles on a board, proves, reads back, runs in every way, and compares with the oracle.
fn compiled_and_compared(netlist: &Netlist, board: Board) {
    let options = CompileOptions::new(board).refinement_steps(60);
    let Ok(compiled) = compile(netlist, &options) else {
        return;
    };
    let bytes = compiled.image.to_bytes();
    let twice = compile(netlist, &options).expect("it compiled before");
    assert!(
        twice.image.to_bytes() == bytes,
        "compiling twice gives another image"
    );
    let image = Image::from_bytes(&bytes).expect("an image survives its file form");
    let known = known_to_the_oracle(netlist);
    if known {
        let found = readback::synapses(&image);
        assert!(
            found == readback::wanted(netlist),
            "the image holds other synapses"
        );
    }
    let checked = CheckedImage::prove(image, &options.board, LimitPolicy::Enforce);
    let checked = checked.expect("what the compiler emits is good");
    if is_small(checked.image()) {
        alike(&Chip::load(&checked), STEPS);
    }
    if known {
        beside_the_oracle(netlist, options.board);
    }
}

/// Every register of every step beside the oracle, with and without vectors, restored on the way.
fn beside_the_oracle(netlist: &Netlist, board: Board) {
    let mut events = vec![];
    for step in 0..STEPS {
        for (input, port) in netlist.inputs.iter().enumerate() {
            let fires = |neuron: &u32| (step * 5 + u64::from(*neuron) * 3) % 4 < 2;
            let spike = |neuron| Event {
                step,
                input,
                neuron,
            };
            events.extend((0..port.size).filter(fires).map(spike));
        }
    }
    let mut bare = netlist.clone();
    bare.probes.clear();
    let case = Case {
        netlist: bare,
        steps: STEPS,
        events,
        noise: None,
    };
    for vectors in [false, true] {
        let plan = Plan {
            compartments_per_core: board.core.compartments,
            threads: if vectors { 2 } else { 1 },
            vectors,
            restore_at: vec![STEPS / 2],
            accumulators: !vectors,
        };
        compare(&case, &plan, board.clone());
    }
}

fn compare(case: &Case, plan: &Plan, board: Board) {
    let Ok(image) = lockstep::image_on(case, plan, board) else {
        return;
    };
    let (seen, _) = lockstep::run(case, plan, &image);
    if let Err(difference) = lockstep::compare(case, &seen, &case.run()) {
        panic!("{difference}\n{case:?}");
    }
}

/// Text as a network: refused with findings, or equal after its own form; small ones are compiled
/// on two boards.
pub fn netlist(data: &[u8]) {
    let folder = Path::new("no-such-folder");
    let Ok(netlist) = Netlist::from_json(data, folder) else {
        return;
    };
    let text = netlist.to_json();
    let again = Netlist::from_json(text.as_bytes(), folder).expect("its own form");
    assert!(
        again == netlist,
        "a network does not survive its form in JSON"
    );
    if small(&netlist) {
        for board in [Board::loihi1(), Board::loihi2()] {
            compiled_and_compared(&netlist, board);
        }
    }
}

/// Bytes as the choices of the generator of the test suite: chip, vectors and oracle agree, whole
/// and restored, on one core and on several; the image holds the synapses of the network.
pub fn lockstep(data: &[u8]) {
    let Some(([how, cut], choices)) = data.split_first_chunk::<2>() else {
        return;
    };
    let options = generate::Options {
        noise: how & 1 != 0,
        large: how & 6 == 6,
        split: how & 8 != 0,
    };
    let case = generate::build(&recipe(choices, options.large), options);
    let plan = Plan {
        compartments_per_core: [12, 64, 1024][usize::from(how >> 4) % 3],
        threads: 1 + usize::from(cut & 1),
        vectors: cut & 2 != 0,
        restore_at: vec![case.steps * u64::from(*cut) / 256],
        accumulators: cut & 4 != 0,
    };
    let Ok(image) = lockstep::image(&case, &plan) else {
        return;
    };
    let found = readback::synapses(image.image());
    assert!(
        found == readback::wanted(&case.netlist),
        "the image holds other synapses"
    );
    let (seen, last) = lockstep::run(&case, &plan, &image);
    if let Err(difference) = lockstep::compare(&case, &seen, &case.run()) {
        panic!("{difference}\n{case:?}");
    }
    let plain = Plan {
        threads: 1,
        vectors: !plan.vectors,
        restore_at: vec![],
        ..plan
    };
    let (_, other) = lockstep::run(&case, &plain, &image);
    assert!(
        last == other,
        "threads, vectors or a restore change the state"
    );
}

/// Bytes as the choices of a learning network: oracle, contract and every strategy agree.
pub fn learning(data: &[u8]) {
    check(&mut LearnDice::given(data));
}

/// Text as a placement of a network of two cores.
pub fn placement(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(placement) = Placement::from_json(text) else {
        return;
    };
    let netlist = Netlist::from_json(crate::chips::NETWORKS[0].as_bytes(), Path::new(""));
    let netlist = netlist.expect("a network of ours");
    for mut board in [Board::loihi1(), Board::kapoho_bay()] {
        board.core.compartments = 20;
        let mut options = CompileOptions::new(board.clone());
        options.placement = Some(placement.clone());
        if let Ok(compiled) = compile(&netlist, &options) {
            let checked = CheckedImage::prove(compiled.image, &board, LimitPolicy::Enforce);
            alike(
                &Chip::load(&checked.expect("what the compiler emits is good")),
                STEPS,
            );
        }
    }
}

/// Bytes as a float graph: refused, or quantised both ways, compiled and run beside its floats.
pub fn nir(data: &[u8]) {
    let Ok(graph) = Graph::read_bytes(data.to_vec()) else {
        return;
    };
    let neurons: usize = graph
        .shapes_known()
        .values()
        .map(|s| s.iter().product::<usize>())
        .sum();
    if neurons > NEURONS_MAX as usize {
        return;
    }
    let mut floats = FloatOptions::default();
    floats.dt_seconds = 1e-3;
    if let Ok(mut network) = FloatNetwork::new(&graph, &floats) {
        let ones = vec![1.0; network.input_size()];
        (0..4).for_each(|_| network.step(&ones));
    }
    let options = QuantiseOptions::default().dt_seconds(1e-3);
    let boards = [
        (options.clone(), Board::loihi1()),
        (options.with_programs(), Board::loihi2()),
    ];
    for (options, board) in boards {
        let Ok(quantised) = quantise(&graph, &options) else {
            continue;
        };
        let found = quantised.netlist.check();
        assert!(
            found.is_empty(),
            "the quantiser made a wrong network: {found:?}"
        );
        if small(&quantised.netlist) {
            compiled_and_compared(&quantised.netlist, board);
        }
    }
}

/// Bytes as a network of Lava's: refused, or given a picture, compiled and run.
pub fn netx(data: &[u8]) {
    let Ok(mut netx) = Netx::read_bytes("fuzzed", data.to_vec()) else {
        return;
    };
    let _ = netx.set_picture(&[4], &[0.5; 4]);
    if small(&netx.netlist) {
        compiled_and_compared(&netx.netlist, Board::loihi2());
    }
}
