//! The commands, one file each.

pub mod compile;
pub mod inspect;
pub mod lab;
pub mod lists;
pub mod mesh;
pub mod run;
