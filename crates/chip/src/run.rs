//! The timeline: one function, [`Worker::step`], is the order of phases of a step (NC-050).
//!
//! A worker has some consecutive cores and does whole steps of them; workers meet once a step, to
//! exchange packets. That the result does not depend on their number rests on three things: sums
//! wrap, so the order in which packets are added is no matter (NC-002); random numbers are
//! functions of what they are for, not of who drew before; and every value that is recorded has its
//! place, whoever writes it. Where a fourth is needed, say a sum of floats, it does not belong
//! here.
//!
//! What this module does *not* know: how a core does its part of a step, and what events cost.

use crate::exchange::{Exchange, Outbox};
use crate::input::SpikeTrain;
use crate::management::{self, within};
use crate::observe::{CoreCounts, Observations};
use crate::program::ChipProgram;
use crate::recorder::Recorder;
use crate::replay::Replays;
use crate::routes::{RouteClass, RouteCost, RoutedPacket, Routes};
use crate::seen::{PartSeen, observations};
use crate::state::ChipState;
use crate::timing_record::TimingRecorder;
use seamount_neurocore::Packets;
use seamount_neurocore::kernel::{Vectors, fired_columns, prefetch_first};
use seamount_neurocore::{CoreProgram, CoreState, step};
use seamount_neurocore::{CoreScratch, StepOutcome};
use seamount_spec::{EventCounts, StepClass};
use std::ops::{Range, RangeInclusive};

/// How a run is carried out; none of it changes a result.
///
/// ```
/// let options = seamount_chip::RunOptions::new().threads(4).recorded();
/// assert!(options.vectors && options.record && !options.per_step);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunOptions {
    /// Threads that share the cores, at least 1.
    pub threads: usize,
    /// Use the vector kernel; off: one compartment at a time.
    pub vectors: bool,
    /// Keep the events of every step.
    pub per_step: bool,
    /// Keep the events of every core in every step, and every packet: what fidelities above
    /// `count` are computed from (ME-031).
    pub record: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        RunOptions {
            threads: 1,
            vectors: true,
            per_step: false,
            record: false,
        }
    }
}

impl RunOptions {
    /// One thread, the vector kernel, nothing kept but counts and recordings.
    pub fn new() -> RunOptions {
        RunOptions::default()
    }

    /// Shares the cores among `threads` threads; 0 is taken as 1.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> RunOptions {
        self.threads = threads.max(1);
        self
    }

    /// Updates one compartment at a time, without the vector kernel.
    #[must_use]
    pub fn scalar(mut self) -> RunOptions {
        self.vectors = false;
        self
    }

    /// Updates with or without the vector kernel, for comparisons of the two.
    #[must_use]
    pub fn vectors(mut self, vectors: bool) -> RunOptions {
        self.vectors = vectors;
        self
    }

    /// Keeps the events of every step.
    #[must_use]
    pub fn per_step(mut self) -> RunOptions {
        self.per_step = true;
        self
    }

    /// Keeps a record of every core in every step and of every packet, which clocks need.
    #[must_use]
    pub fn recorded(mut self) -> RunOptions {
        self.record = true;
        self
    }
}

/// Program, input and options that the workers of a run share.
#[derive(Clone, Copy)]
pub(crate) struct RunJob<'a> {
    pub(crate) program: &'a ChipProgram,
    pub(crate) replays: &'a Replays,
    pub(crate) input: &'a SpikeTrain,
    pub(crate) options: &'a RunOptions,
    pub(crate) sample: u64,
    /// Whether host spikes are counted here: of many ranks one does so.
    pub(crate) counts_host: bool,
}

/// How much of a step is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepPart {
    /// The whole step.
    Whole,
    /// What needs no packets of other ranks: they may still be on their way.
    Free,
    /// What is left of the step when the packets are there.
    Waiting,
}

