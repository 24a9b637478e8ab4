//! Learning of a network: its rules, what may share a core, memory, and its part of the image.

pub(crate) mod emit;
pub(crate) mod encode;
pub(crate) mod population;
pub(crate) mod rule;
