//! Speed of the mesh: 8x8, configuration A, uniform traffic; prints simulated cycles and flit-hops
//! a second.
//!
//! `cargo run --release -p seamount-mesh --example mesh_speed [-- rate [cycles [width height]]]`

use std::time::Instant;

use seamount_mesh::{Config, Generator, Mesh, Pattern, Rate, State, advance, offer, step};

/// Cycles a second of BookSim 2 on the same machine and load (uniform 0.30).
const BOOKSIM_CYCLES_PER_S: f64 = 10_100.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |place: usize, default: &str| {
        arguments
            .get(place)
            .map_or(default.to_owned(), Clone::clone)
    };
    let rate: Rate = argument(0, "0.3").parse()?;
    let cycles: u64 = argument(1, "1000000").parse()?;
    let mesh = Mesh::new(Config::a(
        argument(2, "8").parse()?,
        argument(3, "8").parse()?,
    ))?;
    let generator = Generator::new(&mesh, Pattern::Uniform, rate, 1)?;
    let mut state = State::new(&mesh);
    let mut delivered = Vec::new();
    let mut packets = 0u64;
    let mut latency_cycles = 0u64;
    let start = Instant::now();
    for cycle in 0..cycles {
        generator.create(&mesh, cycle, |packet| {
            offer(&mesh, &mut state, packet).expect("nodes of the mesh");
        });
        step(&mesh, &mut state, &mut delivered);
        for arrival in delivered.drain(..) {
            packets += 1;
            latency_cycles += arrival.eject_cycle - arrival.packet.create_cycle;
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let hops = state.flit_hops() as f64;
    println!(
        "cycles {cycles}  packets {packets}  mean latency {:.4} cycles",
        latency_cycles as f64 / packets as f64
    );
    println!(
        "{:.0} cycles/s  {:.2} M flit-hops/s  {:.1} flit-hops a cycle",
        cycles as f64 / seconds,
        hops / seconds / 1e6,
        hops / cycles as f64
    );
    println!(
        "{:.1} x BookSim 2 (valid for 8x8, rate 0.3)",
        cycles as f64 / seconds / BOOKSIM_CYCLES_PER_S
    );
    let start = Instant::now();
    let generating = (0..cycles).fold(0u64, |mut sum, cycle| {
        generator.create(&mesh, cycle, |packet| {
            sum = sum.wrapping_add(packet.tag ^ u64::from(packet.dst))
        });
        sum
    });
    println!(
        "traffic generation alone: {:.1} % of that (checksum {generating:x})",
        100.0 * start.elapsed().as_secs_f64() / seconds
    );
    let start = Instant::now();
    advance(
        &mesh,
        &mut state,
        cycles + 1_000_000_000_000,
        &mut delivered,
    );
    println!(
        "a further 10^12 cycles without traffic: {:.6} s",
        start.elapsed().as_secs_f64()
    );
    Ok(())
}
