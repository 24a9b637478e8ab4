//! Data sets, questions, declarations and checkpoints of studies and systems; the mesh.

use crate::own_files::with_file;
use seamount_mesh::{Config, Mesh, Packet, State, TraceRow, audit, offer, read_csv, replay_rows};
use seamount_mesh::{step, write_csv};
use seamount_network::text::decode;
use seamount_reference::case::{RunOptions, read_case};
use seamount_study::data::idx as read_idx;
use seamount_systems::declared::{DeclaredFiles, System};
use seamount_systems::eprop_cue::float::{parse_samples, parse_weights};
use seamount_systems::qif::checkpoint::QifCheckpoint;
use seamount_systems::qif::net;
use seamount_systems::srnn::ecg::EcgTraces;
use seamount_systems::validate::{Manner, Question, answer, open};
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

/// Most rows of a trace that is replayed.
const ROWS_MAX: usize = 300;

/// A mesh by seven bytes, then packets that enter it one by one, or a trace as text. Laws hold in
/// every cycle; a replay is written, read and replayed as the same.
pub fn mesh(data: &[u8]) {
    let Some((head, rest)) = data.split_first_chunk::<8>() else {
        return;
    };
    let [width, height, depth, credit, routing, flits, meshes, form] = head.map(u16::from);
    let config = Config {
        width: width % 9,
        height: height % 9,
        buffer_depth_flits: depth,
        credit_delay_cycles: credit,
        routing_delay_cycles: routing,
        packet_flits: flits,
        meshes,
    };
    if form % 2 == 0 {
        text_of_a_trace(config, rest);
    } else if let Ok(mesh) = Mesh::new(config) {
        cycles(&mesh, rest);
    }
}

fn text_of_a_trace(config: Config, data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    let Ok(rows) = read_csv(text) else { return };
    let again = read_csv(&write_csv(&rows)).expect("its own form");
    assert!(again == rows, "a trace does not survive its form");
    if rows.len() > ROWS_MAX {
        return;
    }
    if let Ok(replayed) = replay_rows(config, &rows) {
        let timing = |rows: &[TraceRow]| rows.iter().map(|r| r.timing).collect::<Vec<_>>();
        let twice = replay_rows(config, &replayed).expect("it was replayed before");
        assert!(
            timing(&twice) == timing(&replayed),
            "a replay is not the same again"
        );
    }
}

fn cycles(mesh: &Mesh, data: &[u8]) {
    let mut state = State::new(mesh);
    let mut delivered = vec![];
    let mut offered = 0;
    for (cycle, pair) in (0..).zip(data.chunks_exact(2).take(ROWS_MAX)) {
        let packet = Packet {
            src: u32::from(pair[0]) % (mesh.nodes() + 1),
            dst: u32::from(pair[1]) % mesh.nodes(),
            flits: u16::from(pair[0] % 5),
            create_cycle: cycle,
            tag: cycle,
        };
        offered += usize::from(offer(mesh, &mut state, packet).is_ok());
        step(mesh, &mut state, &mut delivered);
        audit(mesh, &state).unwrap_or_else(|law| panic!("{law}"));
    }
    assert!(
        delivered.len() <= offered,
        "more packets arrive than were offered"
    );
}

/// Bytes as images or labels, plain or packed by the first byte.
pub fn idx(data: &[u8]) {
    let Some((form, data)) = data.split_first() else {
        return;
    };
    let name = ["set-ubyte", "set-ubyte.gz"][usize::from(*form % 2)];
    if let Ok((shape, bytes)) = with_file(name, data, read_idx) {
        assert_eq!(shape.iter().product::<usize>(), bytes.len());
    }
}

