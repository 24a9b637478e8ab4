//! The timeline: one function, `Worker::step`, is the order of phases of a step (NC-050).

use crate::input::SpikeTrain;
use crate::observe::{CoreCounts, Observations, Recorder, merge};
use crate::program::{ChipProgram, Packet};
use crate::recording::{Recording, put_together};
use crate::state::{ChipState, Replays, step_noise};
use crossbeam::utils::{Backoff, CachePadded};
use seamount_neurocore::kernel::prefetch_first;
use seamount_neurocore::learn::Source;
use seamount_neurocore::program::{Graded, Port};
use seamount_neurocore::step::Scratch;
use seamount_neurocore::{CoreState, step};
use seamount_spec::{EventCounts, StepClass};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How a run is carried out; none of it changes a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// The same with the cores shared by `threads` threads; 0 is taken as 1.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> RunOptions {
        self.threads = threads.max(1);
        self
    }

    /// The same one compartment at a time, without the vector kernel.
    #[must_use]
    pub fn scalar(mut self) -> RunOptions {
        self.vectors = false;
        self
    }

    /// The same with the events of every step.
    #[must_use]
    pub fn per_step(mut self) -> RunOptions {
        self.per_step = true;
        self
    }

    /// The same with a record of every core in every step and of every packet, which clocks need.
    #[must_use]
    pub fn recorded(mut self) -> RunOptions {
        self.record = true;
        self
    }
}

/// What a worker needs to know of the run and never changes.
#[derive(Clone, Copy)]
struct Job<'a> {
    program: &'a ChipProgram,
    replay: Replays<'a>,
    input: &'a SpikeTrain,
    options: &'a RunOptions,
    sample: u64,
}

/// Some consecutive cores and what they are seen to do.
struct Worker<'a> {
    job: Job<'a>,
    range: Range<usize>,
    cores: Vec<CoreState>,
    arriving: Vec<Vec<Port>>,
    leaving: Vec<Vec<Port>>,
    graded: GradedQueues,
    fired: Vec<(u32, u16)>,
    columns: Vec<u16>,
    away: Vec<Packet>,
    scratch: Scratch,
    next_event: usize,
    recorder: Recorder<'a>,
    counts: Vec<CoreCounts>,
    host_spikes: u64,
    per_step: Vec<EventCounts>,
    recording: Option<Recording>,
}

