//! Networks that learn, as a user sees them: rules disassembled, warnings, recordings.

mod bench;

use bench::{Bench, npy, npz};

/// One input with a plastic projection to two neurons that another input makes spike.
const NET: &str = r#"{"format":"seamount-netlist","version":1,"name":"plastic",
 "inputs":[{"name":"pre","size":2},{"name":"teach","size":2}],
 "populations":[{"name":"post","size":2,"compartments":[{"name":"soma","current_decay":4095,"voltage_decay":4095,"threshold_mantissa":4000}]}],
 "projections":[
  {"name":"teacher","source":"teach","target":"post","weight_exponent":7,"connectivity":{"kind":"one_to_one","weights":255}},
  {"name":"learned","source":"pre","target":"post","weight_exponent":-8,"learning":"stdp",
   "precision":{"kind":"format","sign_mode":"excitatory","weight_bits":8},"connectivity":{"kind":"all_to_all","weight":100}}],
 "learning_rules":[{"name":"stdp","profile":"loihi1","dw":"2^-2*x1*y0 - 2^-2*y1*x0 + 2^-6*x1*y1*u0","dt":"x1*y0",
  "x1":{"impulse":16,"k":4096},"y1":{"impulse":16,"k":2048}}]}"#;

fn bench(name: &str) -> Bench {
    let bench = Bench::new(name);
    bench.file("plastic.json", NET);
    bench.file("spikes.csv", "step,input,neuron\n0,pre,0\n2,teach,1\n");
    bench
}

#[test]
fn rules_are_disassembled_and_warned_of() {
    let bench = bench("inspect-rules");
    let warning = "rule 'stdp', dw, product 3 (2^-6*x1*y1*u0) counts 1/8 of what is written: profile loihi1 (LE-005)";
    let ran = bench.run("inspect plastic.json").expect(0).says(warning);
    let text = ran.stdout();
    for line in [
        "learning: epoch of 1 step, 2 learning axons (two input slots each), 2 target compartments",
        "rule 0 'stdp': profile loihi1, 4 products",
        "dw = 2^-2*x1*y0 - 2^-2*y1*x0 + 2^-6*x1*y1*u0",
        "dt = x1*y0",
        "x1: impulse 16, a step leaves 4096/4096",
        "y1: impulse 16, a step leaves 2048/4096",
    ] {
        assert!(text.contains(line), "{line} is not in: {text}");
    }
    let data = bench.run("--json inspect plastic.json").expect(0).json();
    assert_eq!(
        data["cores"][0]["learning"]["rules"][0]["text"]["dt"],
        "x1*y0"
    );
    let compiled = bench
        .run("compile plastic.json -o plastic.img")
        .expect(0)
        .says(warning);
    assert!(
        compiled
            .stdout()
            .contains("learning rule 'stdp' (4 products):"),
        "{}",
        compiled.stdout()
    );
    bench.run("inspect plastic.img").expect(0).says(warning);
}

#[test]
fn what_is_learned_is_recorded_by_flags() {
    let bench = bench("learned-probes");
    let probes =
        "--probe learned.weight:3..5 --probe learned.tag:5.. --probe learned.x1 --probe post.y1";
    let text = bench.ok(&format!(
        "run plastic.json --steps 5 --input spikes.csv {probes} --out out.csv"
    ));
    assert!(
        text.contains("learned.weight:3..5: 12 values of weight of 4 synapses in 3 steps"),
        "{text}"
    );
    let csv = String::from_utf8(bench.read("out.csv")).unwrap();
    let has = |row: &str| assert!(csv.lines().any(|l| l == row), "{row} is not in:\n{csv}");
    // the source spikes in step 1; its trace of 16 stays, the target spikes in step 3
    has("learned.x1,1,0,16");
    has("learned.x1,5,0,16");
    has("learned.x1,5,1,0");
    has("post.y1,3,1,16");
    has("post.y1,3,0,0");
    // 2^-2 * 16 by the pair, and 2^-6 * 16 * 16 by the third product, of which an eighth counts: a
    // half, rounded by chance
    let moved: Vec<i32> = csv
        .lines()
        .filter_map(|l| l.strip_prefix("learned.weight:3..5,3,1,"))
        .map(|w| w.parse().unwrap())
        .collect();
    assert!(
        moved.iter().all(|w| (104..=105).contains(w)) && moved.len() == 1,
        "{csv}"
    );
    has("learned.tag:5..,5,1,16");
    has("learned.tag:5..,5,0,0");
    has("learned.weight:3..5,5,0,100");
}

