//! Images and snapshots.

use crate::machine::{alike, board, input, is_small};
use crate::seal::sealed;
use seamount_chip::{Chip, RunOptions};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::Netlist;
use seamount_spec::Board;
use std::path::Path;
use std::sync::OnceLock;

/// Steps that an accepted chip runs.
const STEPS: u64 = 12;
/// Steps that the chips of snapshots ran before.
const STEPS_BEFORE: u64 = 7;

/// Bytes as an image: what is read survives its file form; what is proved behaves.
pub fn image(data: &[u8]) {
    let Ok(image) = Image::from_bytes(&sealed(data)) else {
        return;
    };
    let again = Image::from_bytes(&image.to_bytes());
    assert!(
        again.as_ref() == Ok(&image),
        "an image does not survive its file form"
    );
    let board = board(&image);
    let small = is_small(&image);
    let strict = CheckedImage::prove(image.clone(), &board, LimitPolicy::Enforce);
    if let Err(findings) = &strict {
        assert!(!findings.is_empty(), "refused without a reason");
    }
    let lenient = CheckedImage::prove(image, &board, LimitPolicy::Report);
    assert!(
        strict.is_err() || lenient.is_ok(),
        "enforcing limits finds less"
    );
    if let Ok(checked) = lenient
        && small
    {
        alike(&Chip::load(&checked), STEPS);
    }
}

/// Networks whose snapshots are tried: plain ones, learning, programs of every kind.
pub const NETWORKS: [&str; 6] = [
    include_str!("../networks/plain.json"),
    include_str!("../networks/joins.json"),
    include_str!("../networks/learning.json"),
    include_str!("../networks/program.json"),
    include_str!("../networks/noise.json"),
    include_str!("../networks/graded.json"),
];

/// A network of the list on the smallest board that takes it.
pub fn compiled(text: &str) -> CheckedImage {
    let netlist = Netlist::from_json(text.as_bytes(), Path::new("")).expect("a network of ours");
    for board in [Board::loihi1(), Board::loihi2()] {
        if let Ok(compiled) = compile(&netlist, &CompileOptions::new(board.clone())) {
            let checked = CheckedImage::prove(compiled.image, &board, LimitPolicy::Enforce);
            return checked.expect("what the compiler emits is good");
        }
    }
    panic!("no board takes {}", netlist.name);
}

/// The chips of the list after some steps.
pub fn chips() -> &'static [Chip] {
    static CHIPS: OnceLock<Vec<Chip>> = OnceLock::new();
    CHIPS.get_or_init(|| {
        let ran = |text: &&str| {
            let mut chip = Chip::load(&compiled(text));
            let input = input(&chip, STEPS_BEFORE);
            chip.run(STEPS_BEFORE, &input, &RunOptions::new());
            chip
        };
        NETWORKS.iter().map(ran).collect()
    })
}

/// Bytes as a snapshot of one of the networks, which the first byte names: refused without a
/// change, or the chip goes on alike in every way.
pub fn snapshot(data: &[u8]) {
    let Some((which, data)) = data.split_first() else {
        return;
    };
    let chips = chips();
    let before = &chips[usize::from(*which) % chips.len()];
    let mut chip = before.clone();
    match chip.restore(&sealed(data)) {
        Ok(()) => alike(&chip, STEPS),
        Err(_) => assert!(
            chip.state() == before.state(),
            "a refused snapshot changed something"
        ),
    }
}
