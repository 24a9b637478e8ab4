//! What the registers behind a netlist hold: smallest and largest integer of each.
//!
//! The check of a netlist uses them, and so do the explanations of JSON that has no such integers
//! at all. In the schema they are `x-range`, and `minimum` and `maximum` where it is published.

/// Smallest and largest integer of a register, both included.
pub(crate) type Range = [i64; 2];

/// Neurons of a population, sources of an input.
pub(crate) const SIZE: Range = [1, u32::MAX as i64];
/// n of v_min = -(2^n) + 1 (NC-003).
pub(crate) const V_MIN_EXPONENT: Range = [0, 23];
/// m of v_max = 2^(9+2m) - 1 (NC-003).
pub(crate) const V_MAX_EXPONENT: Range = [0, 7];
/// Exponent of the noise (NC-016).
pub(crate) const NOISE_EXPONENT: Range = [0, 23];
/// Mantissa of the noise (NC-016).
pub(crate) const NOISE_MANTISSA: Range = [-64, 63];
/// Bits of the synaptic delay (NC-026).
pub(crate) const DELAY_BITS: Range = [3, 6];
/// Decay registers of u and v (NC-007).
pub(crate) const DECAY: Range = [0, 4095];
/// Mantissa of the bias, 13 bit signed (NC-006).
pub(crate) const BIAS_MANTISSA: Range = [-4096, 4095];
/// Exponent of the bias (NC-006).
pub(crate) const BIAS_EXPONENT: Range = [0, 7];
/// Mantissa of the threshold, 17 bit unsigned (NC-005).
pub(crate) const THRESHOLD_MANTISSA: Range = [0, (1 << 17) - 1];
/// Refractory steps (NC-008).
pub(crate) const REFRACTORY_STEPS: Range = [1, 63];
/// Words of state: u (NC-001), and state and constants of programs (MC-001), 24 bit signed.
pub(crate) const STATE: Range = [-(1 << 23), (1 << 23) - 1];
/// Weights of the widest format (NC-020); those of one sign hold a part of it.
pub(crate) const WEIGHT: Range = [-256, 255];
/// e of contribution = weight * 2^(6+e) (NC-021).
pub(crate) const WEIGHT_EXPONENT: Range = [-8, 7];
/// Synaptic delay in steps (NC-026).
pub(crate) const DELAY: Range = [0, 62];
/// Atoms of a population axon: 9 bits (NC-028).
pub(crate) const ATOM: Range = [0, 511];
/// Values that the stack between compartments holds (NC-040; the depth is our choice).
pub(crate) const STACK_DEPTH: Range = [0, 4];
/// Probability of a generated synapse in 1/65536 (MC-038).
pub(crate) const CHANCE: Range = [1, 65_536];
/// Accumulators of a neuron with a program (MC-001).
pub(crate) const PORTS: Range = [1, 2];
/// Steps of a learning epoch (LE-009).
pub(crate) const EPOCH: Range = [1, 63];
/// Impulse of a trace, 7 bit unsigned, and its fraction (LE-001).
pub(crate) const IMPULSE: Range = [0, 127];
/// What a step leaves of a trace, in 1/4096 (LE-001).
pub(crate) const KEEP: Range = [0, 4096];
/// Impulse of a reward spike, 7 bit signed (LE-011).
pub(crate) const REWARD_IMPULSE: Range = [-64, 63];
/// Steps of a period of management: a run has no more.
pub(crate) const PERIOD: Range = [1, i64::MAX];
/// Step within a period of management; the period itself is the upper end.
pub(crate) const PERIOD_STEP: Range = [0, i64::MAX];
/// Updates of four compartments each a core and step: 8,192 compartments at most (MC-038).
pub(crate) const UPDATES: Range = [1, 2048];
