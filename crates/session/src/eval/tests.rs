//! Data sets that are wrong in many ways, and the small rules of reading and going on. What an
//! evaluation comes to is held against a slow count in `tests/tests/eval.rs`.

use super::*;
use crate::build::build;
use crate::failure::Failure;
use crate::source::Placed;
use seamount_compile::CompileOptions;
use seamount_image::LimitPolicy;
use seamount_network::netlist::{Netlist, Population};
use seamount_network::npy;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// Three sources, each with an output neuron of its own.
fn placed() -> Placed {
    let mut net = Netlist::new("three");
    net.input("in", 3);
    let out = Population::new("out", 3)
        .current_decay(4095)
        .voltage_decay(4095);
    net.add(out.threshold_mantissa(10));
    net.connect("in", "out").one_to_one(100);
    let options = CompileOptions::default();
    let image = build(&net, &options).unwrap();
    Placed::new("three", image.image().clone(), options.board)
}

/// A data set of some arrays.
fn data(arrays: &[(&str, Vec<u8>)]) -> EvalData {
    let named = arrays
        .iter()
        .map(|(name, bytes)| (name.to_string(), bytes.clone()));
    let arrays: BTreeMap<String, Vec<u8>> = named.collect();
    EvalData::of_arrays("set.npz", &arrays, None, None)
}

/// Samples of 4 steps, in which source `labels[i]` fires in step 1, and the labels.
fn good(labels: &[u8]) -> EvalData {
    let count = labels.len();
    let mut table = vec![0u8; count * 4 * 3];
    for (sample, label) in labels.iter().enumerate() {
        table[sample * 12 + 3 + usize::from(*label)] = 1;
    }
    data(&[
        ("samples", npy::to_bytes(&[count as u64, 4, 3], table)),
        (
            "labels",
            npy::to_bytes(&[count as u64], labels.iter().copied()),
        ),
    ])
}

fn options() -> EvalOptions {
    EvalOptions::new(SampleEncoder::Direct, SampleDecoder::Count)
}

fn shown(data: &EvalData, options: &EvalOptions) -> Result<Evaluation, Failure> {
    let go_on = &mut |_, _| ControlFlow::Continue(());
    let done = evaluate(placed(), LimitPolicy::Enforce, data, options, go_on)?;
    Ok(done.expect("nobody stops it"))
}

/// The findings of a call that must fail.
fn refused(data: &EvalData, options: &EvalOptions) -> Vec<String> {
    shown(data, options).map(|_| ()).unwrap_err().lines()
}

#[track_caller]
fn says(found: &[String], wanted: &[&str]) {
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!(found.contains(wanted), "{found} / {wanted}");
    }
}

#[test]
fn every_wrong_array_and_option_is_found_at_once() {
    let mut table = vec![0.0f32; 2 * 4 * 4];
    table[5] = 0.5;
    table[31] = f32::NAN;
    let set = data(&[
        ("samples", npy::to_bytes(&[2, 4, 4], table)),
        ("labels", npy::to_bytes(&[3], [0i64, 3, -1])),
    ]);
    let mut options = options();
    options.output = Some("outs".into());
    options.first = 7;
    options.steps = Some(0);
    says(
        &refused(&set, &options),
        &[
            "samples: a sample has 4 values in each step, wanted one for each of the 3 sources",
            "labels: has 3 elements, wanted one for each of 2 samples",
            "option start: sample 7 is outside 0..=1",
            "option output: outs.spike: there is no population 'outs'; there are: out",
            "option steps: 0 steps of a sample are outside 1..=16777216",
        ],
    );
    options.first = 0;
    options.output = None;
    options.steps = None;
    says(
        &refused(&set, &options),
        &[
            "samples: a sample has 4 values",
            "samples[0, 1, 1]: 0.5 is wrong, wanted 0 or 1",
            "samples[1, 3, 3]: NaN is wrong, wanted 0 or 1",
            "labels: has 3 elements",
            "labels[1]: 3 is wrong, wanted 0..=2",
        ],
    );
}

