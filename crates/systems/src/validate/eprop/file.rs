//! What a file about e-prop on the chip says, and how it is read.

use seamount_diagnose::Fault;
use seamount_study::validate::arithmetic::Arithmetic;
use seamount_study::validate::read::{SEED_MAX, Table, limits};

/// Most sequences of one comparison.
const SEQUENCES_MAX: i64 = 10_000;

/// Which network learns what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// 100 LIF neurons and the published frozen input; eligibility in the tag.
    Pattern,
    /// 50 LIF and 50 ALIF neurons; eligibility in tag and second tag.
    Evidence,
    /// 100 LIF neurons with membranes of 2 s, cues, learning epochs of 15 steps; eligibility in the
    /// tag.
    CueTags,
    /// The same with traces of the neurons only.
    CueTraces,
}

/// A task, and how far chip and float may differ.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// For reports.
    pub title: String,
    /// The task.
    pub task: Task,
    /// Seed of network, input and the chip's draws.
    pub seed: u64,
    /// Sequences to learn from.
    pub sequences: u64,
    /// Learning rate of input and recurrent weights.
    pub rate_recurrent: f64,
    /// Learning rate of readout weights.
    pub rate_readout: f64,
    /// Largest weight that is held.
    pub full: f64,
    /// Arithmetic of the chip's learning engine. The networks need `wide`: their rules multiply
    /// three traces and tags.
    pub arithmetic: Arithmetic,
    /// Steps by which the float side's learning signal is late.
    pub latency_steps: usize,
    /// Key and limit.
    pub tolerances: Vec<(&'static str, f64)>,
}

impl File {
    /// The same file with network, input and the chip's draws from another seed.
    #[must_use]
    pub fn seeded(&self, seed: u64) -> File {
        File {
            seed,
            ..self.clone()
        }
    }
}

/// Numbers that can have a limit: key, words, whether the limit is from below.
pub const KEYS: [(&str, &str, bool); 17] = [
    (
        "cosine_in_min",
        "cosine of the updates of input weights",
        true,
    ),
    (
        "cosine_rec_min",
        "cosine of the updates of recurrent weights",
        true,
    ),
    (
        "cosine_out_min",
        "cosine of the updates of readout weights",
        true,
    ),
    (
        "sign_in_min",
        "share of input weights that moved the same way",
        true,
    ),
    (
        "sign_rec_min",
        "share of recurrent weights that moved the same way",
        true,
    ),
    (
        "sign_out_min",
        "share of readout weights that moved the same way",
        true,
    ),
    (
        "gain_in_min",
        "gain of what the learning signal does to input weights",
        true,
    ),
    (
        "gain_in_max",
        "gain of what the learning signal does to input weights",
        false,
    ),
    (
        "gain_rec_min",
        "gain of what the learning signal does to recurrent weights",
        true,
    ),
    (
        "gain_rec_max",
        "gain of what the learning signal does to recurrent weights",
        false,
    ),
    (
        "gain_out_min",
        "gain of what the learning signal does to readout weights",
        true,
    ),
    (
        "gain_out_max",
        "gain of what the learning signal does to readout weights",
        false,
    ),
    (
        "along_min",
        "least share of the float update that the chip has come along, of the three",
        true,
    ),
    ("along_max", "largest such share", false),
    (
        "readout_max",
        "root mean square difference of the readouts in the first sequence",
        false,
    ),
    (
        "loss_max",
        "difference of the last losses, by that of the float network",
        false,
    ),
    (
        "spikes_max",
        "difference of all recurrent spikes, by those of the float network",
        false,
    ),
];

/// Reads the tables of such a file.
pub fn read(root: &Table) -> File {
    let title = root.may("title").text();
    let mut file = File {
        title: title.map_or_else(|| "e-prop on the chip".into(), Into::into),
        task: Task::Pattern,
        seed: 1,
        sequences: 10,
        rate_recurrent: 1e-4,
        rate_readout: 1e-4,
        full: 0.5,
        arithmetic: Arithmetic::Wide,
        latency_steps: 2,
        tolerances: vec![],
    };
    if let Some(table) = root.may("eprop").table() {
        settings(&table, &mut file);
        table.finish();
    }
    let keys: Vec<&str> = KEYS.iter().map(|known| known.0).collect();
    for (key, limit) in limits(root, &keys) {
        let known = KEYS.iter().find(|known| known.0 == key);
        file.tolerances.extend(known.map(|known| (known.0, limit)));
    }
    file
}

/// The table `eprop`.
fn settings(table: &Table, file: &mut File) {
    let tasks = [
        ("pattern", Task::Pattern),
        ("evidence", Task::Evidence),
        ("cue-tags", Task::CueTags),
        ("cue-traces", Task::CueTraces),
    ];
    let task = table.may("task");
    if !task.is_present() {
        let problem = "is missing: pattern, evidence, cue-tags or cue-traces";
        table.found().add(task.place(), Fault::Missing, problem);
    }
    file.task = task.word(&tasks).unwrap_or(Task::Pattern);
    file.seed = table.may("seed").whole_number(0..=SEED_MAX).unwrap_or(1) as u64;
    let sequences = table.may("sequences").whole_number(1..=SEQUENCES_MAX);
    file.sequences = sequences.unwrap_or(10) as u64;
    if matches!(file.task, Task::CueTags | Task::CueTraces) {
        for key in ["rate_recurrent", "rate_readout", "full"] {
            let field = table.may(key);
            if field.is_present() {
                field.rule("is not for cue networks, whose settings are those of `lab eprop-cue`");
            }
        }
    }
    let rate = |key, usual| table.may(key).number(1e-9..=1.0).unwrap_or(usual);
    file.rate_recurrent = rate("rate_recurrent", file.rate_recurrent);
    file.rate_readout = rate("rate_readout", file.rate_readout);
    file.full = table.may("full").number(0.01..=100.0).unwrap_or(file.full);
    let latency = table.may("latency").whole_number(0..=1000);
    file.latency_steps = latency.unwrap_or(2) as usize;
}
