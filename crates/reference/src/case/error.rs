//! Why a case cannot be run.

use seamount_diagnose::Finding;
use thiserror::Error;

/// Why a case cannot be run. `Findings` lists everything found, not just the first.
#[derive(Debug, Error)]
pub enum CaseError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// JSON, but not a case. Places are paths in the file: `params.tau_m`, `weights.w_in[3]`.
    #[error("{} finding(s):\n{}", .0.len(), lines(.0))]
    Findings(Vec<Finding>),
}

impl CaseError {
    /// The findings; empty when the text is not JSON at all.
    pub fn findings(&self) -> &[Finding] {
        match self {
            CaseError::Syntax(_) => &[],
            CaseError::Findings(findings) => findings,
        }
    }
}

fn lines(findings: &[Finding]) -> String {
    let indented: Vec<String> = findings.iter().map(|f| format!("  {f}")).collect();
    indented.join("\n")
}
