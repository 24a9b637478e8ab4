//! What can be wrong with learning, the text of the rules apart.

use super::check::{Findings, Problem};
use super::*;
use std::collections::{BTreeMap, HashSet};

impl Findings {
    /// Rules, the projections that use them, and recordings.
    pub(super) fn learning(&mut self, netlist: &Netlist) {
        let mut names = HashSet::new();
        for (i, rule) in netlist.learning_rules.iter().enumerate() {
            let place = format!("learning_rules[{i}] '{}'", rule.name);
            self.unique(&place, &rule.name, &mut names);
            self.learning_rule(&place, netlist, rule);
        }
        for (i, p) in netlist
            .projections
            .iter()
            .enumerate()
            .filter(|(_, p)| p.learning.is_some())
        {
            self.plastic(&format!("projections[{i}] '{}'", p.name), p);
        }
        self.shared_targets(netlist);
        let mut names: HashSet<&str> = netlist.probes.iter().map(|p| p.name.as_str()).collect();
        for (i, probe) in netlist.learning_probes.iter().enumerate() {
            let place = format!("learning_probes[{i}] '{}'", probe.name);
            self.unique(&place, &probe.name, &mut names);
            self.learning_probe(&place, netlist, probe);
        }
    }

    fn learning_rule(&mut self, place: &str, netlist: &Netlist, rule: &LearningRule) {
        self.range(&format!("{place}.epoch"), i64::from(rule.epoch), 1, 63);
        if rule.dw.is_none() && rule.dd.is_none() && rule.dt.is_none() {
            self.rule(place, "has none of dw, dd, dt");
        }
        let traces = [
            ("x1", rule.x1),
            ("x2", rule.x2),
            ("y1", rule.y1),
            ("y2", rule.y2),
            ("y3", rule.y3),
        ];
        for (name, trace) in traces
            .into_iter()
            .filter_map(|(name, trace)| Some((name, trace?)))
        {
            let place = format!("{place}.{name}");
            self.range(
                &format!("{place}.impulse"),
                i64::from(trace.impulse),
                0,
                127,
            );
            self.range(
                &format!("{place}.impulse_fraction"),
                i64::from(trace.impulse_fraction),
                0,
                127,
            );
            match trace.written {
                false => self.decay(&place, trace.tau, trace.k),
                true => self.written(&place, name, trace),
            }
        }
        if rule.x_before_impulse && rule.epoch != 1 {
            self.rule(
                &format!("{place}.x_before_impulse"),
                format!("needs epoch 1, not {}", rule.epoch),
            );
        }
        if rule.graded_pre != GradedPre::Impulse {
            let place = format!("{place}.graded_pre");
            if rule
                .x1
                .is_none_or(|x1| (x1.impulse, x1.impulse_fraction) != (0, 0))
            {
                self.rule(
                    &place,
                    "sets x1 by payloads: x1 must be there, with an impulse of 0",
                );
            }
            if rule.x_before_impulse {
                self.rule(&place, "and x_before_impulse exclude each other");
            }
        }
        let Some(reward) = &rule.reward else { return };
        let place = format!("{place}.reward");
        self.decay(&place, reward.tau, reward.k);
        for (i, source) in reward.sources.iter().enumerate() {
            let place = format!("{place}.sources[{i}]");
            self.range(
                &format!("{place}.impulse"),
                i64::from(source.impulse),
                -64,
                63,
            );
            match netlist.resolve(&source.source) {
                None => self.add(
                    &format!("{place}.source"),
                    Problem::UnknownName(source.source.0.clone()),
                ),
                Some(resolved) => self.spikes(&format!("{place}.source"), netlist, resolved),
            }
        }
    }

