//! The shared latency-throughput curves: mean latency within 2 % up to 80 % of saturation,
//! saturation within 3 %.

use std::path::PathBuf;

use seamount_mesh::{Config, Mesh, Pattern, Protocol, Rate, Saturation, measure, saturation};

/// One curve: its configuration, traffic, and rows by ascending load.
struct Curve {
    name: String,
    mesh: Mesh,
    pattern: Pattern,
    rows: Vec<Row>,
}

struct Row {
    rate: Rate,
    offered: f64,
    /// Mean packet latency in cycles; nothing for a saturated row.
    latency: Option<f64>,
    /// Packets accepted per node and cycle.
    accepted: f64,
}

impl Curve {
    fn largest_stable(&self) -> f64 {
        self.rows
            .iter()
            .filter(|row| row.latency.is_some())
            .map(|row| row.offered)
            .fold(0.0, f64::max)
    }

    fn least_saturated(&self) -> &Row {
        let saturated = self.rows.iter().filter(|row| row.latency.is_none());
        saturated
            .min_by(|a, b| a.offered.total_cmp(&b.offered))
            .expect("every curve has a saturated row")
    }

    /// 80 % of the load at which the curve stops being stable.
    fn light_load(&self) -> f64 {
        0.8 * self.largest_stable().max(
            self.least_saturated()
                .accepted
                .min(self.least_saturated().offered),
        )
    }
}

/// The configurations of `booksim-configs.txt`, but V: a separate VC-allocation stage is not in the
/// contract.
fn config(name: &str, height: u16) -> Option<Config> {
    let a = Config::a(8, height);
    Some(match name {
        "A" => a,
        "A1" => Config {
            buffer_depth_flits: 1,
            ..a
        },
        "A2" => Config {
            buffer_depth_flits: 2,
            ..a
        },
        "A4" => Config {
            buffer_depth_flits: 4,
            ..a
        },
        "A16" => Config {
            buffer_depth_flits: 16,
            ..a
        },
        "Ac2" => Config {
            buffer_depth_flits: 4,
            credit_delay_cycles: 2,
            ..a
        },
        "B" => Config {
            routing_delay_cycles: 1,
            ..a
        },
        "P4" => Config {
            packet_flits: 4,
            ..a
        },
        _ => return None,
    })
}

fn golden(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

fn curves() -> Vec<Curve> {
    let files = [
        ("booksim-mesh8x8-A-patterns.csv", 8),
        ("booksim-mesh8x8-uniform-variants.csv", 8),
        ("booksim-mesh8x4-A-patterns.csv", 4),
    ];
    let mut curves: Vec<Curve> = Vec::new();
    for (file, height) in files {
        let text = golden(file);
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let Some(config) = config(fields[0], height) else {
                continue;
            };
            let name = format!("{} {} 8x{height}", fields[0], fields[1]);
            let row = Row {
                rate: fields[2].parse().unwrap(),
                offered: fields[2].parse().unwrap(),
                latency: (fields[4] == "stable").then(|| fields[6].parse().unwrap()),
                accepted: fields[10].parse().unwrap(),
            };
            if curves.last().is_none_or(|curve| curve.name != name) {
                let pattern = fields[1]
                    .strip_suffix("8x4")
                    .unwrap_or(fields[1])
                    .parse()
                    .unwrap();
                curves.push(Curve {
                    name,
                    mesh: Mesh::new(config).unwrap(),
                    pattern,
                    rows: Vec::new(),
                });
            }
            curves.last_mut().unwrap().rows.push(row);
        }
    }
    assert_eq!(curves.len(), 17);
    curves
}

/// A longer run at low load: at least this many packets are measured.
const PACKETS_LEAST: f64 = 40_000.0;

fn long_enough(mesh: &Mesh, offered: f64) -> Protocol {
    let cycles = (PACKETS_LEAST / offered / f64::from(mesh.nodes())).ceil() as u64;
    Protocol {
        warmup_cycles: 5_000,
        measure_cycles: cycles.max(10_000),
        ..Protocol::LATENCY
    }
}

