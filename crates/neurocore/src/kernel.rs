//! The hot loops: rows into accumulators, segments of plain compartments, and spikes out of flags.
//!
//! With what is below it the only module of the workspace with `unsafe`: calls of functions
//! compiled for wider vectors after the processor was asked for them, prefetches, vectors read and
//! written, and unchecked accesses whose bounds are proved beside them. Results do not depend on
//! the instruction set: all arithmetic is integer.
#![allow(unsafe_code)]

pub(crate) mod all_at_once;
mod columns;
mod cut;
mod dense;
mod fired;
#[cfg(target_arch = "x86_64")]
mod no_hold;
mod scatter;
pub(crate) mod short_block;
pub(crate) mod short_row;

pub use columns::{Columns, Settings, update};
pub(crate) use dense::worth_from;
pub use fired::{fired_columns, pack_flags};
pub(crate) use scatter::scatter;
pub use scatter::{prefetch, prefetch_first};
pub(crate) use short_row::{Gap, NO_SOURCE, RowArray, Variables};

use std::sync::OnceLock;

/// Whether a core computes many compartments and synapses with one instruction. Results are the
/// same to the bit; tests and measurements compare the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vectors {
    /// The widest vectors of the machine.
    Widest,
    /// None but those that the compiler makes for every machine; compartments one at a time.
    Off,
}

/// Work whose body is compiled for every instruction set. `run` must be inlined, and so must all it
/// calls in its loops.
pub trait VectorWork {
    /// Result of the work.
    type Output;
    /// The work; inlined into a function compiled for the instruction set.
    fn run(self) -> Self::Output;
}

/// Runs work compiled for the widest vectors of the machine or, without, for the portable baseline.
pub fn run<W: VectorWork>(vectors: Vectors, work: W) -> W::Output {
    let level = match vectors {
        Vectors::Widest => level(),
        Vectors::Off => Level::Portable,
    };
    match level {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `level` has asked the processor for these features.
        Level::Avx512 => unsafe { run_avx512(work) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Level::Avx2 => unsafe { run_avx2(work) },
        Level::Portable => work.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
fn run_avx512<W: VectorWork>(work: W) -> W::Output {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn run_avx2<W: VectorWork>(work: W) -> W::Output {
    work.run()
}

#[derive(Clone, Copy)]
enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

/// The widest that the machine has, or less where the environment variable `SEAMOUNT_SIMD` says
/// `avx2` or `portable`.
fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        #[cfg(target_arch = "x86_64")]
        {
            let asked = std::env::var("SEAMOUNT_SIMD").unwrap_or_default();
            let popcnt = is_x86_feature_detected!("popcnt") && asked != "portable";
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && asked != "avx2";
            if popcnt
                && wide
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
            {
                return Level::Avx512;
            }
            if popcnt && is_x86_feature_detected!("avx2") {
                return Level::Avx2;
            }
        }
        Level::Portable
    })
}

/// Name of the instruction set that the vector kernel uses here.
pub fn instruction_set() -> &'static str {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => "avx512",
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => "avx2",
        Level::Portable => "portable",
    }
}
