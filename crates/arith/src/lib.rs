//! Internal crate of seamount, without promise of stability.
//!
//! Words of hardware width: the one place that wraps, saturates, rounds and casts.
//!
//! What this crate does *not* know: what a neuron, a core or a chip is. Every
//! function is total: any input gives a defined output, and no float occurs.
//! Claims (`NC-nnn`) are those of `docs/hardware/neurocore.md`.

pub mod random;
pub mod soma;
pub mod weight;
pub mod word;
