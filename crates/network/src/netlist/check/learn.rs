//! What can be wrong with learning, the text of the rules apart.

use super::*;
use std::collections::{BTreeMap, HashMap};

impl NetlistCheck<'_> {
    /// Rules, the projections that use them, and recordings.
    pub(super) fn learning(&self) {
        let root = Here::root();
        let netlist = self.netlist;
        let mut names = HashSet::new();
        for (i, rule) in netlist.learning_rules.iter().enumerate() {
            let place = root.field("learning_rules").at(i).named(&rule.name);
            self.found.unique(place, &rule.name, &mut names);
            self.learning_rule(&place, rule);
        }
        for (i, p) in netlist.projections.iter().enumerate() {
            if p.learning.is_some() {
                self.plastic(&root.field("projections").at(i).named(&p.name), p);
            }
        }
        self.shared_targets();
        // recordings share their names with those of neurons: all go into one file
        let mut names: HashSet<&str> = netlist.probes.iter().map(|p| p.name.as_str()).collect();
        // of projections with one name the first counts
        let projections = netlist.projections.iter().rev();
        let projections = projections.map(|p| (p.name.as_str(), p)).collect();
        for (i, probe) in netlist.learning_probes.iter().enumerate() {
            let place = root.field("learning_probes").at(i).named(&probe.name);
            self.found.unique(place, &probe.name, &mut names);
            self.learning_probe(&place, probe, &projections);
        }
    }

    fn learning_rule(&self, place: &Here<'_>, rule: &LearningRule) {
        self.range(place.field("epoch"), rule.epoch, registers::EPOCH);
        if rule.dw.is_none() && rule.dd.is_none() && rule.dt.is_none() {
            self.found.rule(place, "has none of dw, dd, dt");
        }
        let traces = [
            ("x1", rule.x1),
            ("x2", rule.x2),
            ("y1", rule.y1),
            ("y2", rule.y2),
            ("y3", rule.y3),
        ];
        for (name, trace) in traces {
            if let Some(trace) = trace {
                self.trace(&place.field(name), name, trace);
            }
        }
        if rule.x_before_impulse && rule.epoch != 1 {
            let problem = format!("needs epoch 1, not {}", rule.epoch);
            self.found.rule(place.field("x_before_impulse"), problem);
        }
        self.graded_pre(place.field("graded_pre"), rule);
        if let Some(reward) = &rule.reward {
            self.reward(&place.field("reward"), reward);
        }
    }

    fn trace(&self, place: &Here<'_>, name: &str, trace: Trace) {
        let fraction = trace.impulse_fraction;
        self.range(place.field("impulse"), trace.impulse, registers::IMPULSE);
        self.range(
            place.field("impulse_fraction"),
            fraction,
            registers::IMPULSE,
        );
        if trace.written {
            self.written(place, name, trace);
        } else {
            self.decay(place, trace.tau, trace.k);
        }
    }

    /// A trace that programs write (LE-012).
    fn written(&self, place: &Here<'_>, name: &str, trace: Trace) {
        if name.starts_with('x') {
            let problem = "programs write y1, y2 and y3 only";
            self.found.rule(place.field("written"), problem);
        }
        if trace != Trace::written() {
            let problem = "a trace that programs write has impulse 0 and neither tau nor k";
            self.found.rule(place, problem);
        }
    }

    /// Payloads set x1 (LE-014), so that nothing else may raise it.
    fn graded_pre(&self, place: Here<'_>, rule: &LearningRule) {
        if rule.graded_pre == GradedPre::Impulse {
            return;
        }
        let raised = |x1: Trace| x1.impulse != 0 || x1.impulse_fraction != 0;
        if rule.x1.is_none_or(raised) {
            let problem = "sets x1 by payloads: x1 must be there, with an impulse of 0";
            self.found.rule(place, problem);
        }
        if rule.x_before_impulse {
            self.found
                .rule(place, "and x_before_impulse exclude each other");
        }
    }

    fn reward(&self, place: &Here<'_>, reward: &Reward) {
        self.decay(place, reward.tau, reward.k);
        for (i, source) in reward.sources.iter().enumerate() {
            let place = place.field("sources").at(i);
            let impulse = place.field("impulse");
            self.range(impulse, source.impulse, registers::REWARD_IMPULSE);
            match self.names.resolve(&source.source) {
                None => self.unknown_endpoint(place.field("source"), &source.source),
                Some(resolved) => self.spikes(place.field("source"), resolved),
            }
        }
    }

    fn decay(&self, place: &Here<'_>, tau: Option<f64>, k: Option<u16>) {
        match (tau, k) {
            (Some(tau), None) if tau > 0.0 && tau.is_finite() => {}
            (Some(tau), None) => {
                let problem = format!("{tau} is not above 0");
                self.found.rule(place.field("tau"), problem);
            }
            (None, Some(k)) => self.range(place.field("k"), k, registers::KEEP),
            _ => self
                .found
                .rule(place, "needs exactly one of tau, k and written"),
        }
    }

    /// What a projection that learns must be (NC-028, NC-020).
    fn plastic(&self, place: &Here<'_>, p: &Projection) {
        if p.precision == Precision::Exact {
            let problem = "a projection that learns needs a format: weights change within it";
            self.found.rule(place.field("precision"), problem);
        }
        if p.axons != Axons::Discrete {
            let problem = "a projection that learns has discrete axons: others share lists";
            self.found.rule(place.field("axons"), problem);
        }
        if p.box_synapse {
            let problem = "box synapses do not learn";
            self.found.rule(place.field("box_synapse"), problem);
        }
    }

    /// Rules that meet at a target must agree on the epoch, which a core has once, and on the post
    /// traces, which a compartment has once.
    fn shared_targets(&self) {
        let netlist = self.netlist;
        let root = Here::root();
        let mut epochs: BTreeMap<usize, (&str, u8)> = BTreeMap::new();
        let mut traces: BTreeMap<(usize, usize, usize), (&str, Trace)> = BTreeMap::new();
        // of rules with one name the first counts
        let rules = netlist.learning_rules.iter().rev();
        let rules: HashMap<&String, &LearningRule> = rules.map(|rule| (&rule.name, rule)).collect();
        for (i, p) in netlist.projections.iter().enumerate() {
            let Some(rule) = p.learning.as_ref().and_then(|name| rules.get(name)) else {
                continue;
            };
            let Some(Resolved::Compartment(population, part)) = self.names.resolve(&p.target)
            else {
                continue;
            };
            let place = root.field("projections").at(i).named(&p.name);
            let own = (rule.name.as_str(), rule.epoch);
            let (other, epoch) = *epochs.entry(population).or_insert(own);
            if epoch != rule.epoch {
                let problem = format!(
                    "epoch {} of '{}', but {epoch} of '{other}' at the same target",
                    rule.epoch, rule.name
                );
                self.found.rule(place.field("learning"), problem);
            }
            for (y, trace) in rule.post().into_iter().enumerate() {
                let Some(trace) = trace else { continue };
                let key = (population, part, y);
                let (other, first) = *traces.entry(key).or_insert((&rule.name, trace));
                if first != trace {
                    let problem = format!(
                        "trace y{} of '{}' differs from that of '{other}' at the same target",
                        y + 1,
                        rule.name
                    );
                    self.found.rule(place.field("learning"), problem);
                }
            }
        }
    }

    fn learning_probe(
        &self,
        place: &Here<'_>,
        probe: &LearningProbe,
        projections: &HashMap<&str, &Projection>,
    ) {
        self.steps(place, probe.every, probe.start);
        match projections.get(probe.projection.as_str()) {
            None => {
                let learning = self
                    .netlist
                    .projections
                    .iter()
                    .filter(|p| p.learning.is_some());
                self.found.unknown_name(
                    place.field("projection"),
                    &probe.projection,
                    learning.map(|p| p.name.as_str()),
                );
            }
            Some(p) if p.learning.is_none() => {
                self.found.rule(place.field("projection"), "does not learn");
            }
            Some(_) => {
                if let Some(synapses) = &probe.synapses {
                    let count = synapses.as_slice().len() as u64;
                    self.array(&place.field("synapses"), synapses, count);
                }
            }
        }
    }
}
