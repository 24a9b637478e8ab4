//! Whatever chip was accepted behaves the same: scalar and with vectors, on one thread and on
//! two, uninterrupted and restored half-way, whether or not it is recorded.

use seamount_chip::{Chip, Observations, RunOptions, SpikeTrain};
use seamount_image::Image;
use seamount_spec::Board;

/// Most compartments and most packets of a chip that is run.
const WORK_MAX: u64 = 40_000;

/// The board that an image says it is placed on, or the default one.
pub fn board(image: &Image) -> Board {
    Board::preset(&image.board).unwrap_or_else(Board::loihi1)
}

/// Whether an image is small enough to be run some hundred times a second.
pub fn is_small(image: &Image) -> bool {
    let compartments = |core: &seamount_image::CoreImage| core.compartments.len() as u64;
    let words = |core: &seamount_image::CoreImage| core.synapse_memory.len() as u64;
    let work: u64 = image
        .cores
        .iter()
        .map(|core| compartments(core) + words(core))
        .sum();
    work <= WORK_MAX
}

/// Spikes of the host: a few of the first sources in every step, some of them graded where they
/// may be.
pub fn input(chip: &Chip, steps: u64) -> SpikeTrain {
    let sources = chip.program().sources().min(40);
    let mut events = vec![];
    for step in chip.t()..chip.t() + steps {
        for source in 0..sources {
            if (step * 7 + u64::from(source) * 3) % 4 < 2 {
                events.push((step, source));
            }
        }
    }
    SpikeTrain::new(chip.program(), events).expect("sources that exist")
}

/// Runs a chip in every way and fails if any way differs.
pub fn alike(chip: &Chip, steps: u64) {
    let input = input(chip, steps);
    let whole = |options: RunOptions| {
        let mut chip = chip.clone();
        let seen = chip.run(steps, &input, &options.per_step());
        (chip.snapshot(), seen)
    };
    let scalar = whole(RunOptions::new().scalar());
    same("vectors", &scalar, &whole(RunOptions::new()));
    same("two threads", &scalar, &whole(RunOptions::new().threads(2)));
    same(
        "a record",
        &scalar,
        &whole(RunOptions::new().threads(2).scalar().recorded()),
    );

    let mut first = chip.clone();
    first.run(steps / 2, &input, &RunOptions::new());
    let saved = first.snapshot();
    let mut second = chip.clone();
    second.restore(&saved).expect("its own snapshot");
    assert!(
        second.snapshot() == saved,
        "a snapshot does not survive a restore"
    );
    second.run(steps - steps / 2, &input, &RunOptions::new().threads(2));
    assert!(
        second.snapshot() == scalar.0,
        "a restore changes the result"
    );
}

type Outcome = (Vec<u8>, Observations);

fn same(what: &str, wanted: &Outcome, found: &Outcome) {
    assert!(wanted.0 == found.0, "{what}: another state");
    assert!(
        wanted.1.cores == found.1.cores,
        "{what}: other counts of cores"
    );
    assert!(
        wanted.1.per_step == found.1.per_step,
        "{what}: other counts of steps"
    );
    assert!(
        wanted.1.recordings == found.1.recordings,
        "{what}: other recordings"
    );
}
