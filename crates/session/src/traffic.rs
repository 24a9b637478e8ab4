//! Placement by the packets of a run.
//!
//! The compiler places cores by the axons between them, as if each fired once. A run knows which
//! fired: its packets are counted, the cores are placed anew by them, and the new placement is
//! taken only if neither hops nor time get worse.

use crate::events::Events;
use crate::failure::Failure;
use crate::outcome::{self, Kept, RunPiece};
use crate::source::IntegerNetwork;
use crate::words::{count, duration, significant};
use seamount_chip::{Chip as Machine, RunOptions};
use seamount_compile::{CompileOptions, Compiled, Placement, optimise, packet_hops};
use seamount_image::LimitPolicy;
use seamount_spec::Profile;
use seamount_timing::{Fidelity, Machine as TimedMachine, Timer, Traffic};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;

/// A placement as the packets of a run see it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PlacementTraffic {
    /// Hops of all packets between cores, a border between chips counted as several.
    pub hops: u64,
    /// Packets over the busiest link between tiles, a step.
    pub busiest_link_packets_per_step: f64,
    /// Mean step by the profile, fidelity `pipeline`, picoseconds.
    pub ps_per_step: f64,
    /// Longest step, picoseconds.
    pub ps_longest: u64,
}

/// Before and after a placement by packets.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Optimised {
    /// Steps of the run.
    pub steps: u64,
    /// Packets between cores in it.
    pub packets: u64,
    /// Profile of the times.
    pub profile: String,
    /// As the axons alone placed it.
    pub before: PlacementTraffic,
    /// As the packets place it.
    pub after: PlacementTraffic,
    /// Whether the new placement was taken: only if neither hops nor time got worse.
    pub taken: bool,
    /// Why the new placement cannot be built, if so.
    pub refused: Option<String>,
}

/// The run whose packets place the cores.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrafficRun {
    /// Number of steps.
    pub steps: u64,
    /// Input spikes.
    pub events: Events,
    /// Profile of the times.
    pub profile: Profile,
}

impl TrafficRun {
    /// A run of `steps` steps, timed by a profile.
    pub fn new(steps: u64, events: Events, profile: Profile) -> TrafficRun {
        TrafficRun {
            steps,
            events,
            profile,
        }
    }
}

/// Packets by the core they leave and the core they go to.
type PacketsBetween = BTreeMap<(u32, u32), u64>;

/// Places `compiled`, made of `network` by `options`, anew by the packets of a run, if that is
/// better. `watch` is shown the pieces of both runs.
///
/// # Errors
/// What is wrong with the network as it is placed now, or with the input of the run.
pub fn place_by_packets(
    network: &IntegerNetwork,
    options: &CompileOptions,
    compiled: &mut Compiled,
    run: &TrafficRun,
    watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
) -> Result<Optimised, Failure> {
    let (before, pairs) = look(network, options, compiled, run, watch)?;
    let places: Vec<_> = compiled.image.cores.iter().map(|c| c.location).collect();
    let better = optimise(
        &options.board,
        &pairs,
        &places,
        options.seed,
        options.refinement_steps,
    );
    let mut placement: Placement = compiled.placement.clone();
    for (core, place) in placement.cores.iter_mut().zip(&better) {
        core.chip = place.chip;
        core.core = place.core;
    }
    let mut optimised = Optimised {
        steps: run.steps,
        packets: pairs.values().sum(),
        profile: run.profile.name.clone(),
        after: before.clone(),
        before,
        taken: false,
        refused: None,
    };
    let again = options.clone().placement(placement);
    match network.compile(&again) {
        Ok(candidate) => {
            let (after, _) = look(network, options, &candidate, run, watch)?;
            let before = &optimised.before;
            optimised.taken = after.hops <= before.hops && after.ps_per_step <= before.ps_per_step;
            optimised.after = after;
            if optimised.taken {
                *compiled = candidate;
            }
        }
        Err(failure) => optimised.refused = Some(failure.lines().join("; ")),
    }
    Ok(optimised)
}

/// Runs a compiled network and looks at its packets.
fn look(
    network: &IntegerNetwork,
    options: &CompileOptions,
    compiled: &Compiled,
    run: &TrafficRun,
    watch: &mut dyn FnMut(&RunPiece) -> ControlFlow<()>,
) -> Result<(PlacementTraffic, PacketsBetween), Failure> {
    let limits = if options.ignore_limits {
        LimitPolicy::Report
    } else {
        LimitPolicy::Enforce
    };
    let checked = network.placed(compiled, &options.board).prove(limits)?;
    let mut chip = Machine::load(&checked);
    let train = run.events.for_program(chip.program())?;
    let timed = TimedMachine::new(chip.program().floorplan(), &run.profile);
    let mut traffic = Traffic::new(&timed);
    let mut timer = Timer::new(timed.clone(), Fidelity::Pipeline).expect("pipeline knows time");
    let recorded = RunOptions::new().recorded();
    let mut see = |piece: &RunPiece| {
        traffic.observe(piece.record);
        timer.observe(piece.record, |_, _| ());
        watch(piece)
    };
    outcome::run(
        &mut chip,
        run.steps,
        &train,
        &recorded,
        Kept::Sums,
        &mut see,
    )?;
    let places: Vec<_> = compiled.image.cores.iter().map(|c| c.location).collect();
    let chips = traffic.chips(&timed);
    let busiest = chips
        .iter()
        .flat_map(|chip| &chip.outputs)
        // the fifth output of a router leads to the tile's own cores
        .flat_map(|outputs| &outputs[..4])
        .copied()
        .max()
        .unwrap_or(0);
    let steps = timer.ledger.steps.max(1) as f64;
    let seen = PlacementTraffic {
        hops: packet_hops(&options.board, &traffic.pairs, &places),
        busiest_link_packets_per_step: busiest as f64 / steps,
        ps_per_step: timer.ledger.duration_ps as f64 / steps,
        ps_longest: timer.ledger.most.0,
    };
    Ok((seen, traffic.pairs))
}

impl fmt::Display for Optimised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "  placement by {} packets of {} steps{:>11}{:>14}",
            count(self.packets),
            count(self.steps),
            "before",
            "after"
        )?;
        let shown = |traffic: &PlacementTraffic| {
            [
                count(traffic.hops),
                significant(traffic.busiest_link_packets_per_step),
                duration(traffic.ps_per_step),
                duration(traffic.ps_longest as f64),
            ]
        };
        let names = [
            "hops".to_string(),
            "packets a step over the busiest link".into(),
            format!("mean step by {}", self.profile),
            format!("longest step by {}", self.profile),
        ];
        let rows = shown(&self.before).into_iter().zip(shown(&self.after));
        for (name, (before, after)) in names.iter().zip(rows) {
            writeln!(f, "    {name:<42}{before:>14}{after:>14}")?;
        }
        match (&self.refused, self.taken) {
            (Some(why), _) => writeln!(f, "    not taken: {why}"),
            (None, true) => writeln!(f, "    taken"),
            (None, false) => writeln!(f, "    not taken: it is not better"),
        }
    }
}