/// Some consecutive cores and what they are seen to do.
pub(crate) struct Worker<'a> {
    job: RunJob<'a>,
    /// Cores of the chip that this worker steps.
    range: Range<usize>,
    cores: Vec<CoreState>,
    /// Programs of the cores of which management sets registers; empty if there is none.
    set: Vec<Option<Box<CoreProgram>>>,
    /// Packets that act in this step, by core.
    arriving: Vec<Packets>,
    /// Packets that act in the next step, by core.
    leaving: Vec<Packets>,
    /// Packets for cores of other workers, or of other ranks.
    pub(crate) away: Outbox,
    /// Compartments of the core at hand that sent plain spikes in this step.
    plain: Vec<u16>,
    /// Compartments of the core at hand that sent graded spikes in this step, and their payloads.
    graded: Vec<(u16, i32)>,
    /// Columns of one core that fired; memory that is used again.
    columns: Vec<u16>,
    scratch: CoreScratch,
    /// Place of the next host spike in the input.
    next_event: usize,
    recorder: Recorder,
    /// Spikes of a core as bits; memory that is used again.
    packed: Vec<u64>,
    counts: Vec<CoreCounts>,
    host_spikes: u64,
    /// Events of this step, where events are kept by step.
    now: EventCounts,
    per_step: Vec<EventCounts>,
    timing: Option<TimingRecorder>,
}

