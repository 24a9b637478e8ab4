//! What becomes visible in which coming cycle (rule 1), and which routers that touches.

use serde::{Deserialize, Serialize};

/// Cycles the calendar looks ahead at most.
const SLOTS_MAX: usize = 64;
/// Nodes of a block: a cycle is looked through by blocks.
pub(crate) const BLOCK: usize = 64;

/// Events at one router in one cycle, one bit each: at most one flit an input, one credit an
/// output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Events(u32);

impl Events {
    /// No event.
    pub(crate) const NONE: Self = Events(0);
    /// A credit becomes visible at the source.
    pub(crate) const SOURCE_CREDIT: Self = Events::credit(5);
    /// Nothing becomes visible, but source or router may act on what they have.
    pub(crate) const ACT: Self = Events(1 << 16);

    /// A flit becomes visible in this input.
    #[inline]
    pub(crate) const fn arrival(input: usize) -> Self {
        Events(1 << input)
    }

    /// A credit becomes visible at this output; 5 is the output of the source.
    #[inline]
    pub(crate) const fn credit(output: usize) -> Self {
        Events(1 << (5 + output))
    }

    /// The head at the front of this input may request from now on (rule 8).
    #[inline]
    pub(crate) const fn routed(input: usize) -> Self {
        Events(1 << (11 + input))
    }

    /// Inputs with an arrival, one bit each.
    #[inline]
    pub(crate) const fn arrivals(self) -> u64 {
        (self.0 & 0x1f) as u64
    }

    /// Outputs with a credit, one bit each.
    #[inline]
    pub(crate) const fn credits(self) -> u64 {
        (self.0 >> 5 & 0x1f) as u64
    }

    /// Inputs whose head is routed, one bit each.
    #[inline]
    pub(crate) const fn heads_routed(self) -> u64 {
        (self.0 >> 11 & 0x1f) as u64
    }

    /// Credits for the source: 0 or 1.
    #[inline]
    pub(crate) const fn source_credits(self) -> u16 {
        (self.0 >> 10 & 1) as u16
    }

    /// Whether `which` is among these.
    pub(crate) const fn has(self, which: Events) -> bool {
        self.0 & which.0 != 0
    }
}

/// Events of the coming cycles, in a ring of slots. A node is visited in a cycle if it has an event
/// there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calendar {
    /// Cycles ahead, a power of two.
    slots: usize,
    /// Nodes of a slot, a multiple of [`BLOCK`].
    nodes: usize,
    /// Words of a slot in `touched`.
    words: usize,
    events: Vec<Events>,
    /// Blocks with an event, one bit each; may name a block whose events are all gone.
    touched: Vec<u64>,
}

impl Calendar {
    /// An empty calendar that can hold events up to `ahead` cycles ahead.
    pub(crate) fn new(ahead: usize, nodes: usize) -> Self {
        let slots = (ahead + 1).next_power_of_two();
        debug_assert!(slots <= SLOTS_MAX);
        let nodes = nodes.next_multiple_of(BLOCK);
        let words = (nodes / BLOCK).div_ceil(64);
        Calendar {
            slots,
            nodes,
            words,
            events: vec![Events::NONE; slots * nodes],
            touched: vec![0; slots * words],
        }
    }

    /// The calendar, opened for a cycle's work.
    #[inline]
    pub(crate) fn open(&mut self) -> Pages<'_> {
        Pages {
            mask: self.slots - 1,
            nodes: self.nodes,
            words: self.words,
            events: &mut self.events,
            touched: &mut self.touched,
        }
    }

    /// Schedules an event.
    pub(crate) fn schedule(&mut self, cycle: u64, node: usize, event: Events) {
        self.open().schedule(cycle, node, event);
    }

    /// First cycle at or after `now` with an event.
    pub(crate) fn first_from(&self, now: u64) -> Option<u64> {
        (now..now + self.slots as u64).find(|&cycle| {
            let from = (cycle as usize & (self.slots - 1)) * self.words;
            self.touched[from..from + self.words]
                .iter()
                .any(|&word| word != 0)
        })
    }

    /// Whether `which` is scheduled at `node` in `cycle`.
    pub(crate) fn has(&self, cycle: u64, node: usize, which: Events) -> bool {
        self.events[(cycle as usize & (self.slots - 1)) * self.nodes + node].has(which)
    }

    /// In how many cycles `which` is scheduled at `node`.
    pub(crate) fn count(&self, node: usize, which: Events) -> u64 {
        (0..self.slots)
            .filter(|slot| self.events[slot * self.nodes + node].has(which))
            .count() as u64
    }
}

/// A calendar's parts, each by its own reference.
pub(crate) struct Pages<'a> {
    mask: usize,
    nodes: usize,
    words: usize,
    events: &'a mut [Events],
    touched: &'a mut [u64],
}

impl Pages<'_> {
    /// Words of touched blocks a cycle has.
    #[inline]
    pub(crate) fn words(&self) -> usize {
        self.words
    }

    /// Empties and returns word `word` of a cycle's touched blocks.
    #[inline]
    pub(crate) fn take_touched(&mut self, cycle: u64, word: usize) -> u64 {
        std::mem::take(&mut self.touched[(cycle as usize & self.mask) * self.words + word])
    }

    /// Nodes of a block with events in a cycle, one bit each.
    #[inline]
    pub(crate) fn nodes_of(&self, cycle: u64, block: usize) -> u64 {
        let from = (cycle as usize & self.mask) * self.nodes + block * BLOCK;
        let bit = |(place, events): (usize, &Events)| u64::from(*events != Events::NONE) << place;
        self.events[from..from + BLOCK]
            .iter()
            .enumerate()
            .map(bit)
            .fold(0, |nodes, bit| nodes | bit)
    }

    /// Removes and returns the events of a node in a cycle.
    #[inline]
    pub(crate) fn take(&mut self, cycle: u64, node: usize) -> Events {
        std::mem::take(&mut self.events[(cycle as usize & self.mask) * self.nodes + node])
    }

    /// Schedules an event; none but [`Events::ACT`] is scheduled twice.
    #[inline]
    pub(crate) fn schedule(&mut self, cycle: u64, node: usize, event: Events) {
        let slot = cycle as usize & self.mask;
        let events = &mut self.events[slot * self.nodes + node];
        debug_assert!(
            event == Events::ACT || !events.has(event),
            "two of {event:?} at {node} in {cycle}"
        );
        events.0 |= event.0;
        let block = node / BLOCK;
        let touched = &mut self.touched[slot * self.words + block / 64];
        let bit = 1 << (block % 64);
        // Looked at before it is written: under load it is set already, and a load need not wait
        // for stores.
        if *touched & bit == 0 {
            *touched |= bit;
        }
    }
}
