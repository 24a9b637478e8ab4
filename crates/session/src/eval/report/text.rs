//! The report of an evaluation for people.

use super::{Accuracy, EvalReport, SampleMetrics, SampleSpread};
use crate::words::{count, duration, energy, plural, significant};
use std::fmt::{self, Display, Formatter};

/// Most classes whose table of answers is printed; JSON has all.
const CLASSES_MAX: usize = 20;

impl Display for EvalReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.target.fmt(f)?;
        for breach in &self.limits_broken {
            writeln!(f, "beyond the chip: {breach}")?;
        }
        let s = &self.samples;
        writeln!(
            f,
            "{} of {} ({} from sample {}), {} each; encode {}, decode {} of {}\n",
            plural(s.count, "sample"),
            s.dataset,
            count(s.available),
            count(s.first),
            plural(s.steps, "step"),
            s.encode,
            s.decode,
            s.output
        )?;
        match &self.accuracy {
            Some(accuracy) => accuracy.fmt(f)?,
            None => writeln!(f, "no labels, so no accuracy")?,
        }
        self.neurobench.fmt(f)?;
        self.spread_lines(f)?;
        for file in &self.files {
            writeln!(f, "wrote {file}")?;
        }
        let wall = &self.wall;
        let fresh = s.count - wall.resumed;
        if wall.resumed > 0 {
            writeln!(f, "{} were done before", plural(wall.resumed, "sample"))?;
        }
        writeln!(
            f,
            "{} in {:.3} s on {}: {} a second",
            plural(fresh, "sample"),
            wall.seconds,
            plural(wall.threads as u64, "thread"),
            significant(wall.samples_per_second)
        )
    }
}

impl Display for Accuracy {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "accuracy {:.2} % ({} of {})",
            self.accuracy * 100.0,
            count(self.right),
            count(self.samples)
        )?;
        if self.unanswered > 0 {
            writeln!(f, "{} had no answer", plural(self.unanswered, "sample"))?;
        }
        if self.tied > 0 {
            let tied = plural(self.tied, "sample");
            writeln!(f, "{tied} had several equal outputs: the first one answers")?;
        }
        let classes = self.confusion.len();
        if classes > CLASSES_MAX {
            return Ok(());
        }
        let widest = self.confusion.iter().flatten().max().copied().unwrap_or(0);
        let width = widest.to_string().len().max(classes.to_string().len()) + 2;
        write!(f, "label \\ answer")?;
        for class in 0..classes {
            write!(f, "{class:>width$}")?;
        }
        if self.unanswered > 0 {
            write!(f, "{:>width$}", "none")?;
        }
        writeln!(f)?;
        for (label, row) in self.confusion.iter().enumerate() {
            write!(f, "{label:>14}")?;
            let columns = if self.unanswered > 0 {
                classes + 1
            } else {
                classes
            };
            for number in &row[..columns] {
                write!(f, "{number:>width$}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl Display for SampleMetrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let share = |share: Option<f64>| share.map_or("undefined".into(), significant);
        let number = |n: Option<f64>| n.map_or("unknown".into(), |n| format!("{n:.1}"));
        let operations = &self.SynapticOperations;
        writeln!(f, "\nNeuroBench, means per sample")?;
        writeln!(
            f,
            "  Footprint           {} bytes of synapse memory",
            count(self.Footprint)
        )?;
        writeln!(
            f,
            "  ConnectionSparsity  {}",
            share(self.ConnectionSparsity)
        )?;
        writeln!(
            f,
            "  ActivationSparsity  {}",
            share(self.ActivationSparsity)
        )?;
        writeln!(
            f,
            "  SynapticOperations  Effective_ACs {}, Effective_MACs {}, Dense {:.1}",
            number(operations.Effective_ACs),
            number(operations.Effective_MACs),
            operations.Dense
        )
    }
}

/// A line of the table of spreads.
fn line(
    f: &mut Formatter<'_>,
    name: &str,
    spread: &SampleSpread,
    word: impl Fn(f64) -> String,
) -> fmt::Result {
    let numbers = [
        spread.mean,
        spread.sd,
        spread.min as f64,
        spread.p5,
        spread.median,
        spread.p95,
        spread.max as f64,
    ];
    write!(f, "  {name:<26}")?;
    for number in numbers {
        write!(f, "{:>12}", word(number))?;
    }
    writeln!(f)
}

impl EvalReport {
    fn spread_lines(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\n{:<28}", "per sample")?;
        for head in ["mean", "sd", "min", "p5", "median", "p95", "max"] {
            write!(f, "{head:>12}")?;
        }
        writeln!(f)?;
        for event in &self.events {
            line(f, &event.event.replace('_', " "), &event.each, significant)?;
        }
        for e in &self.energy {
            let name = format!("energy by {}", e.profile);
            match &e.each_fj {
                Some(each) => line(f, &name, each, energy)?,
                None => writeln!(f, "  {name:<26}{:>12}", "unknown")?,
            }
            if !e.unknown.is_empty() {
                let unknown = e.unknown.join(", ");
                writeln!(f, "    not in it, as the source gives no energy: {unknown}")?;
            }
        }
        for time in &self.time {
            let name = format!("latency by {}", time.profile);
            line(f, &name, &time.each_ps, duration)?;
        }
        if self.time.is_empty() {
            writeln!(f, "  latency: not asked for (fidelity pipeline or cycle)")?;
        }
        writeln!(f)
    }
}
