//! Golden vectors, other simulators' results, against the oracle and the chip at once: every run
//! here is a run of both, equal in every register of every step.
//! Index k of an array holds the state at the end of step k + 1.

use seamount_arith::{soma, weight, word};
use seamount_network::netlist::*;
use seamount_tests::generate::{Case, Event};
use seamount_tests::lockstep::{self, Plan};
use seamount_tests::oracle::{Cell, Oracle, StepRecord, formulas};
use serde_json::Value;
use std::path::Path;

fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../fixtures/golden")
        .join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("golden vectors are JSON")
}

fn integers(value: &Value) -> Vec<i64> {
    let array = value
        .as_array()
        .unwrap_or_else(|| panic!("not an array: {value}"));
    array
        .iter()
        .map(|x| x.as_i64().unwrap_or_else(|| panic!("not an integer: {x}")))
        .collect()
}

fn integer(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("not an integer: {value}"))
}

/// Runs oracle and chip with input spikes (step of emission, input, neuron); the oracle's records,
/// which the chip's equal.
fn run(netlist: &Netlist, steps: usize, spikes: &[(u64, usize, u32)]) -> Vec<StepRecord> {
    let mut events: Vec<Event> = spikes
        .iter()
        .map(|&(step, input, neuron)| Event {
            step,
            input,
            neuron,
        })
        .collect();
    events.sort();
    let case = Case {
        netlist: netlist.clone(),
        steps: steps as u64,
        events,
        noise: None,
    };
    let records = case.run();
    for vectors in [true, false] {
        let plan = Plan {
            compartments_per_core: 1024,
            threads: 1,
            vectors,
            restore_at: vec![],
            accumulators: true,
        };
        let image =
            lockstep::image(&case, &plan).unwrap_or_else(|e| panic!("{}: {e}", netlist.name));
        let (seen, _) = lockstep::run(&case, &plan, &image);
        lockstep::compare(&case, &seen, &records)
            .unwrap_or_else(|e| panic!("{}: {e}", netlist.name));
    }
    records
}

fn trace(
    records: &[StepRecord],
    (population, part): (usize, usize),
    of: impl Fn(&Cell) -> i64,
) -> Vec<i64> {
    records
        .iter()
        .map(|r| of(&r.cells[population][part][0]))
        .collect()
}

/// Compares the fields u, v and spike (or s) that `expected` has.
fn agrees(records: &[StepRecord], place: (usize, usize), expected: &Value) {
    let mut compared = 0;
    for name in ["u", "v", "spike", "s"] {
        if let Some(array) = expected.get(name) {
            let ours = trace(records, place, |c| match name {
                "u" => c.u,
                "v" => c.v,
                _ => c.spiked.into(),
            });
            assert_eq!(ours, integers(array), "{name} of {place:?}");
            compared += 1;
        }
    }
    assert!(compared > 1, "nothing to compare in {expected}");
}

/// Effective decay 4096 by ds_offset and otherwise none, threshold as given.
fn plain(name: &str, current_decay: u16, threshold: i64) -> Population {
    assert_eq!(threshold % 64, 0);
    Population::new(name, 1)
        .current_decay(current_decay)
        .threshold_mantissa((threshold / 64) as u32)
}

/// Input `in{i}` reaches `target` with effective weight 64 * w.
fn drive(net: &mut Netlist, i: usize, target: &str, effective: i64) {
    assert_eq!(effective % 64, 0);
    let name = format!("in{i}");
    net.input(&name, 1);
    net.connect(&name, target)
        .all_to_all((effective / 64) as i32);
}

fn spikes_of(times: &Value, input: usize) -> Vec<(u64, usize, u32)> {
    integers(times)
        .iter()
        .map(|t| (*t as u64, input, 0))
        .collect()
}