impl Worker<'_> {
    /// One step of this worker's cores, or a part of it. Packets to other workers' cores are left
    /// in `away`.
    ///
    /// Phases 2 to 4 touch one core only, so each core goes through all three while its rows and
    /// accumulators are in cache. Its spikes are sent at once, as nothing that is sent is read
    /// before the next step.
    pub(crate) fn step(&mut self, t: u64, part: StepPart) {
        let cores = self.cores_of(part);
        // 1 inject: host spikes of the step before arrive at their cores
        self.inject(t, part);
        self.fetch(cores.start);
        for k in cores {
            self.fetch(k + 1);
            // 2 deliver: packets into accumulators
            // 3 update: every compartment, from its accumulator
            // 4 learn: spikes are noted, rules applied in the last step of an epoch
            if self.step_core(k, t) {
                // 5 transport: spikes of this step become packets that arrive in the next
                self.collect(k);
                self.transport(k);
            }
        }
        if part == StepPart::Free {
            return;
        }
        // 6 observe: probes read registers, counts are kept
        self.observe(t);
        // 7 close: what left becomes what arrives
        self.close();
    }

    /// Cores of this worker that are stepped in a part of a step.
    fn cores_of(&self, part: StepPart) -> Range<usize> {
        let all = self.cores.len();
        match part {
            StepPart::Whole => 0..all,
            StepPart::Free => 0..self.job.program.free,
            StepPart::Waiting => self.job.program.free..all,
        }
    }

    /// Lets host spikes of step t - 1 arrive at some of this worker's cores.
    fn inject(&mut self, t: u64, part: StepPart) {
        let cores = self.cores_of(part);
        let mut next = self.next_event;
        let spikes = self.job.input.take(&mut next, t - 1);
        for spike in spikes {
            for packet in self.job.program.inputs.of(spike.source as usize) {
                let local = (packet.core as usize).wrapping_sub(self.range.start);
                if !cores.contains(&local) {
                    continue;
                }
                self.arriving[local].push(packet.port, spike.payload);
                if let Some(timing) = &mut self.timing {
                    timing.host_packet(self.job.program, packet);
                }
            }
        }
        // every worker sees every host spike, as sources have no cores: one of them counts
        if part == StepPart::Free {
            // the cores that wait have these spikes before them
            return;
        }
        self.next_event = next;
        if self.range.start == 0 && self.job.counts_host {
            let count = spikes.len() as u64;
            self.host_spikes += count;
            self.now.host_spikes += count;
        }
    }

    /// Asks for the synapses that core `k` will read first.
    fn fetch(&self, k: usize) {
        if let Some(packets) = self.arriving.get(k) {
            prefetch_first(&self.job.program.cores[self.range.start + k], packets);
        }
    }

    /// Steps core `k` of this worker and counts its events; whether a compartment spiked.
    fn step_core(&mut self, k: usize, t: u64) -> bool {
        let core = self.range.start + k;
        let set = self.set.get(k).and_then(Option::as_deref);
        let program = set.unwrap_or(&self.job.program.cores[core]);
        let draws = self
            .job
            .replays
            .draws(self.job.program, self.job.sample, core, t);
        let packets = &mut self.arriving[k];
        let outcome = step(
            program,
            &mut self.cores[k],
            &mut self.scratch,
            packets,
            t,
            &draws,
            vectors(self.job.options),
        );
        let busy = outcome.fired || !packets.is_empty();
        packets.clear();
        self.count(k, busy, &outcome);
        outcome.fired
    }

    /// Collects the spikes of core `k`, by compartment.
    fn collect(&mut self, k: usize) {
        let program = &self.job.program.cores[self.range.start + k];
        let state = &self.cores[k];
        let count = fired_columns(&state.fired, &mut self.columns);
        let columns = &self.columns[..count];
        let compartment = |column: u16| program.layout.compartment_of[usize::from(column)];
        self.plain.clear();
        self.graded.clear();
        if program.has_payload {
            // plain and graded programs share a core
            for &column in columns {
                match program.graded[usize::from(column)] {
                    false => self.plain.push(compartment(column)),
                    true => {
                        let payload = state.payload[usize::from(column)];
                        self.graded.push((compartment(column), payload));
                    }
                }
            }
        } else if program.layout.is_identity {
            self.plain.extend_from_slice(columns);
        } else {
            self.plain.extend(columns.iter().map(|&c| compartment(c)));
        }
    }

    /// Counts what core `k` did in this step.
    fn count(&mut self, k: usize, busy: bool, outcome: &StepOutcome) {
        let class = match (outcome.learned, busy) {
            (true, _) => StepClass::Learning,
            (false, true) => StepClass::Busy,
            (false, false) => StepClass::Quiet,
        };
        self.counts[k].add(class, outcome.counts);
        if self.job.options.per_step {
            self.now += outcome.counts;
        }
        if let Some(timing) = &mut self.timing {
            timing.core(outcome.counts);
        }
    }

    /// Sends the packets of every compartment of core `k` that fired in this step.
    fn transport(&mut self, k: usize) {
        let routes = &self.job.program.routes[self.range.start + k];
        match routes.only_class() {
            // a record has the packets spike by spike
            Some(class) if self.timing.is_none() => self.send_class(k, routes, class),
            _ => self.send_each(k, routes),
        }
        for i in 0..self.graded.len() {
            let payload = Some(self.graded[i].1);
            self.send(k, routes, self.graded[i].0, payload);
        }
    }

    /// Sends plain spikes that are all of one class, core by core: each queue is found once.
    fn send_class(&mut self, k: usize, routes: &Routes, class: &RouteClass) {
        for &compartment in &self.plain {
            routes.fetch(usize::from(compartment));
        }
        for (packet, &core) in class.cores.iter().enumerate() {
            let port = |&compartment: &u16| routes.port_of(usize::from(compartment), packet);
            let ports = self.plain.iter().map(port);
            let local = (core as usize).wrapping_sub(self.range.start);
            match self.leaving.get_mut(local) {
                Some(queue) => queue.plain.extend(ports),
                None => ports.for_each(|port| self.away.push(RoutedPacket { core, port }, None)),
            }
        }
        self.count_sent(k, class.cost, self.plain.len() as u64);
    }

    /// Sends plain spikes one after another.
    fn send_each(&mut self, k: usize, routes: &Routes) {
        for i in 0..self.plain.len() {
            if let Some(ahead) = self.plain.get(i + PACKETS_AHEAD) {
                routes.fetch(usize::from(*ahead));
            }
            self.send(k, routes, self.plain[i], None);
        }
    }

    /// Sends the packets of one spike of core `k`.
    fn send(&mut self, k: usize, routes: &Routes, compartment: u16, payload: Option<i32>) {
        let source = usize::from(compartment);
        let class = routes.class(source);
        let ports = routes.ports(source, class.cores.len());
        for (&core, &port) in class.cores.iter().zip(ports) {
            let local = (core as usize).wrapping_sub(self.range.start);
            match self.leaving.get_mut(local) {
                Some(queue) => queue.push(port, payload),
                None => self.away.push(RoutedPacket { core, port }, payload),
            }
        }
        if let Some(timing) = &mut self.timing {
            let place = (k as u32, compartment);
            timing.spike(self.job.program, place, routes.of(source), class.cost);
        }
        self.count_sent(k, class.cost, 1);
    }

    /// Counts what so many spikes of core `k` cost on the mesh.
    fn count_sent(&mut self, k: usize, cost: RouteCost, spikes: u64) {
        cost.add_to(&mut self.counts[k].counts[StepClass::Busy as usize], spikes);
        if self.job.options.per_step {
            cost.add_to(&mut self.now, spikes);
        }
    }

    /// Reads the probes that are due in step `t` and keeps what is kept by step.
    fn observe(&mut self, t: u64) {
        self.recorder.record(t, &self.cores, &mut self.packed);
        if self.job.options.per_step {
            self.per_step.push(self.now);
        }
        self.now = EventCounts::default();
        if let Some(timing) = &mut self.timing {
            timing.close();
        }
    }

    /// Makes what left in this step arrive in the next.
    fn close(&mut self) {
        std::mem::swap(&mut self.arriving, &mut self.leaving);
    }

    /// Lets a packet of another rank arrive, by the place of its core and the number of its port.
    #[inline]
    pub(crate) fn arrive(&mut self, core: u32, number: u32, payload: Option<i32>) {
        let port = self.job.program.cores[core as usize].arrival(number);
        self.arriving[core as usize].push(port, payload);
    }

    /// Gives states and packets back, in the order of the workers. Queues are sorted, so that equal
    /// states are equal bits; only here, once a run: within a run their order is no matter.
    pub(crate) fn leave(mut self, state: &mut ChipState) -> PartSeen {
        state.cores.extend(self.cores);
        self.arriving.iter_mut().for_each(Packets::sort);
        state.in_flight.extend(self.arriving);
        PartSeen {
            counts: self.counts,
            host_spikes: self.host_spikes,
            per_step: self.per_step,
            recorded: self.recorder.finish(),
            timing: self.timing,
        }
    }

    /// Does what management does after step `t` to the cores of a part of a step, when all packets
    /// are where they arrive.
    pub(crate) fn manage(&mut self, t: u64, part: StepPart) {
        let program = self.job.program;
        if program.management.is_empty() {
            return;
        }
        let cores = self.cores_of(part);
        let cores = self.range.start + cores.start..self.range.start + cores.end;
        for act in program.management.due(t) {
            for core in within(&act.cores, &cores) {
                let k = core - self.range.start;
                let base = &program.cores[core];
                management::act(base, &mut self.cores[k], &mut self.arriving[k], act.deed);
                if let Some(own) = self.set.get_mut(k).and_then(Option::as_mut) {
                    management::set(program, own, core, act.deed);
                }
            }
        }
    }

    /// Takes the packets for this worker's cores out of another worker's outbox.
    fn receive(&mut self, outbox: &Outbox) {
        for (packet, payload) in outbox.packets() {
            let local = (packet.core as usize).wrapping_sub(self.range.start);
            if let Some(queue) = self.arriving.get_mut(local) {
                queue.push(packet.port, payload);
            }
        }
    }
}

