//! Proof that populations lie on compartments that exist, and that probes name what exists.

use super::finding::{ImageProof, short};
use crate::probe::{ImageRegister, ProbePlan};

impl ImageProof<'_> {
    /// Populations must cover their neurons once, on compartments that exist.
    pub(super) fn places(&mut self) {
        let mut taken: Vec<(u32, u64, u64)> = vec![];
        for population in &self.image.populations {
            let place = format!("population '{}'", short(&population.name));
            let parts = population.compartments.len() as u64;
            self.need(parts > 0, &place, || "has no compartments".into());
            let mut next = 0u32;
            for slice in &population.slices {
                let count = self
                    .image
                    .cores
                    .get(slice.core as usize)
                    .map_or(0, |c| c.compartments.len()) as u64;
                let start = u64::from(slice.first_compartment);
                let end = start + u64::from(slice.neurons) * parts;
                let fits = slice.first_neuron == next && slice.neurons > 0 && end <= count;
                self.need(fits, &place, || {
                    format!(
                        "slice at neuron {} does not follow the one before or leaves core {}",
                        slice.first_neuron, slice.core
                    )
                });
                next = next.saturating_add(slice.neurons);
                taken.push((slice.core, start, end));
            }
        }
        taken.sort_unstable();
        for pair in taken.windows(2) {
            let ((core, _, end), (other, start, _)) = (pair[0], pair[1]);
            self.need(core != other || end <= start, "populations", || {
                format!("compartment {start} of core {core} belongs to two neurons")
            });
        }
    }

    pub(super) fn probes(&mut self) {
        for probe in &self.image.probes {
            self.probe(probe);
        }
    }

    /// One recording of neurons.
    pub(super) fn probe(&mut self, probe: &ProbePlan) {
        let place = format!("probe '{}'", short(&probe.name));
        let Some(population) = self.image.populations.get(probe.population as usize) else {
            return self.fail(&place, format!("no population {}", probe.population));
        };
        self.need(
            (probe.part as usize) < population.compartments.len(),
            &place,
            || format!("no compartment {}", probe.part),
        );
        self.need(probe.every >= 1 && probe.start >= 1, &place, || {
            "start and every are at least 1".into()
        });
        self.need(
            !matches!(probe.register, ImageRegister::PostTrace(3..)),
            &place,
            || "post traces are y1, y2, y3".into(),
        );
        let size = population.size();
        self.need(probe.neurons.iter().all(|n| *n < size), &place, || {
            format!("a neuron is beyond the {size} there are")
        });
    }
}
