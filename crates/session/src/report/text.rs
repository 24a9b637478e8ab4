//! The report of a run for people.

use super::{RunReport, RunTarget};
use crate::recordings;
use crate::words::{count, plural, settings, significant};
use std::fmt::{self, Display, Formatter};

impl Display for RunReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)?;
        if let Some(options) = &self.quantise {
            writeln!(f, "quantised with {}", settings(options))?;
        }
        for breach in &self.limits_broken {
            writeln!(f, "beyond the chip: {breach}")?;
        }
        writeln!(f)?;
        self.step_lines(f)?;
        self.count_lines(f)?;
        self.speed_line(f)?;
        self.neurobench_lines(f)?;
        for energy in &self.energy {
            write!(f, "\n{energy}")?;
        }
        for time in &self.time {
            write!(f, "\n{time}")?;
        }
        if let Some(management) = &self.management {
            management.fmt(f)?;
        }
        if !self.probes.is_empty() || !self.files.is_empty() {
            writeln!(f)?;
        }
        for p in &self.probes {
            let summary = recordings::summary(&p.name, p.kind, p.neurons, p.rows, p.sum);
            writeln!(f, "probe {summary}")?;
        }
        for file in &self.files {
            writeln!(f, "wrote {file}")?;
        }
        Ok(())
    }
}

/// One line of the table of counts.
fn line(f: &mut Formatter<'_>, name: &str, value: fmt::Arguments<'_>) -> fmt::Result {
    writeln!(f, "  {name:<22}{value}")
}

impl RunReport {
    fn step_lines(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let s = &self.steps;
        let range = if s.count == 0 {
            String::new()
        } else {
            format!(" ({}..={})", s.before + 1, s.before + s.count)
        };
        // a step in which a core learns is one in which it works
        let busy = s.core_steps_busy + s.core_steps_learning;
        line(
            f,
            "steps",
            format_args!(
                "{}{range}; cores were busy in {} of {} core steps",
                count(s.count),
                count(busy),
                count(busy + s.core_steps_quiet)
            ),
        )
    }

    fn count_lines(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let t = &self.totals;
        let unused = (self.input_events as u64).saturating_sub(t.host_spikes);
        let note = if unused > 0 {
            format!(" ({} more lie outside these steps)", count(unused))
        } else {
            String::new()
        };
        let host_spikes = count(t.host_spikes);
        line(f, "host spikes", format_args!("{host_spikes}{note}"))?;
        line(f, "spikes", format_args!("{}", count(t.spikes)))?;
        line(
            f,
            "synaptic operations",
            format_args!(
                "{} (of {} synapses read)",
                count(t.synaptic_operations),
                count(t.synapse_reads())
            ),
        )?;
        line(
            f,
            "neuron updates",
            format_args!(
                "{}, {} of them active",
                count(t.neuron_updates()),
                count(t.neuron_updates_active)
            ),
        )?;
        line(
            f,
            "packets",
            format_args!(
                "{} sent, {} arrived",
                count(t.packets_out),
                count(t.packets_in)
            ),
        )?;
        line(
            f,
            "hops",
            format_args!(
                "{} west-east, {} north-south, {} between chips",
                count(t.hops_x),
                count(t.hops_y),
                count(t.chip_crossings)
            ),
        )?;
        line(
            f,
            "overflows",
            format_args!(
                "{} of q and {} of u wrapped, {} of v clipped",
                count(t.q_wraps),
                count(t.u_wraps),
                count(t.v_clips)
            ),
        )
    }

    fn speed_line(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let rate = |n: u64| significant(n as f64 / self.wall_s.max(1e-9));
        line(
            f,
            "time",
            format_args!(
                "{:.3} s: {} steps/s, {} synaptic operations/s",
                self.wall_s,
                rate(self.steps.count),
                rate(self.totals.synaptic_operations)
            ),
        )
    }

    fn neurobench_lines(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let n = &self.neurobench;
        let share = |share: Option<f64>| share.map_or("undefined".into(), significant);
        let footprint = plural(n.footprint, "byte");
        let s = &n.synaptic_operations;
        writeln!(
            f,
            "\nNeuroBench's names, totals of this run (means per sample: seamount eval)"
        )?;
        line(
            f,
            "footprint",
            format_args!("{footprint} of synapse memory"),
        )?;
        let sparsity = share(n.connection_sparsity);
        line(f, "connection sparsity", format_args!("{sparsity}"))?;
        let sparsity = share(n.activation_sparsity);
        line(f, "activation sparsity", format_args!("{sparsity}"))?;
        line(
            f,
            "synaptic operations",
            format_args!(
                "{} effective ACs, 0 effective MACs, {} dense",
                count(s.Effective_ACs),
                count(s.Dense)
            ),
        )?;
        let updates = count(n.membrane_updates);
        line(f, "membrane updates", format_args!("{updates}"))
    }
}

impl Display for RunTarget {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let cores = plural(u64::from(self.cores_available), "core");
        let compartments = plural(self.compartments, "compartment");
        writeln!(
            f,
            "network '{}' on board {}: {}",
            self.network, self.board, self.source
        )?;
        writeln!(
            f,
            "{} of {cores}, {compartments}, noise seed {}",
            self.cores, self.seed
        )
    }
}
