//! `seamount asm`, `disasm`, `programs`

use crate::failure::{Failure, Kind};
use crate::screen;
use clap::Args;
use seamount_microcode::{Shipped, shipped, shipped_text, to_json};
use seamount_session::files::{Outputs, same};
use seamount_session::{
    assemble_file, program_data, program_listing, program_summary, read_program,
};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

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

/// Finds out whether the output can be written.
fn expect(file: &Path, output: Option<&Path>) -> Result<(), Failure> {
    if output.is_some_and(|o| same(o, file)) {
        return Err(Failure::new(
            Kind::Usage,
            file.display(),
            ["is both read and written"],
        ));
    }
    Outputs::expect(&output.into_iter().collect::<Vec<_>>())
}

/// Assembles a program; writes it, or says what it is.
pub fn asm(args: &AsmArgs, json: bool) -> Result<(), Failure> {
    expect(&args.file, args.output.as_deref())?;
    let assembled = assemble_file(&args.file)?;
    if let Some(path) = &args.output {
        let mut outputs = Outputs::default();
        outputs.stage(path, |file| {
            file.write_all(to_json(&assembled.verified).as_bytes())
        })?;
        outputs.commit()?;
    }
    if json {
        return screen::print_json(&program_data(&assembled.verified));
    }
    let mut out = program_summary(&assembled.verified);
    if args.listing {
        out += &program_listing(&assembled);
    }
    screen::print(&out)
}

/// Turns an assembled program back into text.
pub fn disasm(args: &DisasmArgs, json: bool) -> Result<(), Failure> {
    expect(&args.file, args.output.as_deref())?;
    let verified = read_program(&args.file)?;
    let text = verified.program().to_string();
    if let Some(path) = &args.output {
        let mut outputs = Outputs::default();
        outputs.stage(path, |file| file.write_all(text.as_bytes()))?;
        outputs.commit()?;
    }
    match (json, &args.output) {
        (true, _) => screen::print_json(&program_data(&verified)),
        (false, Some(_)) => screen::print(&program_summary(&verified)),
        (false, None) => screen::print(&text),
    }
}

/// Lists the shipped programs, or prints one.
pub fn programs(args: &ProgramsArgs, json: bool) -> Result<(), Failure> {
    if let Some(name) = &args.name {
        let text = shipped_text(name).ok_or_else(|| {
            let all: Vec<&str> = shipped().iter().map(|p| p.name).collect();
            Failure::usage(
                "NAME",
                format!("there is no shipped program '{name}'; {}", all.join(", ")),
            )
        })?;
        return if json {
            screen::print_json(&serde_json::json!({"name": name, "text": text}))
        } else {
            screen::print(text)
        };
    }
    if json {
        let one = |p: &Shipped| serde_json::json!({"name": p.name, "summary": p.summary(), "fragment": p.fragment});
        return screen::print_json(&shipped().iter().map(one).collect::<Vec<_>>());
    }
    let mut out = String::from("program             cycles  bytes  what it is\n");
    for program in shipped().iter().filter(|p| !p.fragment) {
        let verified = assemble_file(Path::new(program.name))?.verified;
        let cycles = verified.cycles_worst;
        let bytes = verified.program().neuron_bytes();
        let _ = writeln!(
            out,
            "{:<19}{cycles:>7}{bytes:>7}  {}",
            program.name,
            program.summary()
        );
    }
    out += "\nfragment, to be included\n";
    for fragment in shipped().iter().filter(|p| p.fragment) {
        let _ = writeln!(out, "{:<35}{}", fragment.name, fragment.summary());
    }
    out +=
        "\ncycles: the longest path; bytes: of one neuron. Text of one: seamount programs NAME\n";
    screen::print(&out)
}