impl Worker<'_> {
    /// One step of this worker's cores. Packets to other workers' cores are left in `away`.
    fn step(&mut self, t: u64) {
        let host_spikes = self.inject(t);
        let mut sum = EventCounts {
            host_spikes,
            ..EventCounts::default()
        };
        self.fetch(0);
        for k in 0..self.cores.len() {
            self.fetch(k + 1);
            // 1 deliver, 2 update, 4 learn: they touch this core only
            let core = self.range.start + k;
            let program = &self.job.program.cores[core];
            let noise = step_noise(
                self.job.program,
                self.job.replay.noise,
                self.job.sample,
                core,
                t,
            );
            let draws = Source {
                seed: self.job.program.seed,
                sample: self.job.sample,
                core: core as u64,
                replay: self.job.replay.learning,
            };
            let packets = (&self.arriving[k][..], &self.graded.arriving[k][..]);
            let vectors = self.job.options.vectors;
            let outcome = step(
                program,
                &mut self.cores[k],
                &mut self.scratch,
                packets,
                t,
                &noise,
                &draws,
                vectors,
            );
            let busy = outcome.fired || !packets.0.is_empty() || !packets.1.is_empty();
            self.arriving[k].clear();
            self.graded.arriving[k].clear();
            if outcome.fired {
                let count = fired_columns(&self.cores[k].fired, &mut self.columns);
                let columns = &self.columns[..count];
                let compartment =
                    |&column: &u16| (k as u32, program.layout.compartment_of[usize::from(column)]);
                if program.has_payload {
                    let (graded, plain) = columns
                        .iter()
                        .partition::<Vec<u16>, _>(|c| program.graded[usize::from(**c)]);
                    self.fired.extend(plain.iter().map(compartment));
                    let payload = &self.cores[k].payload;
                    self.graded.fired.extend(
                        graded
                            .iter()
                            .map(|c| (compartment(c), payload[usize::from(*c)])),
                    );
                } else {
                    self.fired.extend(columns.iter().map(compartment));
                }
            }
            let class = if busy {
                StepClass::Busy
            } else {
                StepClass::Quiet
            };
            self.counts[k].add(
                if outcome.learned {
                    StepClass::Learning
                } else {
                    class
                },
                outcome.counts,
            );
            if self.job.options.per_step {
                sum += outcome.counts;
            }
            if let Some(recording) = &mut self.recording {
                recording.core(outcome.counts);
            }
        }
        // 3 transport
        self.transport(&mut sum);
        self.transport_graded(&mut sum);

        // 5 observe
        self.recorder.record(t, &self.cores);
        if self.job.options.per_step {
            self.per_step.push(sum);
        }
        if let Some(recording) = &mut self.recording {
            recording.close();
        }
        // 6 close
        std::mem::swap(&mut self.arriving, &mut self.leaving);
        std::mem::swap(&mut self.graded.arriving, &mut self.graded.leaving);
    }

    /// Asks for the synapses that core `k` will read first.
    fn fetch(&self, k: usize) {
        if let Some(packets) = self.arriving.get(k) {
            prefetch_first(&self.job.program.cores[self.range.start + k], packets);
        }
    }

    /// Host spikes of step t - 1 arrive at this worker's cores.
    fn inject(&mut self, t: u64) -> u64 {
        let events = self.job.input.take(&mut self.next_event, t - 1);
        for &(_, source) in events {
            for packet in self.job.program.inputs.of(source as usize).0 {
                if self.range.contains(&(packet.core as usize)) {
                    self.arriving[packet.core as usize - self.range.start].push(packet.port);
                    if let Some(recording) = &mut self.recording {
                        recording.host_packet(self.job.program, packet);
                    }
                }
            }
        }
        let graded = self
            .job
            .input
            .take_graded(&mut self.graded.next_event, t - 1);
        for &(_, source, payload) in graded {
            for packet in self.job.program.inputs.of(source as usize).0 {
                if self.range.contains(&(packet.core as usize)) {
                    self.graded.arriving[packet.core as usize - self.range.start].push(Graded {
                        port: packet.port,
                        payload,
                    });
                }
            }
        }
        let count = if self.range.start == 0 {
            (events.len() + graded.len()) as u64
        } else {
            0
        };
        self.host_spikes += count;
        count
    }

    /// Sends the packets of every compartment that fired in this step.
    fn transport(&mut self, sum: &mut EventCounts) {
        let routes = &self.job.program.routes[self.range.clone()];
        let source = |spike: &(u32, u16)| (&routes[spike.0 as usize], usize::from(spike.1));
        for (i, spike) in self.fired.iter().enumerate() {
            if let Some((routes, compartment)) = self.fired.get(i + HEADS_AHEAD).map(source) {
                routes.fetch_head(compartment);
            }
            if let Some((routes, compartment)) = self.fired.get(i + PACKETS_AHEAD).map(source) {
                routes.fetch_packets(compartment);
            }
            let (routes, compartment) = source(spike);
            let (packets, cost) = routes.of(compartment);
            if let Some(recording) = &mut self.recording {
                recording.spike(self.job.program, *spike, packets, cost);
            }
            cost.add_to(&mut self.counts[spike.0 as usize].counts[StepClass::Busy as usize]);
            if self.job.options.per_step {
                cost.add_to(sum);
            }
            for &packet in packets {
                let local = (packet.core as usize).wrapping_sub(self.range.start);
                match self.leaving.get_mut(local) {
                    Some(queue) => queue.push(packet.port),
                    None => self.away.push(packet),
                }
            }
        }
        self.fired.clear();
    }

    /// Sends the packets of graded spikes.
    fn transport_graded(&mut self, sum: &mut EventCounts) {
        for ((k, compartment), payload) in self.graded.fired.drain(..) {
            let (packets, cost) =
                self.job.program.routes[self.range.start + k as usize].of(usize::from(compartment));
            cost.add_to(&mut self.counts[k as usize].counts[StepClass::Busy as usize]);
            if self.job.options.per_step {
                cost.add_to(sum);
            }
            for &packet in packets {
                let local = (packet.core as usize).wrapping_sub(self.range.start);
                match self.graded.leaving.get_mut(local) {
                    Some(queue) => queue.push(Graded {
                        port: packet.port,
                        payload,
                    }),
                    None => self.graded.away.push((packet, payload)),
                }
            }
        }
    }

    fn receive(&mut self, outbox: &Outbox) {
        for packet in &outbox.packets {
            let local = (packet.core as usize).wrapping_sub(self.range.start);
            if let Some(queue) = self.arriving.get_mut(local) {
                queue.push(packet.port);
            }
        }
        for (packet, payload) in &outbox.graded {
            let local = (packet.core as usize).wrapping_sub(self.range.start);
            if let Some(queue) = self.graded.arriving.get_mut(local) {
                queue.push(Graded {
                    port: packet.port,
                    payload: *payload,
                });
            }
        }
    }
}

