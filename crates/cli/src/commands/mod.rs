//! The commands, one file each.

pub mod compare;
pub mod compile;
pub mod inspect;
pub mod lab;
pub mod lists;
pub mod mesh;
pub mod microcode;
pub mod run;
pub mod trace;
pub mod validate;