#[test]
fn g_01_current_and_voltage_integrate_and_decay() {
    for case in golden("loihi1-01-lif-psp.json")["cases"]
        .as_array()
        .expect("cases")
    {
        let params = &case["params"];
        let expected = &case["expected"];
        let mut net = Netlist::new("g-01");
        net.add(
            plain(
                "n",
                integer(&params["du_register"]) as u16,
                integer(&params["vth"]),
            )
            .voltage_decay(integer(&params["dv_register"]) as u16)
            .core(CoreSettings {
                v_min_exponent: 23,
                ..CoreSettings::default()
            }),
        );
        let mut spikes = vec![];
        for (i, input) in case["input"].as_array().expect("inputs").iter().enumerate() {
            let effective = integer(&input["weight_effective"]);
            // -12800 needs more than 8 bits of mantissa: exponent 1.
            let exponent = i64::from(effective.abs() > 255 * 64);
            drive(&mut net, i, "n", effective >> exponent);
            net.projections[i].weight_exponent = (exponent as i8).into();
            spikes.extend(spikes_of(&input["spike_times"], i));
        }
        agrees(
            &run(&net, integers(&expected["u"]).len(), &spikes),
            (0, 0),
            expected,
        );
    }
}

#[test]
fn g_02_decay_rounds_toward_zero() {
    let mut compared = 0;
    for row in golden("loihi1-02-decay-rounding.json")["table"]
        .as_array()
        .expect("table")
    {
        let decay = integer(&row["decay"]) + integer(&row["offset"]);
        for (x, y) in integers(&row["x"]).into_iter().zip(integers(&row["y"])) {
            // The tool that wrote the table multiplies in 32 bits; beyond them its rows are wrong.
            if x.abs() * (4096 - decay) < 1 << 31 {
                assert_eq!(formulas::decayed(x, decay), y, "x {x}, decay {decay}");
                assert_eq!(
                    i64::from(soma::decay(x as i32, decay as u16)),
                    y,
                    "x {x}, decay {decay}"
                );
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "{compared}");
}

#[test]
fn g_03_refractory_hold() {
    let all = golden("loihi1-03-refractory.json");
    for (group, bias) in [("nengo", 2000i16), ("brian", 1984)] {
        let by = &all[group][if group == "nengo" {
            "by_refract_delay"
        } else {
            "by_refractory"
        }];
        for (name, expected) in by.as_object().expect("by refractory steps") {
            let steps: u8 = name.trim_start_matches("ref").parse().expect("refN");
            let mut net = Netlist::new("g-03");
            net.add(plain("n", 4095, 6400).bias(bias, 0).refractory_steps(steps));
            let records = run(&net, 20, &[]);
            assert_eq!(
                trace(&records, (0, 0), |c| c.v),
                integers(&expected["v"]),
                "{group} {name}"
            );
            let fired: Vec<i64> = (0..20)
                .filter(|k| records[*k as usize].cells[0][0][0].spiked)
                .collect();
            match expected.get("spike") {
                Some(spike) => agrees(
                    &records,
                    (0, 0),
                    &serde_json::json!({"v": expected["v"], "spike": spike}),
                ),
                None => assert_eq!(fired, integers(&expected["spike_times"]), "{group} {name}"),
            }
        }
    }
}

#[test]
fn g_03_current_evolves_during_the_hold() {
    let case = &golden("loihi1-03-refractory.json")["u_keeps_decaying_during_refractory"];
    let params = &case["params"];
    let mut net = Netlist::new("g-03 u");
    let decay = integer(&params["du_effective"]) as u16 - 1;
    net.add(
        plain("n", decay, integer(&params["vth"]))
            .refractory_steps(integer(&params["refract"]) as u8),
    );
    let mut spikes = vec![];
    for (i, input) in params["inputs"]
        .as_array()
        .expect("inputs")
        .iter()
        .enumerate()
    {
        drive(&mut net, i, "n", integer(&input["weight_effective"]));
        spikes.extend(spikes_of(&input["spike_times"], i));
    }
    agrees(&run(&net, 20, &spikes), (0, 0), &case["expected"]);
}

#[test]
fn g_04_wraps() {
    let all = golden("loihi1-04-overflow.json");
    for (name, bits) in [("wrap_21_plus_sign", 22), ("wrap_23_plus_sign", 24)] {
        for (x, y) in integers(&all[name]["x"])
            .into_iter()
            .zip(integers(&all[name]["y"]))
        {
            assert_eq!(formulas::wrapped(x, bits), y, "{x} to {bits} bits");
            let ours = if bits == 22 {
                word::wrap::<22>(x)
            } else {
                word::wrap::<24>(x)
            };
            assert_eq!(i64::from(ours), y, "{x} to {bits} bits");
        }
    }
}

#[test]
fn g_04_overflow() {
    let all = golden("loihi1-04-overflow.json");
    let cases = [
        (&all["u_wrap_only"]["params"], &all["u_wrap_only"]["nengo"]),
        (
            &all["nengo"]["q_200_axons"]["params"],
            &all["nengo"]["q_200_axons"]["expected"],
        ),
        (
            &all["nengo"]["q_1000_axons"]["params"],
            &all["nengo"]["q_1000_axons"]["expected"],
        ),
    ];
    for (params, expected) in cases {
        let axons = integer(&params["axons"]) as u32;
        let v_min_exponent = if integer(&params["vmin"]) == -(1 << 23) + 1 {
            23
        } else {
            22
        };
        let mut net = Netlist::new("g-04");
        net.input("in", axons);
        net.add(
            plain(
                "n",
                integer(&params["du_register"]) as u16,
                integer(&params["vth"]),
            )
            .core(CoreSettings {
                v_min_exponent,
                ..CoreSettings::default()
            }),
        );
        net.connect("in", "n")
            .all_to_all((integer(&params["weight_effective"]) / 64) as i32);
        let spikes: Vec<_> = (1..=15)
            .flat_map(|step| (0..axons).map(move |n| (step, 0, n)))
            .collect();
        let records = run(&net, 15, &spikes);
        agrees(&records, (0, 0), expected);
        let wraps: u64 = records.iter().map(|r| r.counts.q_wraps).sum();
        assert_eq!(wraps, if axons == 100 { 0 } else { 14 });
        assert_eq!(records[1].counts.synaptic_operations, u64::from(axons));
    }
}

/// The column `lava` floors in mixed mode as the contract does (NC-020); the clip is NC-004's.
#[test]
fn g_05_weights() {
    let mut compared = 0;
    for row in golden("loihi1-05-weight-encoding.json")["table"]
        .as_array()
        .expect("table")
    {
        let sign_mode: SignMode =
            serde_json::from_value(row["sign_mode"].clone()).expect("sign mode");
        let weight_bits = integer(&row["num_weight_bits"]) as u8;
        let precision = Precision::Format {
            sign_mode,
            weight_bits,
        };
        for (w, j) in integers(&row["w"]).into_iter().zip(integers(&row["lava"])) {
            if sign_mode == SignMode::Inhibitory && w == -256 {
                continue; // NC-022: no such weight.
            }
            let stored = formulas::stored_weight(w, precision);
            let expected = j.clamp(-(1 << 21) + 64, (1 << 21) - 64);
            let exponent = integer(&row["w_exp"]) as i8;
            assert_eq!(
                formulas::contribution(stored, exponent),
                expected,
                "{w} in {row}"
            );
            let floor = weight::MixedRounding::Floor;
            let ours = weight::stored_weight(w as i32, sign_mode, weight_bits, floor);
            assert_eq!(
                i64::from(weight::contribution(ours, exponent)),
                expected,
                "{w} in {row}"
            );
            compared += 1;
        }
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn g_06_synaptic_delay() {
    for (delay, expected) in golden("loihi1-06-synaptic-delay.json")["expected"]
        .as_object()
        .expect("by delay")
    {
        let mut net = Netlist::new("g-06");
        net.add(plain("n", 4095, 64_000));
        drive(&mut net, 0, "n", 640);
        net.projections[0].delay(delay.parse().expect("a delay"));
        agrees(
            &run(&net, integers(&expected["u"]).len(), &[(3, 0, 0)]),
            (0, 0),
            expected,
        );
    }
}

#[test]
fn g_07_every_edge_costs_one_step() {
    let expected = &golden("loihi1-07-spike-latency.json")["expected"];
    let mut net = Netlist::new("g-07");
    net.add(plain("A", 4095, 6400)).add(plain("B", 4095, 6400));
    drive(&mut net, 0, "A", 6464);
    net.connect("A", "B").one_to_one(101);
    let records = run(&net, 8, &[(2, 0, 0)]);
    agrees(&records, (0, 0), &expected["A"]);
    agrees(&records, (1, 0), &expected["B"]);
}

/// The table gives x = r - 128 and the effective exponent (NC-016).
#[test]
fn g_11_noise() {
    for row in golden("loihi1-11-noise.json")["table"]
        .as_array()
        .expect("table")
    {
        let effective = integer(&row["exp"]) as u8;
        let exponent = if effective <= 7 {
            effective - 1
        } else {
            effective
        };
        for (x, y) in integers(&row["x"]).into_iter().zip(integers(&row["y"])) {
            let mantissa = integer(&row["mant_offset"]) as i8;
            assert_eq!(
                formulas::noise((x + 128) as u8, mantissa, exponent),
                y,
                "{x} in {row}"
            );
            assert_eq!(
                i64::from(soma::noise_value(x as i32, mantissa, effective)),
                y,
                "{x} in {row}"
            );
            if effective != 7 {
                // 7 is acted as by 6 and by 7
                assert_eq!(
                    i64::from(soma::noise((x + 128) as u8, mantissa, exponent)),
                    y,
                    "{x} in {row}"
                );
            }
        }
    }
}

/// Bits of one list by the cost model that the vectors come from (NC-024), and by the packed rule
/// that the compiler uses, which is never more than the end mark's word above it.
#[test]
fn g_10_synapse_memory() {
    use seamount_image::{Encoding, SynapseFormat, list};
    let table = golden("loihi1-10-synmem-bits.json");
    assert_eq!(table["table"].as_array().map(Vec::len), Some(378));
    for row in golden("loihi1-10-synmem-bits.json")["table"]
        .as_array()
        .expect("table")
    {
        let field = |name: &str| integer(&row[name]);
        let index_bits = field("idx_bits") as u8;
        let dense = field("compression") == 3;
        let format = SynapseFormat {
            weight_bits: field("weight_bits") as u8,
            sign_mode: weight::SignMode::Excitatory,
            weight_exponent: 0,
            delay_bits: field("delay_bits") as u8,
            tag_bits: field("tag_bits") as u8,
            index_bits,
            encoding: if dense {
                Encoding::Dense
            } else {
                Encoding::Sparse
            },
            index_offset: 0,
            index_stride: 1,
            box_synapse: false,
            learn_enable: false,
        };
        let synapses = field("n_weights") as u32;
        assert_eq!(
            i64::from(list::padded_bits(&format, synapses)),
            field("bits"),
            "{row}"
        );
        if dense {
            continue;
        }
        let packed =
            synapses.div_ceil(64) * format.header_bits() + synapses * format.synapse_bits();
        assert!(
            i64::from(list::list_words(packed)) * 64 <= field("bits") + 64,
            "{row}"
        );
    }
}

#[test]
fn g_12_bias_mantissa_and_exponent() {
    let table = &golden("loihi1-12-bias-manexp.json")["table"];
    let of = |name: &str| integers(&table[name]);
    for (((bias, mantissa), exponent), effective) in of("bias")
        .into_iter()
        .zip(of("mant"))
        .zip(of("exp"))
        .zip(of("effective"))
    {
        let (m, e) = soma::bias_split(bias).expect("within range");
        assert_eq!(
            (i64::from(m), i64::from(e)),
            (mantissa, exponent),
            "bias {bias}"
        );
        assert_eq!(i64::from(soma::bias(m, e)), effective, "bias {bias}");
    }
    assert_eq!(soma::bias_split(1 << 20), None);
}

#[test]
fn g_14_after_hyperpolarisation() {
    let all = golden("loihi1-14-ahp-two-compartment-derived.json");
    let params = &all["params"];
    let expected = &all["expected"];
    let mut neuron = Population::ahp("n", 1, integer(&params["dv_aux"]) as u16)
        .current_decay(4095)
        .voltage_decay(integer(&params["dv_main"]) as u16)
        .threshold_mantissa((integer(&params["vth_main"]) / 64) as u32)
        .bias(integer(&params["drive"]) as i16, 0);
    neuron.compartments[0].threshold_mantissa = ((1u32 << 17) - 1).into();
    let mut net = Netlist::new("g-14");
    net.add(neuron);
    net.connect("n", "n.ahp")
        .one_to_one((integer(&params["w_aux"]) / 64) as i32);
    net.input("in", 1);
    net.connect("in", "n")
        .all_to_all((integer(&params["w_in"]) / 64) as i32);
    let records = run(
        &net,
        integer(&params["T"]) as usize,
        &spikes_of(&params["in_steps"], 0),
    );
    let of = |prefix: &str| serde_json::json!({"u": expected[format!("{prefix}_u")], "v": expected[format!("{prefix}_v")]});
    agrees(&records, (0, 0), &of("aux"));
    agrees(&records, (0, 1), &of("main"));
    assert_eq!(
        trace(&records, (0, 1), |c| c.spiked.into()),
        integers(&expected["spike"])
    );
}

#[test]
fn nc_014_probe_counts_up_from_multiples_of_128_in_the_hold() {
    let mut net = Netlist::new("probe");
    net.add(plain("n", 4095, 6400).bias(6464, 0).refractory_steps(3));
    net.populations[0].compartments[0].bias_mantissa = 3232.into();
    net.populations[0].compartments[0].bias_exponent = 1.into();
    let records = run(&net, 7, &[]);
    assert_eq!(
        trace(&records, (0, 0), |c| c.voltage_hardware),
        [384, 385, 386, 384, 385, 386, 384]
    );
    assert_eq!(
        trace(&records, (0, 0), |c| c.refractory),
        [2, 1, 0, 2, 1, 0, 2]
    );
}

#[test]
fn nc_027_box_synapse_adds_and_takes_back() {
    let mut net = Netlist::new("box");
    net.add(plain("n", 0, 64_000).core(CoreSettings {
        ds_offset: false,
        ..CoreSettings::default()
    }));
    drive(&mut net, 0, "n", 640);
    net.projections[0].delay(2).boxed();
    let records = run(&net, 6, &[(1, 0, 0)]);
    assert_eq!(trace(&records, (0, 0), |c| c.u), [0, 640, 640, 0, 0, 0]);
    assert_eq!(trace(&records, (0, 0), |c| c.q), [0, 640, 0, -640, 0, 0]);
    assert_eq!(
        records
            .iter()
            .map(|r| r.counts.synaptic_operations)
            .sum::<u64>(),
        1
    );
}

/// Two children with constant voltages 10 (A) and 700 (B), own input 30; B's flag is set.
fn joined(join: Join, a_flag: bool, b_flag: bool) -> (i64, bool) {
    let child = |name: &str, bias: i16, flag: bool| {
        let mut c = Compartment::new(name);
        c.voltage_decay = 4095.into();
        c.bias_mantissa = bias.into();
        c.threshold_mantissa = if flag { 0 } else { 100 }.into();
        c.threshold_mode = ThresholdMode::PassToParent;
        c
    };
    let mut root = child("root", 30, false);
    root.threshold_mode = ThresholdMode::SpikeAndReset;
    root.join = join;
    root.children = vec!["a".into(), "b".into()];
    let core = CoreSettings {
        dm_offset: true,
        ..CoreSettings::default()
    };
    let compartments = vec![child("a", 10, a_flag), child("b", 700, b_flag), root];
    let mut net = Netlist::new("join");
    net.add(Population {
        name: "n".into(),
        size: 1,
        core,
        compartments,
        program: None,
    });
    let record = run(&net, 1, &[]).remove(0);
    (record.cells[0][2][0].v, record.cells[0][2][0].spiked)
}

#[test]
fn nc_041_to_044_joins() {
    assert_eq!(joined(Join::Add, false, false), (740, false));
    assert_eq!(joined(Join::Max, false, false), (700, false));
    assert_eq!(joined(Join::Min, false, false), (10, false));
    assert_eq!(joined(Join::Pass, true, false), (700, false));
    assert_eq!(joined(Join::Pass, false, true), (0, false));
    assert_eq!(joined(Join::Block, true, true), (0, false));
    assert_eq!(joined(Join::Block, false, false), (700, false));
    assert_eq!(joined(Join::Or, false, true), (0, true));
    assert_eq!(joined(Join::Or, false, false), (30, false));
    assert_eq!(joined(Join::And, true, true), (30, false));
}

#[test]
fn nc_011_the_threshold_is_strict() {
    for (bias, spikes) in [(640i16, false), (641, true)] {
        let mut net = Netlist::new("strict");
        net.add(plain("n", 4095, 640).bias(bias, 0));
        assert_eq!(run(&net, 1, &[])[0].cells[0][0][0].spiked, spikes);
    }
}

#[test]
fn nc_015_modes_2_and_3_never_spike_and_mode_3_saturates() {
    for (mode, v) in [
        (ThresholdMode::PassToParent, 1400),
        (ThresholdMode::Saturate, 640),
    ] {
        let mut net = Netlist::new("modes");
        net.add(
            plain("n", 4095, 640)
                .bias(700i16, 0)
                .threshold_mode(mode)
                .refractory_steps(5),
        );
        let last = run(&net, 2, &[]).remove(1).cells[0][0][0];
        let expected = Cell {
            v,
            voltage_hardware: v,
            flag: true,
            ..Cell::default()
        };
        assert_eq!(last, expected, "{mode:?}");
    }
}

/// r = 255, mantissa 0, exponent 7: noise 127, kept in u only if it enters at the dendrite.
#[test]
fn nc_016_noise_enters_where_the_core_says() {
    for (noise_target, q, u, v) in [
        (NoiseTarget::Dendrite, 127, 254, 381),
        (NoiseTarget::Membrane, 0, 0, 254),
    ] {
        let core = CoreSettings {
            noise_target,
            noise_exponent: 7,
            ds_offset: false,
            ..CoreSettings::default()
        };
        let mut net = Netlist::new("noise");
        net.add(plain("n", 0, 64_000).core(core).noise());
        let mut oracle = Oracle::with_noise(&net, vec![vec![vec![vec![255]]]; 2]);
        oracle.step(&[]);
        let cell = oracle.step(&[]).cells[0][0][0];
        assert_eq!((cell.q, cell.u, cell.v), (q, u, v), "{noise_target:?}");
    }
}

/// The child's flag is set in every step, yet the hold lets the parent spike every third step only.
#[test]
fn nc_044_no_spike_during_the_hold_whatever_the_flags() {
    let mut child = Compartment::new("child");
    child.bias_mantissa = 100.into();
    child.threshold_mode = ThresholdMode::PassToParent;
    let mut net = Netlist::new("hold");
    net.add(
        Population {
            compartments: vec![child],
            ..Population::new("n", 1)
        }
        .compartment(Compartment::new("soma"))
        .refractory_steps(3),
    );
    let root = &mut net.populations[0].compartments[1];
    (root.join, root.children) = (Join::Or, vec!["child".into()]);
    let records = run(&net, 7, &[]);
    assert_eq!(
        trace(&records, (0, 1), |c| c.spiked.into()),
        [1, 0, 0, 1, 0, 0, 1]
    );
    assert!(records.iter().all(|r| !r.cells[0][1][0].flag));
    let last = records.last().expect("seven").counts;
    assert_eq!(
        (
            last.neuron_updates_active,
            last.neuron_updates_inactive,
            last.spikes
        ),
        (2, 0, 1)
    );
}

/// u of the child halves, v keeps its sum; the parent's v is what it was handed.
#[test]
fn nc_040_a_child_hands_over_v_or_u_of_the_same_step() {
    for passes in [Passed::Voltage, Passed::Current] {
        let mut net = Netlist::new("passes");
        net.add(
            Population::ahp("n", 1, 0)
                .voltage_decay(4095)
                .threshold_mantissa(1000),
        );
        net.populations[0].core.dm_offset = true;
        let child = &mut net.populations[0].compartments[0];
        (child.passes, child.initial_current, child.current_decay) =
            (passes, 800.into(), 2047.into());
        let records = run(&net, 2, &[]);
        let handed = trace(&records, (0, 1), |c| c.v);
        let expected = if passes == Passed::Voltage {
            [400, 599]
        } else {
            [400, 200]
        };
        assert_eq!(handed, expected, "{passes:?}");
    }
}

#[test]
fn nc_003_clips_are_counted_outside_the_hold() {
    let mut net = Netlist::new("clip");
    let core = CoreSettings {
        v_min_exponent: 8,
        v_max_exponent: 0,
        ..CoreSettings::default()
    };
    net.add(plain("low", 4095, 64).core(core).bias(-300i16, 0));
    net.add(
        plain("high", 4095, 448)
            .core(core)
            .bias(600i16, 0)
            .refractory_steps(2),
    );
    let records = run(&net, 2, &[]);
    assert_eq!(trace(&records, (0, 0), |c| c.v), [-255, -255]);
    assert_eq!(trace(&records, (1, 0), |c| c.spiked.into()), [1, 0]);
    assert_eq!(
        records.iter().map(|r| r.counts.v_clips).collect::<Vec<_>>(),
        [2, 1]
    );
}
