//! Limits, splitting, placement, sharing, encodings.

mod common;
use common::*;
use seamount_compile::*;
use seamount_image::list::list_words;
use seamount_image::{Encoding, InputAxon};
use seamount_network::netlist::*;
use seamount_spec::Board;

fn limits(net: &Netlist, options: &CompileOptions) -> Vec<Limit> {
    match compile(net, options) {
        Err(CompileError::Limits(limits)) => limits,
        other => panic!("{other:?}"),
    }
}

fn used(compiled: &Compiled, core: usize, resource: &str) -> u64 {
    compiled.report.cores[core]
        .usage
        .iter()
        .find(|u| u.resource == resource)
        .unwrap()
        .used
}

/// A sensor of 5,000 sources that all reach one population, and 200 thresholds on one neuron each.
fn too_much() -> Netlist {
    let mut net = Netlist::new("too much");
    net.input("in", 5000);
    net.add(Population::new("eye", 100));
    net.connect("in", "eye").all_to_all(3);
    net
}

/// The default options with limits enforced, and with limits only reported.
fn both_policies() -> [CompileOptions; 2] {
    let enforced = CompileOptions::default();
    [enforced.clone(), enforced.ignoring_limits()]
}

#[test]
fn nc_030_every_broken_limit_is_listed() {
    let found = limits(&too_much(), &CompileOptions::default());
    let texts: Vec<String> = found.iter().map(Limit::to_string).collect();
    assert_eq!(
        texts,
        ["core 0 (eye): input slots: wanted 5000, available 4096"]
    );

    let mut board = Board::preset("loihi1").unwrap();
    board.core.synapse_words = 8;
    board.core.compartments = 50;
    (board.tiles_x, board.tiles_y, board.cores_per_tile) = (1, 1, 1);
    let mut net = too_much();
    net.populations[0].size = 50;
    let found = limits(&net, &CompileOptions::new(board.clone()));
    let resources: Vec<(&str, u64)> = found
        .iter()
        .map(|l| (l.resource.as_str(), l.wanted))
        .collect();
    // every source has the same list, so they share one of 3 words; the slots are too few all the
    // same
    assert_eq!(resources, [("input slots", 5000)]);

    net.add(Population::new("other", 1));
    let found = limits(&net, &CompileOptions::new(board));
    assert!(
        found
            .iter()
            .any(|l| l.resource == "compartments" && l.core.is_none()),
        "{found:?}"
    );
}

#[test]
fn nc_026_given_delay_bits_that_are_too_few_are_refused() {
    let mut net = Netlist::new("late");
    net.input("in", 1);
    let mut population = Population::new("p", 4);
    population.core.delay_bits = Some(3);
    net.add(population);
    net.connect("in", "p").all_to_all(3).delay(7);
    for options in both_policies() {
        let found = limits(&net, &options);
        let wanted = Limit {
            core: Some(0),
            resource: "synaptic delay".into(),
            wanted: 7,
            available: 6,
            who: vec!["p".into()],
        };
        assert_eq!(found, [wanted]);
    }
}

#[test]
fn ignored_limits_are_reported_and_the_image_runs() {
    let compiled = verified(&too_much(), &CompileOptions::default().ignoring_limits());
    assert_eq!(compiled.breaches.len(), 1);
    assert_eq!(
        (compiled.breaches[0].core, compiled.breaches[0].wanted),
        (Some(0), 5000)
    );
    assert_eq!(compiled.report.cores.len(), 1);
}

/// W1 of `peers/workload.py`: more synapses than one core can store.
fn crowded(seed: u64) -> Netlist {
    let dice = &mut Dice::new(seed);
    let mut net = Netlist::new("crowded");
    net.add(
        Population::new("p", 1024)
            .current_decay(1023)
            .threshold_mantissa(1000),
    );
    let mut synapses = vec![];
    for source in 0..1024 {
        for target in dice.choose(1024, 100) {
            synapses.push((source, target, 2 * dice.range(-90, 90) as i32));
        }
    }
    net.connect("p", "p").pairs(synapses);
    net
}

#[test]
fn a_core_is_split_when_its_memory_is_full() {
    let compiled = verified(&crowded(3), &CompileOptions::default());
    assert_eq!(
        compiled.report.cores.len(),
        2,
        "{:?}",
        compiled.report.cores
    );
    let ignored = verified(&crowded(3), &CompileOptions::default().ignoring_limits());
    assert_eq!(ignored.report.cores.len(), 1);
    assert_eq!(ignored.breaches[0].resource, "synapse memory words");
}

