//! Whatever bytes come from outside: a result or a typed error, never a panic, in bounded memory.
//!
//! Images, snapshots, netlists and arrays are mutated (with checksums put right again, so that
//! mutations get past them), replaced by random bytes, and read. What is proved must run.
//! `SEAMOUNT_LOADER_CASES` sets the number of cases of each kind, `SEAMOUNT_SEED` the seed.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::Netlist;
use seamount_network::npy;
use seamount_spec::Board;
use seamount_tests::counting::{Counting, held};
use seamount_tests::generate::{self, Case, cases};
use std::cell::Cell;
use std::fmt::Debug;
use std::path::Path;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Does something that reads `input` bytes, and fails if it held more than 64 bytes for each and
/// 16 MiB at any time.
fn bounded<T>(input: usize, work: impl FnOnce() -> T) -> T {
    let (held, result) = held(work);
    let allowed = 64 * input + (16 << 20);
    assert!(
        held <= allowed,
        "{held} bytes were held for an input of {input}; {allowed} are allowed"
    );
    result
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// Runs `check` on many values; shrinks and shows the smallest that fails, with the seed.
fn campaign<S: Strategy<Value: Debug>>(strategy: S, cases_default: u64, check: impl Fn(S::Value)) {
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |d| d.as_nanos() as u64);
    let (seed, cases) = (
        number("SEAMOUNT_SEED", clock),
        number("SEAMOUNT_LOADER_CASES", cases_default),
    );
    println!("seed {seed}, {cases} cases");
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let config = Config {
        cases: cases as u32,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    };
    let result = TestRunner::new_with_rng(config, rng).run(&strategy, |value| {
        check(value);
        Ok(())
    });
    if let Err(why) = result {
        panic!("seed {seed}: {why}");
    }
}

/// Networks to start from, the same in every run.
fn seeds(count: usize) -> Vec<Case> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(
        Config {
            failure_persistence: None,
            ..Config::default()
        },
        rng,
    );
    let strategy = cases(generate::Options::default());
    (0..count)
        .map(|_| {
            strategy
                .new_tree(&mut runner)
                .expect("the strategy makes cases")
                .current()
        })
        .collect()
}

fn images(count: usize) -> Vec<Image> {
    let compiled = |case: &Case| {
        let mut netlist = case.netlist.clone();
        for population in &case.netlist.populations {
            netlist.probe(
                &population.name,
                seamount_network::netlist::Register::Voltage,
            );
        }
        compile(&netlist, &CompileOptions::default())
            .ok()
            .map(|c| c.image)
    };
    let images: Vec<Image> = seeds(2 * count)
        .iter()
        .filter_map(compiled)
        .take(count)
        .collect();
    assert_eq!(images.len(), count, "too few networks compile");
    images
}

/// One change of some bytes. Places are fractions of the length, so that they shrink with it.
#[derive(Debug, Clone)]
enum Change {
    Flip(f64, u8),
    Write(f64, Vec<u8>),
    Insert(f64, Vec<u8>),
    Delete(f64, usize),
    Copy(f64, f64, usize),
    Truncate(f64),
}

