//! Internal crate of seamount, without promise of stability.
//!
//! The command `seamount`: compile, inspect, run, lab, mesh, bench, demo. It is a library so that a
//! command which runs a network elsewhere, on ranks, has the same options, files and reports.
//!
//! What this program does *not* know: how anything is computed. It reads files, asks the library,
//! and prints. Every command returns a [`failure::Failure`] or prints its result whole.

#![allow(
    rustdoc::broken_intra_doc_links,
    reason = "sentences about arguments are their help, in which brackets are part of a form"
)]

mod args;
mod commands;
mod compare_args;
mod draw;
mod failure;
mod form_args;
mod import_args;
mod lab_args;
mod page_args;
mod saved_trace;
mod screen;
#[cfg(unix)]
mod signals;

use args::{Cli, Command, DemoArgs};
use clap::{CommandFactory, FromArgMatches};
use failure::{Failure, Kind, exit_code};
use seamount_network::{memory, opened};
use std::process::ExitCode;

pub use args::memory_size;
pub use commands::run::{RunArgs, run_on};

/// The command: its arguments are those of the process.
pub fn main() -> ExitCode {
    let parsed = numbers_as_values(Cli::command())
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            // codes 0 and 1 of `validate` are its verdict
            let judged = matches!(&cli.command, Some(Command::Validate(_)));
            let code = match judged && failure.kind == Kind::Input {
                true => 2,
                false => exit_code(failure.kind),
            };
            report_as(&failure, code, cli.json);
            ExitCode::from(code)
        }
    }
}

/// A number with a sign is the value of the flag before it, which says what is wrong with it.
fn numbers_as_values(command: clap::Command) -> clap::Command {
    command
        .mut_args(|arg| match arg.get_action().takes_values() {
            true => arg.allow_negative_numbers(true),
            false => arg,
        })
        .mut_subcommands(numbers_as_values)
}

/// Makes the process ready for a command: the vectors it may use, the files that are not to be
/// written, the memory it may take, the signals that end it.
///
/// # Errors
/// A variable of the environment that says nothing known; signals that cannot be watched for.
pub fn prepare(max_memory: Option<u64>) -> Result<(), Failure> {
    vectors()?;
    opened::remember();
    if let Some(bytes) = max_memory {
        memory::set_limit(bytes);
    }
    #[cfg(unix)]
    signals::watch().map_err(|e| Failure::new(Kind::Io, "signals", [e]))?;
    Ok(())
}

/// Runs the command; whether its verdict is good, where it gives one.
fn run(cli: &Cli) -> Result<bool, Failure> {
    let json = cli.json;
    prepare(cli.max_memory.or_else(memory::share_of_machine))?;
    match &cli.command {
        None => commands::lab::demo(&DemoArgs::default(), json),
        Some(Command::Validate(args)) => commands::validate::run(args, json),
        Some(Command::Compare(args)) => commands::compare::run(args, json),
        Some(Command::Data(args)) => commands::data::run(args, json),
        Some(Command::Lab(args)) => commands::lab::run(args, json),
        Some(Command::Records(options)) => commands::lab::records(options, json),
        Some(Command::Bench(options)) => commands::lab::bench(options, json),
        Some(Command::Demo(args)) => commands::lab::demo(args, json),
        Some(other) => without_verdict(other, json).map(|()| true),
    }
}

/// Runs a command that has no verdict: it does what it is asked to, or fails.
fn without_verdict(command: &Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Compile(args) => commands::compile::run(args, json),
        Command::Convert(args) => commands::convert::run(args, json),
        Command::Inspect(args) => commands::inspect::run(args, json),
        Command::Run(args) => commands::run::run(args, json),
        Command::Eval(args) => commands::eval::run(args, json),
        Command::Mesh(args) => commands::mesh::run(args, json),
        Command::Schema => commands::lists::schema(),
        Command::Boards => commands::lists::boards(json),
        Command::Profiles => commands::lists::profiles(json),
        Command::Asm(args) => commands::microcode::asm(args, json),
        Command::Disasm(args) => commands::microcode::disasm(args, json),
        Command::Trace(args) => commands::trace::run(args, json),
        Command::Programs(args) => commands::microcode::programs(args, json),
        Command::Manual { folder } => commands::manual::run(folder),
        Command::Completions { shell } => {
            let mut script = vec![];
            clap_complete::generate(*shell, &mut Cli::command(), "seamount", &mut script);
            screen::print(&String::from_utf8_lossy(&script))
        }
        Command::Validate(_)
        | Command::Compare(_)
        | Command::Data(_)
        | Command::Lab(_)
        | Command::Records(_)
        | Command::Bench(_)
        | Command::Demo(_) => unreachable!("commands with a verdict"),
    }
}

/// What limits the vectors that are used must be one of the kinds there are.
fn vectors() -> Result<(), Failure> {
    const NAME: &str = "SEAMOUNT_SIMD";
    match std::env::var_os(NAME) {
        Some(asked)
            if !["", "avx512", "avx2", "portable"]
                .iter()
                .any(|kind| asked == *kind) =>
        {
            let problem = format!("'{}' is none of avx512, avx2, portable", asked.display());
            Err(Failure::new(Kind::Usage, NAME, [problem]))
        }
        _ => Ok(()),
    }
}

/// Says why a command stops and gives its exit code.
pub fn report(failure: &Failure, json: bool) -> u8 {
    let code = exit_code(failure.kind);
    report_as(failure, code, json);
    code
}

/// Says on standard error why a command stops, and with `--json` on standard output too, unless a
/// report stands there already: it takes no second document.
fn report_as(failure: &Failure, code: u8, json: bool) {
    screen::say(&failure::lines(failure));
    if json && !screen::has_document() {
        // Nothing more can be said if standard output is gone.
        let _ = screen::print_json(&failure::json(failure, code));
    }
}

/// Help and version go to standard output; wrong usage to standard error.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match screen::print(&error.render().to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => ExitCode::from(exit_code(failure.kind)),
        };
    }
    let text = error.render().to_string();
    screen::say(&text);
    if std::env::args_os().any(|a| a == "--json") {
        let first = text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let failure = Failure::usage("command line", first);
        let code = exit_code(failure.kind);
        let _ = screen::print_json(&failure::json(&failure, code));
    }
    ExitCode::from(exit_code(Kind::Usage))
}
