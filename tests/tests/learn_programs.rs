//! Post traces that programs write (LE-012): the engine reads them and leaves them alone.

use seamount_chip::ChipProgram;
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_network::netlist::*;
use seamount_neurocore::CoreScratch;
use seamount_neurocore::Packets;
use seamount_neurocore::kernel::Vectors;
use seamount_neurocore::learn::LearningDraws;
use seamount_neurocore::{CoreDraws, NoiseDraws};
use seamount_neurocore::{CoreState, step};

/// Two inputs, three neurons that never spike, all to all.
fn network(rule: LearningRule) -> Netlist {
    let mut net = Netlist::new("written");
    net.input("pre", 2);
    net.add(
        Population::new("post", 3)
            .current_decay(4095)
            .voltage_decay(4095)
            .threshold_mantissa(100_000),
    );
    let name = rule.name.clone();
    net.rule(rule)
        .connect("pre", "post")
        .all_to_all(40)
        .format(SignMode::Mixed, 8)
        .learn(&name);
    net
}

fn proved(net: &Netlist) -> CheckedImage {
    let options = CompileOptions::default();
    let image = compile(net, &options)
        .unwrap_or_else(|e| panic!("{e}"))
        .image;
    let image = Image::from_bytes(&image.to_bytes()).expect("survives its file form");
    CheckedImage::prove(image, &options.board, LimitPolicy::Enforce)
        .unwrap_or_else(|e| panic!("{e:#?}"))
}

/// A write before a step: trace 0..=2, neuron, value, whether the trace changes.
type Write = (usize, usize, i32, bool);

#[test]
fn le_012_written_traces_stay_as_they_were_written() {
    let rule = LearningRule {
        dw: Some("2*y1*u0 - 2*y2*u0".into()),
        y1: Some(Trace::written()),
        y2: Some(Trace::written()),
        y3: Some(Trace::keeping(9, 4000)),
        ..LearningRule::new("third factor")
    };
    let program = ChipProgram::new(&proved(&network(rule)));
    let core = &program.cores[0];
    let learn = program.cores[0].learning.as_ref().expect("it learns");
    let mut state = CoreState::new(core);
    let mut scratch = CoreScratch::default();
    let learning = LearningDraws {
        seed: 1,
        sample: 0,
        core: 0,
        replay: None,
    };
    let draws = CoreDraws {
        noise: NoiseDraws::generated(1, 0, 0, 1),
        learning,
    };
    // the last write of step 4 is to y3, which is an ordinary trace; values are limited to 0..=127
    let writes: [&[Write]; 6] = [
        &[(0, 0, 3, true)],
        &[],
        &[(0, 0, 5, true), (1, 2, 200, true)],
        &[(0, 0, 5, false), (2, 2, 7, false)],
        &[(1, 2, -4, true)],
        &[],
    ];
    let mut wanted = [[40i16; 3]; 2];
    let mut y = [[0i16; 3]; 2];
    for (t, writes) in (1..).zip(writes) {
        for &(which, neuron, value, changes) in writes {
            let learning = state.learning.as_mut().expect("it learns");
            assert_eq!(
                learning.write_post_traces(learn, which, (neuron, 1), [value]),
                changes,
                "step {t}"
            );
            if let Some(y) = y.get_mut(which) {
                y[neuron] = value.clamp(0, 127) as i16;
            }
        }
        let outcome = step(
            core,
            &mut state,
            &mut scratch,
            &Packets::default(),
            t,
            &draws,
            Vectors::Widest,
        );
        let moving = (0..3).filter(|n| y[0][*n] != 0 || y[1][*n] != 0).count() as u64;
        assert_eq!(
            outcome.counts.learning_visits,
            2 * moving,
            "step {t}: two synapses a neuron with a trace"
        );
        for (n, w) in wanted.iter_mut().flat_map(|pre| pre.iter_mut().enumerate()) {
            *w = (*w + 2 * y[0][n] - 2 * y[1][n]).clamp(-256, 254);
        }
        let learning = state.learning.as_ref().expect("it learns");
        assert_eq!(learning.weights, wanted.concat(), "step {t}");
        for (trace, y) in learning.post.iter().zip(y) {
            assert_eq!(
                trace.iter().map(|v| i16::from(*v)).collect::<Vec<_>>(),
                y,
                "step {t}"
            );
        }
    }
    assert_eq!(
        (wanted[0], y),
        ([40 + 6 + 6 + 10 * 4, 40, -256], [[5, 0, 0], [0; 3]])
    );
}

#[test]
fn le_012_what_cannot_be_written_is_found_out() {
    let odd = Trace {
        impulse: 4,
        ..Trace::written()
    };
    let rule = LearningRule {
        dw: Some("x1*y1*u0".into()),
        x1: Some(Trace::written()),
        y1: Some(odd),
        ..LearningRule::new("r")
    };
    let rule = LearningRule {
        epoch: 2,
        x_before_impulse: true,
        ..rule
    };
    let found = network(rule).check();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{found:#?}");
    for (found, part) in found.iter().zip(["x1.written", ".y1", "x_before_impulse"]) {
        assert!(found.contains(part), "{found}");
    }
}