#[test]
fn pieces_of_split_cores_share_a_core() {
    let dice = &mut Dice::new(8);
    let mut net = Netlist::new("pieces");
    net.add(
        Population::new("p", 2048)
            .current_decay(1023)
            .threshold_mantissa(1000),
    );
    let mut synapses = vec![];
    for source in 0..2048 {
        for target in dice.choose(2048, 130) {
            synapses.push((source, target, 2 * dice.range(-60, 60) as i32));
        }
    }
    net.connect("p", "p").pairs(synapses);
    let compiled = verified(&net, &CompileOptions::default());
    let words: Vec<u64> = (0..compiled.report.cores.len())
        .map(|c| used(&compiled, c, "synapse memory words"))
        .collect();
    assert_eq!(
        words.len(),
        words.iter().sum::<u64>().div_ceil(16384) as usize,
        "{words:?}"
    );
}

/// W1 of `peers/workload.py` as it is, even weights of both signs up to 8: 100 random
/// synapses a neuron just fit, with run-length entries whose long gaps are filled with zeros.
#[test]
fn w1_fits_one_core() {
    let dice = &mut Dice::new(1);
    let mut net = Netlist::new("W1");
    net.add(
        Population::new("p", 1024)
            .current_decay(1023)
            .threshold_mantissa(1000),
    );
    let mut synapses = vec![];
    for source in 0..1024 {
        for target in dice.choose(1024, 100) {
            synapses.push((
                source,
                target,
                2 * dice.range(1, 4) as i32 * if dice.chance(50) { 1 } else { -1 },
            ));
        }
    }
    net.connect("p", "p").pairs(synapses);
    let words = |options: CompileOptions| {
        let compiled = verified(&net, &options);
        (0..compiled.report.cores.len())
            .map(|c| used(&compiled, c, "synapse memory words"))
            .collect::<Vec<_>>()
    };
    let found = words(CompileOptions::default());
    assert!(found.len() == 1 && found[0] <= 16384, "{found:?}");
}

#[test]
fn delays_and_thresholds_open_new_cores() {
    let mut net = Netlist::new("delays");
    net.input("in", 1);
    net.add(Population::new("late", 600))
        .add(Population::new("many", 10).threshold_mantissa((1..=10).collect::<Vec<u32>>()));
    net.connect("in", "late").all_to_all(3).delay(20);
    let compiled = verified(&net, &CompileOptions::default());
    // 5 bits of delay: 8192 / 32 = 256 compartments a core; 8 thresholds a core
    let sizes: Vec<u64> = (0..compiled.report.cores.len())
        .map(|c| used(&compiled, c, "compartments"))
        .collect();
    assert_eq!(sizes, [256, 256, 96, 2]);
    assert_eq!(compiled.image.cores[0].registers.delay_bits, 5);
}

#[test]
fn different_core_settings_never_share_a_core() {
    let mut net = Netlist::new("settings");
    let mut second = Population::new("b", 5);
    second.core.v_min_exponent = 10;
    net.add(Population::new("a", 5))
        .add(second)
        .add(Population::new("c", 5));
    assert_eq!(
        verified(&net, &CompileOptions::default())
            .report
            .cores
            .len(),
        3
    );
}

#[test]
fn compiling_is_deterministic() {
    let options = CompileOptions::default().seed(5);
    assert_eq!(
        compile(&crowded(1), &options).unwrap(),
        compile(&crowded(1), &options).unwrap()
    );
}

#[test]
fn a_placement_comes_back_as_it_went() {
    let net = ring(4, 2, 1);
    let first = verified(&net, &CompileOptions::default());
    let text = first.placement.to_json();
    let mut placement = Placement::from_json(&text).unwrap();
    assert_eq!(placement, first.placement);
    placement.cores.reverse();
    placement.cores[0].core = 77;
    let second = verified(
        &net,
        &CompileOptions::default().placement(placement.clone()),
    );
    assert_eq!(second.placement, placement);
    assert_eq!(second.image.cores[0].location.core, 77);
}

