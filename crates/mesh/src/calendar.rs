//! What becomes visible in which coming cycle (rule 1), and which routers that touches.

use serde::{Deserialize, Serialize};

/// Cycles the calendar looks ahead at most.
const SLOTS_MAX: usize = 64;

/// A family of sets of nodes, each with a summary so that an empty stretch of 4096 nodes costs one look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NodeSets {
    words_per_set: usize,
    summaries_per_set: usize,
    words: Vec<u64>,
    summaries: Vec<u64>,
}

impl NodeSets {
    /// `sets` empty sets over `nodes` nodes.
    pub(crate) fn new(sets: usize, nodes: usize) -> Self {
        let words_per_set = nodes.div_ceil(64);
        let summaries_per_set = words_per_set.div_ceil(64);
        NodeSets {
            words_per_set,
            summaries_per_set,
            words: vec![0; sets * words_per_set],
            summaries: vec![0; sets * summaries_per_set],
        }
    }

    /// Number of summary words of a set.
    pub(crate) fn summaries(&self) -> usize {
        self.summaries_per_set
    }

    /// Adds `node` to `set`.
    #[inline]
    pub(crate) fn insert(&mut self, set: usize, node: usize) {
        let word = node / 64;
        self.words[set * self.words_per_set + word] |= 1 << (node % 64);
        self.summaries[set * self.summaries_per_set + word / 64] |= 1 << (word % 64);
    }

    /// Empties and returns the summary word.
    #[inline]
    pub(crate) fn take_summary(&mut self, set: usize, summary: usize) -> u64 {
        std::mem::take(&mut self.summaries[set * self.summaries_per_set + summary])
    }

    /// Empties and returns word `word` of `set`; the caller keeps the summary true.
    #[inline]
    pub(crate) fn take_word(&mut self, set: usize, word: usize) -> u64 {
        std::mem::take(&mut self.words[set * self.words_per_set + word])
    }

    /// Sets word `word` of `set`, and its summary if the word is not empty.
    #[inline]
    pub(crate) fn put_word(&mut self, set: usize, word: usize, nodes: u64) {
        self.words[set * self.words_per_set + word] = nodes;
        self.summaries[set * self.summaries_per_set + word / 64] |=
            u64::from(nodes != 0) << (word % 64);
    }

    /// True if no node is in `set`.
    pub(crate) fn is_empty(&self, set: usize) -> bool {
        let from = set * self.summaries_per_set;
        self.summaries[from..from + self.summaries_per_set]
            .iter()
            .all(|&word| word == 0)
    }
}

/// What happens at one router in one cycle, one bit each: at most one flit an input, one credit an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Events(pub(crate) u16);

impl Events {
    /// A flit becomes visible in this input.
    #[inline]
    pub(crate) const fn arrival(input: usize) -> Self {
        Events(1 << input)
    }

    /// A credit becomes visible at this output.
    #[inline]
    pub(crate) const fn credit(output: usize) -> Self {
        Events(1 << (5 + output))
    }

    /// The head at the front of this input may request from now on (rule 8).
    #[inline]
    pub(crate) const fn routed(input: usize) -> Self {
        Events(1 << (10 + input))
    }

    /// A credit becomes visible at the source.
    pub(crate) const SOURCE_CREDIT: Self = Events(1 << 15);

    /// Inputs with an arrival, one bit each.
    #[inline]
    pub(crate) const fn arrivals(self) -> u16 {
        self.0 & 0x1f
    }

    /// Outputs with a credit, one bit each.
    #[inline]
    pub(crate) const fn credits(self) -> u16 {
        self.0 >> 5 & 0x1f
    }

    /// Inputs whose head is routed, one bit each.
    #[inline]
    pub(crate) const fn heads_routed(self) -> u16 {
        self.0 >> 10 & 0x1f
    }

    /// Whether the source gets a credit.
    #[inline]
    pub(crate) const fn source_credit(self) -> bool {
        self.0 >> 15 != 0
    }
}

/// Events of the coming cycles, in a ring of slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calendar {
    slots: usize,
    nodes: usize,
    events: Vec<Events>,
    /// Nodes with an event, one set a slot.
    pub(crate) touched: NodeSets,
}

impl Calendar {
    /// An empty calendar that can hold events up to `ahead` cycles ahead.
    pub(crate) fn new(ahead: usize, nodes: usize) -> Self {
        let slots = (ahead + 1).next_power_of_two();
        debug_assert!(slots <= SLOTS_MAX);
        Calendar {
            slots,
            nodes,
            events: vec![Events::default(); slots * nodes],
            touched: NodeSets::new(slots, nodes),
        }
    }

    /// The slot of a cycle.
    #[inline]
    pub(crate) fn slot(&self, cycle: u64) -> usize {
        (cycle as usize) & (self.slots - 1)
    }

    /// Schedules an event; no event is scheduled twice.
    #[inline]
    pub(crate) fn schedule(&mut self, cycle: u64, node: usize, event: Events) {
        let slot = self.slot(cycle);
        let events = &mut self.events[slot * self.nodes + node];
        debug_assert_eq!(
            events.0 & event.0,
            0,
            "two of {event:?} at node {node} in cycle {cycle}"
        );
        events.0 |= event.0;
        self.touched.insert(slot, node);
    }

    /// Removes and returns the events of a node in a slot.
    #[inline]
    pub(crate) fn take(&mut self, slot: usize, node: usize) -> Events {
        std::mem::take(&mut self.events[slot * self.nodes + node])
    }

    /// First cycle at or after `now` with an event.
    pub(crate) fn first_from(&self, now: u64) -> Option<u64> {
        (now..now + self.slots as u64).find(|&cycle| !self.touched.is_empty(self.slot(cycle)))
    }

    /// Number of scheduled events that `which` keeps at `node`, over all slots.
    pub(crate) fn count(&self, node: usize, which: Events) -> u64 {
        (0..self.slots)
            .filter(|slot| self.events[slot * self.nodes + node].0 & which.0 != 0)
            .count() as u64
    }
}
