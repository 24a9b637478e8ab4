//! `seamount asm`, `disasm`, `programs`

use crate::failure::{Failure, Kind};
use crate::screen;
use clap::Args;
use seamount_microcode::{
    Assembled, Includes, Shipped, assemble, from_json, shipped, shipped_text, to_json,
};
use seamount_microcode::{Parameter, Program, Scope, VerifiedProgram};
use seamount_session::Remedy;
use seamount_session::files::{self, Outputs, same};
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

/// Most bytes of a program's text that are read.
const TEXT_MAX: u64 = 1 << 20;

/// `.include` of files beside the one that is assembled.
struct Beside(PathBuf);

impl Includes for Beside {
    fn text(&self, name: &str) -> Result<String, String> {
        let path = self.0.join(name);
        if !path.is_file() {
            return Err(format!(
                "there is no shipped program or fragment '{name}', and no file {}",
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

/// Assembles a file or a shipped program.
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
    assemble(&file, &text, &Beside(folder)).map_err(|error| {
        let texts = error.findings.iter().map(ToString::to_string);
        Failure::whole(Kind::Input, file, texts)
    })
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
        return screen::print_json(&data(&assembled.verified));
    }
    let mut out = summary(&assembled.verified);
    if args.listing {
        out += &listing(&assembled);
    }
    screen::print(&out)
}

/// Turns an assembled program back into text.
pub fn disasm(args: &DisasmArgs, json: bool) -> Result<(), Failure> {
    expect(&args.file, args.output.as_deref())?;
    let verified = match shipped_name(&args.file) {
        Some(_) => assemble_file(&args.file)?.verified,
        None => from_json(&text(&args.file).map_err(|f| named(f, &args.file))?)
            .map_err(|all| Failure::new(Kind::Input, args.file.display(), all))?,
    };
    let text = verified.program().to_string();
    if let Some(path) = &args.output {
        let mut outputs = Outputs::default();
        outputs.stage(path, |file| file.write_all(text.as_bytes()))?;
        outputs.commit()?;
    }
    match (json, &args.output) {
        (true, _) => screen::print_json(&data(&verified)),
        (false, Some(_)) => screen::print(&summary(&verified)),
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

fn summary(verified: &VerifiedProgram) -> String {
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

fn listing(assembled: &Assembled) -> String {
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

fn data(verified: &VerifiedProgram) -> serde_json::Value {
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
