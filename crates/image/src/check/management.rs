//! Proof that what is managed exists, and that registers are set to what they hold.

use super::finding::ImageProof;
use crate::management::{ActPlan, Deed, SetPlan};
use std::collections::BTreeSet;

impl ImageProof<'_> {
    /// All schedules and reads.
    pub(super) fn management(&mut self) {
        let image = self.image;
        for (i, schedule) in image.management.schedules.iter().enumerate() {
            let place = format!("management {i}");
            self.need(schedule.period >= 1, &place, || {
                "a period of no steps".into()
            });
            for (k, act) in schedule.acts.iter().enumerate() {
                let place = format!("{place}, act {k}");
                let step = act.step;
                let period = schedule.period;
                self.need(step <= period, &place, || {
                    format!("step {step} is beyond the period of {period} steps")
                });
                self.act(&place, act);
            }
        }
        for read in &image.management.reads {
            self.probe(&read.probe);
        }
    }

    fn act(&mut self, place: &str, act: &ActPlan) {
        let image = self.image;
        let cores = image.cores.len() as u32;
        let ascending = act.cores.windows(2).all(|pair| pair[0] < pair[1]);
        self.need(!act.cores.is_empty() && ascending, place, || {
            "its cores are not named once each, in order".into()
        });
        let beyond = act.cores.last().is_some_and(|last| *last >= cores);
        self.need(!beyond, place, || {
            format!("a core is beyond the {cores} there are")
        });
        let programs = |core: &u32| image.programs.cores.iter().any(|p| p.core == *core);
        let apart = matches!(act.deed, Deed::Set(_) | Deed::Thaw(Some(_)));
        let clash = apart && act.cores.iter().any(programs);
        self.need(!clash, place, || {
            "neurons with programs have no such registers".into()
        });
        let learns = |core: &u32| image.learning.cores.iter().any(|l| l.core == *core);
        let learning = !matches!(act.deed, Deed::Learning(_)) || act.cores.iter().any(learns);
        self.need(learning, place, || "none of its cores learns".into());
        if let Deed::Set(set) = &act.deed {
            self.set(place, act, set);
        }
    }

    fn set(&mut self, place: &str, act: &ActPlan, set: &SetPlan) {
        let population = self.image.populations.get(set.population as usize);
        let part = population.is_some_and(|p| (set.part as usize) < p.compartments.len());
        self.need(part, place, || {
            format!(
                "no compartment {} of population {}",
                set.part, set.population
            )
        });
        let within = set.current_decay.is_none_or(|d| d < 1 << 12)
            && set.voltage_decay.is_none_or(|d| d < 1 << 12)
            && set.threshold_mantissa.is_none_or(|t| t < 1 << 17)
            && set
                .bias_mantissa
                .is_none_or(|b| (-4096..=4095).contains(&b))
            && set.bias_exponent.is_none_or(|e| e <= 7);
        self.need(within, place, || {
            "a value is wider than its register".into()
        });
        if part {
            for core in &act.cores {
                self.own_entries(place, *core, set);
            }
        }
    }

    /// What is set is an entry of a table of the core, so no other compartment may have it.
    fn own_entries(&mut self, place: &str, core: u32, set: &SetPlan) {
        let image = self.image;
        let Some(words) = image.cores.get(core as usize).map(|c| &c.compartments) else {
            return;
        };
        let population = &image.populations[set.population as usize];
        let parts = population.compartments.len();
        let mut own = vec![false; words.len()];
        for slice in population.slices.iter().filter(|s| s.core == core) {
            let first = slice.first_compartment as usize + set.part as usize;
            let compartments = (0..slice.neurons as usize).map(|n| first + n * parts);
            for compartment in compartments {
                // one that does not exist is a finding about the population
                own.get_mut(compartment)
                    .into_iter()
                    .for_each(|own| *own = true);
            }
        }
        let entries = |of: bool| -> (BTreeSet<u16>, BTreeSet<u16>) {
            let chosen = words.iter().zip(&own).filter(|(_, own)| **own == of);
            chosen
                .map(|(word, _)| (word.profile, word.threshold))
                .unzip()
        };
        let ours = entries(true);
        let others = entries(false);
        let apart = ours.0.is_disjoint(&others.0) && ours.1.is_disjoint(&others.1);
        self.need(apart, place, || {
            format!("core {core}: other compartments share the profiles of those that are set")
        });
    }
}
