//! Public on purpose, beside the package `seamount`: rules are what a user writes.
//!
//! The language of learning rules: text, tree, limits, printed text (LE-002, LE-004).
//!
//! `text -> ParsedRule { products } -> text`. A rule says how w, d and t of a synapse change at the
//! end of an epoch, as a sum of products. What this crate does *not* know: traces and their time
//! constants, which synapses learn, how a product is computed and in how many bits.
//!
//! ```
//! let parsed = seamount_rules::parse("2^-2*x1*y0 - x0*(w+4)").unwrap();
//! assert_eq!(parsed.products.len(), 2);
//! assert_eq!(seamount_rules::disassemble(&parsed.products, 0), "2^-2*x1*y0 - (w+4)*x0");
//! ```

mod error;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod tree;

pub use error::RuleError;
pub use parse::{ParsedRule, parse};
pub use text::disassemble;
pub use tree::{Dependency, FACTORS_MAX, Factor, Origin, PRODUCTS_MAX, Product, Variable};
