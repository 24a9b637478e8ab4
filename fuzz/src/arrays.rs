//! Arrays and archives, and everything of a session that is read from them.

use crate::chips::{NETWORKS, compiled};
use crate::machine::board;
use crate::own_files::with_file;
use seamount_chip::Chip;
use seamount_image::{CheckedImage, LimitPolicy};
use seamount_network::h5::{self, H5Group, H5Limits, Item};
use seamount_network::npy::{self, PackedArray};
use seamount_session::eval::{EvalData, EvalOptions, SampleDecoder, SampleEncoder, evaluate};
use seamount_session::{Chip as SessionChip, Currents, Events, NetworkFile, Placed, SourceOptions};
use seamount_session::{files, npz};
use seamount_study::arrays::Archive;
use seamount_study::compare::{TimeAxis, saved};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;

/// Elements that a shape says there are.
fn elements(shape: &[u64]) -> Option<u64> {
    shape.iter().try_fold(1u64, |all, &n| all.checked_mul(n))
}

/// Bytes as an array: as many numbers as its shape says, in every way of reading; what is written
/// of it is read again.
pub fn npy(data: &[u8]) {
    if let Ok(array) = npy::read_bytes(data) {
        assert_eq!(elements(&array.shape), Some(array.data.len() as u64));
        let written = npy::to_bytes(&array.shape, array.data.iter().copied());
        let again = npy::read_bytes(&written).expect("its own form");
        assert!(again.data == array.data && again.shape == array.shape);
    }
    if let Ok(array) = npy::read_floats(data) {
        assert_eq!(elements(&array.shape), Some(array.data.len() as u64));
    }
    if let Ok(array) = PackedArray::new(data) {
        assert_eq!(elements(array.shape()), Some(array.len() as u64));
        let floats = array.floats(0, array.len()).count();
        assert_eq!(floats, array.len());
        let _ = array.nonzero(0, array.len()).count();
    }
}

/// Bytes as an archive: what is read is the same after it was written.
pub fn npz(data: &[u8]) {
    let Ok(members) = npz::read(data) else { return };
    let mut bytes = vec![];
    let mut writer = npz::Writer::new(&mut bytes);
    for (name, member) in &members {
        if writer.member(name, member).is_err() {
            return;
        }
    }
    writer.finish().expect("a writer in memory");
    assert!(npz::read(&bytes).expect("its own form") == members);
    if let Ok(mut archive) = Archive::parse(Path::new("fuzzed.npz"), data) {
        archive.integers("x", &[None, None], "-9 to 9", |v| (-9..=9).contains(&v));
        archive.floats("w0", &[Some(2), None]);
        let _ = archive.end();
    }
}

/// Bytes as an HDF5 tree, small limits, so that a unit is read within a second.
pub fn h5(data: &[u8]) {
    let limits = H5Limits {
        total_bytes_max: 16 << 20,
        array_bytes_max: 4 << 20,
        chunk_bytes_max: 4 << 20,
        ..H5Limits::default()
    };
    if let Ok(root) = h5::read_bytes(data.to_vec(), &limits) {
        look(&root);
    }
}

fn look(group: &H5Group) {
    for item in group.items.values() {
        match item {
            Item::Group(group) => look(group),
            Item::Value(value) => {
                let _ = (value.kind(), value.shape(), value.text(), value.numbers());
            }
            Item::Unreadable(problem) => drop(problem.to_string()),
        }
    }
}

fn plain_chip() -> &'static Chip {
    static CHIP: OnceLock<Chip> = OnceLock::new();
    CHIP.get_or_init(|| Chip::load(&compiled(NETWORKS[0])))
}

/// Bytes as spikes of the host in each of the four forms, which the first byte names.
pub fn events(data: &[u8]) {
    let Some((form, data)) = data.split_first() else {
        return;
    };
    let name = ["in.csv", "in.aer", "in.npy", "in.npz"][usize::from(*form % 4)];
    let program = plain_chip().program();
    let train = with_file(name, data, |path| {
        Events::files(&[path.into()]).for_program(program)
    });
    if let Ok(train) = train {
        let _ = (train.len(), train.is_empty());
    }
}

