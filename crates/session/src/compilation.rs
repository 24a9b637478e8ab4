//! What compiling a network came to: use of every limit, synapses, learning rules, placement, what
//! quantising changed; as data and as a page for people.
//!
//! The compiler's own report knows neither the file the image goes to nor what was done before and
//! after it (quantising, placing by packets). Whoever compiles wants all of it in one place.
//!
//! It does not know how the image came about, and it writes no file.

use crate::failure::{Failure, FailureKind};
use crate::files;
use crate::inspect::warnings;
use crate::source::IntegerNetwork;
use crate::traffic::Optimised;
use crate::words::{bar, count, plural};
use seamount_compile::{CompileReport, Compiled, Placement, RuleReport};
use seamount_diagnose::{Fault, by_serde};
use seamount_image::CheckedImage;
use seamount_quantise::QuantiseReport;
use std::fmt;
use std::path::Path;

/// Largest placement that is read, bytes.
const PLACEMENT_BYTES_MAX: u64 = 1 << 28;

/// Reads a placement that was written before, and perhaps edited.
///
/// # Errors
/// A file that cannot be read; JSON that is no placement, with its line and column.
pub fn read_placement(path: &Path) -> Result<Placement, Failure> {
    let text = files::text(path, PLACEMENT_BYTES_MAX)?;
    serde_json::from_str(&text).map_err(|error| {
        let fault = match error.is_data() {
            true => Fault::Rule,
            false => Fault::Syntax,
        };
        let finding = by_serde(&error, fault);
        Failure::of(FailureKind::Input, path.display(), vec![finding])
    })
}

/// The report of a compilation.
#[derive(Debug)]
#[non_exhaustive]
pub struct CompilationReport<'a> {
    /// Name of the network.
    pub network: &'a str,
    /// File that the image was written to; empty if none.
    pub image: String,
    /// Size of the image, bytes; 0 if it was not written.
    pub bytes: u64,
    /// The compiler's own report.
    pub report: &'a CompileReport,
    /// What a placement by packets changed, if one was asked for.
    pub optimised: Option<Optimised>,
    /// What quantising changed, if the network was a float graph.
    pub quantise: Option<&'a QuantiseReport>,
    /// Limits of the chip that are broken, a sentence each.
    pub limits_broken: Vec<String>,
    checked: &'a CheckedImage,
}

impl<'a> CompilationReport<'a> {
    /// The report of a network that was compiled and proved; its image was not written yet.
    pub fn new(
        network: &'a IntegerNetwork,
        compiled: &'a Compiled,
        checked: &'a CheckedImage,
    ) -> CompilationReport<'a> {
        CompilationReport {
            network: &network.netlist.name,
            image: String::new(),
            bytes: 0,
            report: &compiled.report,
            optimised: None,
            quantise: network.quantise.as_ref(),
            limits_broken: compiled.breaches.iter().map(ToString::to_string).collect(),
            checked,
        }
    }

    /// What the compiler warns of in the learning rules, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        warnings(self.checked)
    }

    /// All of it as a tree of JSON.
    pub fn data(&self) -> serde_json::Value {
        serde_json::json!({
            "network": self.network,
            "image": self.image,
            "bytes": self.bytes,
            "fingerprint": format!("{:016x}", self.checked.fingerprint()),
            "report": self.report,
            "optimised": self.optimised,
            "quantise": self.quantise,
            "limits_broken": self.limits_broken,
        })
    }

    fn usage_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let board = self.checked.spec();
        writeln!(
            f,
            "network '{}' on board {}: {} of {}",
            self.network,
            board.name,
            self.report.cores.len(),
            plural(u64::from(board.cores()), "core")
        )?;
        writeln!(f, "  fullest core          used of available")?;
        for usage in self.report.usage_max() {
            writeln!(
                f,
                "  {:<22}{:>7} of {:>7}  {}",
                usage.resource,
                count(usage.used),
                count(usage.available),
                bar(usage.used, usage.available)
            )?;
        }
        Ok(())
    }

    fn synapse_lines(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let synapses = &self.report.synapses;
        let stored = &synapses.stored;
        writeln!(
            f,
            "  synapses              {} written; {} contribute nothing and were dropped; {} rounded \
             to their format",
            count(synapses.written),
            count(synapses.dropped),
            count(synapses.rounded)
        )?;
        writeln!(
            f,
            "  stored                {} sparse, {} run-length, {} dense",
            count(stored.sparse),
            count(stored.run_length),
            count(stored.dense)
        )?;
        if stored.generated > 0 {
            writeln!(
                f,
                "  made from seeds       {} synapses, in no memory",
                count(stored.generated)
            )?;
        }
        let placement = &self.report.placement;
        writeln!(
            f,
            "  placement             {} hops if every output axon fired once (first try {})",
            count(placement.hops),
            count(placement.hops_greedy)
        )
    }
}

/// A learning rule as the chip computes it, and what the compiler warns of.
fn rule_lines(f: &mut fmt::Formatter<'_>, rule: &RuleReport) -> fmt::Result {
    let products = plural(u64::from(rule.products), "product");
    writeln!(f, "  learning rule '{}' ({products}):", rule.name)?;
    for text in &rule.rules {
        writeln!(f, "    {text}")?;
    }
    for warning in &rule.warnings {
        writeln!(f, "    warning: {warning}")?;
    }
    Ok(())
}

/// A page for people.
impl fmt::Display for CompilationReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.usage_lines(f)?;
        self.synapse_lines(f)?;
        if let Some(optimised) = &self.optimised {
            write!(f, "{optimised}")?;
        }
        if let Some(report) = self.quantise {
            writeln!(f, "quantised: {report}")?;
        }
        for rule in &self.report.learning {
            rule_lines(f, rule)?;
        }
        for note in &self.report.notes {
            writeln!(f, "note: {note}")?;
        }
        for breach in &self.limits_broken {
            writeln!(f, "beyond the chip: {breach}")?;
        }
        if self.image.is_empty() {
            return Ok(());
        }
        writeln!(f, "wrote {} ({})", self.image, plural(self.bytes, "byte"))
    }
}