#[test]
fn arrays_that_are_missing_cut_short_empty_or_of_another_type_are_named() {
    let says_of = |arrays: &[(&str, Vec<u8>)], wanted: &[&str]| {
        says(&refused(&data(arrays), &options()), wanted);
    };
    let zeros =
        |shape: &[u64]| npy::to_bytes(shape, vec![0u8; shape.iter().product::<u64>() as usize]);
    says_of(&[], &["samples: is missing; there are no arrays"]);
    says_of(
        &[("x", zeros(&[1, 2, 3]))],
        &["samples: is missing; there are: x"],
    );
    let mut short = zeros(&[2, 4, 3]);
    short.truncate(short.len() - 1);
    says_of(
        &[("samples", short)],
        &["promises 24 bytes of data, the file has 23"],
    );
    says_of(
        &[("samples", b"hello".to_vec())],
        &["samples: no .npy file"],
    );
    let texts =
        b"\x93NUMPY\x01\x00\x3c\x00{'descr': '<U1', 'fortran_order': False, 'shape': (1,), } \n";
    says_of(&[("samples", texts.to_vec())], &["samples: "]);
    says_of(
        &[("samples", zeros(&[0, 4, 3]))],
        &["samples: holds no sample"],
    );
    says_of(
        &[("samples", zeros(&[5, 3]))],
        &[
            "shape [5, 3], wanted samples x steps x sources for encoder direct; numbers without steps",
        ],
    );
    says_of(
        &[("samples", zeros(&[1, 4, 3])), ("labels", zeros(&[1, 1]))],
        &["labels: shape [1, 1], wanted one axis"],
    );
    let lists = |offsets: Vec<i64>, neurons: Vec<i64>| {
        [
            ("offsets", npy::to_bytes(&[offsets.len() as u64], offsets)),
            ("steps", npy::to_bytes(&[2], [-1i64, 1])),
            ("neurons", npy::to_bytes(&[neurons.len() as u64], neurons)),
        ]
    };
    says_of(
        &lists(vec![0, 2, 1], vec![1]),
        &[
            "neurons: has 1 elements, wanted 2",
            "offsets: wanted rising numbers from 0 to 2",
        ],
    );
    says_of(
        &lists(vec![0, 2], vec![1, 3]),
        &[
            "steps[0]: -1 is wrong, wanted a step from 0 on",
            "neurons[1]: 3 is wrong, wanted 0..=2",
            "option steps: is needed",
        ],
    );
}

#[test]
fn wrong_elements_beyond_the_first_few_are_counted() {
    let set = data(&[("samples", npy::to_bytes(&[1, 4, 3], [2u8; 12]))]);
    let found = refused(&set, &options());
    assert_eq!(found.len(), 6, "{found:#?}");
    assert!(found[5].contains("7 more elements are wrong like these"));
}

#[test]
fn options_alone_are_wrong_usage() {
    let mut options = options();
    options.output = Some("out.voltage".into());
    options.limit = Some(0);
    let failure = shown(&good(&[0, 1]), &options).map(|_| ()).unwrap_err();
    assert_eq!(failure.kind, crate::FailureKind::Usage);
    says(
        &failure.lines(),
        &[
            "option limit: 0 samples",
            "decoder count wants the register spike",
        ],
    );
    options.limit = None;
    options.output = Some("out:90..99".into());
    says(
        &refused(&good(&[0]), &options),
        &["option output: records nothing in steps 1..=4"],
    );
    options.output = None;
    options.encoder = SampleEncoder::Graded;
    says(
        &refused(&good(&[0]), &options),
        &["loihi1 has no graded spikes"],
    );
}

#[test]
fn answers_ties_and_silence() {
    let set = good(&[2, 0, 1, 2]);
    let evaluation = shown(&set, &options()).unwrap();
    let accuracy = evaluation.report.accuracy.unwrap();
    assert_eq!([accuracy.right, accuracy.samples, accuracy.tied], [4, 4, 0]);
    let diagonal = vec![vec![1, 0, 0, 0], vec![0, 1, 0, 0], vec![0, 0, 2, 0]];
    assert_eq!(accuracy.confusion, diagonal);
    // source fires in step 1, arrives in 2
    let mut first = options();
    first.decoder = SampleDecoder::FirstSpike;
    let rows = shown(&set, &first).unwrap().rows;
    assert_eq!(rows[0].scores, [SILENT, SILENT, 2]);
    let silent = data(&[
        ("samples", npy::to_bytes(&[1, 4, 3], [0u8; 12])),
        ("labels", npy::to_bytes(&[1], [0u8])),
    ]);
    let evaluation = shown(&silent, &first).unwrap();
    assert_eq!(evaluation.rows[0].answer, None);
    let accuracy = evaluation.report.accuracy.unwrap();
    assert_eq!([accuracy.right, accuracy.unanswered], [0, 1]);
    assert_eq!(accuracy.confusion[0], [0, 0, 0, 1]);
    let counted = shown(&silent, &options()).unwrap();
    assert_eq!(
        (counted.rows[0].answer, counted.rows[0].tied),
        (Some(0), true)
    );
}

