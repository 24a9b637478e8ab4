//! A learning rule on the chip, judged against its meaning in real numbers.
//!
//! `cargo run --release -p seamount-systems --example validate_rule`

use seamount_session::{Failure, FailureKind};
use seamount_study::validate::{read, run};

/// The question: a rule, a network, spikes, and what is tolerated.
const RULE: &str = r#"
[rule]
dw = "2^-4*x1*y0 - 2^-4*y1*x0"
x1 = { impulse = 64, tau = 20 }
y1 = { impulse = 64, tau = 20 }

[network]
sources = 16
targets = 8
weights = [80, 120]
seed = 1

[stimulus]
steps = 600
sources = { rate = 0.02 }
targets = { rate = 0.02 }

[tolerance]
weight_mean = 8
"#;

/// Whether the rule is what it means to be, within a tolerance of the mean error of weights.
fn judged(text: &str) -> Result<bool, Failure> {
    let wrong = |findings| Failure::of(FailureKind::Input, "rule", findings);
    let file = read::read(text).map_err(wrong)?;
    let report = run(&file, 1, seamount_study::Progress::UNSEEN)?;
    println!("{report}");
    Ok(report.passed)
}

/// Runs the example.
///
/// # Errors
/// None here; a rule of your own may have findings.
pub fn main() -> Result<(), Failure> {
    assert!(judged(RULE)?, "the tolerance holds");
    // the control: no weights of 8 bits are those of floats
    assert!(!judged(
        &RULE.replace("weight_mean = 8", "weight_mean = 0")
    )?);
    Ok(())
}