#[test]
fn mean_latency_up_to_80_percent_of_saturation() {
    let mut worst = (0.0, String::new());
    for curve in curves() {
        for row in curve
            .rows
            .iter()
            .filter(|row| row.offered <= curve.light_load())
        {
            let want = row.latency.expect("stable below saturation");
            let point = measure(
                &curve.mesh,
                curve.pattern,
                row.rate,
                1,
                long_enough(&curve.mesh, row.offered),
            )
            .unwrap();
            let got = point.packet_latency.mean_cycles().unwrap();
            let error = (got / want - 1.0).abs();
            let line = format!(
                "{} at {}: {got:.4} cycles, BookSim {want}",
                curve.name, row.offered
            );
            assert!(
                error < 0.02 && !point.saturated && point.missing_packets == 0,
                "{line}"
            );
            assert!(
                (point.accepted / row.offered - 1.0).abs() < 0.02,
                "{line}: accepts {}",
                point.accepted
            );
            if error > worst.0 {
                worst = (error, line);
            }
        }
    }
    println!("worst: {:.2} %: {}", 100.0 * worst.0, worst.1);
}

#[test]
fn accepted_rate_beyond_saturation() {
    let mut worst = (0.0, String::new());
    for curve in curves() {
        for row in curve.rows.iter().filter(|row| row.latency.is_none()) {
            let point = measure(
                &curve.mesh,
                curve.pattern,
                row.rate,
                1,
                Protocol::THROUGHPUT,
            )
            .unwrap();
            let error = (point.accepted / row.accepted - 1.0).abs();
            let line = format!(
                "{} at {}: {:.5} accepted, BookSim {}",
                curve.name, row.offered, point.accepted, row.accepted
            );
            println!("{line}");
            if error > worst.0 {
                worst = (error, line);
            }
        }
    }
    assert!(
        worst.0 < 0.03,
        "worst: {:.2} %: {}",
        100.0 * worst.0,
        worst.1
    );
}

/// With one packet per node and cycle to fixed destinations nothing is random: every printed digit
/// must agree.
#[test]
fn full_overload_to_fixed_destinations_is_equal_to_all_digits() {
    let mesh = Mesh::new(Config::a(8, 8)).unwrap();
    let text = golden("booksim-mesh8x8-A-patterns.csv");
    let mut compared = 0;
    for line in text
        .lines()
        .filter(|line| line.contains(",1.0,1,saturated"))
    {
        let fields: Vec<&str> = line.split(',').collect();
        if fields[1] == "uniform" || fields[1].starts_with("hotspot") {
            continue;
        }
        let pattern = fields[1].parse().unwrap();
        let point = measure(&mesh, pattern, Rate::ONE, 1, Protocol::THROUGHPUT).unwrap();
        let digits = |rate: f64| format!("{rate:.5}");
        let got = (digits(point.accepted), digits(point.accepted_node_least));
        let want: [f64; 2] = [fields[10], fields[11]].map(|field| field.parse().unwrap());
        assert_eq!(got, (digits(want[0]), digits(want[1])), "{line}");
        compared += 1;
    }
    assert_eq!(compared, 5);
}

#[test]
fn saturation_search_finds_the_knee_of_the_curves() {
    for curve in curves() {
        let Saturation {
            stable, saturated, ..
        } = saturation(&curve.mesh, curve.pattern, 1, Protocol::LATENCY).unwrap();
        let low = curve.largest_stable();
        let high = curve.least_saturated().offered;
        println!(
            "{}: stable to {stable:.5}, saturated from {saturated:?}; BookSim {low} .. {high}",
            curve.name
        );
        assert!(stable < 1.03 * high, "{}: {stable} is stable", curve.name);
        assert!(
            saturated.is_none_or(|load| load > 0.97 * low),
            "{}: {saturated:?} is saturated",
            curve.name
        );
    }
}

/// ME-002: two meshes carry about twice the load of one.
#[test]
fn two_meshes_carry_more_than_one() {
    let load = |meshes, rate| {
        let mesh = Mesh::new(Config {
            meshes,
            ..Config::a(8, 8)
        })
        .unwrap();
        measure(&mesh, Pattern::Uniform, rate, 1, Protocol::THROUGHPUT).unwrap()
    };
    let one = load(1, Rate::new(8, 10));
    let two = load(2, Rate::new(8, 10));
    assert!(
        one.accepted < 0.5 && two.accepted > 0.75,
        "{} {}",
        one.accepted,
        two.accepted
    );
    // a light load does not notice
    let one = load(1, Rate::new(1, 50));
    let two = load(2, Rate::new(1, 50));
    assert!(
        (one.packet_latency.sum_cycles() as f64 / two.packet_latency.sum_cycles() as f64 - 1.0)
            .abs()
            < 0.02
    );
}