/// A path in the temporary folder that goes when the test ends.
struct JournalFile(PathBuf);

impl JournalFile {
    fn new(name: &str) -> JournalFile {
        let path = std::env::temp_dir().join(format!("seamount-{name}-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        JournalFile(path)
    }
}

impl Drop for JournalFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn a_run_that_was_cut_off_goes_on_and_another_run_is_refused() {
    let file = JournalFile::new("eval-journal.jsonl");
    let set = good(&[2, 0, 1, 2, 1]);
    let whole = shown(&set, &options()).unwrap().rows;
    let mut resumed = options();
    resumed.resume = Some(file.0.clone());
    resumed.limit = Some(3);
    shown(&set, &resumed).unwrap();
    let lines = std::fs::read(&file.0).unwrap();
    // killed within the third sample
    std::fs::write(&file.0, &lines[..lines.len() - 9]).unwrap();
    resumed.limit = None;
    resumed.threads = 3;
    let again = shown(&set, &resumed).unwrap();
    assert_eq!(again.report.wall.resumed, 2);
    assert_eq!(again.rows, whole);
    let third = shown(&set, &resumed).unwrap();
    assert_eq!((third.report.wall.resumed, third.rows), (5, whole));
    let before = std::fs::read(&file.0).unwrap();
    resumed.decoder = SampleDecoder::FirstSpike;
    resumed.steps = Some(3);
    says(
        &refused(&good(&[0, 1]), &resumed),
        &[
            "decode: is of decode 'count', this run of 'first-spike'",
            "samples: is of samples '",
            "steps: is of steps '4', this run of '3'",
        ],
    );
    assert_eq!(std::fs::read(&file.0).unwrap(), before);
    for text in [
        "my notes\n",
        "{}",
        "{\"format\":\"x\",\"version\":1,\"run\":{}}\n",
    ] {
        std::fs::write(&file.0, text).unwrap();
        says(
            &refused(&set, &options_with(&file.0)),
            &["holds no evaluation"],
        );
        assert_eq!(std::fs::read(&file.0).unwrap(), text.as_bytes());
    }
}

fn options_with(file: &std::path::Path) -> EvalOptions {
    let mut options = options();
    options.resume = Some(file.into());
    options
}

#[test]
fn a_watcher_that_stops_leaves_what_is_finished() {
    let file = JournalFile::new("eval-stopped.jsonl");
    let set = good(&[0, 1, 2, 0, 1, 2]);
    let options = options_with(&file.0);
    let stop = &mut |done, all| match done < 2 {
        true => ControlFlow::Continue(()),
        false => {
            assert_eq!((done, all), (2, 6));
            ControlFlow::Break(())
        }
    };
    let stopped = evaluate(placed(), LimitPolicy::Enforce, &set, &options, stop).unwrap();
    assert!(stopped.is_none());
    let rest = shown(&set, &options).unwrap();
    assert_eq!(rest.report.wall.resumed, 2);
    assert_eq!(rest.rows.len(), 6);
}

#[test]
fn rows_are_csv_and_arrays() {
    let mut options = options();
    options.profiles.truncate(1);
    let mut rows = shown(&good(&[1, 2]), &options).unwrap().rows;
    rows[1].answer = None;
    let mut csv = vec![];
    write_rows(RowsForm::Csv, &rows, &options, &mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("sample,label,answer,right,tied,effective_macs,effective_acs,"));
    assert!(lines[0].ends_with(",energy_fj_davies2018"), "{}", lines[0]);
    assert!(lines[1].starts_with("0,1,1,1,0,0,1,"), "{}", lines[1]);
    assert!(lines[2].starts_with("1,2,,0,0,0,1,"), "{}", lines[2]);
    let mut archive = vec![];
    write_rows(RowsForm::Npz, &rows, &options, &mut archive).unwrap();
    let arrays = crate::npz::read(&archive).unwrap();
    let array = |name: &str| npy::read_bytes(&arrays[name]).unwrap();
    assert_eq!(array("answer").data, [1, -1]);
    assert_eq!(array("scores").shape, [2, 3]);
    assert_eq!(array("scores").data, [0, 1, 0, 0, 0, 1]);
    assert!(RowsForm::of(std::path::Path::new("a.txt")).is_err());
}
