//! What a chip does to a rule, each thing by itself: for finding out which of them costs most.

use seamount_network::netlist::DwRounding;

/// Which imperfections are on. The default is none: exact.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Precision {
    /// Traces are whole numbers of this many bits, their decay rounded by chance, clipped at the
    /// top.
    pub trace_bits: Option<u32>,
    /// Decay factors are multiples of 1/4096.
    pub coarse_decay: bool,
    /// Variables stay on their grids: the weight on multiples of this, tags and delays on whole
    /// numbers.
    pub weight_grid: Option<f64>,
    /// How they come there.
    pub rounding: DwRounding,
    /// Products lose their low bits and sums saturate at 16 bits, as in profile `loihi1`.
    pub narrow_products: bool,
    /// Spikes are looked at once an epoch, the last of each only; else in each step.
    pub whole_epochs: bool,
}
