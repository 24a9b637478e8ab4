//! What the command shows is data of the session: images, compilations, traces of a neuron,
//! programs, clocks of a run; and what is wrong is a failure with its kind, subject and place.

use seamount_chip::RunOptions;
use seamount_compile::CompileOptions;
use seamount_image::LimitPolicy;
use seamount_network::netlist::{Netlist, Population, Programmed};
use seamount_session::{
    Chip, CompilationReport, Events, FailureKind, ImageReport, IntegerNetwork, Kept, NetworkFile,
    RunWatch, SourceOptions, Subject, WatchOptions, assemble_file, network_forms, profiles,
    read_program,
};
use seamount_spec::Board;
use seamount_timing::Fidelity;
use std::ops::ControlFlow;
use std::path::PathBuf;

fn network() -> Netlist {
    let mut net = Netlist::new("relay");
    net.input("in", 2);
    net.add(
        Population::new("out", 2)
            .current_decay(4095)
            .threshold_mantissa(10),
    );
    net.connect("in", "out").one_to_one(100);
    net
}

fn option(name: &str) -> Subject {
    Subject::Option(name.into())
}

/// A folder of its own for a test.
fn folder(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn an_image_is_data_and_words_of_the_same_cores() {
    let chip = Chip::build(&network(), &Board::loihi1()).expect("a chip");
    let report = ImageReport::new(chip.image().clone());
    assert_eq!(report.cores(), 1);
    let data = report.data();
    assert_eq!(data["cores"][0]["populations"][0], "out");
    assert!(data["cores"][0]["lists"].is_null());
    let words = report.to_string();
    assert!(words.contains("network 'relay'") && words.contains("core 0: chip 0"));
    let gone = report.clone().of_core(1).expect_err("one core");
    assert_eq!(gone.what, option("core"));
    assert_eq!(gone.lines(), ["there is no core 1; the image has 1"]);
    let lists = report.of_core(0).expect("core 0").with_memory();
    let entries = &lists.data()["cores"][0]["lists"];
    let synapses = |list: &serde_json::Value| {
        let entries = list["entries"].as_array().expect("entries").iter();
        let lengths = entries.map(|entry| entry["synapses"].as_array().map_or(0, Vec::len));
        lengths.sum::<usize>()
    };
    let lists_there = entries.as_array().expect("lists");
    assert_eq!(lists_there.iter().map(synapses).sum::<usize>(), 2);
    assert!(lists.to_string().contains("synapse memory of core 0"));
}

#[test]
fn a_compilation_reports_itself() {
    let network = IntegerNetwork::new("relay.json", network());
    let options = CompileOptions::default();
    let compiled = network.compile(&options).expect("it fits");
    let placed = network.placed(&compiled, &options.board);
    let checked = placed.prove(LimitPolicy::Enforce).expect("a sound image");
    let mut report = CompilationReport::new(&network, &compiled, &checked);
    assert_eq!(report.data()["network"], "relay");
    assert!(!report.to_string().contains("wrote"));
    report.image = "relay.img".into();
    report.bytes = 7;
    assert!(report.to_string().ends_with("wrote relay.img (7 bytes)\n"));
}

#[test]
fn a_neuron_is_traced_where_it_runs_a_program() {
    let mut net = network();
    let cells = Population::programmed("cells", 2, Programmed::new("lif"))
        .parameter("keep_v", 4096)
        .parameter("threshold", 640);
    net.add(cells);
    let mut chip = Chip::build(&net, &Board::loihi2()).expect("a network of programs");
    let trace = chip
        .trace(&"cells[1]".parse().expect("a name"), 1..=2, &Events::none())
        .expect("a program");
    let data = trace.data();
    assert_eq!(data["program"], "lif");
    assert_eq!(data["steps"].as_array().map(Vec::len), Some(2));
    assert!(trace.to_string().contains("step 2\n"));
    for (name, problem) in [
        ("cells[2]", "population 'cells' has 2 neurons, from 0"),
        (
            "cell[0]",
            "there is no population 'cell'; there are out, cells",
        ),
    ] {
        let failure = chip
            .trace(&name.parse().expect("a name"), 3..=3, &Events::none())
            .expect_err(name);
        assert_eq!(failure.what, option("neuron"));
        assert_eq!(failure.lines(), [problem]);
    }
}

#[test]
fn mistakes_in_programs_have_places() {
    let folder = folder("programs");
    let path = folder.join("wrong.asm");
    std::fs::write(&path, ".program p\n MOV r0, r16\n FROB r1\n").expect("a file");
    let failure = assemble_file(&path).expect_err("two mistakes");
    assert_eq!(failure.kind, FailureKind::Input);
    let places: Vec<_> = failure
        .findings
        .iter()
        .map(|f| (f.place.position.expect("a line").line, f.value.clone()))
        .collect();
    assert_eq!(places, [(2, Some("r16".into())), (3, Some("FROB".into()))]);
    let file = path.display().to_string();
    for (line, finding) in (2..).zip(failure.lines()) {
        assert!(finding.starts_with(&format!("{file}:{line}:")), "{finding}");
        assert!(finding.contains('^'), "{finding}");
    }
    let path = folder.join("wrong.json");
    let text =
        r#"{"format":"seamount-program","version":1,"name":"p","spike":"binary","words":[5]}"#;
    std::fs::write(&path, text).expect("a file");
    let failure = read_program(&path).expect_err("no word");
    assert_eq!(failure.findings[0].place.path, "words[0]");
    let gone = read_program(&folder.join("liff")).expect_err("no file");
    assert_eq!(gone.kind, FailureKind::Io);
}

#[test]
fn a_watch_refuses_what_its_fidelity_cannot_tell() {
    let mut chip = Chip::build(&network(), &Board::loihi1()).expect("a chip");
    let profiles = profiles(&["davies2018".into()]).expect("a built-in profile");
    let mut options = WatchOptions::new(Fidelity::Pipeline);
    options.waves = true;
    let refused = RunWatch::new(&options, chip.program(), &profiles).expect_err("no signals");
    assert_eq!(refused.what, option("waves"));
    options.waves = false;
    options.traced_cores = vec![0, 3];
    let refused = RunWatch::new(&options, chip.program(), &profiles).expect_err("no core 3");
    assert_eq!(refused.what, option("trace-cores"));
    options.traced_cores.clear();
    options.steps = true;
    options.traffic = true;
    let mut watch = RunWatch::new(&options, chip.program(), &profiles).expect("a watch");
    let mut run = RunOptions::new();
    run.record = options.needs_record();
    let events = Events::of("in", [(0, 0), (1, 1)]);
    chip.run_watched(5, &events, &run, Kept::Sums, &mut |piece| {
        watch.observe(piece.record);
        ControlFlow::Continue(())
    })
    .expect("a run");
    let steps = String::from_utf8(watch.steps_csv().expect("steps").to_vec()).expect("text");
    assert_eq!(steps.lines().count(), 1 + 5);
    let map = watch.traffic().expect("traffic");
    assert_eq!((map.board.as_str(), map.steps), ("loihi1", 5));
    assert!(watch.timeline_json().is_none() && watch.waves_vcd("relay").is_none());
}

#[test]
fn files_are_known_by_the_table_of_forms() {
    let image = Chip::build(&network(), &Board::loihi1()).expect("a chip");
    let bytes = image.image().image().to_bytes();
    for form in network_forms() {
        for ending in form.endings {
            let file = NetworkFile::of_bytes(format!("x.{ending}"), vec![]);
            assert_eq!(file.is_image(), form.is_image(), "{ending}");
        }
    }
    let mut damaged = bytes.clone();
    damaged[8] = 77;
    let header = damaged[..60].to_vec();
    assert_ne!(header, bytes[..60]);
    let file = NetworkFile::of_bytes("x.img", damaged);
    let failure = file
        .image(&SourceOptions::new(), LimitPolicy::Enforce)
        .expect_err("another version");
    assert_eq!(failure.kind, FailureKind::Input);
    assert_eq!(failure.findings[0].value, Some(77.into()));
}
