//! Bytes as an image: a result or a typed error; what is proved runs.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_spec::Board;

include!("signed.rs");

fuzz_target!(|data: &[u8]| {
    let Ok(image) = Image::from_bytes(&signed(data)) else { return };
    let spec = Board::preset("loihi1").expect("a preset");
    let Ok(checked) = CheckedImage::prove(image, &spec, LimitPolicy::Enforce) else { return };
    let mut chip = Chip::load(&checked);
    let sources = chip.program().sources().min(50);
    let events = (0..20).flat_map(|step| (0..sources).map(move |source| (step, source)));
    let input = SpikeTrain::new(chip.program(), events.collect()).expect("sources that exist");
    chip.run(20, &input, &RunOptions::default());
});
