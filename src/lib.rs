#![doc = include_str!("../README.md")]
//!
//! # Where to go on
//!
//! [`Netlist`] is how a network is written, [`NetworkFile`] how one is read from a file, [`Chip`]
//! what runs it, [`Events`] what enters, [`RunOutcome`] what came of it, [`RunCost`] what that
//! cost, [`RunReport`] all of it as data and as text, and [`Failure`] everything that can go wrong.
//!
//! [`Chip::build`] takes four steps at once, and each can be taken alone:
//!
//! ```
//! use seamount::{Board, Chip, CompileOptions, IntegerNetwork, LimitPolicy, Netlist, Population};
//!
//! let mut net = Netlist::new("by hand");
//! net.input("drive", 1);
//! net.add(Population::new("out", 1));
//! net.connect("drive", "out").all_to_all(60);
//! let network = IntegerNetwork::new("by hand", net);
//! let options = CompileOptions::default(); // one Loihi 1 chip
//! let compiled = network.compile(&options)?; // placed on cores, as bits
//! let placed = network.placed(&compiled, &options.board);
//! let proved = placed.prove(LimitPolicy::Enforce)?; // after this no step can fail
//! let chip = Chip::load(proved);
//! assert_eq!(chip.step(), 0);
//! # Ok::<(), seamount::Failure>(())
//! ```
//!
//! This package holds no code of its own: it is the list of the names that keep their promise.
//! Crates below it that are not public on purpose say so in their first line.

// The language of networks: integers as the chip's registers hold them, unplaced.
pub use seamount_network::netlist::{
    Compartment, Join, Learned, LearningRule, Netlist, Population, Probe, Programmed, Projection,
    Register, Reward, SignMode, ThresholdMode, Trace,
};

// Networks from files, and how floats become integers.
pub use seamount_quantise::{Discretisation, QuantiseReport, Reset, Scales};
pub use seamount_session::{
    Currents, FloatNetwork, ImportOptions, IntegerNetwork, NetworkFile, SourceOptions,
};

// From a network to a proved image.
pub use seamount_compile::{CompileOptions, Compiled, Placement};
pub use seamount_image::{CheckedImage, Image, LimitPolicy};
pub use seamount_session::Placed;

// Boards, profiles, events: what a chip is and what it counts.
pub use seamount_spec::{Bill, Board, EventCounts, Profile};

// A chip at work.
pub use seamount_chip::{Column, LearnedSynapses, Recording, RunOptions};
pub use seamount_session::{Chip, Events, Kept, ProbeText, RunOutcome, RunPiece, add_probes};

// What a run cost, and the report of all of it.
pub use seamount_session::{
    Clocks, Cost, Energy, NeuroBench, PerInference, RunCost, RunReport, Time,
};
pub use seamount_timing::Fidelity;

// Everything that a user can get wrong.
pub use seamount_diagnose::Finding;
pub use seamount_session::{Failure, FailureKind, Remedy, Subject};
