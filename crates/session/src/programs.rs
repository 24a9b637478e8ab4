//! Programs of neurons in files: assembled, read, described.
//!
//! The language itself is in the crate `microcode`. Here a program is a file, or the name of one
//! that is shipped, and what is wrong with it is a [`Failure`] like that of any other file.
//!
//! It does not know where a description is shown.

use crate::failure::{Failure, FailureKind, Remedy};
use crate::files;
use seamount_microcode::{
    Assembled, Includes, Parameter, Program, Scope, Shipped, VerifiedProgram, assemble, from_json,
    shipped, to_json,
};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Most bytes of a program's text that are read.
const TEXT_MAX: u64 = 1 << 20;

/// `.include` of files beside the one that is assembled.
struct FolderIncludes(PathBuf);

impl Includes for FolderIncludes {
    fn text(&self, name: &str) -> Result<String, String> {
        let path = self.0.join(name);
        if !path.is_file() {
            return Err(format!(
                "there is no shipped program or fragment '{name}', and no file {}",
                path.display()
            ));
        }
        // A link may lead anywhere, and lines of what it leads to would appear in findings.
        let folder = self.0.join(".").canonicalize();
        if !matches!((path.canonicalize(), folder), (Ok(file), Ok(of)) if file.starts_with(&of)) {
            return Err(format!(
                "{} leaves the folder of the program",
                path.display()
            ));
        }
        text(&path).map_err(|failure| failure.lines().join("; "))
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    files::text(path, TEXT_MAX)
}

/// Name of a shipped program, if a path is one and no file.
fn shipped_name(path: &Path) -> Option<&'static Shipped> {
    let name = path.to_str()?;
    shipped()
        .iter()
        .find(|p| p.name == name)
        .filter(|_| !path.exists())
}

/// Says where names come from, if this is neither a file nor one of them.
fn named(failure: Failure, path: &Path) -> Failure {
    if path.exists() {
        failure
    } else {
        failure.with_remedy(Remedy::ListPrograms)
    }
}

/// Assembles the program in a file, or the shipped program of that name where there is no such
/// file. What it includes is looked for among the shipped ones and beside the file.
///
/// # Errors
/// A file that cannot be read; every finding of the assembler and the verifier, with its place.
pub fn assemble_file(path: &Path) -> Result<Assembled, Failure> {
    let (file, text, folder) = match shipped_name(path) {
        Some(Shipped { fragment: true, .. }) => {
            return Err(Failure::input(
                path,
                "is a fragment: programs include it, it is none itself",
            ));
        }
        Some(shipped) => (
            shipped.name.to_string(),
            shipped.text.to_string(),
            PathBuf::new(),
        ),
        None => (
            path.display().to_string(),
            text(path).map_err(|f| named(f, path))?,
            path.parent().unwrap_or(Path::new("")).to_path_buf(),
        ),
    };
    assemble(&file, &text, &FolderIncludes(folder))
        .map_err(|error| Failure::of(FailureKind::Input, file, error.findings))
}

/// Reads an assembled program (JSON) and verifies it, or assembles the shipped one of that name.
///
/// # Errors
/// A file that cannot be read; everything that is wrong with the program in it.
pub fn read_program(path: &Path) -> Result<VerifiedProgram, Failure> {
    if shipped_name(path).is_some() {
        return Ok(assemble_file(path)?.verified);
    }
    let text = text(path).map_err(|failure| named(failure, path))?;
    from_json(&text).map_err(|found| Failure::of(FailureKind::Input, path.display(), found))
}

fn yes(flags: &[bool], names: [&str; 3]) -> String {
    let named: Vec<&str> = flags
        .iter()
        .zip(names)
        .filter(|(f, _)| **f)
        .map(|(_, n)| n)
        .collect();
    if named.is_empty() {
        "none".into()
    } else {
        named.join(", ")
    }
}

fn parameter(p: &Parameter) -> String {
    let scope = if p.scope == Scope::Neuron {
        " of each neuron"
    } else {
        ""
    };
    let default = p
        .default
        .map_or("no default".into(), |d| format!("default {d}"));
    format!("{}{scope} ({default})", p.name)
}

/// What a program takes and gives, in words.
pub fn program_summary(verified: &VerifiedProgram) -> String {
    let program = verified.program();
    let list = |names: Vec<String>| {
        if names.is_empty() {
            "none".into()
        } else {
            names.join(", ")
        }
    };
    let mut out = format!(
        "program {}: {} instructions\n",
        program.name,
        program.instructions.len()
    );
    let i = verified.instructions_worst;
    let m = verified.memory_accesses_worst;
    let _ = writeln!(
        out,
        "  longest path   {} cycles ({i} instructions, {m} accesses of memory)",
        verified.cycles_worst
    );
    let spike = if verified.may_spike {
        program.spike.name()
    } else {
        "never"
    };
    let _ = writeln!(out, "  spikes         {spike}");
    let _ = writeln!(out, "  state words    {}", list(program.states.clone()));
    let parameters: Vec<String> = program.parameters.iter().map(parameter).collect();
    let _ = writeln!(
        out,
        "  parameters     {}",
        if parameters.is_empty() {
            "none".into()
        } else {
            parameters.join("\n                 ")
        }
    );
    let _ = writeln!(out, "  probes         {}", list(program.probes.clone()));
    let _ = writeln!(
        out,
        "  ports read     {}",
        yes(&verified.reads_port, ["0", "1", ""])
    );
    let _ = writeln!(
        out,
        "  traces written {}",
        yes(&verified.writes_trace, ["y1", "y2", "y3"])
    );
    let _ = writeln!(
        out,
        "  memory         {} bytes a neuron, {} bytes of instructions",
        program.neuron_bytes(),
        program.bytes()
    );
    out
}

/// Every instruction with its word and the line it was written in.
pub fn program_listing(assembled: &Assembled) -> String {
    let program: &Program = assembled.verified.program();
    let mut out =
        String::from("\n  #  word                instruction                       line\n");
    for (at, (instruction, place)) in program
        .instructions
        .iter()
        .zip(&assembled.places)
        .enumerate()
    {
        let word = instruction.encode().unwrap_or(0);
        let _ = writeln!(
            out,
            "{at:>3}  {word:#018x}  {:<32}  {}:{}",
            instruction.text(program),
            place.file,
            place.line
        );
    }
    out
}

/// A program, and what it takes at most, as a tree of JSON.
pub fn program_data(verified: &VerifiedProgram) -> serde_json::Value {
    let program = verified.program();
    let form: serde_json::Value = serde_json::from_str(&to_json(verified)).unwrap_or_default();
    serde_json::json!({
        "program": form,
        "cycles_worst": verified.cycles_worst,
        "instructions_worst": verified.instructions_worst,
        "memory_accesses_worst": verified.memory_accesses_worst,
        "reads_port": verified.reads_port,
        "writes_trace": verified.writes_trace,
        "may_spike": verified.may_spike,
        "neuron_bytes": program.neuron_bytes(),
        "program_bytes": program.bytes(),
        "instructions": program.instructions.iter().map(|i| i.text(program)).collect::<Vec<_>>(),
    })
}