#[test]
fn recordings_of_the_network_alone_can_be_written() {
    let bench = bench("learning-probes-only");
    let with = NET.trim_end().strip_suffix('}').unwrap().to_string();
    let with = format!(
        r#"{with},"learning_probes":[{{"name":"w","projection":"learned","variable":"weight"}}]}}"#
    );
    bench.file("probed.json", with);
    bench.ok("run probed.json --steps 3 --input spikes.csv --out w.csv");
    assert!(
        String::from_utf8(bench.read("w.csv"))
            .unwrap()
            .contains("w,3,0,100")
    );
}

#[test]
fn mistaken_probes_say_what_there_is() {
    let bench = bench("mistaken-probes");
    bench
        .run("run plastic.json --steps 1 --probe lerned.weight")
        .expect(1)
        .says("projections that learn: learned");
    bench
        .run("run plastic.json --steps 1 --probe learned.colour")
        .expect(1)
        .says("learned.colour");
    bench
        .run("run net.json --steps 1 --probe a.weight")
        .expect(1)
        .says("no projection learns");
    bench
        .run("run net.json --steps 1 --probe hidden.y1")
        .expect(1)
        .says("'y1' is none of");
}

/// A weight that a rule changes by half a unit in every step goes up in each or in none, as the
/// recorded numbers say (LE-010, LE-007).
#[test]
fn recorded_numbers_replace_those_of_the_learning_engine() {
    let bench = Bench::new("learning-replay");
    let half = NET.replace("2^-2*x1*y0 - 2^-2*y1*x0 + 2^-6*x1*y1*u0", "2^-7*x1*u0");
    let half = half.replace("\"impulse\":16", "\"impulse\":64");
    bench.file("half.json", half);
    bench.file("spikes.csv", "step,input,neuron\n0,pre,0\n");
    let numbers = |rounding: u16| {
        let array = npy(&[2], vec![i64::from(rounding); 2]);
        npz(&[("rounding", array)])
    };
    bench.file("low.npz", numbers(0));
    bench.file("high.npz", numbers(65_535));
    let last = |replay: &str| {
        let run = "run half.json --steps 8 --input spikes.csv --probe learned.weight --out w.csv";
        bench.ok(&format!("{run} --learning-replay {replay}"));
        let text = String::from_utf8(bench.read("w.csv")).unwrap();
        let mut own = text
            .lines()
            .filter_map(|line| line.strip_prefix("learned.weight,8,0,"));
        own.next().expect("the weight of step 8").to_string()
    };
    assert_eq!(last("low.npz"), "108");
    assert_eq!(last("high.npz"), "100");

    let wrong = npz(&[
        ("noise", npy(&[1], vec![0i64])),
        ("post", npy(&[1, 1], vec![0i64])),
        ("rounding", npy(&[2], vec![0i64, 65_536])),
    ]);
    bench.file("wrong.npz", wrong);
    bench
        .run("run half.json --steps 1 --learning-replay wrong.npz")
        .expect(1)
        .says("array 'noise' is not known: there are pre, post, reward and rounding")
        .says("array 'post': shape [1, 1], wanted one number a step")
        .says("array 'rounding': element 1: 65536 is outside 0..=65535");
}
