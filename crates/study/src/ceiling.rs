//! What this machine can do at all: scatter-adds without any emulator around them, measured in
//! the same run as the workloads, so that fractions of the limit mean something.

use seamount_arith::random::{Key, Purpose};
use seamount_neurocore::kernel::prefetch;
use serde::Serialize;
use std::hint::black_box;
use std::time::Instant;

/// Million scatter-adds a second of one thread, rows fetched sixteen ahead.
#[derive(Debug, Clone, Serialize)]
pub struct Ceilings {
    /// Rows of 100, all synapses in 400 KB: in L2.
    pub l2: f64,
    /// Rows of 16, a cache line each, 4 MB of synapses: in L3.
    pub l3_rows_of_16: f64,
    /// Rows of 16, 32 MB of synapses.
    pub memory_rows_of_16: f64,
    /// Rows of 128, 64 MB of synapses: beyond L3.
    pub memory_rows_of_128: f64,
    /// Rows of 8, 64 MB of synapses.
    pub memory_rows_of_8: f64,
}

/// Measures all ceilings; about two seconds.
pub fn measure() -> Ceilings {
    Ceilings {
        l2: scatter(1024, 100),
        l3_rows_of_16: scatter(65_536, 16),
        memory_rows_of_16: scatter(524_288, 16),
        memory_rows_of_128: scatter(131_072, 128),
        memory_rows_of_8: scatter(2_097_152, 8),
    }
}

/// Rows fetched ahead.
const AHEAD: usize = 16;

/// Best of five runs over `rows` rows of `fan` synapses with random rows and targets.
fn scatter(rows: usize, fan: usize) -> f64 {
    let key = Key::new(1, Purpose::Stimulus);
    let synapses: Vec<u32> = (0..rows * fan)
        .map(|i| (key.draw(i as u64) as u32 & 0x000f_03ff) | 1 << 16)
        .collect();
    let spikes: Vec<u32> = (0..8_000_000 / fan)
        .map(|i| key.part(1).below(i as u64, rows as u64) as u32)
        .collect();
    let mut accumulators = [0i32; 1024];
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        for (i, &spike) in spikes.iter().enumerate() {
            if let Some(&ahead) = spikes.get(i + AHEAD) {
                let first = ahead as usize * fan;
                (first..first + fan)
                    .step_by(16)
                    .for_each(|at| prefetch(&synapses[at]));
            }
            let first = spike as usize * fan;
            for &synapse in &synapses[first..first + fan] {
                let at = synapse as usize & 1023;
                accumulators[at] = accumulators[at].wrapping_add(synapse as i32 >> 16);
            }
        }
        black_box(&mut accumulators);
        best = best.min(start.elapsed().as_secs_f64());
    }
    (spikes.len() * fan) as f64 / best / 1e6
}
