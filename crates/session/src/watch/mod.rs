//! Whoever watches a run: clocks of every profile, packets over the mesh, files for viewers.
//!
//! A run takes no time by itself. A [`RunWatch`] is shown the record of each piece, keeps what was
//! asked for, and gives it as text in the form of its viewer at the end: a table of steps (CSV), a
//! timeline (Chrome's trace format, which Perfetto opens), signals (VCD), traffic of the routers.
//!
//! It does not know where files are written nor how a picture is drawn, and changes no result.

mod steps;
mod timeline;
mod waves;

use crate::clocks::Clocks;
use crate::energy::Energy;
use crate::failure::Failure;
use crate::series::StepSeries;
use crate::time::Time;
use seamount_chip::ChipProgram;
use seamount_spec::{ChosenKey, Floorplan, Profile, Record};
use seamount_timing::{ChipTraffic, Fidelity, Machine as TimedMachine, Traffic};
use std::collections::BTreeSet;
use timeline::Timeline;

/// What is to be kept of a run's time.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WatchOptions {
    /// How time is computed.
    pub fidelity: Fidelity,
    /// Steps of one inference, whose time and energy are then reported too.
    pub inference_steps: Option<u64>,
    /// Whether the time of every step is kept as CSV.
    pub steps: bool,
    /// Whether a timeline of cores is kept.
    pub timeline: bool,
    /// Whether signals of cores and routers are kept; with fidelity `cycle` only.
    pub waves: bool,
    /// Whether packets are counted at every router and link.
    pub traffic: bool,
    /// Cores of timeline and signals, by their index in the image; all if empty.
    pub traced_cores: Vec<u32>,
    /// First and last step of timeline and signals.
    pub traced_steps: (u64, u64),
}

impl WatchOptions {
    /// Nothing but the time by a fidelity; timeline and signals, if asked for, of steps 1 to 100.
    pub fn new(fidelity: Fidelity) -> WatchOptions {
        WatchOptions {
            fidelity,
            inference_steps: None,
            steps: false,
            timeline: false,
            waves: false,
            traffic: false,
            traced_cores: vec![],
            traced_steps: (1, 100),
        }
    }

    /// Whether a run must keep its record for these.
    pub fn needs_record(&self) -> bool {
        self.fidelity != Fidelity::Count || self.traffic
    }

    /// # Errors
    /// The first wish that the fidelity cannot fulfil, or a core that is not there.
    fn check(&self, cores: u32) -> Result<(), Failure> {
        let no_time = self.fidelity == Fidelity::Count;
        let inference = self.inference_steps.is_some();
        for (asked, option) in [
            (self.steps, "time-csv"),
            (self.timeline, "timeline"),
            (inference, "inference-steps"),
        ] {
            if asked && no_time {
                let problem = "fidelity count knows no time: add --fidelity pipeline or cycle";
                return Err(Failure::option(option, problem));
            }
        }
        if self.waves && self.fidelity != Fidelity::Cycle {
            let problem = "only fidelity cycle has signals: add --fidelity cycle";
            return Err(Failure::option("waves", problem));
        }
        match self.traced_cores.iter().find(|core| **core >= cores) {
            Some(core) => {
                let problem = format!("there is no core {core}: the image has {cores}");
                Err(Failure::option("trace-cores", problem))
            }
            None => Ok(()),
        }
    }
}

/// Everything that is kept of a run's time while it goes on.
#[derive(Debug)]
pub struct RunWatch {
    options: WatchOptions,
    plan: Floorplan,
    profiles: Vec<Profile>,
    clocks: Clocks,
    traffic: Option<(TimedMachine, Traffic)>,
    timeline: Option<Timeline>,
    steps: Option<Vec<u8>>,
    durations: Vec<StepDurations>,
}

/// How long each step of a run took by one profile, picoseconds.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StepDurations {
    /// Name of the profile.
    pub profile: String,
    /// Durations of the steps.
    pub series: StepSeries,
}