/// Text as a question: about a rule, about e-prop, about a network. Small ones about rules are
/// answered.
pub fn question(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    let Ok(question) = open(text) else { return };
    let Question::Rule(file) = &question else {
        return;
    };
    let pairs = u64::from(file.network.sources) * u64::from(file.network.targets);
    let compares = matches!(
        file.meaning,
        seamount_study::validate::meaning::Meaning::Changes(_)
    );
    if pairs.saturating_mul(file.stimulus.steps) > 2_000 || compares {
        return;
    }
    if let Ok(answer) = answer(&question, Manner::over(1), seamount_study::Progress::UNSEEN) {
        let _ = (answer.to_string(), answer.tables(), answer.pictures());
    }
}

/// Text as the declaration of a published system.
pub fn system(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    let text: &'static mut str = Box::leak(text.into());
    let whole: *mut str = text;
    let files = DeclaredFiles {
        toml: text,
        netlists: &[("network.json", crate::chips::NETWORKS[0])],
    };
    drop(System::read(files));
    // SAFETY: `whole` came from a box, and all that borrowed from it was dropped above.
    drop(unsafe { Box::from_raw(whole) });
}

/// Text as a case of float e-prop; small ones are run.
pub fn case(data: &[u8]) {
    let Ok(json) = serde_json::from_slice(data) else {
        return;
    };
    let Ok(case) = read_case(&json) else { return };
    let steps: usize = case.sequences.iter().map(|s| s.input.len()).sum();
    let weights = case.weights.w_in.values().len() + case.weights.w_rec.values().len();
    if steps.saturating_mul(weights) < 20_000 && case.sequences_to_run <= 4 {
        let _ = case.run(&RunOptions::default());
    }
}

/// Text as samples and as weights of cue accumulation.
pub fn cue(data: &[u8]) {
    let Ok(text) = decode(data) else { return };
    if let Err(problems) = parse_samples(text) {
        assert!(!problems.is_empty(), "refused without a reason");
    }
    if let Ok(weights) = parse_weights(text, 3, 2) {
        assert_eq!(weights.values().len(), 6);
    }
}

/// Bytes as an archive of heart beats.
pub fn ecg(data: &[u8]) {
    if let Ok(traces) = with_file("ecg.npz", data, EcgTraces::read) {
        for trace in 0..traces.count() {
            let _ = traces.events(trace, traces.steps - 1);
        }
    }
}

/// Changes of a checkpoint of full size, nine bytes each (word, what it becomes), its sum put
/// right; what is read is written and read as the same. Without a change: weights.
pub fn qif(data: &[u8]) {
    let (whole, rest) = checkpoint();
    let mut words = whole.clone();
    let mut chunks = data.chunks_exact(10);
    for change in &mut chunks {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]]));
        // the head and the last words more often than those between
        let at = if place < 0x4000 {
            place % 6
        } else {
            place * 7 % words.len()
        };
        let value: [u8; 8] = change[2..].try_into().expect("eight bytes");
        words[at] = u64::from_le_bytes(value);
    }
    let last = words.len() - 1;
    words[last] = sum(&words[..last]);
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    if let Ok(read) = with_file("qif.ck", &bytes, QifCheckpoint::read) {
        assert!(read.trainer.parameters.iter().all(|p| p.is_finite()));
    }
    let packed = [rest.as_slice(), chunks.remainder()].concat();
    let _ = with_file("qif.gz", &packed, net::read);
}

/// The sum of a checkpoint: FNV-1a over words.
fn sum(words: &[u64]) -> u64 {
    words.iter().fold(0xcbf2_9ce4_8422_2325, |h, w| {
        (h ^ w).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A good checkpoint as words, and weights as they are shipped.
fn checkpoint() -> &'static (Vec<u64>, Vec<u8>) {
    static CHECKPOINT: OnceLock<(Vec<u64>, Vec<u8>)> = OnceLock::new();
    CHECKPOINT.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
        let shipped = fs::read(root.join("qif-mnist/weights.f32.gz")).expect("a fixture");
        let parameters = net::shipped().expect("shipped weights").len();
        let mut words = vec![u64::from_le_bytes(*b"SMQIFCK1"), 1, 2, 50, 400];
        words.extend((0..3 * parameters).map(|k| (k as f64 * 1e-3).to_bits()));
        words.push(0);
        (words, shipped)
    })
}
