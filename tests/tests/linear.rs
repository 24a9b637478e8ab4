//! No cost grows with the square of what it is for: exponents fitted over four sizes.
//!
//! Each cost is measured at four sizes, each a few times the one before, and a line is laid through
//! the logarithms. Its slope is the exponent; sorting and caches make it a little more than 1, and
//! a search of all by each makes it 2. What is counted is the time that this thread was given by
//! the processor, as Linux says it, and of several measurements the least: other work on the
//! machine adds to a measurement and takes nothing away. A slope beyond the gate is measured
//! again, with the least of all rounds, so that only a cost that is there every time fails.
//!
//! Memory that outgrows a cache makes each item up to two or three times as dear, once, however
//! far the sizes are apart. So sizes that lie on both sides of the caches are far apart ([`FAR`],
//! from the smallest to the largest 512 times): there a factor of two is an exponent of 1.11, and a
//! square is still one of 2, more plainly than between sizes that are close.

use seamount_chip::Chip;
use seamount_compile::{CompileOptions, compile};
use seamount_image::{CheckedImage, Image, LimitPolicy};
use seamount_microcode::assemble_text;
use seamount_network::netlist::Netlist;
use seamount_session::Events;
use seamount_spec::Board;
use seamount_study::validate;
use std::fmt::Write;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

/// The largest exponent that is taken for linear.
const GATE: f64 = 1.15;
/// Sizes of each cost.
const SIZES: usize = 4;
/// How many times the size before a size is, where all stay on one side of the caches.
const NEAR: usize = 2;
/// The same where they do not.
const FAR: usize = 8;
/// Measurements of a size in a round.
const REPEATS: usize = 3;
/// Rounds, if the slope is beyond the gate.
const ROUNDS: usize = 6;

/// Nanoseconds that this thread has had of the processor, where the system says it.
fn processor_ns() -> Option<u64> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok()
}

/// Nanoseconds of the processor for some work, which is repeated until they can be told: the system
/// counts them in ticks of some milliseconds.
fn cost(work: &mut dyn FnMut()) -> f64 {
    const ENOUGH_NS: u64 = 80_000_000;
    let clock = Instant::now();
    let before = processor_ns();
    for turns in 1u64.. {
        work();
        let spent = match (before, processor_ns()) {
            (Some(before), Some(after)) => after - before,
            _ => clock.elapsed().as_nanos() as u64,
        };
        if spent >= ENOUGH_NS {
            return spent as f64 / turns as f64;
        }
    }
    f64::INFINITY
}

/// Slope of the line of least squares through (log size, log cost).
fn slope(sizes: &[f64], costs: &[f64]) -> f64 {
    let logs = |values: &[f64]| values.iter().map(|v| v.ln()).collect::<Vec<_>>();
    let x = logs(sizes);
    let y = logs(costs);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let x_mean = mean(&x);
    let y_mean = mean(&y);
    let along: f64 = x
        .iter()
        .zip(&y)
        .map(|(x, y)| (x - x_mean) * (y - y_mean))
        .sum();
    let across: f64 = x.iter().map(|x| (x - x_mean).powi(2)).sum();
    along / across
}

/// The sizes of a cost: the first one, and how many times the one before each other is.
type Sizes = (usize, usize);

/// Size `k` of a cost.
fn size(sizes: Sizes, k: usize) -> usize {
    sizes.0 * sizes.1.pow(k as u32)
}

/// Measures `make(size)`, which prepares the work of a size, and gives the exponent.
fn exponent(of: Sizes, make: &dyn Fn(usize) -> Box<dyn FnMut()>) -> f64 {
    let sizes: Vec<f64> = (0..SIZES).map(|k| size(of, k) as f64).collect();
    let mut works: Vec<_> = (0..SIZES).map(|k| make(size(of, k))).collect();
    let mut costs = [f64::INFINITY; SIZES];
    let mut found = f64::INFINITY;
    for round in 0..ROUNDS {
        for _ in 0..REPEATS {
            for (work, least) in works.iter_mut().zip(&mut costs) {
                *least = least.min(cost(work));
            }
        }
        found = slope(&sizes, &costs);
        if found <= GATE {
            break;
        }
        println!("  round {round}: {found:.3} of {costs:.0?} ns");
    }
    found
}

#[track_caller]
fn linear(what: &str, sizes: Sizes, make: &dyn Fn(usize) -> Box<dyn FnMut()>) {
    let found = exponent(sizes, make);
    println!(
        "| {what} | {} to {} | {found:.2} |",
        sizes.0,
        size(sizes, SIZES - 1)
    );
    assert!(
        found <= GATE,
        "{what} grows with exponent {found:.3}, at most {GATE}"
    );
}