/// Numbers that loaders trip over, as they lie in a file.
fn numbers() -> impl Strategy<Value = Vec<u8>> {
    let edges = [
        0u64,
        1,
        2,
        0x7f,
        0xff,
        0xffff,
        0x7fff_ffff,
        0xffff_ffff,
        1 << 30,
        1 << 31,
        1 << 40,
        (1 << 63) - 1,
        u64::MAX,
    ];
    let width = prop_oneof![Just(1usize), Just(2), Just(4), Just(8)];
    (proptest::sample::select(edges.to_vec()), width)
        .prop_map(|(number, width)| number.to_le_bytes()[..width].to_vec())
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // headers and the first fields of sections more often than the rest
    let place = || prop_oneof![3 => 0.0..1.0f64, 1 => 0.0..0.03f64];
    let few = || proptest::collection::vec(any::<u8>(), 1..12);
    let change = prop_oneof![
        4 => (place(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        4 => (place(), numbers()).prop_map(|(at, bytes)| Change::Write(at, bytes)),
        2 => (place(), few()).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        2 => (place(), 1..40usize).prop_map(|(at, length)| Change::Delete(at, length)),
        1 => (place(), place(), 1..64usize)
            .prop_map(|(from, to, length)| Change::Copy(from, to, length)),
        1 => place().prop_map(Change::Truncate),
    ];
    proptest::collection::vec(change, 1..6)
}

fn apply(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        let place = |at: &f64| (at * bytes.len() as f64) as usize;
        let end = |at: usize, length: usize| (at + length).min(bytes.len());
        match change {
            Change::Flip(at, bit) => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Change::Write(at, new) => {
                let at = place(at);
                let end = end(at, new.len());
                bytes[at..end].copy_from_slice(&new[..end - at]);
            }
            Change::Insert(at, new) => {
                let at = place(at);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Delete(at, length) => {
                let at = place(at);
                bytes.drain(at..end(at, *length));
            }
            Change::Copy(from, to, length) => {
                let (from, to) = (place(from), place(to));
                let part = bytes[from..end(from, *length)].to_vec();
                bytes.splice(to..to, part);
            }
            Change::Truncate(at) => bytes.truncate(place(at)),
        }
    }
    bytes
}

const HEADER: usize = 64;
const ENTRY: usize = 24;

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// Puts length and checksums of a container right, whatever the rest says.
fn resign(bytes: &mut [u8]) {
    if bytes.len() >= HEADER {
        let (length, body) = (bytes.len() as u64, crc32fast::hash(&bytes[HEADER..]));
        bytes[16..24].copy_from_slice(&length.to_le_bytes());
        bytes[24..28].copy_from_slice(&body.to_le_bytes());
        let header = crc32fast::hash(&bytes[..60]);
        bytes[60..64].copy_from_slice(&header.to_le_bytes());
    }
}

/// Sections of a good container.
fn sections(bytes: &[u8]) -> Vec<([u8; 8], Vec<u8>)> {
    let count = u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
    let entries = bytes[HEADER..HEADER + count * ENTRY].chunks_exact(ENTRY);
    let section = |entry: &[u8]| {
        let (offset, length) = (u64_at(entry, 8) as usize, u64_at(entry, 16) as usize);
        (
            entry[..8].try_into().expect("eight bytes"),
            bytes[offset..offset + length].to_vec(),
        )
    };
    entries.map(section).collect()
}

/// A container with the header of `like` and these sections.
fn pack(like: &[u8], sections: &[([u8; 8], Vec<u8>)]) -> Vec<u8> {
    let mut out = like[..HEADER].to_vec();
    out[12..16].copy_from_slice(&(sections.len() as u32).to_le_bytes());
    let mut offset = HEADER + sections.len() * ENTRY;
    for (tag, contents) in sections {
        out.extend_from_slice(tag);
        out.extend_from_slice(&(offset as u64).to_le_bytes());
        out.extend_from_slice(&(contents.len() as u64).to_le_bytes());
        offset += contents.len();
    }
    sections
        .iter()
        .for_each(|(_, contents)| out.extend_from_slice(contents));
    resign(&mut out);
    out
}

/// How deep into a container a change goes.
#[derive(Debug, Clone)]
enum Damage {
    /// Bytes of the file.
    File(Vec<Change>),
    /// Bytes of the file, checksums and length put right.
    Signed(Vec<Change>),
    /// Bytes of one section, everything around it put right.
    Section(usize, Vec<Change>),
    /// One section holds something else.
    Replaced(usize, Vec<u8>),
    /// Sections are left out, doubled or swapped.
    Order(Vec<usize>),
}

fn damages() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => changes().prop_map(Damage::File),
        2 => changes().prop_map(Damage::Signed),
        8 => (0..8usize, changes())
            .prop_map(|(section, changes)| Damage::Section(section, changes)),
        1 => (0..8usize, proptest::collection::vec(any::<u8>(), 0..400))
            .prop_map(|(section, bytes)| Damage::Replaced(section, bytes)),
        1 => proptest::collection::vec(0..8usize, 0..8).prop_map(Damage::Order),
    ]
}

fn damaged(good: &[u8], damage: &Damage) -> Vec<u8> {
    let mut parts = sections(good);
    let count = parts.len();
    match damage {
        Damage::File(changes) => return apply(good.to_vec(), changes),
        Damage::Signed(changes) => {
            let mut bytes = apply(good.to_vec(), changes);
            resign(&mut bytes);
            return bytes;
        }
        Damage::Section(section, changes) => {
            let contents = &mut parts[section % count].1;
            *contents = apply(std::mem::take(contents), changes);
        }
        Damage::Replaced(section, bytes) => parts[section % count].1.clone_from(bytes),
        Damage::Order(order) => parts = order.iter().map(|k| parts[k % count].clone()).collect(),
    }
    pack(good, &parts)
}

fn board() -> Board {
    Board::preset("loihi1").expect("a preset")
}