#[test]
fn placements_that_do_not_suit_name_every_problem() {
    let mut net = Netlist::new("small");
    net.add(Population::new("a", 10))
        .add(Population::new("b", 10));
    let good = compile(&net, &CompileOptions::default()).unwrap().placement;
    let problems = |change: fn(&mut Placement)| {
        let mut placement = good.clone();
        change(&mut placement);
        match compile(&net, &CompileOptions::default().placement(placement)) {
            Err(CompileError::Placement(problems)) => problems,
            other => panic!("{other:?}"),
        }
    };
    let name = || String::from("b");
    let found = problems(|p| p.cores[0].slices[1].neurons = 9);
    assert_eq!(
        found,
        [PlacementProblem::Missing {
            population: name(),
            first: 9,
            last: 9
        }]
    );
    let found = problems(|p| {
        p.cores[0].slices[1].first_neuron = 5;
        p.cores[0].core = 128;
    });
    assert!(matches!(
        found[0],
        PlacementProblem::OffBoard {
            core: 0,
            chip: 0,
            number: 128
        }
    ));
    assert!(matches!(
        found[1],
        PlacementProblem::Range {
            first_neuron: 5,
            size: 10,
            ..
        }
    ));
    let found = problems(|p| {
        let mut again = p.cores[0].clone();
        again.slices[0].population = "nobody".into();
        p.cores.push(again);
    });
    assert!(matches!(
        &found[0],
        PlacementProblem::LocationTwice { core: 1, .. }
    ));
    assert!(
        matches!(&found[1], PlacementProblem::UnknownPopulation { population, .. } if population == "nobody")
    );
    assert!(
        matches!(&found[2], PlacementProblem::Twice { population, first: 0 } if population == "b")
    );
    let found = problems(|p| p.version = 9);
    assert!(matches!(
        found[0],
        PlacementProblem::Version { version: 9, .. }
    ));
}

/// 30 x 30 pixels to 28 x 28 neurons, one 3 x 3 kernel.
fn convolution(axons: fn() -> Axons) -> Netlist {
    let mut net = Netlist::new("convolution");
    net.input("image", 900);
    net.add(Population::new("map", 784));
    let mut synapses = vec![];
    for y in 0..28 {
        for x in 0..28 {
            for (ky, kx) in (0..9).map(|k| (k / 3, k % 3)) {
                synapses.push((
                    (y + ky) * 30 + x + kx,
                    y * 28 + x,
                    [3, -7, 9, 11, -13, 5, 1, 2, -4][(ky * 3 + kx) as usize],
                ));
            }
        }
    }
    net.connect("image", "map").pairs(synapses).axons(axons());
    net
}

#[test]
fn nc_029_convolutions_share_their_lists() {
    let one_list = |axons: &[InputAxon]| axons.iter().map(|a| a.words).max().unwrap();
    let compiled = verified(&convolution(|| Axons::Discrete), &CompileOptions::default());
    assert_eq!(compiled.report.cores.len(), 1);
    let words = used(&compiled, 0, "synapse memory words");
    let alone = u64::from(one_list(&compiled.image.cores[0].input_axons)) * 900;
    // 784 neurons span four bases of 256, and the border has its own lists
    assert!(words < alone / 3, "{words} of {alone}");
    assert!(compiled.report.cores[0].axons_sharing_lists > 600);
}

#[test]
fn nc_028_population_axons_share_their_lists() {
    let groups = || Groups {
        group: (0..900).collect::<Vec<_>>().into(),
        atom: vec![0u16; 900].into(),
    };
    let wide = verified(
        &convolution(|| {
            Axons::Pop32(Groups {
                group: (0..900).collect::<Vec<_>>().into(),
                atom: vec![0u16; 900].into(),
            })
        }),
        &CompileOptions::default(),
    );
    assert!(wide.report.cores[0].axons_sharing_lists > 600);
    let mut net = convolution(|| Axons::Discrete);
    net.projections[0].axons = Axons::Pop16(groups());
    let narrow = verified(&net, &CompileOptions::default());
    assert!(narrow.report.cores[0].axons_sharing_lists > 200);
    assert!(
        narrow.image.cores[0]
            .input_axons
            .iter()
            .all(|a| a.base % 4 == 0)
    );
}