/// A work that is as long as it is asked to be shows that the fit finds what is there.
#[test]
fn the_fit_tells_a_square_from_a_line() {
    let spin = |turns: usize| {
        let mut sum = 1u64;
        for turn in 0..turns as u64 {
            sum = black_box(sum.wrapping_mul(turn | 1));
        }
        black_box(sum);
    };
    let line = exponent((40_000, NEAR), &|size| Box::new(move || spin(size * 4)));
    let square = exponent((300, NEAR), &|size| Box::new(move || spin(size * size)));
    assert!((0.9..GATE).contains(&line), "a line is {line}");
    assert!(square > 1.8, "a square is {square}");
}

const HEAD: &str =
    r#"{"format":"seamount-netlist","version":1,"name":"n","inputs":[{"name":"in","size":4}],"#;
const SOMA: &str = r#"[{"name":"s","threshold_mantissa":9}]"#;

/// The items of a JSON list, joined by commas.
fn list(count: usize, item: impl Fn(usize) -> String) -> String {
    (0..count).map(item).collect::<Vec<_>>().join(",")
}

fn populations(count: usize) -> String {
    list(count, |k| {
        format!(r#"{{"name":"p{k}","size":1,"compartments":{SOMA}}}"#)
    })
}

fn read(text: String) -> Box<dyn FnMut()> {
    Box::new(move || {
        let read = Netlist::from_json(text.as_bytes(), Path::new(""));
        black_box(read).expect("a good network");
    })
}

fn refused(text: String) -> Box<dyn FnMut()> {
    Box::new(move || {
        let read = Netlist::from_json(text.as_bytes(), Path::new(""));
        black_box(read).expect_err("a bad network");
    })
}

/// Local random connections: 20 synapses for each of so many neurons.
fn random(neurons: usize) -> Netlist {
    let pairs = |from: usize| (0..20).map(move |k| (from, (from + k * k * 7 + 1) % 512));
    let all: Vec<_> = (0..neurons).flat_map(pairs).collect();
    let numbers =
        |of: &dyn Fn(&(usize, usize)) -> usize| list(all.len(), |k| of(&all[k]).to_string());
    let block = |pair: &(usize, usize)| pair.0 / 512 * 512 + pair.1;
    let text = format!(
        r#"{HEAD}"populations":[{{"name":"p","size":{neurons},"compartments":{SOMA}}}],
        "projections":[{{"name":"x","source":"p","target":"p","connectivity":{{"kind":"pairs",
        "sources":[{}],"targets":[{}],"weights":[{}]}}}}]}}"#,
        numbers(&|pair| pair.0),
        numbers(&block),
        numbers(&|pair| 1 + (pair.0 * 31 + pair.1 * 17) % 200),
    );
    Netlist::from_json(text.as_bytes(), Path::new("")).expect("a good network")
}

fn options() -> CompileOptions {
    CompileOptions::new(Board::nahuku32()).refinement_steps(0)
}

#[test]
fn compiling_and_loading_are_linear_in_synapses() {
    linear(
        "compile, neurons of 20 synapses",
        (1024, NEAR),
        &|neurons| {
            let network = random(neurons);
            Box::new(move || {
                black_box(compile(&network, &options())).expect("it fits");
            })
        },
    );
    linear("load, neurons of 20 synapses", (1024, NEAR), &|neurons| {
        let bytes = compile(&random(neurons), &options())
            .expect("it fits")
            .image
            .to_bytes();
        Box::new(move || {
            let image = Image::from_bytes(&bytes).expect("an image");
            let board = Board::nahuku32();
            let checked = CheckedImage::prove(image, &board, LimitPolicy::Enforce);
            black_box(Chip::load(
                &checked.expect("what the compiler emits is good"),
            ));
        })
    });
}

