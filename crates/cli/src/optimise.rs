//! Placement by the packets of a run: `compile --optimise-placement`.

use crate::args::CompileArgs;
use crate::energy;
use crate::failure::Failure;
use crate::network::{self, Network};
use crate::time::duration;
use crate::words::{count, significant};
use crate::{execute, input};
use seamount_chip::{Chip, RunOptions};
use seamount_compile::{CompileOptions, Compiled, Placement};
use seamount_spec::Profile;
use seamount_timing::{Fidelity, Machine, Timer, Traffic};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A placement as the packets of a run see it.
#[derive(Debug, Clone, Serialize)]
pub struct Seen {
    /// Hops of all packets between cores, a border between chips counted as several.
    pub hops: u64,
    /// Packets over the busiest link between tiles, a step.
    pub busiest_link_packets_per_step: f64,
    /// Mean step by the profile, fidelity `pipeline`, picoseconds.
    pub ps_per_step: f64,
    /// Longest step.
    pub ps_longest: u64,
}

/// Before and after.
#[derive(Debug, Serialize)]
pub struct Optimised {
    /// Steps of the run.
    pub steps: u64,
    /// Packets between cores in it.
    pub packets: u64,
    /// Profile of the times.
    pub profile: String,
    /// As the axons alone placed it.
    pub before: Seen,
    /// As the packets place it.
    pub after: Seen,
    /// Whether the new placement was taken: only if neither hops nor time got worse.
    pub taken: bool,
    /// Why the new placement cannot be built, if so.
    pub refused: Option<String>,
}

/// Places `compiled` anew by the packets of a run, if that is better.
pub fn run(
    args: &CompileArgs,
    network: &Network,
    options: &CompileOptions,
    compiled: &mut Compiled,
) -> Result<Optimised, Failure> {
    let name = args.profile.clone().unwrap_or_else(|| "davies2018".into());
    let profile = energy::profiles(&[name])?.remove(0);
    let (before, pairs) = look(args, options, compiled, &profile)?;
    let places: Vec<_> = compiled.image.cores.iter().map(|c| c.location).collect();
    let better = seamount_compile::optimise(
        &options.board,
        &pairs,
        &places,
        options.seed,
        options.refinement_steps,
    );
    let mut placement: Placement = compiled.placement.clone();
    for (core, place) in placement.cores.iter_mut().zip(&better) {
        (core.chip, core.core) = (place.chip, place.core);
    }
    let mut optimised = Optimised {
        steps: steps(args),
        packets: pairs.values().sum(),
        profile: profile.name.clone(),
        after: before.clone(),
        before,
        taken: false,
        refused: None,
    };
    let again = CompileOptions {
        placement: Some(placement),
        ..options.clone()
    };
    match network::compile(&args.network, network, &again, None) {
        Ok(candidate) => {
            optimised.after = look(args, options, &candidate, &profile)?.0;
            let (before, after) = (&optimised.before, &optimised.after);
            optimised.taken = after.hops <= before.hops && after.ps_per_step <= before.ps_per_step;
            if optimised.taken {
                *compiled = candidate;
            }
        }
        Err(failure) => optimised.refused = Some(failure.findings.join("; ")),
    }
    Ok(optimised)
}

/// Steps of the run that counts packets.
fn steps(args: &CompileArgs) -> u64 {
    args.traffic_steps.unwrap_or(100)
}

/// Packets by the core they leave and the core they go to.
type Packets = BTreeMap<(u32, u32), u64>;

/// Runs a compiled network and looks at its packets.
fn look(
    args: &CompileArgs,
    options: &CompileOptions,
    compiled: &Compiled,
    profile: &Profile,
) -> Result<(Seen, Packets), Failure> {
    let policy = network::policy(args.ignore_limits);
    let checked = network::prove(
        &args.network,
        compiled.image.clone(),
        &options.board,
        policy,
    )?;
    let mut chip = Chip::load(&checked);
    let train = input::read(&args.traffic_input, chip.program())?;
    let machine = Machine::new(chip.program().floorplan(), profile);
    let mut traffic = Traffic::new(&machine);
    let mut timer = Timer::new(machine.clone(), Fidelity::Pipeline).expect("pipeline knows time");
    let run = RunOptions {
        record: true,
        ..RunOptions::default()
    };
    execute::run(&mut chip, steps(args), &train, &run, false, &mut |record| {
        traffic.observe(record);
        timer.observe(record, |_, _| ());
    })?;
    let places: Vec<_> = compiled.image.cores.iter().map(|c| c.location).collect();
    let chips = traffic.chips(&machine);
    let busiest = chips
        .iter()
        .flat_map(|c| &c.outputs)
        .flat_map(|o| &o[..4])
        .copied()
        .max()
        .unwrap_or(0);
    let steps = timer.ledger.steps.max(1) as f64;
    let seen = Seen {
        hops: seamount_compile::packet_hops(&options.board, &traffic.pairs, &places),
        busiest_link_packets_per_step: busiest as f64 / steps,
        ps_per_step: timer.ledger.duration_ps as f64 / steps,
        ps_longest: timer.ledger.most.0,
    };
    Ok((seen, traffic.pairs))
}

impl Optimised {
    /// For people.
    pub fn text(&self) -> String {
        let mut out = format!(
            "  placement by {} packets of {} steps{:>11}{:>14}\n",
            count(self.packets),
            count(self.steps),
            "before",
            "after"
        );
        let mut line = |what: &str, of: &dyn Fn(&Seen) -> String| {
            let _ = writeln!(
                out,
                "    {what:<42}{:>14}{:>14}",
                of(&self.before),
                of(&self.after)
            );
        };
        line("hops", &|s| count(s.hops));
        line("packets a step over the busiest link", &|s| {
            significant(s.busiest_link_packets_per_step)
        });
        line(&format!("mean step by {}", self.profile), &|s| {
            duration(s.ps_per_step)
        });
        line(&format!("longest step by {}", self.profile), &|s| {
            duration(s.ps_longest as f64)
        });
        let _ = match (&self.refused, self.taken) {
            (Some(why), _) => writeln!(out, "    not taken: {why}"),
            (None, true) => writeln!(out, "    taken"),
            (None, false) => writeln!(out, "    not taken: it is not better"),
        };
        out
    }
}
