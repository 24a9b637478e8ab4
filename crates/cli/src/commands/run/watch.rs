//! Whoever watches a run: timers of every profile, packets over the mesh, files for viewers.

use super::time::TimeArgs;
use crate::draw::timeline::Timeline;
use crate::draw::{heat, waves};
use crate::failure::Failure;
use seamount_chip::ChipProgram;
use seamount_session::{Clocks, Energy, Time};
use seamount_spec::HOST;
use seamount_spec::{Floorplan, Profile, Record};
use seamount_timing::{Fidelity, Machine, Stage, StepTime, Traffic};
use std::collections::BTreeSet;

/// Everything that watches.
pub struct Watch {
    inference_steps: Option<u64>,
    plan: Floorplan,
    profiles: Vec<Profile>,
    clocks: Clocks,
    traffic: Option<(Machine, Traffic)>,
    timeline: Option<Timeline>,
    csv: Option<Vec<u8>>,
}

impl Watch {
    /// As the command line asks for; the first profile is that of the files of one profile.
    pub fn new(
        args: &TimeArgs,
        program: &ChipProgram,
        profiles: &[Profile],
    ) -> Result<Watch, Failure> {
        let plan = program.floorplan();
        let fidelity = args.fidelity;
        let no_time = |flag: Option<&_>, name| {
            flag.filter(|_: &&std::path::PathBuf| fidelity == Fidelity::Count)
                .map(|_| name)
        };
        let flags = [
            no_time(args.time_csv.as_ref(), "--time-csv"),
            no_time(args.timeline.as_ref(), "--timeline"),
        ];
        if let Some(flag) = flags.into_iter().flatten().next() {
            return Err(Failure::usage(
                flag,
                "fidelity count knows no time: add --fidelity pipeline or cycle",
            ));
        }
        if args.waves.is_some() && fidelity != Fidelity::Cycle {
            return Err(Failure::usage(
                "--waves",
                "only fidelity cycle has signals: add --fidelity cycle",
            ));
        }
        let all = plan.locations.len() as u32;
        if let Some(core) = args.trace_cores.iter().find(|core| **core >= all) {
            return Err(Failure::usage(
                "--trace-cores",
                format!("there is no core {core}: the image has {all}"),
            ));
        }
        let cores: BTreeSet<u32> = if args.trace_cores.is_empty() {
            (0..all).collect()
        } else {
            args.trace_cores.iter().copied().collect()
        };
        let mut clocks = Clocks::new(program, profiles, fidelity);
        let first = &profiles[0];
        if args.waves.is_some()
            && let Some(engine) = clocks.first_cycle()
        {
            engine.watch(cores.clone(), args.trace_steps);
        }
        Ok(Watch {
            traffic: args
                .heat_map
                .is_some()
                .then(|| Machine::new(plan.clone(), first))
                .map(|machine| (machine.clone(), Traffic::new(&machine))),
            timeline: args
                .timeline
                .is_some()
                .then(|| Timeline::new(&first.name, &plan, cores, args.trace_steps)),
            csv: args
                .time_csv
                .is_some()
                .then(|| (csv_head() + "\n").into_bytes()),
            inference_steps: args.inference_steps,
            profiles: profiles.to_vec(),
            plan,
            clocks,
        })
    }

    /// A piece of the run.
    pub fn observe(&mut self, record: &Record) {
        self.clocks.observe(record, &mut |at, time, cores| {
            if let Some(csv) = &mut self.csv {
                csv.extend(csv_line(&self.profiles[at].name, time).bytes());
            }
            if let Some(timeline) = self.timeline.as_mut().filter(|_| at == 0) {
                timeline.add(&self.plan, time, cores);
            }
        });
        if let Some((_, traffic)) = &mut self.traffic {
            traffic.observe(record);
        }
    }

    /// The times by each profile, beside the energies by the same.
    pub fn times(&self, energy: &[Energy]) -> Vec<Time> {
        self.clocks.times(energy, self.inference_steps)
    }

    /// The files asked for, as text.
    pub fn files(
        &mut self,
        args: &TimeArgs,
        network: &str,
        energy: &[Energy],
    ) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let mut files = vec![];
        if let (Some(path), Some(csv)) = (&args.time_csv, self.csv.take()) {
            files.push((path.clone(), csv));
        }
        if let (Some(path), Some(timeline)) = (&args.timeline, &self.timeline) {
            files.push((path.clone(), timeline.json().into_bytes()));
        }
        if let Some(path) = &args.waves {
            let profile = &self.profiles[0];
            let engine = self.clocks.first_cycle();
            let changes = engine.map_or(vec![], |engine| engine.take_changes());
            files.push((
                path.clone(),
                waves::vcd(
                    &profile.name,
                    network,
                    &changes,
                    profile.chosen.value(seamount_spec::ChosenKey::CyclePs),
                )
                .into_bytes(),
            ));
        }
        if let (Some(path), Some((machine, traffic))) = (&args.heat_map, &self.traffic) {
            let title = format!(
                "packets of '{network}' on {} in {} steps",
                machine.plan.spec.name, traffic.steps
            );
            files.push((
                path.clone(),
                heat::svg(&title, &traffic.chips(machine), machine.plan.spec.tiles_x).into_bytes(),
            ));
        }
        if let Some(path) = &args.energy_chart {
            files.push((
                path.clone(),
                crate::draw::bars::svg(network, energy).into_bytes(),
            ));
        }
        files
    }
}

fn csv_head() -> String {
    let stages = [
        "compartments_ps",
        "spikes_ps",
        "transit_ps",
        "synapses_ps",
        "learning_ps",
        "barrier_ps",
    ];
    format!(
        "profile,step,duration_ps,last_core,waited_for,mostly,{},link,link_busy_cycles",
        stages.join(",")
    )
}

fn csv_line(profile: &str, time: &StepTime) -> String {
    let c = &time.critical;
    let core = c.core.map_or(String::new(), |core| core.to_string());
    let from = c.from.map_or(String::new(), |from| {
        if from == HOST {
            "host".into()
        } else {
            from.to_string()
        }
    });
    let parts: Vec<String> = Stage::ALL
        .iter()
        .map(|s| c.parts_ps[*s as usize].to_string())
        .collect();
    let link = c.limit.map_or(",".into(), |limit| {
        format!(
            "{},{}",
            seamount_session::quoted(&limit.link.to_string()),
            limit.busy_cycles
        )
    });
    let mostly = c.stage().name().replace(' ', "_");
    format!(
        "{},{},{},{core},{from},{mostly},{},{link}\n",
        seamount_session::quoted(profile),
        time.step,
        time.duration_ps,
        parts.join(",")
    )
}
