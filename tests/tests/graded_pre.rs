//! Graded pre-traces (LE-014): payloads of pre spikes set x1, scale contributions, and in mode
//! `overflow` decide what counts as a spike. Held against a model written here.

use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::*;
use seamount_spec::Board;
use seamount_tests::generate::dice::Dice;

const SOURCES: u32 = 4;
const NEURONS: u32 = 5;
const WEIGHT: i32 = 6;
const MODES: [GradedPre; 4] = [
    GradedPre::Impulse,
    GradedPre::Overwrite,
    GradedPre::Add,
    GradedPre::Overflow,
];

/// x1 does not decay; x2 neither, and rises by 10; w grows by x1 / 4 an epoch, without chance.
fn network(mode: GradedPre, epoch: u8) -> Netlist {
    let mut net = Netlist::new("payloads");
    net.input("a", SOURCES);
    net.add(
        Population::programmed("p", NEURONS, Programmed::new("lif"))
            .parameter("keep_v", 0)
            .parameter("threshold", 1 << 22),
    );
    let mut rule = LearningRule::new("rule");
    rule.dt = Some("2^0*x1*x0".into());
    rule.epoch = epoch;
    rule.graded_pre = mode;
    rule.x1 = Some(Trace {
        impulse: if mode == GradedPre::Impulse { 3 } else { 0 },
        k: Some(4096),
        ..Trace::default()
    });
    rule.x2 = Some(Trace {
        impulse: 10,
        k: Some(4096),
        ..Trace::default()
    });
    net.rule(rule);
    net.connect("a", "p")
        .all_to_all(WEIGHT)
        .format(SignMode::Mixed, 8)
        .learn("rule");
    net.probe_state("p", "v");
    net
}

fn proved(net: &Netlist, neurons_a_core: u32) -> CheckedImage {
    let mut board = Board::preset("loihi2").unwrap();
    board.core.compartments = neurons_a_core;
    let options = CompileOptions::new(board);
    let image = compile(net, &options)
        .unwrap_or_else(|e| panic!("{e}"))
        .image;
    let image = Image::from_bytes(&image.to_bytes()).expect("survives its file form");
    CheckedImage::prove(image, &options.board, LimitPolicy::Enforce)
        .unwrap_or_else(|e| panic!("{e:#?}"))
}

/// One source: x1, x2 at the start of the epoch, and whether a spike came in it; tag of its
/// synapses.
#[derive(Clone, Copy, Default)]
struct Model {
    x: [i64; 2],
    /// The first spikes of an epoch wait for its end (LE-009).
    came: bool,
    tag: i64,
}

impl Model {
    fn spike(&mut self, mode: GradedPre, payload: i64) {
        let half = payload as f64 / 2.0;
        let half = if half.fract() == 0.5 {
            2.0 * (half / 2.0).round()
        } else {
            half
        }
        .clamp(0.0, 255.0) as i64;
        let old = self.x[0];
        let sum = self.x[0] + half;
        self.x[0] = match mode {
            GradedPre::Impulse => old,
            GradedPre::Overwrite => half.min(127),
            GradedPre::Add => sum.min(127),
            GradedPre::Overflow => if sum > 127 { sum - 127 } else { sum }.min(127),
        };
        if mode == GradedPre::Overflow && sum <= 127 {
            return;
        }
        if std::mem::replace(&mut self.came, true) {
            self.rise(mode);
        }
    }

    fn rise(&mut self, mode: GradedPre) {
        let impulse = if mode == GradedPre::Impulse { 3 } else { 0 };
        self.x = [(self.x[0] + impulse).min(127), (self.x[1] + 10).min(127)];
    }

    fn close(&mut self, mode: GradedPre) {
        if std::mem::take(&mut self.came) {
            self.rise(mode);
            self.tag = (self.tag + self.x[0]).min(255);
        }
    }
}

#[test]
fn le_014_payloads_set_pre_traces() {
    let mut dice = Dice::new(14);
    for (case, mode) in MODES.into_iter().cycle().take(40).enumerate() {
        let epoch = dice.pick(&[1u8, 1, 3, 7]);
        let steps = 21u64;
        let events: Vec<(u64, u32, i32)> = (0..steps)
            .flat_map(|t| (0..SOURCES).map(move |s| (t, s)))
            .filter(|_| dice.chance(40))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|(t, s)| {
                (
                    t,
                    s,
                    dice.pick(&[0, 1, 2, 3, 5, 60, 127, 254, 255, 300, 513, 700, -7]),
                )
            })
            .collect();
        let image = proved(&network(mode, epoch), dice.pick(&[1, 2, 8192]));
        let mut chip = Chip::load(&image);
        let input = |program: &ChipProgram| {
            SpikeTrain::new(program, vec![])
                .unwrap()
                .with_graded(program, events.clone())
                .unwrap()
        };
        let input = input(chip.program());
        let mut models = [Model::default(); SOURCES as usize];
        for t in 1..=steps {
            let seen = chip.run(1, &input, &RunOptions::default());
            let now: Vec<_> = events.iter().filter(|e| e.0 + 1 == t).collect();
            now.iter()
                .for_each(|e| models[e.1 as usize].spike(mode, e.2.into()));
            if t % u64::from(epoch) == 0 {
                models.iter_mut().for_each(|m| m.close(mode));
                let found: Vec<[i64; 2]> = chip
                    .pre_traces("a->p")
                    .unwrap()
                    .iter()
                    .map(|x| x.map(i64::from))
                    .collect();
                assert_eq!(
                    found,
                    models.map(|m| m.x),
                    "case {case}, {mode:?}, epoch {epoch}, step {t}"
                );
            }
            let learned = chip.learned("a->p").unwrap();
            let tags: Vec<i64> = learned
                .ends
                .iter()
                .map(|(s, _)| models[*s as usize].tag)
                .collect();
            assert_eq!(
                learned
                    .tags
                    .iter()
                    .map(|t| i64::from(*t))
                    .collect::<Vec<_>>(),
                tags,
                "case {case}, {mode:?}, step {t}"
            );
            let v: i32 = now.iter().map(|e| WEIGHT * 64 * e.2).sum();
            assert_eq!(
                seen.recording("p.v").unwrap().get(0, 0),
                v,
                "case {case}, step {t}"
            );
            let saved = chip.snapshot();
            chip = Chip::load(&image);
            chip.restore(&saved).unwrap();
        }
        let mut threads = Chip::load(&image);
        threads.run(steps, &input, &RunOptions::new().threads(3).scalar());
        assert_eq!(threads.snapshot(), chip.snapshot(), "case {case}");
    }
}

