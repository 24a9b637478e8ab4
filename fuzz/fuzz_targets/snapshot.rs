//! Bytes as a snapshot of the fixture's image: refused, or the chip goes on.
#![no_main]

use libfuzzer_sys::fuzz_target;
use seamount_chip::{Chip, RunOptions, SpikeTrain};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_spec::Board;
use std::sync::OnceLock;

include!("signed.rs");

fuzz_target!(|data: &[u8]| {
    static CHIP: OnceLock<Chip> = OnceLock::new();
    let mut chip = CHIP
        .get_or_init(|| {
            let image = Image::from_bytes(include_bytes!("../../fixtures/image-v1/tiny.img")).expect("the fixture");
            let spec = Board::preset("loihi1").expect("a preset");
            Chip::load(&CheckedImage::prove(image, &spec, LimitPolicy::Enforce).expect("the fixture"))
        })
        .clone();
    if chip.restore(&signed(data)).is_ok() {
        chip.run(20, &SpikeTrain::default(), &RunOptions::default());
    }
});