#[test]
fn reading_is_linear_in_populations_projections_and_probes() {
    // up to 20 MB of network: of 70 MB the system's work for new pages is most of the cost
    linear("populations", (16, FAR), &|count| {
        read(format!(r#"{HEAD}"populations":[{}]}}"#, populations(count)))
    });
    linear("populations with a projection each", (16, FAR), &|count| {
        let projection = |k| {
            format!(
                r#"{{"name":"x{k}","source":"in","target":"p{k}","connectivity":{{"kind":"all_to_all","weight":1}}}}"#
            )
        };
        let projections = list(count, projection);
        let populations = populations(count);
        read(format!(
            r#"{HEAD}"populations":[{populations}],"projections":[{projections}]}}"#
        ))
    });
    linear("populations with a probe each", (16, FAR), &|count| {
        let probe = |k| format!(r#"{{"name":"v{k}","target":"p{k}","register":"spike"}}"#);
        let probes = list(count, probe);
        let populations = populations(count);
        read(format!(
            r#"{HEAD}"populations":[{populations}],"probes":[{probes}]}}"#
        ))
    });
}

#[test]
fn compiling_is_linear_in_populations() {
    linear(
        "compile, populations with a projection and a probe each",
        (250, NEAR),
        &|count| {
            let mut network = Netlist::new("many");
            network.input("in", 4);
            for k in 0..count {
                let name = format!("p{k}");
                let population = seamount_network::netlist::Population::new(&name, 1);
                network.add(population.threshold_mantissa(9));
                network.connect("in", &name).all_to_all(1);
                network.probe(&name, seamount_network::netlist::Register::Spike);
            }
            Box::new(move || {
                black_box(compile(&network, &options())).expect("it fits");
            })
        },
    );
}

#[test]
fn findings_are_linear_in_their_number() {
    linear("findings of values", (64, FAR), &|count| {
        let bad = |k| {
            format!(
                r#"{{"name":"p{k}","size":1,"compartments":[{{"name":"s","voltage_decay":9999}}]}}"#
            )
        };
        refused(format!(r#"{HEAD}"populations":[{}]}}"#, list(count, bad)))
    });
    // beyond the hundred names for which a near one is looked for among all
    linear("names that name nothing", (128, FAR), &|count| {
        let projection = |k| {
            format!(
                r#"{{"name":"x{k}","source":"in","target":"q{k}","connectivity":{{"kind":"all_to_all","weight":1}}}}"#
            )
        };
        let projections = list(count, projection);
        let populations = populations(count);
        refused(format!(
            r#"{HEAD}"populations":[{populations}],"projections":[{projections}]}}"#
        ))
    });
    linear("names that are there twice", (64, FAR), &|count| {
        let same = |k| format!(r#"{{"name":"p{}","size":1,"compartments":{SOMA}}}"#, k / 2);
        refused(format!(r#"{HEAD}"populations":[{}]}}"#, list(count, same)))
    });
}

#[test]
fn rule_files_are_linear_in_their_mistakes() {
    let lines = |count: usize, line: &dyn Fn(usize) -> String| {
        let mut text = String::from("title = \"x\"\n[rule]\ndw = \"x1*y0\"\n");
        (0..count).for_each(|k| writeln!(text, "{}", line(k)).expect("a text"));
        text
    };
    let read = |text: String| -> Box<dyn FnMut()> {
        Box::new(move || {
            black_box(validate::read(&text)).expect_err("a bad file");
        })
    };
    linear("rule file, lines that are none", (64, FAR), &|count| {
        read(lines(count, &|_| "= =".into()))
    });
    linear("rule file, unknown keys", (64, FAR), &|count| {
        read(lines(count, &|k| format!("k{k} = 1")))
    });
    linear("rule text, products", (16, FAR), &|count| {
        let sum = (0..count).map(|_| "x1*y0").collect::<Vec<_>>().join(" + ");
        Box::new(move || drop(black_box(seamount_rules::parse(&sum))))
    });
}

#[test]
fn programs_are_linear_in_their_lines() {
    linear("program, lines with a mistake", (64, FAR), &|count| {
        let mut text = String::from(".program p\n");
        (0..count).for_each(|k| writeln!(text, " MOV r{k}, nothing{k}").expect("a text"));
        Box::new(move || drop(black_box(assemble_text(&text)).expect_err("a bad program")))
    });
    // between 512 and 4096 lines a line gets three times as dear, and no dearer after that
    linear("program, names of states", (4096, NEAR), &|count| {
        let mut text = String::from(".program p\n");
        (0..count).for_each(|k| writeln!(text, ".state s{k}").expect("a text"));
        Box::new(move || drop(black_box(assemble_text(&text)).expect_err("too many")))
    });
}

#[test]
fn events_are_linear_in_their_number() {
    let network = random(512);
    let board = Board::nahuku32();
    let image = compile(&network, &options()).expect("it fits").image;
    let checked = CheckedImage::prove(image, &board, LimitPolicy::Enforce).expect("good");
    let chip = Chip::load(&checked);
    let program = chip.program().clone();
    linear("events in .csv", (4000, NEAR), &move |count| {
        let file = std::env::temp_dir();
        let file = file.join(format!(
            "seamount-linear-{}-{count}.csv",
            std::process::id()
        ));
        let mut text = String::from("step,input,neuron\n");
        (0..count).for_each(|k| writeln!(text, "{},in,{}", k / 4, k % 4).expect("a text"));
        let program = program.clone();
        Box::new(move || {
            fs::write(&file, &text).expect("a file");
            let train = Events::files(std::slice::from_ref(&file)).for_program(&program);
            assert_eq!(black_box(train).expect("good events").len(), count);
            fs::remove_file(&file).expect("the file");
        })
    });
}
