//! Traffic as a picture.

pub mod heat;
