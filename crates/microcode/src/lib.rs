//! Public on purpose, beside the package `seamount`: programs of neurons are what a user writes.
//!
//! Programs of neurons (Loihi 2 class): instructions, their binary form, their text, the assembler,
//! the proof that a program can run, and the programs that come with the house.
//!
//! The published part is the list of instruction classes and sizes (MC-001..MC-007). Widths,
//! operands, encodings and costs are ours (MC-020..MC-037, `docs/hardware/microcode.md`).
//!
//! What this crate does *not* know: networks, images, how many neurons run a program, and how an
//! instruction is computed.
//!
//! ```
//! use seamount_microcode::{assemble_text, shipped};
//! let text = ".program counter\n.state n\n MOV r0, n\n ADD r0, r0, 1\n RMW _, n, r0";
//! let program = assemble_text(text).unwrap();
//! assert_eq!(program.verified.instructions_worst, 3);
//! assert!(shipped().iter().any(|p| p.name == "lif"));
//! ```

mod assemble;
mod error;
mod excess;
mod file;
mod include;
mod instruction;
mod lines;
mod parse;
mod program;
mod shipped;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod verify;
mod word;

pub use assemble::{Assembled, SourcePlace, TEXT_NAME, assemble, assemble_text, shipped_program};
pub use error::AssembleError;
pub use file::{from_json, to_json};
pub use include::Includes;
pub use instruction::{BinaryOp, CompareOp, Condition, Instruction, Operand, Operands, Port, Word};
pub use program::{
    INSTRUCTION_BYTES, INSTRUCTIONS_MAX, NAMES_MAX, Parameter, Program, REGISTERS, Scope,
    SpikeKind, WORD_BYTES, WORD_MAX, WORD_MIN,
};
pub use shipped::{Shipped, shipped, shipped_text};
pub use text::is_reserved;
pub use values::{ParameterFault, ParameterValues};
pub use verify::{FaultReason, ProgramFault, Unread, VerifiedProgram, faults, verify};
pub use word::WordError;
