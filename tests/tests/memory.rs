//! Bytes of memory held for each byte read, for every form, beside the bytes themselves.
//!
//! The table in `docs/reliability.md` says them; this test measures them with an allocator that
//! counts and holds the table to what it finds: never less, and not more than twice as much, so
//! that the table stays true in both directions. Inputs are large and good, of the kind that takes
//! most for its bytes: long lists of short numbers, many small things with names.
//!
//! Files of others that no writer here can make (.nir, .net) are measured where SEAMOUNT_DATA has
//! them.

use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, Placement, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_microcode::{assemble_text, from_json, to_json};
use seamount_network::graph::Graph;
use seamount_network::netlist::{Netlist, Netx};
use seamount_network::npy::{self, PackedArray};
use seamount_session::{Events, npz};
use seamount_spec::{Board, Profile};
use seamount_study::validate;
use seamount_tests::counting::{Counting, held};
use std::fmt::Write;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Largest factor that the table may state, in units of what is measured, and what is added for
/// small ones.
const SLACK: f64 = 2.0;

/// What was measured: the form's row, bytes read, bytes held beside them.
struct Measured {
    form: &'static str,
    read: usize,
    held: usize,
}

impl Measured {
    /// Measures `work`, which reads `read` bytes.
    fn of<T>(form: &'static str, read: usize, work: impl FnOnce() -> T) -> Measured {
        let (held, result) = held(work);
        drop(result);
        Measured { form, read, held }
    }

    fn factor(&self) -> f64 {
        self.held as f64 / self.read as f64
    }
}

/// The factor that the document states for a form.
fn stated(form: &str) -> f64 {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reliability.md");
    let text = fs::read_to_string(path).expect("the document");
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        (cells.next() == Some(form))
            .then(|| cells.next()?.parse().ok())
            .flatten()
    };
    let found = text.lines().find_map(row);
    found.unwrap_or_else(|| panic!("docs/reliability.md has no row '{form}' with a number"))
}

/// Holds the table to what was measured.
fn compare(all: &[Measured]) {
    let mut wrong = vec![];
    for measured in all {
        let factor = measured.factor();
        println!(
            "| {} | {factor:.1} | {} bytes |",
            measured.form, measured.read
        );
    }
    for measured in all {
        let factor = measured.factor();
        let says = stated(measured.form);
        if factor > says || says > SLACK * factor + 1.0 {
            wrong.push(format!(
                "{}: {factor:.2} measured, {says} stated",
                measured.form
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

const HEAD: &str =
    r#"{"format":"seamount-netlist","version":1,"name":"n","inputs":[{"name":"in","size":4}],"#;

/// A network of many synapses as lists of short numbers.
fn synapses() -> String {
    let neurons = 1024;
    let count = 60_000;
    let population =
        r#"{"name":"p","size":1024,"compartments":[{"name":"s","threshold_mantissa":9}]}"#;
    let sources = list(count, |k| (k % neurons).to_string());
    let targets = list(count, |k| (k * 7 % neurons).to_string());
    let weights = list(count, |k| (k % 9).to_string());
    format!(
        r#"{HEAD}"populations":[{population}],"projections":[{{"name":"x","source":"p","target":"p",
        "connectivity":{{"kind":"pairs","sources":[{sources}],"targets":[{targets}],"weights":[{weights}]}}}}]}}"#
    )
}

/// A network of many populations of one neuron.
fn populations() -> String {
    let population = |k| {
        format!(
            r#"{{"name":"p{k}","size":1,"compartments":[{{"name":"s","threshold_mantissa":9}}]}}"#
        )
    };
    format!(r#"{HEAD}"populations":[{}]}}"#, list(6000, population))
}

fn netlist(text: &str) -> Netlist {
    Netlist::from_json(text.as_bytes(), Path::new("")).expect("a good network")
}

fn options() -> CompileOptions {
    CompileOptions::new(Board::nahuku32()).refinement_steps(0)
}

#[test]
fn networks_images_and_snapshots() {
    let mut all = vec![];
    let text = synapses();
    all.push(Measured::of(
        "network in JSON, synapses",
        text.len(),
        || netlist(&text),
    ));
    let many = populations();
    all.push(Measured::of(
        "network in JSON, populations",
        many.len(),
        || netlist(&many),
    ));
    let network = netlist(&text);
    let compiled = compile(&network, &options()).expect("it fits");
    let bytes = compiled.image.to_bytes();
    all.push(Measured::of("image", bytes.len(), || {
        Image::from_bytes(&bytes)
    }));
    let board = Board::nahuku32();
    let prove = |image| CheckedImage::prove(image, &board, LimitPolicy::Enforce);
    let image = Image::from_bytes(&bytes).expect("an image");
    let checked = prove(image).expect("what the compiler emits is good");
    all.push(Measured::of(
        "image, proved and loaded",
        bytes.len(),
        || {
            let image = Image::from_bytes(&bytes).expect("an image");
            Chip::load(&prove(image).expect("what the compiler emits is good"))
        },
    ));
    let mut chip = Chip::load(&checked);
    chip.run(3, &SpikeTrain::default(), &RunOptions::new());
    let snapshot = chip.snapshot();
    all.push(Measured::of("snapshot", snapshot.len(), || {
        chip.restore(&snapshot)
    }));
    let placement = compiled_many(&many);
    all.push(Measured::of("placement", placement.len(), || {
        Placement::from_json(&placement)
    }));
    compare(&all);
}

fn compiled_many(text: &str) -> String {
    let compiled = compile(&netlist(text), &options()).expect("it fits");
    compiled.placement.to_json()
}

#[test]
fn arrays() {
    let mut all = vec![];
    let narrow = npy::to_bytes(&[1 << 20], (0..1 << 20).map(|k| (k % 2) as u8));
    all.push(Measured::of(
        ".npy, integers of a byte",
        narrow.len(),
        || npy::read_bytes(&narrow),
    ));
    all.push(Measured::of(".npy, kept packed", narrow.len(), || {
        PackedArray::new(&narrow)
    }));
    let wide = npy::to_bytes(&[1 << 17], (0..1 << 17).map(f64::from));
    all.push(Measured::of(
        ".npy, floats of eight bytes",
        wide.len(),
        || npy::read_floats(&wide),
    ));
    let mut archive = vec![];
    let mut writer = npz::Writer::new(&mut archive);
    let mut seed = 1u64;
    let noise = |_| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 56) as u8
    };
    let array = npy::to_bytes(&[1 << 20], (0..1 << 20).map(noise));
    writer.member("a", &array).expect("in memory");
    writer.finish().expect("in memory");
    all.push(Measured::of(
        ".npz that does not shrink",
        archive.len(),
        || npz::read(&archive),
    ));
    compare(&all);
}