/// Sends what came in on as a payload.
const RELAY: &str = ".program relay\n.spike graded24\n.state seen\n.param shared threshold\n \
    RDC r0, s0\n RMW _, seen, r0\n MOV r1, r0\n LT threshold, r0\n SKP_C 1\n JMP done\n \
    SPIKE r1\ndone: END";

/// Graded packets of the host act in the step in which they are injected; those of neurons wait a
/// step, and may wait in a snapshot.
#[test]
fn snapshots_keep_graded_packets_on_their_way_to_learning_axons() {
    let mut net = network(GradedPre::Add, 1);
    net.input("host", 1);
    net.program("relay", RELAY);
    net.add(Population::programmed("relay", 1, Programmed::new("relay")).parameter("threshold", 0));
    net.connect("host", "relay").all_to_all(1);
    net.connect("relay", "p")
        .all_to_all(WEIGHT)
        .format(SignMode::Mixed, 8)
        .learn("rule");
    let image = proved(&net, 8192);
    let mut whole = Chip::load(&image);
    let program = whole.program();
    let (source, _) = program.input("host").expect("an input");
    let events = [0, 2, 3].map(|step| (step, source, 90)).to_vec();
    let input = SpikeTrain::new(program, vec![]).and_then(|t| t.with_graded(program, events));
    let input = input.expect("a source that exists");
    whole.run(7, &input, &RunOptions::default());
    let mut parts = Chip::load(&image);
    for _ in 0..7 {
        parts.run(1, &input, &RunOptions::default());
        let saved = parts.snapshot();
        parts = Chip::load(&image);
        parts.restore(&saved).expect("a state of this image");
    }
    assert_eq!(whole.snapshot(), parts.snapshot());
    let tags = whole.learned("relay->p").expect("it learns").tags;
    assert!(
        tags.iter().all(|tag| *tag > 0),
        "payloads arrived: {tags:?}"
    );
}

#[test]
fn payloads_need_a_bare_x1_and_a_board_that_has_them() {
    let mut net = network(GradedPre::Add, 1);
    net.learning_rules[0].x1 = Some(Trace::new(5, 10.0));
    net.learning_rules[0].x_before_impulse = true;
    let said = compile(&net, &CompileOptions::new(Board::preset("loihi2").unwrap()))
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("graded_pre sets x1 by payloads") || said.contains("sets x1 by payloads"),
        "{said}"
    );
    assert!(said.contains("exclude each other"), "{said}");
    let mut net = Netlist::new("fixed");
    net.input("a", 1).add(Population::new("p", 1));
    let mut rule = LearningRule::new("rule");
    rule.dw = Some("2^-1*x1*u0".into());
    (rule.graded_pre, rule.x1) = (
        GradedPre::Overwrite,
        Some(Trace {
            k: Some(0),
            ..Trace::default()
        }),
    );
    net.rule(rule)
        .connect("a", "p")
        .all_to_all(6)
        .format(SignMode::Mixed, 8)
        .learn("rule");
    let said = compile(&net, &CompileOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        said.contains("no graded spikes: compile for loihi2"),
        "{said}"
    );
}

#[test]
fn weights_are_written_or_refused_as_a_whole() {
    let image = proved(&network(GradedPre::Add, 1), 2);
    let mut chip = Chip::load(&image);
    let before = chip.learned("a->p").unwrap();
    let count = before.weights.len();
    let fine: Vec<i32> = (0..count as i32).map(|i| 2 * i - 20).collect();
    let mut wrong = fine.clone();
    wrong[7] = 3;
    let said = |e: Result<(), seamount_chip::WriteError>| e.unwrap_err().to_string();
    assert_eq!(
        said(chip.write_weights("a->p", &wrong)),
        "weight 7 of 'a->p' is 3; the synapse holds multiples of 2 from -256 to 254"
    );
    assert_eq!(
        said(chip.write_weights("a->p", &fine[1..])),
        format!("{} weights, 'a->p' has {count} synapses", count - 1)
    );
    assert_eq!(
        said(chip.write_weights("b", &fine)),
        "no projection 'b' learns; there are a->p"
    );
    assert_eq!(chip.learned("a->p").unwrap(), before);
    chip.write_weights("a->p", &fine).unwrap();
    assert_eq!(chip.learned("a->p").unwrap().weights, fine);
    let input = SpikeTrain::new(chip.program(), vec![(0, 1)]).unwrap();
    let seen = chip.run(1, &input, &RunOptions::default());
    for (at, (source, neuron)) in before
        .ends
        .iter()
        .enumerate()
        .filter(|(_, ends)| ends.0 == 1)
    {
        assert_eq!(
            seen.recording("p.v").unwrap().get(0, *neuron as usize),
            64 * fine[at],
            "{source}"
        );
    }
}