/// Spikes of the first sources in the first steps.
fn some_input(chip: &Chip) -> SpikeTrain {
    let sources = chip.program().sources().min(50);
    let from = chip.t();
    let events = (0..20).flat_map(|step| (0..sources).map(move |source| (from + step, source)));
    SpikeTrain::new(chip.program(), events.collect()).expect("sources that exist")
}

/// Twenty steps of a proved image, on one thread and on two, with and without the vector kernel:
/// the same end.
fn runs(image: &CheckedImage) {
    let end = |options: RunOptions| {
        let mut chip = Chip::load(image);
        let input = some_input(&chip);
        chip.run(20, &input, &options);
        chip.snapshot()
    };
    let plain = end(RunOptions::new().scalar());
    assert!(
        plain == end(RunOptions::new().threads(2).per_step()),
        "threads or kernels differ"
    );
}

/// Reads bytes as an image and does with it whatever can be done; whether it was proved.
fn try_image(bytes: &[u8]) -> bool {
    let Ok(image) = bounded(bytes.len(), || Image::from_bytes(bytes)) else {
        return false;
    };
    let again = Image::from_bytes(&image.to_bytes());
    assert!(
        again.as_ref() == Ok(&image),
        "an image does not survive its file form"
    );
    let strict = bounded(bytes.len(), || {
        CheckedImage::prove(image.clone(), &board(), LimitPolicy::Enforce)
    });
    if let Err(findings) = &strict {
        assert!(!findings.is_empty());
        findings
            .iter()
            .for_each(|f| assert!(!f.to_string().is_empty()));
    }
    let lenient = bounded(bytes.len(), || {
        CheckedImage::prove(image, &board(), LimitPolicy::Report)
    });
    if let Ok(checked) = &lenient {
        runs(checked);
    }
    assert!(
        strict.is_err() || lenient.is_ok(),
        "enforcing limits finds less than reporting them"
    );
    lenient.is_ok()
}

#[test]
fn damaged_images_are_refused_or_run() {
    let good: Vec<Vec<u8>> = images(24).iter().map(Image::to_bytes).collect();
    assert!(
        good.iter().all(|bytes| try_image(bytes)),
        "the images to start from are good"
    );
    let proved = Cell::new(0);
    campaign((0..good.len(), damages()), 10_000, |(index, damage)| {
        let ran = try_image(&damaged(&good[index], &damage));
        proved.set(proved.get() + u32::from(ran));
    });
    println!("{} damaged images were proved and ran", proved.get());
}

/// A population whose slices all lie on the same compartments would have as many neurons as its
/// author likes, and so would a probe on it.
#[test]
fn neurons_cannot_be_multiplied() {
    let mut image = images(1).remove(0);
    let slice = image.populations[0].slices[0];
    for size in [10u32, 100_000] {
        let shifted = |k: u32| seamount_image::Slice {
            first_neuron: k * slice.neurons,
            ..slice
        };
        image.populations[0].slices = (0..size).map(shifted).collect();
        assert!(!try_image(&image.to_bytes()));
    }
}

/// A breach names the populations of its core; a long name on many cores must not be many long
/// names.
#[test]
fn reports_stay_in_proportion() {
    let mut image = images(1).remove(0);
    let core = image.cores[0].clone();
    image.cores = (0..128)
        .map(|k| {
            let mut core = core.clone();
            core.location.core = k;
            core.threshold_profiles.resize(9, 0);
            core
        })
        .collect();
    let on = |core| seamount_image::Slice {
        first_neuron: 0,
        neurons: 1,
        core,
        first_compartment: 0,
    };
    image.populations[0].slices = (0..128).map(on).collect();
    image.populations[0].name = "x".repeat(1 << 20);
    try_image(&image.to_bytes());
}

#[test]
fn random_bytes_are_no_image() {
    let magic = proptest::option::of(Just(b"SEAMOUNT\x01\0\0\0".to_vec()));
    campaign(
        (magic, proptest::collection::vec(any::<u8>(), 0..600)),
        10_000,
        |(magic, mut bytes)| {
            if let Some(magic) = magic {
                bytes.splice(0..0, magic);
                resign(&mut bytes);
            }
            try_image(&bytes);
        },
    );
}