/// Graded spikes of some consecutive cores.
#[derive(Default)]
struct GradedQueues {
    arriving: Vec<Vec<Graded>>,
    leaving: Vec<Vec<Graded>>,
    fired: Vec<((u32, u16), i32)>,
    away: Vec<(Packet, i32)>,
    next_event: usize,
}

/// What a worker sends to others in one step.
#[derive(Default)]
struct Outbox {
    packets: Vec<Packet>,
    graded: Vec<(Packet, i32)>,
}

/// How many spikes ahead the place of their packets is fetched.
const HEADS_AHEAD: usize = 24;
/// How many spikes ahead their packets are fetched.
const PACKETS_AHEAD: usize = 12;

/// The set bits of every byte, ascending, the rest 0.
const BITS_OF: [[u16; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut count) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][count] = bit;
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// Writes the columns whose byte is 1 to the front of `out`, ascending, and returns how many.
/// Eight bytes at a time and without branches: which of them fired cannot be foreseen.
fn fired_columns(fired: &[u8], out: &mut Vec<u16>) -> usize {
    if out.len() < fired.len() + 8 {
        out.resize(fired.len() + 8, 0);
    }
    let (eights, rest) = fired.as_chunks::<8>();
    let mut count = 0;
    for (first, bytes) in (0u16..).step_by(8).zip(eights) {
        let mask = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        out[count..count + 8].copy_from_slice(&BITS_OF[mask as usize].map(|bit| first + bit));
        count += mask.count_ones() as usize;
    }
    for (column, _) in (eights.len() as u16 * 8..)
        .zip(rest)
        .filter(|(_, byte)| **byte != 0)
    {
        out[count] = column;
        count += 1;
    }
    count
}

/// Runs `steps` steps from `state`.
pub(crate) fn run(
    program: &ChipProgram,
    state: &mut ChipState,
    replay: Replays,
    steps: u64,
    input: &SpikeTrain,
    options: &RunOptions,
) -> Observations {
    let job = Job {
        program,
        replay,
        input,
        options,
        sample: state.sample,
    };
    let (first, last) = (state.t + 1, state.t + steps);
    let mut workers = split(job, state);
    if let [worker] = &mut workers[..] {
        (first..=last).for_each(|t| worker.step(t));
    } else {
        workers = run_threads(workers, first..=last);
    }
    state.t = last;
    join(program, state, workers, (first, last))
}

/// Hands the cores to workers by value, in consecutive runs of about equally many compartments.
fn split<'a>(job: Job<'a>, state: &mut ChipState) -> Vec<Worker<'a>> {
    let count = state.cores.len();
    let threads = job.options.threads.clamp(1, count.max(1));
    let total = job.program.compartments().max(1);
    let mut cores = std::mem::take(&mut state.cores).into_iter();
    let mut queues = std::mem::take(&mut state.in_flight).into_iter();
    let mut graded = std::mem::take(&mut state.graded_in_flight).into_iter();
    let (mut workers, mut start, mut before) = (vec![], 0, 0u64);
    for k in 0..threads {
        let mut end = start;
        while end < count
            && (k + 1 == threads || (before * threads as u64) < total * (k as u64 + 1))
        {
            before += job.program.cores[end].len() as u64;
            end += 1;
        }
        let range = start..end;
        workers.push(Worker {
            job,
            cores: cores.by_ref().take(range.len()).collect(),
            arriving: queues.by_ref().take(range.len()).collect(),
            leaving: vec![vec![]; range.len()],
            graded: GradedQueues {
                arriving: graded.by_ref().take(range.len()).collect(),
                leaving: vec![vec![]; range.len()],
                next_event: job.input.seek_graded(state.t),
                ..GradedQueues::default()
            },
            away: vec![],
            fired: vec![],
            columns: vec![],
            scratch: Scratch::default(),
            next_event: job.input.seek(state.t),
            recorder: Recorder::new(job.program, range.clone()),
            counts: vec![CoreCounts::default(); range.len()],
            host_spikes: 0,
            per_step: vec![],
            recording: job.options.record.then(|| Recording::new(range.clone())),
            range,
        });
        start = end;
    }
    workers
}

