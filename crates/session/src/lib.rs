//! What a person does with a network, in any language: open whatever file it is, quantise, compile,
//! inspect, prove, feed, run in pieces with a callback that can stop it, count, price, time,
//! record, report as data. The command and Python are thin covers of this crate, and published
//! systems report their cost by it, so that nothing is written twice.
//!
//! Public on purpose: it is the complete surface of a session, and the package `seamount` its
//! curated part, which is where to begin. Types that a session takes and gives but does not define
//! (boards, profiles, images) have their names there.
//!
//! What this crate does *not* know: terminals, command lines, Python, exit codes. Reports
//! serialise, and print themselves as text; who reads that text is not its concern.
//!
//! [`NetworkFile`] opens, [`Chip`] runs, [`Events`] feed it, [`RunOutcome`] is what it did,
//! [`Cost`] what that cost, [`RunReport`] all of it together, and [`Failure`] everything that can
//! go wrong.

mod build;
pub mod checkpoint;
mod chip;
mod chip_files;
mod clocks;
mod compilation;
mod cost;
mod currents;
pub mod decode;
mod energy;
pub mod eval;
mod events;
mod failure;
pub mod files;
mod inspect;
mod neuron_trace;
pub mod npz;
mod outcome;
mod probe;
mod profiles;
mod programs;
mod rank_failure;
mod recordings;
mod report;
mod series;
mod source;
mod spread;
mod structure;
mod time;
mod traffic;
mod watch;
mod ways_out;
mod weights;

pub mod words;

pub use build::{build, save_network};
pub use chip::Chip;
pub use clocks::Clocks;
pub use compilation::{CompilationReport, read_placement};
pub use cost::{CoreCost, Cost, Elapsed, MeanEnergy, PerInference, RunCost, WhileLearning};
pub use currents::Currents;
pub use energy::{CoreEnergy, Energy, EventEnergy, LayerEnergy, UnitEnergy};
pub use events::Events;
pub use failure::{Failure, FailureKind, Remedy, Subject};
pub use inspect::ImageReport;
pub use neuron_trace::{NeuronName, NeuronTrace};
pub use outcome::{Kept, RecordedSum, RunKeeping, RunOutcome, RunPiece};
pub use probe::{ProbeText, add_probes, add_probes_to_look_at, register_name};
pub use profiles::{profile, profiles, set_chosen};
pub use programs::{assemble_file, program_data, program_listing, program_summary, read_program};
pub use recordings::{RecordingForm, quoted, write_recordings};
pub use report::{
    CoreReport, ManagementReport, NeuroBench, ProbeReport, ReadReport, RunReport, RunSteps,
    RunTarget, SynapticOperations,
};
pub use series::{StepSeries, StepsPiece};
pub use source::{
    FloatNetwork, ImportOptions, IntegerNetwork, NetworkFile, NetworkForm, Placed, SourceOptions,
    ask_for_chip, network_forms, not_quantised,
};
pub use spread::{
    Division, DivisionKind, ExchangeCost, LostRank, Outgoing, RunsNetwork, SpreadChip, Station,
    Transport, dismiss_ranks, serve,
};
pub use structure::Structure;
pub use time::{CoreUse, CriticalTime, InferenceTime, StageTime, Time};
pub use traffic::{Optimised, PlacementTraffic, TrafficRun, place_by_packets};
pub use watch::{RunWatch, StepDurations, TrafficMap, WatchOptions};
pub use weights::{LearnedWeights, WeightCounts};

// The program of a chip, of which reports are made after the chip has gone on.
pub use seamount_chip::ChipProgram;
// Packets of a chip as a traffic map holds them.
pub use seamount_timing::ChipTraffic;
