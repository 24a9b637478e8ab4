//! Time and energy as pictures and as files for viewers.

pub mod bars;
pub mod heat;
pub mod timeline;
pub mod waves;