/// A network with synapses that learn, in an epoch of three steps.
const LEARNING: &str = r#"{"format":"seamount-netlist","version":1,"name":"plastic",
 "inputs":[{"name":"pre","size":20},{"name":"teach","size":3}],
 "populations":[{"name":"post","size":3,"compartments":[
  {"name":"soma","current_decay":4095,"voltage_decay":900,"threshold_mantissa":200,"refractory_steps":3}]}],
 "projections":[
  {"name":"teacher","source":"teach","target":"post","weight_exponent":5,
   "connectivity":{"kind":"one_to_one","weights":255}},
  {"name":"learned","source":"pre","target":"post","learning":"stdp",
   "precision":{"kind":"format","sign_mode":"excitatory","weight_bits":8},
   "connectivity":{"kind":"all_to_all","weight":10,"delay":2}}],
 "learning_rules":[{"name":"stdp","epoch":3,"dw":"2^-2*x1*y0 - 2^-2*y1*x0","dt":"x1*y0",
  "x1":{"impulse":16,"tau":9},"y1":{"impulse":16,"tau":5}}]}"#;

/// A network of neurons that run a program, and of neurons that send graded spikes.
const PROGRAMMED: &str = r#"{"format":"seamount-netlist","version":1,"name":"programmed",
 "inputs":[{"name":"in","size":20}],
 "populations":[
  {"name":"adder","size":20,"program":{"name":"adder"}},
  {"name":"plain","size":5,"compartments":[
   {"name":"soma","current_decay":2000,"voltage_decay":300,"threshold_mantissa":900}]}],
 "programs":[{"name":"adder","text":
  ".program adder\n.spike graded24\n.state sum\n MOV r0, sum\n MOV r1, a0\n ADDS r0, r0, r1\n RMW _, sum, r0\n GE r0, 100\n JMP_NC quiet\n SPIKE r0\nquiet: END\n"}],
 "projections":[
  {"name":"x","source":"in","target":"adder","connectivity":{"kind":"one_to_one","weights":64}},
  {"name":"y","source":"adder","target":"plain","connectivity":{"kind":"all_to_all","weight":4}}]}"#;

#[test]
fn damaged_snapshots_are_refused_or_go_on() {
    let proved = |image: Image| {
        CheckedImage::prove(image, &board(), LimitPolicy::Enforce).expect("a compiled image")
    };
    let more = [LEARNING, PROGRAMMED].map(|text| {
        let netlist = Netlist::from_json(text.as_bytes(), Path::new("")).expect("a netlist");
        let board = Board::preset("loihi2").expect("a preset");
        let compiled = compile(&netlist, &CompileOptions::new(board.clone())).expect("it fits");
        CheckedImage::prove(compiled.image, &board, LimitPolicy::Enforce).expect("a compiled image")
    });
    let chips: Vec<Chip> = images(12)
        .into_iter()
        .map(proved)
        .chain(more)
        .map(|image| {
            let mut chip = Chip::load(&image);
            let input = some_input(&chip);
            chip.run(7, &input, &RunOptions::default());
            chip
        })
        .collect();
    let good: Vec<Vec<u8>> = chips.iter().map(Chip::snapshot).collect();
    let restored = Cell::new(0);
    campaign((0..good.len(), damages()), 10_000, |(index, damage)| {
        let bytes = damaged(&good[index], &damage);
        let mut chip = chips[index].clone();
        if bounded(bytes.len(), || chip.restore(&bytes)).is_ok() {
            restored.set(restored.get() + 1);
            goes_on_alike(&chip);
        } else {
            assert_eq!(
                chip.state(),
                chips[index].state(),
                "a refused snapshot changes nothing"
            );
        }
    });
    println!("{} damaged snapshots were restored and ran", restored.get());
    assert!(restored.get() > 0, "nothing was tried after a restore");
}

/// A chip goes on to the same state with and without vectors, and on more threads: whatever state
/// was accepted, as the README promises it without exception.
fn goes_on_alike(chip: &Chip) {
    let input = some_input(chip);
    let end = |options: RunOptions| {
        let mut chip = chip.clone();
        chip.run(20, &input, &options);
        chip.snapshot()
    };
    let scalar = end(RunOptions::new().scalar());
    assert!(
        scalar == end(RunOptions::new()),
        "vectors change the result"
    );
    let threads = RunOptions::new().threads(2);
    assert!(scalar == end(threads), "threads change the result");
}

/// Replaces one number of a JSON text by another.
fn with_number(text: &str, which: usize, new: &str) -> String {
    let starts: Vec<usize> = text
        .char_indices()
        .zip(text[1..].chars())
        .filter(|((_, c), next)| " ,[".contains(*c) && next.is_ascii_digit())
        .map(|((i, _), _)| i + 1)
        .collect();
    let Some(&start) = starts.get(which % starts.len().max(1)) else {
        return text.into();
    };
    let length = text[start..]
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len() - start);
    format!("{}{new}{}", &text[..start], &text[start + length..])
}