#[test]
fn texts() {
    let mut all = vec![];
    let mut program = String::from(".program p\n.state v\n");
    program.push_str(" MOV r0, 1\n");
    (0..60).for_each(|_| program.push_str(" ADD r0, r0, 1\n"));
    program.push_str(" END\n");
    all.push(Measured::of("program, text", program.len(), || {
        assemble_text(&program)
    }));
    let verified = assemble_text(&program).expect("a good program").verified;
    let json = to_json(&verified);
    all.push(Measured::of("program, JSON", json.len(), || {
        from_json(&json)
    }));
    let profile = fs::read_to_string(tree("crates/spec/presets/davies2018.profile.toml"));
    let profile = profile.expect("a preset");
    all.push(Measured::of("profile", profile.len(), || {
        Profile::from_toml(&profile)
    }));
    let rule = fs::read_to_string(tree("examples/rules/pair-stdp.toml")).expect("an example");
    all.push(Measured::of("question", rule.len(), || {
        validate::read(&rule)
    }));
    let mut bad = rule.clone();
    (0..2_000).for_each(|k| writeln!(bad, "k{k} = 1").expect("a text"));
    all.push(Measured::of("question, all of it wrong", bad.len(), || {
        validate::read(&bad)
    }));
    let case = fs::read_to_string(tree("fixtures/golden/eprop-sine-lif.json")).expect("a fixture");
    all.push(Measured::of("case of e-prop", case.len(), || {
        let json = serde_json::from_str(&case).expect("JSON");
        seamount_reference::case::read_case(&json)
    }));
    compare(&all);
}

#[test]
fn events() {
    let network = netlist(&synapses());
    let image = compile(&network, &options()).expect("it fits").image;
    let checked = CheckedImage::prove(image, &Board::nahuku32(), LimitPolicy::Enforce);
    let chip = Chip::load(&checked.expect("what the compiler emits is good"));
    let mut csv = String::from("step,input,neuron\n");
    let mut aer = String::new();
    for k in 0..60_000 {
        writeln!(csv, "{},in,{}", k / 4, k % 4).expect("a text");
        writeln!(aer, "{} {}", k / 4, k % 4).expect("a text");
    }
    let mut all = vec![];
    for (form, ending, text) in [("events, .csv", "csv", csv), ("events, .aer", "aer", aer)] {
        let name = format!("seamount-memory-{}.{ending}", std::process::id());
        let file = std::env::temp_dir().join(name);
        fs::write(&file, &text).expect("a file");
        let events = Events::files(std::slice::from_ref(&file));
        let mut measured = Measured::of(form, text.len(), || {
            events.for_program(chip.program()).expect("good events")
        });
        // the bytes themselves are held here and not by the caller
        measured.held -= text.len();
        all.push(measured);
        fs::remove_file(&file).expect("the file");
    }
    compare(&all);
}

#[test]
fn files_of_others() {
    let Some(data) = std::env::var_os("SEAMOUNT_DATA").map(PathBuf::from) else {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "CI needs SEAMOUNT_DATA"
        );
        let _ = writeln!(
            std::io::stderr(),
            "skipped: files_of_others: no SEAMOUNT_DATA"
        );
        return;
    };
    let bytes = |name: &str| fs::read(data.join(name)).expect("a file of the data");
    let mut all = vec![];
    let nir = bytes("nir/02_cnn/cnn_sinabs.nir");
    all.push(Measured::of("float graph, .nir", nir.len(), || {
        Graph::read_bytes(nir.clone())
    }));
    let netx = bytes("lava-netx/pilotnet_lif/network.net");
    all.push(Measured::of("network of Lava, .net", netx.len(), || {
        Netx::read_bytes("pilotnet_lif", netx.clone())
    }));
    // the bytes themselves are given away, and counted by the copy
    for measured in &mut all {
        measured.held -= measured.read;
    }
    compare(&all);
}

fn tree(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
