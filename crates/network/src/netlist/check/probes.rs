//! What can be wrong with recordings of neurons.

use super::*;

impl NetlistCheck<'_> {
    /// All probes.
    pub(super) fn probes(&self) {
        let root = Here::root();
        let mut names = HashSet::new();
        for (i, probe) in self.netlist.probes.iter().enumerate() {
            let place = root.field("probes").at(i).named(&probe.name);
            self.found.unique(place, &probe.name, &mut names);
            self.probe(&place, probe);
        }
    }

    fn probe(&self, place: &Here<'_>, probe: &Probe) {
        self.steps(place, probe.every, probe.start);
        self.register(place, probe);
        match self.names.resolve(&probe.target) {
            Some(target @ Resolved::Compartment(..)) => {
                if let Some(neurons) = &probe.neurons {
                    let place = place.field("neurons");
                    let last = i64::from(self.netlist.size(target)) - 1;
                    self.array(&place, neurons, neurons.as_slice().len() as u64);
                    self.each(&place, neurons.as_slice(), [0, last]);
                }
            }
            Some(Resolved::Input(_)) => {
                let problem = "is an input; its spikes are what the host injects";
                self.found.rule(place.field("target"), problem);
            }
            None => self.unknown_endpoint(place.field("target"), &probe.target),
        }
    }

    /// Which steps are recorded: from 1 on, every one or more.
    pub(super) fn steps(&self, place: &Here<'_>, every: u64, start: u64) {
        for (field, steps) in [("every", every), ("start", start)] {
            // the upper end is that of i64, which no run reaches
            let steps = i64::try_from(steps).unwrap_or(i64::MAX);
            self.range(place.field(field), steps, [1, i64::MAX]);
        }
    }
}
