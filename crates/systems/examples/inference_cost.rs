//! A network that was trained with snnTorch, shown its test set: accuracy, synaptic operations,
//! energy and latency of an inference.
//!
//! `cargo run --release -p seamount-systems --example inference_cost`

use seamount_image::LimitPolicy;
use seamount_quantise::Reset;
use seamount_session::eval::{EvalData, EvalOptions, SampleDecoder, SampleEncoder, evaluate};
use seamount_session::{Failure, ImportOptions, NetworkFile, SourceOptions};
use seamount_timing::Fidelity;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// The folder of files from elsewhere, wherever in the repository this is compiled.
fn fixtures() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = here.ancestors().map(|folder| folder.join("fixtures"));
    folders
        .find(|folder| folder.is_dir())
        .expect("a folder above")
}

/// Runs the example.
///
/// # Errors
/// Files that are not there.
pub fn main() -> Result<(), Failure> {
    let folder = fixtures().join("snntorch-glyphs");
    let limits = LimitPolicy::Enforce;
    // what a NIR file leaves open; the network was trained to reset to zero
    let import = ImportOptions::new().dt_seconds(1e-4).reset(Reset::Zero);
    let source = SourceOptions::new().import(import);
    let placed = NetworkFile::read(&folder.join("glyphs.nir"))?.image(&source, limits)?;
    let data = EvalData::read(&folder.join("test.npz"), None, None)?;

    let mut options = EvalOptions::new(SampleEncoder::Direct, SampleDecoder::Count);
    options.output = Some("3".into());
    // 25 rows, and a step for each layer
    options.steps = Some(27);
    options.threads = 2;
    options
        .profiles
        .retain(|profile| profile.name == "davies2018");
    options.fidelity = Fidelity::Pipeline;
    let go_on = &mut |_, _| ControlFlow::Continue(());
    let shown = evaluate(placed, limits, &data, &options, go_on)?.expect("nobody stops it");
    println!("{}", shown.report);

    let accuracy = shown.report.accuracy.as_ref().expect("the set has labels");
    assert!(accuracy.accuracy > 0.8, "chance is 0.1");
    // a control that does not look at the digits
    options.encoder = SampleEncoder::Random { rate: 0.2, seed: 1 };
    let placed = NetworkFile::read(&folder.join("glyphs.nir"))?.image(&source, limits)?;
    let chance = evaluate(placed, limits, &data, &options, go_on)?.expect("nobody stops it");
    assert!(chance.report.accuracy.expect("labels").accuracy < 0.3);
    Ok(())
}
