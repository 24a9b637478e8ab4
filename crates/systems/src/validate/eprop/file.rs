//! What a file about e-prop on the chip says, and how it is read.

use seamount_study::validate::read::Finding;
use seamount_study::validate::toml_tree::Table;

/// Most sequences of one comparison.
const SEQUENCES_MAX: i64 = 10_000;

/// Which network learns what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// 100 LIF neurons and the published frozen input; eligibility in the tag.
    Pattern,
    /// 50 LIF and 50 ALIF neurons; eligibility in tag and second tag.
    Evidence,
    /// 100 LIF neurons with membranes of 2 s, cues, learning epochs of 15 steps; eligibility in the tag.
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
    /// Steps by which the float side's learning signal is late.
    pub latency_steps: usize,
    /// Key and limit.
    pub tolerances: Vec<(&'static str, f64)>,
}

/// Numbers that can have a limit: key, words, whether the limit is from below.
pub const KEYS: [(&str, &str, bool); 11] = [
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
pub fn read(root: &mut Table, found: &mut Vec<Finding>) -> File {
    let title = root
        .text(found, "title")
        .unwrap_or_else(|| "e-prop on the chip".into());
    let mut file = File {
        title,
        task: Task::Pattern,
        seed: 1,
        sequences: 10,
        rate_recurrent: 1e-4,
        rate_readout: 1e-4,
        full: 0.5,
        latency_steps: 2,
        tolerances: vec![],
    };
    if let Some(mut table) = root.table(found, "eprop") {
        let tasks = [
            ("pattern", Task::Pattern),
            ("evidence", Task::Evidence),
            ("cue-tags", Task::CueTags),
            ("cue-traces", Task::CueTraces),
        ];
        file.task = table.word(found, "task", &tasks).unwrap_or(Task::Pattern);
        if !table.has("task") {
            table.complain(
                found,
                "task",
                "is missing: pattern, evidence, cue-tags or cue-traces",
            );
        }
        file.seed = table.whole(found, "seed", (0, 1 << 50)).unwrap_or(1) as u64;
        file.sequences = table
            .whole(found, "sequences", (1, SEQUENCES_MAX))
            .unwrap_or(10) as u64;
        if matches!(file.task, Task::CueTags | Task::CueTraces) {
            for key in ["rate_recurrent", "rate_readout", "full"] {
                if table.has(key) {
                    table.complain(
                        found,
                        key,
                        "is not for cue networks, whose settings are those of `lab eprop-cue`",
                    );
                }
            }
        }
        let rates = (1e-9, 1.0);
        file.rate_recurrent = table
            .number(found, "rate_recurrent", rates)
            .unwrap_or(file.rate_recurrent);
        file.rate_readout = table
            .number(found, "rate_readout", rates)
            .unwrap_or(file.rate_readout);
        file.full = table
            .number(found, "full", (0.01, 100.0))
            .unwrap_or(file.full);
        file.latency_steps = table.whole(found, "latency", (0, 1000)).unwrap_or(2) as usize;
        table.rest(found);
    }
    if let Some(table) = root.table(found, "tolerance") {
        for (line, key, limit) in table.numbers(found) {
            match KEYS.iter().find(|known| known.0 == key) {
                Some(known) => file.tolerances.push((known.0, limit)),
                None => {
                    let known: Vec<&str> = KEYS.iter().map(|k| k.0).collect();
                    found.push(table.at(
                        line,
                        &key,
                        format!("is unknown; there are {}", known.join(", ")),
                    ));
                }
            }
        }
    }
    file
}
