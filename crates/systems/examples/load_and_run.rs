//! A compiled image, loaded and run; then on from a snapshot, to the same bits.
//!
//! `cargo run --release -p seamount-systems --example load_and_run`

use seamount_chip::RunOptions;
use seamount_image::LimitPolicy;
use seamount_session::{Chip, Events, Failure, NetworkFile, SourceOptions};
use seamount_spec::Profile;
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
/// A file that is not there, or no image.
pub fn main() -> Result<(), Failure> {
    let path = fixtures().join("image-v1/tiny.img");
    let limits = LimitPolicy::Enforce;
    let placed = NetworkFile::read(&path)?.image(&SourceOptions::new(), limits)?;
    let mut chip = Chip::load(placed.prove(limits)?);

    // row r of the table is what the host sends in step r; it arrives in step r + 1
    let fires = |step: u32, source: u32| u8::from((step * 7 + source * 3) % 5 < 2);
    let table: Vec<u8> = (0..60)
        .flat_map(|step| (0..3).map(move |source| fires(step, source)))
        .collect();
    let events = Events::none().and_dense("in", table);
    let run = chip.run(60, &events, &RunOptions::new())?;
    for recording in &run.recordings {
        let (rows, columns) = (recording.steps.len(), recording.neurons.len());
        println!("{}: {rows} steps x {columns} neurons", recording.name);
    }
    let total = run.total();
    println!(
        "{} spikes, {} operations",
        total.spikes, total.synaptic_operations
    );
    let profile = Profile::preset("davies2018").expect("built in");
    let bill = profile.price(&total);
    println!(
        "{} fJ by {}, no price: {:?}",
        bill.dynamic_fj, profile.name, bill.unknown
    );

    let state = chip.snapshot();
    let silence = Events::none();
    let wanted = chip.run(40, &silence, &RunOptions::new())?;
    chip.restore(&state)?;
    let again = chip.run(40, &silence, &RunOptions::new().threads(2))?;
    assert_eq!(again.recordings, wanted.recordings, "the same bits");
    println!("step {}", chip.step());
    Ok(())
}