#[test]
fn nc_023_full_matrices_are_dense_and_bits_add_up() {
    let mut net = Netlist::new("dense");
    net.input("in", 80);
    net.add(Population::new("p", 240));
    let dice = &mut Dice::new(4);
    net.connect("in", "p").dense(
        (0..80)
            .map(|_| {
                (0..240)
                    .map(|t| dice.range(1, 63) as i32 * [4, -2][t % 2])
                    .collect()
            })
            .collect(),
    );
    let compiled = verified(&net, &CompileOptions::default());
    let core = &compiled.image.cores[0];
    assert!(
        core.synapse_formats
            .iter()
            .all(|f| f.encoding == Encoding::Dense),
        "{:?}",
        compiled.report.cores[0].formats
    );
    // entries of at most 64 synapses of 8 bits, header of 10 + 8 bits
    let words = u64::from(list_words(4 * 18 + 240 * 8)) * 80;
    assert_eq!(core.synapse_memory.len() as u64, words);
    assert_eq!(
        compiled.report.cores[0].synapse_bits_used,
        80 * (4 * 18 + 240 * 8)
    );
    let stored = compiled.report.synapses.stored;
    assert_eq!((stored.dense, stored.zeros), (80 * 240, 0));
}

#[test]
fn nc_023_clusters_use_run_length() {
    let mut net = Netlist::new("clusters");
    net.input("in", 200);
    net.add(Population::new("p", 1000));
    let dice = &mut Dice::new(4);
    let mut synapses = vec![];
    for source in 0..200 {
        let mut target = dice.range(0, 700) as u32;
        for _ in 0..40 {
            target += dice.range(2, 5) as u32;
            synapses.push((source, target, dice.range(1, 255) as i32));
        }
    }
    net.connect("in", "p").pairs(synapses);
    let compiled = verified(&net, &CompileOptions::default());
    assert!(
        compiled.report.synapses.stored.run_length > 7000,
        "{:?}",
        compiled.report.synapses
    );
}

#[test]
fn zeros_are_dropped_and_rounding_is_counted() {
    let mut net = Netlist::new("zeros");
    net.input("in", 1);
    net.add(Population::new("p", 3));
    net.connect("in", "p")
        .pairs([(0, 0, 0), (0, 1, 33), (0, 2, 7)])
        .format(SignMode::Excitatory, 3);
    let compiled = verified(&net, &CompileOptions::default());
    let s = &compiled.report.synapses;
    assert_eq!(
        (
            s.written,
            s.dropped,
            s.rounded,
            s.rounding_error_max,
            s.stored.sparse
        ),
        (3, 2, 2, 7, 1)
    );
}

#[test]
fn learning_and_wrong_networks_are_refused() {
    let mut net = too_much();
    net.projections[0].connectivity = Connectivity::AllToAll {
        weight: 999,
        delay: 0,
    };
    let refused = compile(&net, &CompileOptions::default());
    assert!(matches!(refused, Err(CompileError::Netlist(f)) if f.len() == 1));
    let mut net = too_much();
    net.rule(LearningRule {
        dw: Some("2^-2*x1*y0 - z1".into()),
        ..LearningRule::new("stdp")
    });
    net.projections[0].format(SignMode::Mixed, 8).learn("stdp");
    let error = compile(&net, &CompileOptions::default())
        .unwrap_err()
        .to_string();
    let wanted = "learning_rules[0] 'stdp'.dw: character 14: unknown symbol 'z1'";
    assert!(
        error.contains(wanted) && error.contains("\n    2^-2*x1*y0 - z1\n                 ^"),
        "{error}"
    );
}

#[test]
fn more_cores_than_the_board_has_are_refused_even_without_limits() {
    let mut net = Netlist::new("large");
    net.add(Population::new("p", 128 * 1024 + 1));
    for options in both_policies() {
        let found = limits(&net, &options);
        assert_eq!(found[0].resource, "compartments");
    }
    net.populations[0].size = u32::MAX;
    limits(&net, &CompileOptions::default());
    let board = Board::preset("kapoho-bay").unwrap();
    net.populations[0].size = 128 * 1024 + 1;
    let compiled = verified(&net, &CompileOptions::new(board));
    assert_eq!(compiled.report.cores.len(), 129);
}

#[test]
fn nc_028_packets_to_another_chip_take_a_slot_more() {
    let board = Board {
        cores_per_tile: 1,
        tiles_x: 1,
        tiles_y: 1,
        chips_x: 3,
        ..Board::preset("loihi1").unwrap()
    };
    let mut net = ring(3, 1, 2);
    net.projections[0].connectivity = Connectivity::OneToOne {
        weights: 3.into(),
        delays: 0.into(),
    };
    net.connect("p0", "p0")
        .pairs((0..1024).map(|i| (i, i + 1024, 5)));
    let compiled = verified(&net, &CompileOptions::new(board));
    assert_eq!(used(&compiled, 0, "output slots"), 1024 + 2 * 1024);
}
