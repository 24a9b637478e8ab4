//! Lists as the proof reads them.

use crate::limits::CORE_SYNAPSES_MAX;
use crate::list;
use crate::model::{CoreImage, Encoding};
use std::collections::BTreeMap;

/// What the check needs to know of one list.
#[derive(Clone, Copy, Default)]
pub(crate) struct ListFacts {
    pub words: u32,
    pub synapses: usize,
    /// Synapses in formats that learn.
    pub learning: usize,
    pub target_max: Option<u32>,
    pub delay_max: u8,
}

/// Lists seen so far, each decoded once; the total work is bounded by the size of the memory.
pub(crate) struct ProvedLists {
    seen: BTreeMap<u64, ListFacts>,
    budget: usize,
}

impl ProvedLists {
    pub fn new(core: &CoreImage) -> Self {
        // lists that are made from a seed have more synapses than memory could hold
        let generated = core
            .synapse_formats
            .iter()
            .any(|f| f.encoding == Encoding::Generated);
        let stored = if generated {
            CORE_SYNAPSES_MAX
        } else {
            core.synapse_memory.len() * 256
        };
        ProvedLists {
            seen: BTreeMap::new(),
            budget: stored.min(CORE_SYNAPSES_MAX),
        }
    }

    pub fn facts(&mut self, core: &CoreImage, start: u64) -> Result<ListFacts, String> {
        if let Some(facts) = self.seen.get(&start) {
            return Ok(*facts);
        }
        let memory = usize::try_from(start)
            .ok()
            .and_then(|s| core.synapse_memory.get(s..));
        let memory = memory.ok_or("starts beyond the synapse memory")?;
        let mut facts = ListFacts::default();
        let mut count = 0;
        let decoded = list::decode(memory, &core.synapse_formats, self.budget, |id, synapse| {
            let format = &core.synapse_formats[usize::from(id) - 1];
            let target = format.target(synapse.index, 0);
            facts.learning += usize::from(format.learn_enable);
            facts.target_max = facts.target_max.max(Some(target));
            facts.delay_max = facts.delay_max.max(synapse.delay);
            count += 1;
        });
        facts.words = decoded.map_err(|e| e.to_string())?;
        facts.synapses = count;
        self.budget -= count;
        self.seen.insert(start, facts);
        Ok(facts)
    }
}
