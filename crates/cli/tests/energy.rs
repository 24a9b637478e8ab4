//! Energy of a run, divided: whatever a profile prices is in the whole, in one unit, in one core or
//! of the host, and in one layer or of the host.

mod bench;

use bench::Bench;
use serde_json::Value;

/// Programs that send graded spikes, fixed neurons, and synapses that learn, on several cores.
const NET: &str = r#"{"format":"seamount-netlist","version":1,"name":"everything",
 "programs":[{"name":"relay","text":".program relay\n.spike graded24\n.state seen\n RDC r0, s0\n RMW _, seen, r0\n EQ r0, 0\n SKP_C 1\n SPIKE r0\n"}],
 "inputs":[{"name":"in","size":3},{"name":"teach","size":2}],
 "populations":[
  {"name":"first","size":3,"program":{"name":"relay"},"core":{"delay_bits":3}},
  {"name":"second","size":5,"program":{"name":"relay"},"core":{"delay_bits":4}},
  {"name":"beside","size":4,"compartments":[{"name":"soma","current_decay":4095,"voltage_decay":0,"threshold_mantissa":20}]},
  {"name":"post","size":2,"compartments":[{"name":"soma","current_decay":4095,"voltage_decay":4095,"threshold_mantissa":100}]}],
 "projections":[
  {"name":"a","source":"in","target":"first","connectivity":{"kind":"one_to_one","weights":3}},
  {"name":"b","source":"first","target":"second","connectivity":{"kind":"all_to_all","weight":2,"delay":1}},
  {"name":"c","source":"in","target":"beside","connectivity":{"kind":"all_to_all","weight":90}},
  {"name":"teacher","source":"teach","target":"post","weight_exponent":7,"connectivity":{"kind":"one_to_one","weights":255}},
  {"name":"d","source":"beside","target":"post","learning":"stdp",
   "precision":{"kind":"format","sign_mode":"excitatory","weight_bits":8},"connectivity":{"kind":"all_to_all","weight":100}}],
 "learning_rules":[{"name":"stdp","dw":"2^-2*x1*y0 - 2^-2*y1*x0","x1":{"impulse":16,"k":4096},"y1":{"impulse":16,"k":2048}}]}"#;

/// Sum of a field over the entries of a list.
fn sum(list: &Value, field: &str) -> u64 {
    let entries = list.as_array().expect("a list");
    entries
        .iter()
        .map(|e| e[field].as_u64().expect("a number"))
        .sum()
}

/// Sum of the parts by unit over the entries of a list.
fn sum_by_unit(list: &Value) -> u64 {
    let entries = list.as_array().expect("a list").iter();
    let parts = entries.flat_map(|e| e["by_unit_fj"].as_array().expect("units"));
    parts.map(|fj| fj.as_u64().expect("a number")).sum()
}

#[test]
fn units_cores_and_layers_add_up_to_the_whole_when_every_event_is_priced() {
    let bench = Bench::new("energy-sums");
    bench.file("all.json", NET);
    let events: String = (0..12)
        .flat_map(|t| {
            [
                format!("{t},in,{}\n", t % 3),
                format!("{t},teach,{}\n", t % 2),
            ]
        })
        .collect();
    bench.file("in.csv", format!("step,input,neuron\n{events}"));
    // every event has a price of its own, so that none can stand in for another
    let prices: String = seamount::EventCounts::NAMES
        .iter()
        .zip(1..)
        .map(|(name, k)| {
            format!(
                "{name} = {{ energy_fj = {}, source = 'test' }}\n",
                1000 + k * k
            )
        })
        .collect();
    bench.file(
        "all.toml",
        format!("name = 'all'\nsource = 'test'\n[prices]\n{prices}"),
    );
    let run = "run all.json --board loihi2 --steps 20 --input in.csv --profile all.toml --json";
    let report = bench.run(run).expect(0).json();
    for happened in [
        "microcode_instructions",
        "learning_visits",
        "learning_products",
        "packets_in",
        "packets_out",
        "host_spikes",
        "synapse_words",
    ] {
        assert!(
            report["totals"][happened].as_u64() > Some(0),
            "{happened}: {}",
            report["totals"]
        );
    }
    let energy = &report["energy"][0];
    let whole = energy["dynamic_fj"].as_u64().expect("a number");
    let host = energy["host_fj"].as_u64().expect("a number");
    assert!(energy["by_core"].as_array().unwrap().len() > 1, "{energy}");
    assert_eq!(sum(&energy["by_event"], "energy_fj"), whole);
    assert_eq!(sum(&energy["by_unit"], "energy_fj"), whole);
    assert_eq!(sum(&energy["by_core"], "dynamic_fj") + host, whole);
    assert_eq!(sum_by_unit(&energy["by_core"]) + host, whole);
    assert_eq!(sum(&energy["by_layer"], "dynamic_fj") + host, whole);
    assert_eq!(sum_by_unit(&energy["by_layer"]) + host, whole);
    let spikes = report["totals"]["host_spikes"].as_u64().unwrap();
    assert!(
        host > 0 && host.is_multiple_of(spikes),
        "{host} of {spikes} spikes"
    );
}

#[test]
fn me_043_what_is_unknown_is_null_in_all_and_by_unit_core_and_layer() {
    let bench = Bench::new("energy-unknown");
    bench.file("all.json", NET);
    bench.file(
        "in.csv",
        "step,input,neuron\n0,in,0\n1,in,1\n2,in,2\n3,teach,0\n",
    );
    let run =
        "run all.json --board loihi2 --steps 10 --input in.csv --profile loihi2-scaled --json";
    let report = bench.run(run).expect(0).json();
    let energy = &report["energy"][0];
    assert_eq!(energy["dynamic_fj"], Value::Null, "{energy}");
    assert_eq!(energy["dynamic_fj_per_step"], Value::Null);
    let list = |name: &str| energy[name].as_array().expect("a list").clone();
    for unit in list("by_unit") {
        let happened = unit["unknown"].as_bool().expect("a flag");
        assert_eq!(unit["energy_fj"].is_null(), happened, "{unit}");
    }
    assert!(
        list("by_unit")
            .iter()
            .any(|unit| unit["energy_fj"].is_null())
    );
    for part in [list("by_core"), list("by_layer")].concat() {
        assert_eq!(part["dynamic_fj"], Value::Null, "{part}");
        let units = part["by_unit_fj"].as_array().expect("units");
        assert!(units.iter().any(Value::is_null), "{part}");
    }
}
