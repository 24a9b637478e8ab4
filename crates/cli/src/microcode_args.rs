//! Flags of `asm`, `disasm` and `programs`.

use clap::Args;
use std::path::PathBuf;

/// `asm`
#[derive(Debug, Args)]
pub struct AsmArgs {
    /// The program's text, or the name of a shipped program
    #[arg(value_name = "FILE.asm|NAME")]
    pub file: PathBuf,
    /// Where to write the assembled program
    #[arg(short, long, value_name = "FILE.json")]
    pub output: Option<PathBuf>,
    /// Show every instruction with its word and the line it comes from
    #[arg(long)]
    pub listing: bool,
}

/// `disasm`
#[derive(Debug, Args)]
pub struct DisasmArgs {
    /// An assembled program, or the name of a shipped program
    #[arg(value_name = "FILE.json|NAME")]
    pub file: PathBuf,
    /// Where to write the text
    #[arg(short, long, value_name = "FILE.asm")]
    pub output: Option<PathBuf>,
}

/// `programs`
#[derive(Debug, Args)]
pub struct ProgramsArgs {
    /// Print the text of this one
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}