/// Bytes as recorded noise of a network that has noise.
pub fn noise(data: &[u8]) {
    static IMAGE: OnceLock<CheckedImage> = OnceLock::new();
    let image = IMAGE.get_or_init(|| compiled(NETWORKS[4]));
    let mut chip = SessionChip::load(image.clone());
    if with_file("noise.npy", data, |path| chip.replay_noise_file(path)).is_ok() {
        let outcome = chip.run(5, &Events::none(), &seamount_chip::RunOptions::new());
        outcome.expect("a chip with noise runs");
    }
}

/// Bytes as constant currents of a float graph: an array or an archive.
pub fn currents(data: &[u8]) {
    let Some((form, data)) = data.split_first() else {
        return;
    };
    let name = ["current.npy", "current.npz"][usize::from(*form % 2)];
    let graph = include_bytes!("../networks/lif.nir").to_vec();
    with_file(name, data, |path| {
        let options = SourceOptions::new().currents(Currents::File(path.into()));
        let network = NetworkFile::of_bytes("lif.nir", graph).network(&options);
        if let Ok(network) = network {
            assert!(network.netlist.check().is_empty());
        }
    });
}

fn placed() -> Placed {
    static IMAGE: OnceLock<CheckedImage> = OnceLock::new();
    let image = IMAGE.get_or_init(|| compiled(NETWORKS[0])).image().clone();
    let board = board(&image);
    Placed::new("plain", image, board)
}

fn options(form: u8) -> EvalOptions {
    let encoders = ["direct", "rate:scale=1", "accumulate:level=1", "graded"];
    let encoder = SampleEncoder::parse(encoders[usize::from(form % 4)]);
    let encoder = encoder.or_else(|_| SampleEncoder::parse("direct"));
    let encoder = encoder.expect("an encoder");
    let mut options = EvalOptions::new(encoder, SampleDecoder::Count);
    options.output = Some("b".into());
    options.steps = Some(u64::from(form >> 4) + 1);
    options.limit = Some(4);
    options.profiles.truncate(1);
    options
}

/// Bytes as a data set, encoder and steps by the first byte: refused with everything that is
/// wrong, or shown to a network.
pub fn dataset(data: &[u8]) {
    let Some((form, data)) = data.split_first() else {
        return;
    };
    let name = ["set.npz", "set.npy"][usize::from(form & 4) / 4];
    let read = with_file(name, data, |path| EvalData::read(path, None, None));
    let Ok(set) = read else { return };
    let mut go_on = |_, _| ControlFlow::Continue(());
    let _ = evaluate(
        placed(),
        LimitPolicy::Report,
        &set,
        &options(*form),
        &mut go_on,
    );
}

/// Bytes as the file by which an evaluation goes on: refused and left as it is, or the report is
/// that of an evaluation without it.
pub fn resume(data: &[u8]) {
    let set = samples();
    let mut options = options(0);
    let mut go_on = |_, _| ControlFlow::Continue(());
    options.resume = Some(Path::new("").into());
    let (result, after) = with_file("resume.jsonl", data, |path| {
        options.resume = Some(path.into());
        let result = evaluate(placed(), LimitPolicy::Report, &set, &options, &mut go_on);
        (result, files::read(path, 1 << 20))
    });
    match result {
        Err(_) => assert!(
            after.is_ok_and(|after| after == data),
            "a refused file was changed"
        ),
        Ok(evaluation) => assert!(evaluation.is_some(), "nobody stopped it"),
    }
}

/// Two samples of two steps of eight sources.
pub fn samples() -> EvalData {
    let array = npy::to_bytes(&[2, 2, 8], (0..32i64).map(|k| k % 3 / 2));
    let arrays = BTreeMap::from([("samples".to_string(), array)]);
    EvalData::of_arrays("samples", &arrays, None, None)
}

/// Bytes as an archive of a saved trace.
pub fn trace(data: &[u8]) {
    let Some((form, data)) = data.split_first() else {
        return;
    };
    let time = [None, Some(TimeAxis::First), Some(TimeAxis::Last)][usize::from(form % 3)];
    let Ok(members) = npz::read(data) else { return };
    let mut arrays = BTreeMap::new();
    for (name, bytes) in members {
        let Ok(array) = npy::read_floats(&bytes) else {
            return;
        };
        arrays.insert(name, array);
    }
    let _ = saved("fuzzed", arrays, time);
}