/// Packets between workers: what each worker sent away, for two steps in turn.
struct Exchange {
    outboxes: [Vec<CachePadded<Mutex<Outbox>>>; 2],
    arrived: CachePadded<AtomicUsize>,
}

impl Exchange {
    fn new(workers: usize) -> Exchange {
        let boxes = || {
            (0..workers)
                .map(|_| CachePadded::new(Mutex::new(Outbox::default())))
                .collect()
        };
        Exchange {
            outboxes: [boxes(), boxes()],
            arrived: CachePadded::new(AtomicUsize::new(0)),
        }
    }

    fn outbox(&self, round: usize, worker: usize) -> std::sync::MutexGuard<'_, Outbox> {
        self.outboxes[round % 2][worker]
            .lock()
            .expect("no worker panics with its outbox open")
    }

    /// Waits until all workers have come to the end of `round`.
    fn wait(&self, round: usize) {
        let wanted = (round + 1) * self.outboxes[0].len();
        self.arrived.fetch_add(1, Ordering::AcqRel);
        let backoff = Backoff::new();
        while self.arrived.load(Ordering::Acquire) < wanted {
            backoff.snooze();
        }
    }
}

fn run_threads(workers: Vec<Worker>, steps: std::ops::RangeInclusive<u64>) -> Vec<Worker> {
    let exchange = Exchange::new(workers.len());
    let all = workers.len();
    std::thread::scope(|scope| {
        let (exchange, steps) = (&exchange, &steps);
        let spawn = |(me, mut worker): (usize, _)| {
            scope.spawn(move || {
                for (round, t) in steps.clone().enumerate() {
                    Worker::step(&mut worker, t);
                    let mut outbox = exchange.outbox(round, me);
                    std::mem::swap(&mut outbox.packets, &mut worker.away);
                    std::mem::swap(&mut outbox.graded, &mut worker.graded.away);
                    drop(outbox);
                    worker.away.clear();
                    worker.graded.away.clear();
                    exchange.wait(round);
                    for other in (0..all).filter(|&other| other != me) {
                        let outbox = exchange.outbox(round, other);
                        worker.receive(&outbox);
                    }
                }
                worker
            })
        };
        let handles: Vec<_> = workers.into_iter().enumerate().map(spawn).collect();
        handles
            .into_iter()
            .map(|h| h.join().expect("workers do not panic"))
            .collect()
    })
}

/// Puts the state together again; queues are sorted, so that equal states are equal bits.
fn join(
    program: &ChipProgram,
    state: &mut ChipState,
    workers: Vec<Worker>,
    steps: (u64, u64),
) -> Observations {
    let (mut recorders, mut counts, mut per_step) = (vec![], vec![], Vec::<EventCounts>::new());
    let (mut host_spikes, mut recorded) = (0, vec![]);
    for worker in workers {
        state.cores.extend(worker.cores);
        state
            .in_flight
            .extend(worker.arriving.into_iter().map(|mut queue| {
                queue.sort_unstable();
                queue
            }));
        state
            .graded_in_flight
            .extend(worker.graded.arriving.into_iter().map(|mut queue| {
                queue.sort_unstable();
                queue
            }));
        recorders.push(worker.recorder);
        counts.extend(worker.counts);
        host_spikes += worker.host_spikes;
        per_step.resize(worker.per_step.len(), EventCounts::default());
        per_step
            .iter_mut()
            .zip(worker.per_step)
            .for_each(|(sum, part)| *sum += part);
        recorded.extend(worker.recording);
    }
    let record = put_together(program, steps.0, recorded);
    Observations {
        steps,
        recordings: merge(program, recorders),
        cores: counts,
        host_spikes,
        per_step,
        record,
    }
}
