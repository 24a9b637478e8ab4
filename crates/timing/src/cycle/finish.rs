//! The end of a step of fidelity `cycle`: when, and what made it so late.

use super::Cycle;
use super::runs::CoreRun;
use crate::critical::{Critical, Limit, Stage};
use crate::machine::Machine;
use crate::{CoreTime, StepTime, route};
use seamount_spec::{HOST, StepRecord};

impl Cycle {
    /// Takes the step's times, and makes ready for the next.
    pub(super) fn close(&mut self, machine: &Machine, record: &StepRecord, now: u64) -> StepTime {
        for (time, run) in self.times.iter_mut().zip(&self.runs) {
            *time = core_time(run);
        }
        let swept = self
            .sweeps
            .iter()
            .filter_map(|sweep| sweep.done_at)
            .max()
            .unwrap_or(0)
            * self.seats.cycle_ps;
        let core = (0..self.runs.len())
            .rev()
            .max_by_key(|&i| self.times[i].end_ps);
        let done_ps = core.map_or(0, |core| self.times[core].end_ps);
        let duration_ps = done_ps.max(swept) + self.seats.barrier_ps;
        let mut critical = Critical {
            core: core.map(|core| core as u32),
            from: None,
            limit: None,
            parts_ps: [0; 6],
        };
        if let Some(core) = core {
            critical.from = self.chain(record, core, &mut critical.parts_ps);
            let sender = critical.from.filter(|from| *from != HOST);
            critical.limit = sender.and_then(|from| self.busiest(machine, from, core as u32));
        }
        critical.parts_ps[Stage::Barrier as usize] = duration_ps - done_ps;
        self.begin += duration_ps.div_ceil(self.seats.cycle_ps).max(now + 1);
        StepTime {
            step: record.step,
            duration_ps,
            critical,
        }
    }

    /// The longest chain up to the end of a core: through its loop, or through the packet that it
    /// added last; the packet's sender.
    fn chain(&self, record: &StepRecord, core: usize, parts_ps: &mut [u64; 6]) -> Option<u32> {
        let time = &self.times[core];
        let run = &self.runs[core];
        parts_ps[Stage::Learning as usize] = time.learning_ps;
        let last = run.last.filter(|_| time.ingress_end_ps > time.loop_end_ps);
        let Some(last) = last else {
            parts_ps[Stage::Compartments as usize] = time.update_ps;
            parts_ps[Stage::Spikes as usize] = time.loop_end_ps - time.update_ps;
            return None;
        };
        let (made_ps, updates_ps) = self.made[last.packet as usize];
        parts_ps[Stage::Compartments as usize] = updates_ps;
        parts_ps[Stage::Spikes as usize] = made_ps - updates_ps;
        parts_ps[Stage::Transit as usize] = last.came_ps - made_ps;
        parts_ps[Stage::Synapses as usize] = time.ingress_end_ps - last.came_ps;
        Some(record.packets[last.packet as usize].from)
    }

    /// The busiest link of this step between two cores; the first of equals (ME-038).
    fn busiest(&self, machine: &Machine, from: u32, to: u32) -> Option<Limit> {
        let mut found: Option<Limit> = None;
        let from = self.seats.places[from as usize];
        let to = self.seats.places[to as usize];
        route::links(&machine.plan.spec, from, to, |link, enters| {
            let busy_cycles = match enters {
                Some(enters) => self.link_busy_cycles(&link, enters.tile),
                None => self.flits_of_step(&link),
            };
            if found.is_none_or(|f| busy_cycles > f.busy_cycles) {
                found = Some(Limit { link, busy_cycles });
            }
        });
        found
    }

    /// Flits over an output in this step, of the plane with most.
    fn flits_of_step(&self, link: &route::Link) -> u64 {
        let width = usize::from(self.seats.mesh.config().width);
        let node = usize::from(link.tile.1) * width + usize::from(link.tile.0);
        let planes = self.seats.planes;
        let chip = self
            .seats
            .chips
            .binary_search_by_key(&link.chip, |c| c.place);
        let (Ok(chip), Some(port)) = (chip, link.way.port()) else {
            return 0;
        };
        let of = |net: usize| {
            self.nets[net].link_flits()[node][port as usize]
                - self.flits_before[net][node][port as usize]
        };
        (chip * planes..(chip + 1) * planes)
            .map(of)
            .max()
            .unwrap_or(0)
    }
}

fn core_time(run: &CoreRun) -> CoreTime {
    CoreTime {
        update_ps: run.update_ps,
        spike_ps: run.spike_ps,
        stalled_ps: run.stalled_ps,
        loop_end_ps: run.clock_ps,
        ingress_ps: run.ingress_ps,
        ingress_begin_ps: run.ingress_begin_ps.unwrap_or(0),
        ingress_end_ps: run.ingress_end_ps,
        learning_ps: run.learning_ps,
        end_ps: run.end_ps.unwrap_or(0),
    }
}
