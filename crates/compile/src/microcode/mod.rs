//! From text to a verified program of a neuron, and the programs that come with the compiler.
//!
//! ```
//! use seamount_compile::microcode::{assemble_text, shipped};
//! let program = assemble_text(".program counter\n.state n\n MOV r0, n\n ADD r0, r0, 1\n RMW _, n, r0").unwrap();
//! assert_eq!(program.verified.instructions_worst, 3);
//! assert!(shipped().iter().any(|p| p.name == "lif"));
//! ```

mod assemble;
mod error;
mod excess;
mod file;
mod include;
mod lines;
mod parse;
mod programs;

pub use assemble::{Assembled, Place, TEXT_NAME, assemble, assemble_text};
pub use error::{AssembleError, Finding};
pub use file::{ProgramFileError, from_json, to_json};
pub use include::Includes;
pub use programs::{Shipped, shipped, shipped_program, shipped_text};