fn vectors(options: &RunOptions) -> Vectors {
    match options.vectors {
        true => Vectors::Widest,
        false => Vectors::Off,
    }
}

/// Number of spikes ahead whose ports are fetched; found by measurement.
const PACKETS_AHEAD: usize = 8;

/// Runs `steps` steps from `state`.
pub(crate) fn run(
    program: &ChipProgram,
    state: &mut ChipState,
    replays: &Replays,
    steps: u64,
    input: &SpikeTrain,
    options: &RunOptions,
) -> Observations {
    let job = RunJob {
        program,
        replays,
        input,
        options,
        sample: state.sample,
        counts_host: true,
    };
    let first = state.t + 1;
    let last = state.t + steps;
    let mut workers = split(job, state);
    if let [worker] = &mut workers[..] {
        for t in first..=last {
            worker.step(t, StepPart::Whole);
            // between steps: the embedded processors act, see `management`
            worker.manage(t, StepPart::Whole);
        }
    } else {
        workers = run_threads(workers, first..=last);
    }
    state.t = last;
    let parts = workers.into_iter().map(|worker| worker.leave(state));
    let parts = parts.collect();
    observations(program, &program.numbers, (first, last), parts)
}

/// Hands the cores to workers by value, in consecutive runs of about equally many compartments.
///
/// By value: a worker owns its states, so that steps take no locks and share no cache lines.
/// Consecutive: populations are placed one after another, so that what is connected is often close,
/// and packets between cores of one worker need no outbox. By compartments: they are what a quiet
/// core costs and are known before the run; packets are not. A worker may get no core, where one
/// core has more than its share.
fn split<'a>(job: RunJob<'a>, state: &mut ChipState) -> Vec<Worker<'a>> {
    let count = state.cores.len();
    let threads = job.options.threads.clamp(1, count.max(1));
    let total = job.program.compartments().max(1);
    let mut workers = vec![];
    let mut start = 0;
    let mut before = 0u64;
    for k in 0..threads {
        let mut end = start;
        while end < count
            && (k + 1 == threads || (before * threads as u64) < total * (k as u64 + 1))
        {
            before += job.program.cores[end].len() as u64;
            end += 1;
        }
        workers.push(worker(job, state, start..end));
        start = end;
    }
    workers
}