/// Reads text as a netlist; compiles it if it is small.
fn try_netlist(text: &[u8]) -> bool {
    let folder = Path::new("no-such-folder");
    let Ok(netlist) = bounded(text.len(), || Netlist::from_json(text, folder)) else {
        return false;
    };
    let again = Netlist::from_json(netlist.to_json().as_bytes(), folder).expect("its own form");
    assert_eq!(again, netlist, "a netlist does not survive its JSON form");
    let sizes = netlist
        .inputs
        .iter()
        .map(|i| i.size)
        .chain(netlist.populations.iter().map(|p| p.size));
    if sizes.max().unwrap_or(0) <= 200 {
        let options = CompileOptions::default().refinement_steps(100);
        if let Ok(compiled) = compile(&netlist, &options) {
            let checked = CheckedImage::prove(compiled.image, &options.board, LimitPolicy::Enforce);
            runs(&checked.expect("what the compiler emits is good"));
        }
    }
    true
}

#[test]
fn damaged_netlists_are_refused_or_compile() {
    let good: Vec<String> = seeds(12)
        .iter()
        .map(|case| case.netlist.to_json())
        .collect();
    let number = proptest::sample::select(vec![
        "0",
        "1",
        "-1",
        "2",
        "63",
        "64",
        "255",
        "256",
        "-256",
        "4095",
        "4096",
        "65535",
        "131072",
        "2147483647",
        "-2147483648",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "1e400",
        "1.5",
        "null",
        "[]",
        "{}",
        "\"x\"",
        "[[1]]",
        "{\"npy\":\"../x.npy\"}",
    ]);
    let numbers = proptest::collection::vec((any::<usize>(), number), 1..3);
    let change = prop_oneof![changes().prop_map(Ok), numbers.prop_map(Err)];
    let read = Cell::new(0);
    campaign((0..good.len(), change), 10_000, |(index, change)| {
        let text = match change {
            Ok(changes) => apply(good[index].clone().into_bytes(), &changes),
            Err(numbers) => numbers
                .iter()
                .fold(good[index].clone(), |text, (which, new)| {
                    with_number(&text, *which, new)
                })
                .into_bytes(),
        };
        read.set(read.get() + u32::from(try_netlist(&text)));
    });
    println!("{} damaged netlists were read", read.get());
}

/// A .npy file of version 1 with this header text.
fn npy_file(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\0".to_vec();
    bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

fn try_npy(bytes: &[u8]) -> bool {
    let Ok(array) = bounded(bytes.len(), || npy::read_bytes(bytes)) else {
        return false;
    };
    let elements = array
        .shape
        .iter()
        .map(|&n| u128::from(n))
        .try_fold(1u128, u128::checked_mul);
    assert_eq!(
        elements,
        Some(array.data.len() as u128),
        "shape and data do not agree"
    );
    true
}

#[test]
fn damaged_arrays_are_refused_or_read() {
    let axis = proptest::sample::select(vec![
        "0",
        "1",
        "2",
        "3",
        "5",
        "65536",
        "4294967296",
        "9223372036854775808",
        "18446744073709551615",
        "-1",
        "2.5",
        "",
        "x",
    ]);
    let kind = proptest::sample::select(vec![
        "<i1",
        "|b1",
        "<i2",
        ">i4",
        "<i8",
        "|u1",
        "<u4",
        "<u8",
        "<f4",
        "<f8",
        "<f2",
        "<c16",
        "|S0",
        "|S4",
        "<U3",
        "|V8",
        "|V0",
        "<m8",
        "O",
        "<i3",
        "<i99999999999999999999",
        "<U4611686018427387904",
        "",
    ]);
    let shape = proptest::collection::vec(axis, 0..4);
    let header = (kind, any::<bool>(), shape).prop_map(|(kind, fortran, shape)| {
        let (order, comma) = (
            if fortran { "True" } else { "False" },
            if shape.len() == 1 { "," } else { "" },
        );
        format!(
            "{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({}{comma}), }}\n",
            shape.join(", ")
        )
    });
    let data = proptest::collection::vec(any::<u8>(), 0..200);
    let change = proptest::option::weighted(0.4, changes());
    let read = Cell::new(0);
    campaign((header, data, change), 10_000, |(header, data, change)| {
        let good = npy_file(&header, &data);
        let bytes = change.map_or_else(|| good.clone(), |changes| apply(good.clone(), &changes));
        read.set(read.get() + u32::from(try_npy(&bytes)));
    });
    println!("{} arrays were read", read.get());
}
