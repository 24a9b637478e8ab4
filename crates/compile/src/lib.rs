//! Internal crate of seamount, without promise of stability.
//!
//! From an integer network to an image: partition, encode, place, emit, explain.
//!
//! `Netlist -> Image`. Every synapse of the image contributes exactly what the netlist says; the
//! bits that store it are chosen to take little memory. What this crate does *not* know: how a step
//! is computed, what anything costs, floats (the time constants of traces aside).
//!
//! The order of work, which is the order in which to read:
//!
//! | file | what it makes |
//! |---|---|
//! | `early` | limits that sizes alone break |
//! | `synapse`, `totals` | flows: projections as streams of contributions, and their counts |
//! | `partition`, `plan` | core plans: which runs of neurons share a core, by cheap counts |
//! | `lists`, `record` | the synapses that arrive at a core, sorted into rows and lists |
//! | `value`, `formats`, `choose`, `pack` | formats for their values, lists in few bits |
//! | `memory`, `generated`, `learn::encode` | the memory of a core: formats, lists, input axons |
//! | `map`, `split`, `limit` | the loop around it: encode, compare with limits, cut, put together |
//! | `place`, `placement` | locations of cores, and the file that holds them |
//! | `emit`, `compartment`, `neuron_programs`, `learn`, `management` | the image |
//!
//! Words: a *sender* is a source of spikes (an element of an input, a compartment), numbered
//! through the network. A *row* owns one synapse list at every core it reaches: a sender itself, or
//! a sender as the source of one projection where that needs lists of its own. A *run* is a range
//! of neurons of one population on one core.
//!
//! ```
//! use seamount_compile::{CompileOptions, compile};
//! use seamount_network::netlist::{Netlist, Population};
//! let mut net = Netlist::new("two neurons");
//! net.input("drive", 1);
//! net.add(Population::new("pair", 2).current_decay(4095).threshold_mantissa(100));
//! net.connect("drive", "pair").all_to_all(101);
//! let compiled = compile(&net, &CompileOptions::default()).unwrap();
//! assert_eq!(compiled.report.cores[0].formats, ["sparse, 6-bit index; 8-bit excitatory weight, exponent 0"]);
//! ```

mod acts;
mod choose;
mod compartment;
mod early;
mod emit;
mod error;
mod formats;
mod generated;
mod learn;
mod limit;
mod lists;
mod management;
mod map;
mod memory;
mod neuron_programs;
mod options;
mod pack;
mod partition;
mod place;
mod placement;
mod plan;
mod record;
mod report;
mod split;
mod synapse;
mod synapses;
mod totals;
mod value;

pub use error::CompileError;
pub use learn::rule::RuleReport;
pub use limit::Limit;
pub use neuron_programs::program_findings;
pub use options::CompileOptions;
pub use place::{CROSSING_HOPS, optimise, packet_hops};
pub use placement::{
    PLACEMENT_FORMAT, PLACEMENT_VERSION, PlacedCore, PlacedSlice, Placement, PlacementProblem,
};
pub use report::{
    CompileReport, CoreUsage, LimitUsage, PlacementCost, SynapseReport, rule_reports,
};
pub use synapses::EncodingCounts;

use map::{Mapped, Mapper};
use neuron_programs::NeuronPrograms;
use seamount_image::{Image, limit_breaches};
use seamount_network::memory::allow;
use seamount_network::netlist::Netlist;
use seamount_spec::Board;
use synapse::{Flows, SENDERS_MAX, SYNAPSES_MAX};
use totals::SynapseTotals;

/// A compiled network.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compiled {
    /// What a chip loads.
    pub image: Image,
    /// What was done.
    pub report: CompileReport,
    /// Partition and locations, to be kept, edited and given back in [`CompileOptions::placement`].
    pub placement: Placement,
    /// Limits broken; empty unless they were ignored.
    pub breaches: Vec<Limit>,
}

