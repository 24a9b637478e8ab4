//! The command line of `validate`.

use clap::Args;
use std::path::PathBuf;

/// Help of `validate`.
pub const HELP: &str = "\
Example: seamount validate examples/rules/pair-stdp.toml --svg pictures

The file is TOML; examples/rules has one of each kind, with comments, and a README.
  [rule]       dw, dd, dt in Lava's text; profile wide or loihi1; epoch; rounding; d_is_tag;
               x_before_impulse; traces x1, x2, y1, y2, y3 = { impulse, tau or k }; reward = { impulse, tau or k }
  [network]    sources, targets, probability, weights (one or [low, high]), sign_mode, weight_bits,
               weight_exponent, delay, seed, neuron = { tau_u, tau_v, threshold, refractory }
  [stimulus]   steps, seed; sources, targets, rewards = { rate } or { every, phase, shift } or { spikes }
  [float]      spikes = \"chip\" (the float rule sees the spikes of the chip's targets: the rule alone is
               compared) or \"own\" (float neurons under float weights: the whole loop is compared)
  [report]     every: steps between rows
  [tolerance]  limits of the verdict; the report names each with its key

Or e-prop with everything on the chip, beside float e-prop whose learning signal is as late:
  [eprop]      task = \"pattern\", \"evidence\", \"cue-tags\" or \"cue-traces\"; seed, sequences, latency (of the
               float side, steps); but for cues rate_recurrent, rate_readout, full (largest weight)
  [tolerance]  as above

Exit codes: 0 within all tolerances; 1 a tolerance is exceeded; 2 the file or the command line is wrong
(all findings on stderr); 4 a result cannot be written.
With --json the report is JSON on stdout; errors are {\"error\": kind, \"findings\": [...]}.";

/// `validate`
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Rule, network, stimulus, tolerances
    #[arg(value_name = "RULE.toml")]
    pub file: PathBuf,
    /// Write the report's tables into this folder: errors, weights, rounding, ablation, verdict
    #[arg(long, value_name = "DIR")]
    pub csv: Option<PathBuf>,
    /// Write the report's pictures into this folder
    #[arg(long, value_name = "DIR")]
    pub svg: Option<PathBuf>,
}
