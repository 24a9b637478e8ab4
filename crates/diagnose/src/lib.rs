//! Internal crate of seamount, without promise of stability.
//!
//! Findings: what is wrong with something a user wrote, all of it at once, each with its place. The
//! errors of the public crates carry [`Finding`]s, which have their name in the package `seamount`.
//!
//! Whoever reads a file or checks a value keeps a [`Findings`] and goes on after each finding, so
//! that a user repairs a file once and not once for each mistake in it. Three ways lead there:
//!
//! - [`Findings`] alone, for checks of typed values: `range`, `length`, `must`, `unknown_name`;
//! - [`Fields`], a reader of the tables of any [`Tree`] (JSON, TOML, groups of HDF5): what is asked
//!   for and absent, of another type or out of range is filed, and so is what nobody asked for;
//! - [`explain`], for values that serde reads: serde stops at the first mistake and names no path,
//!   so where it refuses, the JSON schema of the type is held against the text and every difference
//!   filed.
//!
//! ```
//! use seamount_diagnose::{Findings, Here};
//! let found = Findings::new();
//! let root = Here::root();
//! let populations = root.field("populations");
//! let population = populations.at(3);
//! let place = population.named("hidden");
//! found.range(place.field("current_decay"), 4096, 0..=4095);
//! found.length(place.field("bias_mantissa"), 3, 100);
//! assert_eq!(
//!     found.into_vec().iter().map(ToString::to_string).collect::<Vec<_>>(),
//!     [
//!         "populations[3] 'hidden'.current_decay: 4096 is outside 0..=4095",
//!         "populations[3] 'hidden'.bias_mantissa: has 3 elements, wanted 100",
//!     ]
//! );
//! ```
//!
//! What this crate does *not* know: networks, rules, chips; which file is read, and what happens to
//! a command that has findings.

mod fields;
mod finding;
mod findings;
mod header;
mod json;
mod nearest;
mod place;
mod schema;
mod toml;
mod tree;

pub use fields::{Field, Fields};
pub use finding::{Allowed, Fault, Finding, Refusal};
pub use findings::{Findings, Quantity};
pub use header::FormHeader;
pub use json::{JsonNode, JsonText, by_serde};
pub use nearest::nearest;
pub use place::{Here, Place, Position};
pub use schema::{ALIAS, RANGE, explain, from_json};
pub use toml::{TomlNode, TomlText};
pub use tree::{Member, Tree, View};