/// Compiles a network, or says everything that forbids it.
pub fn compile(netlist: &Netlist, options: &CompileOptions) -> Result<Compiled, CompileError> {
    let findings = netlist.check();
    if !findings.is_empty() {
        return Err(CompileError::Netlist(findings));
    }
    let neuron_programs =
        NeuronPrograms::new(netlist, &options.board).map_err(CompileError::Programs)?;
    let rules =
        learn::rule::rules(netlist).map_err(|findings| CompileError::Learning { findings })?;
    size(netlist, &options.board)?;
    room(netlist)?;
    let flows = Flows::new(netlist);
    if !options.ignore_limits && synapse::synapse_count(netlist) >= early::SYNAPSES_MIN {
        let limits = early::input_slots(netlist, &flows, &options.board);
        if !limits.is_empty() {
            return Err(CompileError::Limits(limits));
        }
    }
    let totals = SynapseTotals::of(netlist, &flows);
    let limits = learn::population::limits(netlist, &totals.learning, !options.ignore_limits);
    if !limits.is_empty() {
        return Err(CompileError::Limits(limits));
    }
    let mapper = Mapper {
        netlist,
        flows: &flows,
        totals: &totals,
        rules: &rules,
        neuron_programs: &neuron_programs,
        options,
    };
    let mut mapped: Mapped = mapper.map()?;
    let findings = management::findings(netlist, &mapped.layout);
    if !findings.is_empty() {
        return Err(CompileError::Netlist(findings));
    }
    let mut image = mapper.emit(&mut mapped);
    let notes = NeuronPrograms::notes(netlist);
    let report = CompileReport {
        notes,
        ..CompileReport::of(&image, &mapped, &totals, &options.board)
    };
    image.provenance = provenance(options, &report);
    let placement = Placement::of(netlist, &options.board, &mapped.layout, &mapped.locations);
    let breaches = limit_breaches(&image, &options.board)
        .into_iter()
        .map(Limit::from)
        .collect();
    Ok(Compiled {
        image,
        report,
        placement,
        breaches,
    })
}

/// Refuses networks that are far beyond any board before anything of their size is allocated.
fn size(netlist: &Netlist, board: &Board) -> Result<(), CompileError> {
    let compartments = netlist.compartment_count();
    let room = u64::from(board.cores())
        * u64::from(board.core.compartments.min(partition::COMPARTMENTS_MAX));
    let wanted = [
        ("compartments", compartments, room),
        ("spike sources", synapse::row_count(netlist), SENDERS_MAX),
        ("synapses", synapse::synapse_count(netlist), SYNAPSES_MAX),
    ];
    let who: Vec<String> = netlist.populations.iter().map(|p| p.name.clone()).collect();
    let broken = wanted
        .into_iter()
        .filter(|(_, wanted, available)| wanted > available);
    let limits: Vec<Limit> = broken
        .map(|(resource, wanted, available)| Limit {
            core: None,
            resource: resource.into(),
            wanted,
            available,
            who: who.clone(),
        })
        .collect();
    if limits.is_empty() {
        Ok(())
    } else {
        Err(CompileError::Limits(limits))
    }
}

/// Asks for the memory that compiling takes: a record for each synapse, twice while they are
/// sorted, and the memory of the cores (32 bytes were measured; synapses made from a seed are
/// written out beside). A compartment has a column in some twenty tables.
fn room(netlist: &Netlist) -> Result<(), CompileError> {
    const SYNAPSE_BYTES: u64 = 40;
    const COMPARTMENT_BYTES: u64 = 80;
    let synapses = synapse::synapse_count(netlist);
    allow("compiling the synapses", synapses, SYNAPSE_BYTES)?;
    let compartments = netlist.compartment_count();
    allow(
        "compiling the compartments",
        compartments,
        COMPARTMENT_BYTES,
    )?;
    Ok(())
}

/// How an image was made, as JSON text.
fn provenance(options: &CompileOptions, report: &CompileReport) -> String {
    serde_json::json!({
        "seamount": env!("CARGO_PKG_VERSION"),
        "board": report.board,
        "options": {
            "ignore_limits": options.ignore_limits,
            "placement_given": options.placement.is_some(),
            "seed": options.seed,
            "refinement_steps": options.refinement_steps,
        },
        "cores": report.cores.len(),
        "usage_max": report.usage_max(),
        "synapses": report.synapses,
        "placement": report.placement,
    })
    .to_string()
}