    /// A trace that programs write (LE-012).
    fn written(&mut self, place: &str, name: &str, trace: Trace) {
        if name.starts_with('x') {
            self.rule(
                &format!("{place}.written"),
                "programs write y1, y2 and y3 only",
            );
        }
        if trace != Trace::written() {
            self.rule(
                place,
                "a trace that programs write has impulse 0 and neither tau nor k",
            );
        }
    }

    fn decay(&mut self, place: &str, tau: Option<f64>, k: Option<u16>) {
        match (tau, k) {
            (Some(tau), None) if tau > 0.0 && tau.is_finite() => {}
            (Some(tau), None) => {
                self.rule(&format!("{place}.tau"), format!("{tau} is not above 0"))
            }
            (None, Some(k)) => self.range(&format!("{place}.k"), i64::from(k), 0, 4096),
            _ => self.rule(place, "needs exactly one of tau, k and written"),
        }
    }

    /// What a projection that learns must be (NC-028, NC-020).
    fn plastic(&mut self, place: &str, p: &Projection) {
        if p.precision == Precision::Exact {
            self.rule(
                &format!("{place}.precision"),
                "a projection that learns needs a format: weights change within it",
            );
        }
        if p.axons != Axons::Discrete {
            self.rule(
                &format!("{place}.axons"),
                "a projection that learns has discrete axons: others share lists",
            );
        }
        if p.box_synapse {
            self.rule(&format!("{place}.box_synapse"), "box synapses do not learn");
        }
    }

    /// Rules that meet at a target must agree on the epoch, which a core has once, and on the post
    /// traces, which a compartment has once.
    fn shared_targets(&mut self, netlist: &Netlist) {
        let mut epochs: BTreeMap<usize, (&str, u8)> = BTreeMap::new();
        let mut traces: BTreeMap<(usize, usize, usize), (&str, Trace)> = BTreeMap::new();
        for (i, p) in netlist.projections.iter().enumerate() {
            let rule = p
                .learning
                .as_ref()
                .and_then(|name| netlist.learning_rules.iter().find(|r| &r.name == name));
            let (Some(rule), Some(Resolved::Compartment(population, part))) =
                (rule, netlist.resolve(&p.target))
            else {
                continue;
            };
            let place = format!("projections[{i}] '{}'.learning", p.name);
            let (other, epoch) = *epochs.entry(population).or_insert((&rule.name, rule.epoch));
            if epoch != rule.epoch {
                self.rule(
                    &place,
                    format!(
                        "epoch {} of '{}', but {epoch} of '{other}' at the same target",
                        rule.epoch, rule.name
                    ),
                );
            }
            for (y, trace) in rule
                .post()
                .into_iter()
                .enumerate()
                .filter_map(|(y, trace)| Some((y, trace?)))
            {
                let (other, first) = *traces
                    .entry((population, part, y))
                    .or_insert((&rule.name, trace));
                if first != trace {
                    self.rule(
                        &place,
                        format!(
                            "trace y{} of '{}' differs from that of '{other}' at the same target",
                            y + 1,
                            rule.name
                        ),
                    );
                }
            }
        }
    }

    fn learning_probe(&mut self, place: &str, netlist: &Netlist, probe: &LearningProbe) {
        self.range(
            &format!("{place}.every"),
            probe.every.min(1 << 62) as i64,
            1,
            i64::MAX,
        );
        self.range(
            &format!("{place}.start"),
            probe.start.min(1 << 62) as i64,
            1,
            i64::MAX,
        );
        match netlist
            .projections
            .iter()
            .find(|p| p.name == probe.projection)
        {
            None => self.add(
                &format!("{place}.projection"),
                Problem::UnknownName(probe.projection.clone()),
            ),
            Some(p) if p.learning.is_none() => {
                self.rule(&format!("{place}.projection"), "does not learn")
            }
            Some(_) => {
                if let Some(synapses) = &probe.synapses {
                    self.array(
                        &format!("{place}.synapses"),
                        synapses,
                        synapses.as_slice().len() as u64,
                    );
                }
            }
        }
    }
}
