//! Steps as a timeline in Chrome's trace format, which Perfetto opens. Times are microseconds.

use seamount_spec::Floorplan;
use seamount_timing::{CoreTime, Stage, StepTime};
use std::collections::BTreeSet;

/// Gathers spans of the steps and cores asked for.
#[derive(Debug)]
pub struct Timeline {
    profile: String,
    steps: (u64, u64),
    cores: BTreeSet<u32>,
    begin_ps: u64,
    events: Vec<String>,
}

/// Number of the process that stands for the whole board; chips follow.
const BOARD: u32 = 0;

impl Timeline {
    /// Of these cores in steps `steps.0..=steps.1`.
    pub fn new(
        profile: &str,
        plan: &Floorplan,
        cores: BTreeSet<u32>,
        steps: (u64, u64),
    ) -> Timeline {
        let mut events = vec![
            named(
                "process_name",
                BOARD,
                0,
                &format!("board, time by {profile}"),
            ),
            named("thread_name", BOARD, 0, "steps"),
        ];
        for &core in &cores {
            let at = plan.locations[core as usize];
            let pid = u32::from(at.chip) + 1;
            events.push(named("process_name", pid, 0, &format!("chip {}", at.chip)));
            for (row, what) in ["compartment loop", "packets", "learning"]
                .into_iter()
                .enumerate()
            {
                events.push(named(
                    "thread_name",
                    pid,
                    row_of(core, row),
                    &format!("core {core} (place {}): {what}", at.core),
                ));
            }
        }
        Timeline {
            profile: profile.into(),
            steps,
            cores,
            begin_ps: 0,
            events,
        }
    }

    /// Adds a step; steps follow each other without a gap.
    pub fn add(&mut self, plan: &Floorplan, time: &StepTime, cores: &[CoreTime]) {
        let begin = self.begin_ps;
        if (self.steps.0..=self.steps.1).contains(&time.step) {
            let barrier_ps = time.critical.parts_ps[Stage::Barrier as usize];
            let cause = time.critical.core.map_or(String::new(), |core| {
                format!(
                    ",\"last_core\":{core},\"mostly\":\"{}\"",
                    time.critical.stage().name()
                )
            });
            let link = time.critical.limit.map_or(String::new(), |limit| {
                format!(",\"link\":\"{}\"", limit.link)
            });
            let cause = cause + &link;
            self.span(
                &format!("step {}", time.step),
                BOARD,
                0,
                begin,
                time.duration_ps,
                &cause,
            );
            self.span(
                "barrier",
                BOARD,
                0,
                begin + time.duration_ps - barrier_ps,
                barrier_ps,
                "",
            );
            for core in self.cores.clone() {
                let c = &cores[core as usize];
                let pid = u32::from(plan.locations[core as usize].chip) + 1;
                let loop_args = format!(
                    ",\"update_ps\":{},\"spike_ps\":{},\"blocked_ps\":{}",
                    c.update_ps, c.spike_ps, c.stalled_ps
                );
                self.span(
                    "compartment loop",
                    pid,
                    row_of(core, 0),
                    begin,
                    c.loop_end_ps,
                    &loop_args,
                );
                let span = c.ingress_end_ps.saturating_sub(c.ingress_begin_ps);
                self.span(
                    "packets",
                    pid,
                    row_of(core, 1),
                    begin + c.ingress_begin_ps,
                    span,
                    &format!(",\"work_ps\":{}", c.ingress_ps),
                );
                self.span(
                    "learning",
                    pid,
                    row_of(core, 2),
                    begin + c.end_ps - c.learning_ps,
                    c.learning_ps,
                    "",
                );
            }
        }
        self.begin_ps += time.duration_ps;
    }

    fn span(&mut self, name: &str, pid: u32, tid: u32, begin_ps: u64, ps: u64, args: &str) {
        if ps > 0 {
            self.events.push(format!(
                "{{\"name\":\"{name}\",\"ph\":\"X\",\"pid\":{pid},\"tid\":{tid},\"ts\":{},\"dur\":{},\"args\":{{\"ps\":{ps}{args}}}}}",
                us(begin_ps),
                us(ps)
            ));
        }
    }

    /// The file.
    pub fn json(&self) -> String {
        format!(
            "{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"profile\":{}}},\"traceEvents\":[\n{}\n]}}\n",
            serde_json::Value::from(self.profile.clone()),
            self.events.join(",\n")
        )
    }
}

fn row_of(core: u32, row: usize) -> u32 {
    core * 3 + row as u32 + 1
}

fn named(what: &str, pid: u32, tid: u32, name: &str) -> String {
    let name = serde_json::Value::from(name);
    format!(
        "{{\"name\":\"{what}\",\"ph\":\"M\",\"pid\":{pid},\"tid\":{tid},\"args\":{{\"name\":{name}}}}}"
    )
}

/// Picoseconds as microseconds, exactly.
fn us(ps: u64) -> String {
    format!("{}.{:06}", ps / 1_000_000, ps % 1_000_000)
}
