//! `seamount run`

use crate::args::{RunArgs, Switch};
use crate::failure::{Failure, Kind};
use crate::files::{self, Outputs};
use crate::report::RunReport;
use crate::watch::{self, Watch};
use crate::{energy, execute, input, network, output, probe_flag, screen};
use seamount_chip::{Chip, NoiseReplay, RunOptions};
use seamount_network::npy;
use seamount_spec::EventCounts;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Largest snapshot that is read, bytes.
const SNAPSHOT_BYTES_MAX: u64 = 1 << 30;

/// Runs an image or a network.
pub fn run(args: &RunArgs, json: bool) -> Result<(), Failure> {
    let mut profiles = energy::profiles(&args.profile)?;
    watch::set(&mut profiles, &args.time.set)?;
    check_outputs(args)?;
    let (mut image, spec) = network::image(&args.file, args.ignore_limits, &args.source)?;
    probe_flag::add(&mut image, &args.probe)?;
    if args.out.is_some() && image.probes.is_empty() && image.learning.probes.is_empty() {
        return Err(Failure::usage(
            "--out",
            "nothing to write: the network has no probes; add --probe",
        ));
    }
    let checked = network::prove(
        &args.file,
        image,
        &spec,
        network::policy(args.ignore_limits),
    )?;
    let mut chip = Chip::load(&checked);
    let train = input::read(&args.input, chip.program())?;
    if let Some(path) = &args.noise_replay {
        replay(&mut chip, path)?;
    }
    if let Some(path) = &args.load_state {
        let bytes = files::read(path, SNAPSHOT_BYTES_MAX)?;
        chip.restore(&bytes).map_err(|e| Failure::input(path, e))?;
    }
    let options = RunOptions {
        threads: usize::from(args.threads),
        vectors: args.simd == Switch::On,
        per_step: args.per_step.is_some(),
        record: args.time.records(),
    };
    let mut watch = Watch::new(&args.time, chip.program(), &profiles)?;
    let seen = execute::run(
        &mut chip,
        args.steps,
        &train,
        &options,
        args.out.is_some(),
        &mut |record| watch.observe(record),
    )?;
    let mut report = RunReport::new(&checked, chip.program(), &seen, &profiles);
    report.time = watch.report(&report.energy);
    report.input_events = train.len();
    let more = watch.files(&args.time, &report.target.network, &report.energy);
    let written = write(args, &seen, &chip, &more);
    report.files = written.as_ref().map_or(vec![], Clone::clone);
    if json {
        screen::print_json(&report)
    } else {
        screen::print(&report.text())
    }?;
    written.map(|_| ()).map_err(Failure::after_report)
}

/// Finds out before a long run whether its results can be written.
fn check_outputs(args: &RunArgs) -> Result<(), Failure> {
    let outputs: Vec<&Path> = [&args.out, &args.per_step, &args.save_state]
        .into_iter()
        .flatten()
        .chain(args.time.outputs())
        .map(AsRef::as_ref)
        .collect();
    let inputs = args
        .input
        .iter()
        .chain([&args.file])
        .chain(&args.noise_replay);
    for path in inputs {
        if outputs.iter().any(|o| same(o, path)) {
            return Err(Failure::new(
                Kind::Usage,
                path.display(),
                ["is both read and written"],
            ));
        }
    }
    Outputs::expect(&outputs)
}

/// Whether two paths are one existing file.
pub fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b && a.is_file())
}

fn write(
    args: &RunArgs,
    seen: &execute::Seen,
    chip: &Chip,
    more: &[(PathBuf, Vec<u8>)],
) -> Result<Vec<String>, Failure> {
    let mut outputs = Outputs::default();
    let mut files = vec![];
    if let Some(path) = &args.out {
        outputs.stage(path, |out| output::write(path, &seen.recordings, out))?;
        files.push(path);
    }
    if let Some(path) = &args.per_step {
        outputs.stage(path, |out| {
            writeln!(out, "step,{}", EventCounts::NAMES.join(","))?;
            out.write_all(&seen.per_step)
        })?;
        files.push(path);
    }
    if let Some(path) = &args.save_state {
        outputs.stage(path, |out| out.write_all(&chip.snapshot()))?;
        files.push(path);
    }
    for (path, bytes) in more {
        outputs.stage(path, |out| out.write_all(bytes))?;
        files.push(path);
    }
    outputs.commit()?;
    Ok(files.iter().map(|p| p.display().to_string()).collect())
}

/// Recorded noise: steps x compartments, the cores side by side in image order.
fn replay(chip: &mut Chip, path: &Path) -> Result<(), Failure> {
    let bytes = files::read(path, input::FILE_BYTES_MAX)?;
    let array = npy::read_bytes(&bytes).map_err(|e| Failure::input(path, e))?;
    let widths: Vec<usize> = chip.program().cores.iter().map(|c| c.len()).collect();
    let width: usize = widths.iter().sum();
    if array.shape.len() != 2 || array.shape[1] != width as u64 || array.data.is_empty() {
        let problem = format!(
            "shape {:?}, wanted steps x {width} compartments",
            array.shape
        );
        return Err(Failure::input(path, problem));
    }
    let mut cores: Vec<Vec<u8>> = vec![vec![]; widths.len()];
    for (row, values) in array.data.chunks(width).enumerate() {
        let mut values = values.iter().enumerate();
        for (core, &width) in cores.iter_mut().zip(&widths) {
            for (column, &value) in values.by_ref().take(width) {
                let wrong = |_| {
                    Failure::input(
                        path,
                        format!("row {row}, column {column}: {value} is outside 0..=255"),
                    )
                };
                core.push(u8::try_from(value).map_err(wrong)?);
            }
        }
    }
    chip.replay_noise(NoiseReplay { cores })
        .map_err(|e| Failure::input(path, e))
}