/// Packets at the routers and links of a board.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrafficMap {
    /// Name of the board.
    pub board: String,
    /// Steps in which packets were counted.
    pub steps: u64,
    /// Chips, each with its place in the board and the packets of its routers.
    pub chips: Vec<ChipTraffic>,
    /// Routers of a chip in x.
    pub tiles_x: u16,
}

impl RunWatch {
    /// A watch over a run of `program`. Files of one profile are those of the first.
    ///
    /// # Errors
    /// A wish that the fidelity cannot fulfil; a core that the image does not have.
    ///
    /// # Panics
    /// Without any profile.
    pub fn new(
        options: &WatchOptions,
        program: &ChipProgram,
        profiles: &[Profile],
    ) -> Result<RunWatch, Failure> {
        let plan = program.floorplan();
        let all = plan.locations.len() as u32;
        options.check(all)?;
        let cores: BTreeSet<u32> = if options.traced_cores.is_empty() {
            (0..all).collect()
        } else {
            options.traced_cores.iter().copied().collect()
        };
        let traced = options.traced_steps;
        let mut clocks = Clocks::new(program, profiles, options.fidelity);
        let first = profiles.first().expect("at least one profile");
        if options.waves
            && let Some(engine) = clocks.first_cycle()
        {
            engine.watch(cores.clone(), traced);
        }
        let traffic = || {
            let machine = TimedMachine::new(plan.clone(), first);
            let traffic = Traffic::new(&machine);
            (machine, traffic)
        };
        let timeline = || Timeline::new(&first.name, &plan, cores, traced);
        Ok(RunWatch {
            traffic: options.traffic.then(traffic),
            timeline: options.timeline.then(timeline),
            steps: options.steps.then(|| (steps::head() + "\n").into_bytes()),
            options: options.clone(),
            profiles: profiles.to_vec(),
            plan,
            clocks,
            durations: vec![],
        })
    }

    /// The record of a piece of the run.
    pub fn observe(&mut self, record: &Record) {
        if self.durations.is_empty() && self.options.fidelity != Fidelity::Count {
            let durations = |profile: &Profile| StepDurations {
                profile: profile.name.clone(),
                series: StepSeries::new(record.first_step),
            };
            self.durations = self.profiles.iter().map(durations).collect();
        }
        self.clocks.observe(record, &mut |at, time, cores| {
            self.durations[at].series.push(time.duration_ps);
            if let Some(csv) = &mut self.steps {
                csv.extend(steps::line(&self.profiles[at].name, time).bytes());
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
        self.clocks.times(energy, self.options.inference_steps)
    }

    /// How long the steps took by each profile; none with fidelity `count`.
    pub fn durations(&self) -> &[StepDurations] {
        &self.durations
    }

    /// The time of every step by every profile as CSV, if it was asked for.
    pub fn steps_csv(&self) -> Option<&[u8]> {
        self.steps.as_deref()
    }

    /// The timeline in Chrome's trace format, if it was asked for.
    pub fn timeline_json(&self) -> Option<String> {
        self.timeline.as_ref().map(Timeline::json)
    }

    /// The signals as a value change dump, if they were asked for; a second call gives those since
    /// the first. `network` is the name in its head.
    pub fn waves_vcd(&mut self, network: &str) -> Option<String> {
        if !self.options.waves {
            return None;
        }
        let profile = &self.profiles[0];
        let engine = self.clocks.first_cycle();
        let changes = engine.map_or(vec![], |engine| engine.take_changes());
        let cycle_ps = profile.chosen.value(ChosenKey::CyclePs);
        Some(waves::vcd(&profile.name, network, &changes, cycle_ps))
    }

    /// The packets at routers and links, if they were asked for.
    pub fn traffic(&self) -> Option<TrafficMap> {
        let (machine, traffic) = self.traffic.as_ref()?;
        let board = &machine.plan.spec;
        Some(TrafficMap {
            board: board.name.clone(),
            steps: traffic.steps,
            chips: traffic.chips(machine),
            tiles_x: board.tiles_x,
        })
    }
}
