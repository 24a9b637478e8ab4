//! The corpus to begin with: good files of every form, made from the fixtures, the shipped programs
//! and the networks beside this crate. What fuzzing found interesting lies in `corpus/`.

use crate::arrays::samples;
use crate::chips::{NETWORKS, chips, compiled};
use crate::own_files::with_file;
use flate2::Compression;
use flate2::write::GzEncoder;
use seamount_compile::{CompileOptions, compile};
use seamount_image::LimitPolicy;
use seamount_microcode::{shipped, shipped_program, to_json};
use seamount_network::netlist::Netlist;
use seamount_network::npy;
use seamount_session::eval::{EvalOptions, SampleDecoder, SampleEncoder, evaluate};
use seamount_session::{NetworkFile, SourceOptions, npz};
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Writes files of a target under numbers.
struct Seeds<'a> {
    folder: &'a Path,
    count: usize,
}

impl Seeds<'_> {
    fn add(&mut self, target: &str, bytes: impl AsRef<[u8]>) {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).expect("a folder for seeds");
        self.count += 1;
        let path = folder.join(format!("seed-{:03}", self.count));
        fs::write(path, bytes).expect("a seed");
    }

    /// The same bytes with each of the first `forms` numbers in front.
    fn forms(&mut self, target: &str, forms: u8, bytes: &[u8]) {
        for form in 0..forms {
            self.add(target, [&[form], bytes].concat());
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Files of a folder of the tree with an ending, by name.
fn tree(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder of the tree");
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a file of the tree"))
        .collect()
}

/// Writes all seeds, a folder for each target.
pub fn write(folder: &Path) {
    let mut seeds = Seeds { folder, count: 0 };
    of_chips(&mut seeds);
    of_networks(&mut seeds);
    of_arrays(&mut seeds);
    of_texts(&mut seeds);
    of_studies(&mut seeds);
    println!("{} seeds in {}", seeds.count, folder.display());
}

fn of_chips(seeds: &mut Seeds) {
    for text in NETWORKS {
        seeds.add("image", compiled(text).image().to_bytes());
    }
    for image in tree("fixtures/image-v1", ".img") {
        seeds.add("image", image);
    }
    for (number, chip) in (0..).zip(chips()) {
        seeds.add("snapshot", [&[number], chip.snapshot().as_slice()].concat());
    }
}

fn of_networks(seeds: &mut Seeds) {
    for text in NETWORKS {
        seeds.add("netlist", text);
        let netlist = Netlist::from_json(text.as_bytes(), Path::new("")).expect("ours");
        seeds.add("netlist", netlist.to_json());
    }
    let plain = Netlist::from_json(NETWORKS[0].as_bytes(), Path::new("")).expect("ours");
    let placed = compile(&plain, &CompileOptions::default()).expect("it fits");
    seeds.add("placement", placed.placement.to_json());
    for target in ["lockstep", "learning"] {
        for number in 0..24 {
            let length = [120, 400, 1500][number as usize % 3];
            seeds.add(target, noise(number, length));
        }
    }
    for file in tree("fuzz/networks", ".nir") {
        seeds.add("nir", &file);
        seeds.add("h5", file);
    }
    for file in tree("fuzz/networks", ".net") {
        seeds.add("netx", &file);
        seeds.add("h5", file);
    }
    for file in tree("fuzz/networks", ".h5") {
        seeds.add("h5", file);
    }
}

/// Bytes of SplitMix64.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let byte = |k: usize| {
        let mut z = seed.wrapping_add((k as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z >> 56) as u8
    };
    (0..length).map(byte).collect()
}

fn archive(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![];
    let mut writer = npz::Writer::new(&mut bytes);
    for (name, member) in members {
        writer.member(name, member).expect("a writer in memory");
    }
    writer.finish().expect("a writer in memory");
    bytes
}

fn of_arrays(seeds: &mut Seeds) {
    let integers = npy::to_bytes(&[2, 3], 0..6i64);
    let floats = npy::to_bytes(&[4], [0.5f64, -1.0, 2.0, 1e300]);
    let bytes = npy::to_bytes(&[3, 8], (0..24).map(|k| (k % 2) as u8));
    for array in [&integers, &floats, &bytes] {
        seeds.add("npy", array);
        seeds.forms("currents", 2, array);
        seeds.add("noise", array);
    }
    let plain = archive(&[("x", integers), ("w0", floats.clone())]);
    seeds.add("npz", &plain);
    seeds.forms("trace", 3, &plain);
    let recorded = npy::to_bytes(&[3, 2], (0..6).map(|k| (k % 2) as u8));
    let steps = npy::to_bytes(&[3], 1..4i64);
    let neurons = npy::to_bytes(&[2], 0..2i64);
    let run = [
        ("a.spike", recorded),
        ("a.spike.steps", steps),
        ("a.spike.neurons", neurons),
    ];
    seeds.forms("trace", 3, &archive(&run));
    let current = npy::to_bytes(&[3], [0.5f64, 1.0, 2.0]);
    seeds.add("currents", [&[0], current.as_slice()].concat());
    seeds.add(
        "currents",
        [&[1], archive(&[("in", current)]).as_slice()].concat(),
    );
    seeds.add("noise", npy::to_bytes(&[3, 19], (0..57).map(|k| k as u8)));

    let step = npy::to_bytes(&[3], [0i64, 1, 3]);
    let neuron = npy::to_bytes(&[3], [0i64, 7, 2]);
    let named = archive(&[("in.steps", step.clone()), ("in.neurons", neuron.clone())]);
    let bare = archive(&[("steps", step.clone()), ("neurons", neuron.clone())]);
    seeds.add("events", b"\0step,input,neuron\n0,in,1\n3,in,7\n");
    seeds.add("events", b"\0step,neuron,payload\n0,1,5\n");
    seeds.add("events", b"\x01# a comment\n0 1\n3 7\n");
    seeds.add("events", [&[2], bytes.as_slice()].concat());
    for archive in [named, bare] {
        seeds.add("events", [&[3], archive.as_slice()].concat());
    }
    let offsets = npy::to_bytes(&[2], [0i64, 3]);
    let lists = archive(&[("steps", step), ("neurons", neuron), ("offsets", offsets)]);
    let table = npy::to_bytes(&[2, 2, 8], (0..32).map(|k| (k % 2) as u8));
    let labels = npy::to_bytes(&[2], [0i64, 1]);
    let set = archive(&[("samples", table.clone()), ("labels", labels)]);
    let values = npy::to_bytes(&[2, 8], (0..16).map(|k| f64::from(k) / 16.0));
    for form in [0x10, 0x11, 0x12, 0x13] {
        seeds.add("dataset", [&[form], set.as_slice()].concat());
        seeds.add("dataset", [&[form], lists.as_slice()].concat());
        seeds.add("dataset", [&[form | 4], table.as_slice()].concat());
        seeds.add("dataset", [&[form | 4], values.as_slice()].concat());
    }
    seeds.add("resume", finished_samples());
}

/// The file of an evaluation that was carried out.
fn finished_samples() -> Vec<u8> {
    let encoder = SampleEncoder::parse("direct").expect("an encoder");
    let mut options = EvalOptions::new(encoder, SampleDecoder::Count);
    options.output = Some("b".into());
    options.steps = Some(1);
    options.limit = Some(4);
    options.profiles.truncate(1);
    with_file("resume.jsonl", b"", |path| {
        options.resume = Some(path.into());
        let file = NetworkFile::of_bytes("plain.json", NETWORKS[0].into());
        let placed = file
            .image(&SourceOptions::new(), LimitPolicy::Report)
            .expect("ours");
        let mut go_on = |_, _| ControlFlow::Continue(());
        let done = evaluate(
            placed,
            LimitPolicy::Report,
            &samples(),
            &options,
            &mut go_on,
        );
        done.expect("it runs");
        fs::read(path).expect("it was written")
    })
}

fn of_texts(seeds: &mut Seeds) {
    for program in shipped() {
        seeds.add("asm", program.text);
        seeds.add("include", program.text);
        if let Some(assembled) = shipped_program(program.name) {
            seeds.add("program", to_json(&assembled.verified));
        }
    }
    let parts =
        ".program p\n.state v\n.include \"1\"\n END\n%\n.include \"2\"\n MOV r0, v\n%\n NOP\n";
    seeds.add("include", parts);
    let sums = [
        "2^-2*x1*y0 - 2^-2*y1*x0",
        "x1*y0",
        "-3*2^-4*sgn(w)*u2 + r1*(t-5)*r0",
        "2^-7*(x2+3)*(w-1)*d*y0 + u0",
    ];
    for sum in sums {
        seeds.add("rule", sum);
    }
    for profile in tree("crates/spec/presets", ".profile.toml") {
        seeds.add("profile", profile);
    }
    let words = [
        "out.spike",
        "a.soma.voltage:2..9:3",
        "population[3]",
        "pop.part[7]",
        "direct",
        "rate:scale=2.5,seed=7",
        "accumulate:level=2,shown=3",
        "level-crossing:levels=38,white=78,cue=79",
    ];
    for word in words {
        seeds.add("words", word);
    }
}

fn of_studies(seeds: &mut Seeds) {
    let trace = "packet,src,dst,create_cycle,inject_cycle,eject_cycle,routers\n\
        0,1,2,3,,,\n1,5,9,4,5,12,3\n2,5,0,4,,,\n";
    let plain = [4, 4, 8, 0, 0, 1, 1];
    seeds.add("mesh", [&plain[..], &[0], trace.as_bytes()].concat());
    seeds.add(
        "mesh",
        [&[4, 3, 2, 2, 1, 3, 2], &[0][..], trace.as_bytes()].concat(),
    );
    seeds.add("mesh", [&plain[..], &[1], &noise(5, 90)].concat());
    seeds.add(
        "mesh",
        [&[3, 5, 1, 3, 2, 4, 1][..], &[1], &noise(6, 200)].concat(),
    );
    for file in tree("examples/rules", ".toml") {
        seeds.add("question", file);
    }
    for folder in ["pes", "decolle", "clopath", "superspike"] {
        for file in tree(&format!("examples/rules/{folder}"), ".toml") {
            seeds.add("question", file);
        }
    }
    for folder in ["lsnn", "nir/lif", "nir/cnn", "netx/mnist", "memory"] {
        for file in tree(&format!("crates/systems/src/{folder}"), "system.toml") {
            seeds.add("system", file);
        }
    }
    seeds.add("case", include_str!("../networks/case.json"));
    seeds.add("cue", "2\n1,0\n39,3\n-1,5\n0,2\n-1,4\n");
    seeds.add("cue", "1\n-2\n3\n127\n-128\n0\n");
    let events = npy::to_bytes(&[1, 12, 4], (0..48i64).map(|k| k % 3 - 1));
    let labels = npy::to_bytes(&[1, 12], (0..12i64).map(|k| k % 6));
    seeds.add("ecg", archive(&[("x", events), ("y", labels)]));
    let idx = [
        &[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3][..],
        &[1, 2, 3, 4, 5, 6],
    ]
    .concat();
    let mut packed = GzEncoder::new(vec![], Compression::fast());
    packed.write_all(&idx).expect("a writer in memory");
    seeds.add("idx", [&[0], idx.as_slice()].concat());
    seeds.add(
        "idx",
        [&[1], packed.finish().expect("in memory").as_slice()].concat(),
    );
    seeds.add("qif", b"");
    let mut change = vec![3, 0];
    change.extend_from_slice(&7u64.to_le_bytes());
    change.extend_from_slice(&[0x12, 0x52]);
    change.extend_from_slice(&f64::NAN.to_le_bytes());
    seeds.add("qif", change);
}