/// The worker of the next cores: it takes their states and their packets out of `state`.
pub(crate) fn worker<'a>(
    job: RunJob<'a>,
    state: &mut ChipState,
    range: Range<usize>,
) -> Worker<'a> {
    Worker {
        job,
        cores: state.cores.drain(..range.len()).collect(),
        set: job
            .program
            .management
            .set_cores(job.program, &range, state.t),
        arriving: state.in_flight.drain(..range.len()).collect(),
        leaving: vec![Packets::default(); range.len()],
        away: Outbox::default(),
        plain: vec![],
        graded: vec![],
        columns: vec![],
        scratch: CoreScratch::default(),
        next_event: job.input.seek(state.t),
        recorder: Recorder::new(job.program, range.clone()),
        packed: vec![],
        counts: vec![CoreCounts::default(); range.len()],
        host_spikes: 0,
        now: EventCounts::default(),
        per_step: vec![],
        timing: job
            .options
            .record
            .then(|| TimingRecorder::new(range.clone())),
        range,
    }
}

/// Steps all workers on a thread each; they meet once a step.
fn run_threads(workers: Vec<Worker>, steps: RangeInclusive<u64>) -> Vec<Worker> {
    let exchange = Exchange::new(workers.len());
    std::thread::scope(|scope| {
        let exchange = &exchange;
        let mut handles = vec![];
        for (me, mut worker) in workers.into_iter().enumerate() {
            let steps = steps.clone();
            handles.push(scope.spawn(move || {
                for (round, t) in steps.enumerate() {
                    worker.step(t, StepPart::Whole);
                    exchange.publish(round, me, &mut worker.away);
                    exchange.receive(round, me, |outbox| worker.receive(outbox));
                    worker.manage(t, StepPart::Whole);
                }
                worker
            }));
        }
        handles
            .into_iter()
            .map(|h| h.join().expect("workers do not panic"))
            .collect()
    })
}
