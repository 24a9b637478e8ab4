//! The commands, one file each.

pub mod compare;
pub mod compile;
pub mod convert;
pub mod data;
pub mod eval;
pub mod inspect;
pub mod lab;
pub mod lists;
pub mod manual;
pub mod mesh;
pub mod microcode;
pub mod run;
pub mod trace;
pub mod validate;

use crate::screen;

/// Says on standard error what the compiler warns of.
fn say_warnings(warnings: Vec<String>) {
    for warning in warnings {
        screen::say(&format!("warning: {warning}\n"));
    }
}
