//! What a user sees of time: reports, files for viewers, mistakes.

mod bench;
mod forms;

use bench::Bench;
use serde_json::Value;

const RUN: &str = "run net.json --steps 20 --input in.csv";

#[test]
fn fidelities_agree_on_everything_but_time() {
    let bench = Bench::new("fidelities");
    let run = |flags: &str| {
        let line = format!("{RUN} --json --fidelity {flags}");
        bench.run(&line).expect(0).json()
    };
    let [count, pipeline, cycle] = [
        "count",
        "pipeline --inference-steps 10",
        "cycle --inference-steps 10",
    ]
    .map(run);
    for other in [&pipeline, &cycle] {
        for field in ["totals", "cores", "energy", "probes", "neurobench"] {
            assert_eq!(count[field], other[field], "{field}");
        }
    }
    assert_eq!(count["time"].as_array().unwrap().len(), 0);
    for (name, of) in [("pipeline", &pipeline), ("cycle", &cycle)] {
        let times = of["time"].as_array().unwrap();
        assert_eq!(times.len(), 3);
        for time in times {
            assert_eq!(
                (time["fidelity"].as_str(), time["steps"].as_u64()),
                (Some(name), Some(20))
            );
            let stages: u64 = time["stages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|s| s["ps"].as_u64().unwrap())
                .sum();
            assert_eq!(
                stages,
                time["duration_ps"].as_u64().unwrap(),
                "the critical chains are the duration"
            );
            assert_eq!(time["inference"]["steps"], 10);
        }
        assert!(times[0]["energy_delay_js"].as_f64().unwrap() > 0.0);
        assert_eq!(times[2]["profile"], "loihi2-scaled");
        assert!(
            times[2]["energy_delay_js"].is_null() && times[2]["inference"]["dynamic_fj"].is_null(),
            "no energy of Loihi 2 is known"
        );
    }
    // one core: nothing to wait for, so that cycles are formulas but for the way through one router
    for (a, b) in pipeline["time"]
        .as_array()
        .unwrap()
        .iter()
        .zip(cycle["time"].as_array().unwrap())
    {
        let a = a["ps_per_step"].as_f64().unwrap();
        let b = b["ps_per_step"].as_f64().unwrap();
        assert!(a <= b && b <= 1.1 * a, "{a} {b}");
    }
}

#[test]
fn every_figure_of_time_and_energy_names_its_profile() {
    let bench = Bench::new("names");
    let text = bench.ok(&format!("{RUN} --fidelity cycle --profile loihi2-scaled"));
    assert!(
        text.contains("loihi2-scaled  dynamic energy in all: unknown"),
        "{text}"
    );
    assert!(
        text.contains("loihi2-scaled  energy-delay product: unknown"),
        "{text}"
    );
    let from = text.find("energy by loihi2-scaled").unwrap();
    for line in text[from..].lines().filter(|l| {
        [" ns", " us", " pJ", " nJ", " uJ"]
            .iter()
            .any(|u| l.contains(u))
    }) {
        assert!(line.contains("loihi2-scaled"), "{line}");
    }
}

#[test]
fn files_for_viewers() {
    let bench = Bench::new("viewers");
    let files = "--timeline t.json --waves w.vcd --heat-map h.svg --energy-chart e.svg --time-csv t.csv --trace-steps 2..5";
    let text = bench.ok(&format!("{RUN} --fidelity cycle {files}"));
    assert!(
        ["t.json", "w.vcd", "h.svg", "e.svg", "t.csv"]
            .iter()
            .all(|f| text.contains(&format!("wrote {f}"))),
        "{text}"
    );
    let trace: Value = serde_json::from_slice(&bench.read("t.json")).unwrap();
    let events = trace["traceEvents"].as_array().unwrap();
    let steps: Vec<&str> = events
        .iter()
        .filter_map(|e| e["name"].as_str().filter(|n| n.starts_with("step ")))
        .collect();
    assert_eq!(steps, ["step 2", "step 3", "step 4", "step 5"]);
    assert!(
        events
            .iter()
            .all(|e| ["X", "M"].contains(&e["ph"].as_str().unwrap()))
    );
    forms::trace_event_format(events);
    let waves = String::from_utf8(bench.read("w.vcd")).unwrap();
    let signals = forms::value_change_dump(&waves);
    assert!(waves.contains("$timescale 1 ps $end"), "{waves}");
    for name in [
        "board.step",
        "loop_of_core0.state",
        "chip0_mesh0_router0.grants_local_my_py_mx_px",
    ] {
        assert!(
            signals.get(name).is_some_and(|changes| !changes.is_empty()),
            "{name}: {signals:?}"
        );
    }
    let steps: Vec<u64> = signals["board.step"]
        .iter()
        .map(|(_, value)| *value)
        .collect();
    assert_eq!(steps, [2, 3, 4, 5]);
    let csv = String::from_utf8(bench.read("t.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 3 * 20);
    for line in csv.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let parts: u64 = fields[6..12]
            .iter()
            .map(|f| f.parse::<u64>().unwrap())
            .sum();
        assert_eq!(fields[2].parse::<u64>().unwrap(), parts, "{line}");
    }
    for (file, word) in [
        ("h.svg", "packets of &apos;tiny&apos;"),
        ("e.svg", "by loihi2-scaled: unknown"),
    ] {
        let svg = String::from_utf8(bench.read(file)).unwrap();
        assert!(
            svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains(word),
            "{file}: {svg}"
        );
    }
}

#[test]
fn mistakes_are_explained() {
    let bench = Bench::new("mistakes-of-time");
    let wrong = "name='mine'\nsource='me'\n[prices]\nspike = { energy_fj = 1, source = 'x' }\nspikes = { latency_ps = 9999999999, source = 'x' }\n";
    bench.file("wrong.toml", wrong);
    bench.file("mine.toml", "name='mine'\nsource='me'\n[prices]\nspikes = { energy_fj = 7, latency_ps = 5000, source = 'x' }\n");
    let failed = bench
        .run(&format!("{RUN} --json --profile wrong.toml"))
        .expect(1)
        .json();
    assert_eq!(failed["findings"].as_array().unwrap().len(), 2, "{failed}");
    let mine = bench
        .run(&format!(
            "{RUN} --json --profile mine.toml --fidelity pipeline"
        ))
        .expect(0)
        .json();
    assert_eq!(
        (
            mine["time"][0]["profile"].as_str(),
            mine["time"][0]["barrier_ps"].as_u64()
        ),
        (Some("mine"), Some(0))
    );
    for (flags, code) in [
        ("--timeline t.json", 2),
        ("--inference-steps 10", 2),
        ("--set meshes=2", 2),
        ("--fidelity pipeline --waves w.vcd", 2),
        ("--fidelity cycle --set meshes=3", 2),
        ("--fidelity cycle --set nonsense=3", 2),
        ("--fidelity cycle --trace-cores 7 --waves w.vcd", 2),
        ("--fidelity cycle --trace-steps 9..3", 2),
        ("--fidelity sometimes", 2),
    ] {
        bench.run(&format!("{RUN} {flags}")).expect(code);
    }
    bench
        .run(&format!(
            "{RUN} --fidelity cycle --set meshes=2 --set ingress_packets=1"
        ))
        .expect(0);
}

#[test]
fn placement_by_packets_is_shown_and_deterministic() {
    let bench = Bench::new("optimise");
    let line = "compile net.json --optimise-placement --traffic-steps 20 --traffic-input in.csv --profile sanafe-loihi";
    let text = bench.ok(&format!("{line} -o a.img"));
    for word in [
        "hops",
        "busiest link",
        "mean step by sanafe-loihi",
        "before",
        "after",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    bench.ok(&format!("{line} -o b.img"));
    assert_eq!(bench.read("a.img"), bench.read("b.img"));
    bench
        .run("compile net.json -o c.img --traffic-steps 3")
        .expect(2);
}

#[test]
fn two_meshes_beside_each_other() {
    let bench = Bench::new("meshes");
    let mesh = |n: u8| {
        bench
            .run(&format!(
                "mesh --rate 0.7 --protocol throughput --meshes {n} --json"
            ))
            .expect(0)
            .json()
    };
    let accepted = |json: &Value| json["accepted"].as_f64().unwrap();
    let one = mesh(1);
    let two = mesh(2);
    assert!(accepted(&two) > 0.65 && accepted(&one) < 0.5, "{one} {two}");
    bench.run("mesh --rate 0.1 --meshes 3").expect(2);
}
