//! The harness of experiments with networks on an emulated chip.
//!
//! An [`Experiment`](experiment::Experiment) is options in, a report out, and a line of an
//! overview; its front page has one to copy. Around that contract this crate has what experiments
//! share:
//!
//! - [`catalogue`]: data sets of others, where they come from, downloads with checksums;
//! - [`datasets`]: where data sets lie, by one rule; [`data`], [`arrays`] and [`text`] read them;
//! - [`Progress`]: how far an experiment is, and its finished parts, kept in a file by which it
//!   goes on;
//! - [`trials`]: samples and seeds over threads, with progress and a clock, to the same bits on any
//!   number of threads;
//! - [`paired`]: medians of seeds with intervals, and tests of pairs;
//! - [`table`] and [`chart`]: text tables, and pictures as data that are drawn as SVG;
//! - [`compare`]: a float reference beside the chip, two images, two traces: where they part;
//! - [`validate`]: a learning rule on the chip beside its meaning in real numbers.
//!
//! ```
//! use seamount_session::decode::{accuracy, first_largest};
//! use seamount_study::Progress;
//! use seamount_study::trials::Trials;
//! use seamount_chip::{Chip, ChipProgram, RunOptions, SpikeTrain};
//! use seamount_compile::CompileOptions;
//! use seamount_network::netlist::{Netlist, Population, Register};
//! use seamount_session::{Failure, build};
//! use std::sync::Arc;
//!
//! /// Two inputs, two neurons: each input makes its own neuron fire.
//! fn network() -> Netlist {
//!     let mut net = Netlist::new("two");
//!     net.input("eyes", 2);
//!     net.add(Population::new("hands", 2).threshold_mantissa(10));
//!     net.connect("eyes", "hands").one_to_one(100);
//!     net.probe("hands", Register::Spike);
//!     net
//! }
//!
//! let program = Arc::new(ChipProgram::new(&build(&network(), &CompileOptions::default())?));
//! let labels = [0usize, 1, 1, 0];
//! let trials = Trials::new(labels.len(), 2, Progress::UNSEEN);
//! let answers = trials.run(|index| {
//!     let shown = vec![(0, labels[index] as u32)];
//!     let shown = SpikeTrain::new(&program, shown).expect("source 0 or 1");
//!     let seen = Chip::new(Arc::clone(&program)).run(4, &shown, &RunOptions::default());
//!     let spikes = seen.recording("hands.spike").expect("the network's probe");
//!     let rows = 0..spikes.steps.len();
//!     let count = |neuron| rows.clone().map(|row| spikes.get(row, neuron)).sum::<i32>();
//!     first_largest(&[count(0), count(1)])
//! });
//! assert_eq!(accuracy(&answers, &labels), 1.0);
//! # Ok::<(), Failure>(())
//! ```
//!
//! What this crate does *not* know: which systems were published, command lines and terminals.

pub mod arrays;
pub mod catalogue;
pub mod ceiling;
pub mod chart;
pub mod compare;
pub mod data;
pub mod datasets;
pub mod dump;
pub mod experiment;
pub mod paired;
mod parts;
pub mod row;
pub mod spread;
pub mod table;
pub mod text;
pub mod trials;
pub mod validate;

pub use parts::{FinishedParts, Progress};
