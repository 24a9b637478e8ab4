//! The command `seamount`: compile, inspect, run, lab, mesh, bench, demo.
//!
//! What this program does *not* know: how anything is computed. It reads files, asks the library,
//! and prints. Every command returns a [`failure::Failure`] or prints its result whole.

mod args;
mod commands;
mod current;
mod draw;
mod energy;
mod eprop_args;
mod execute;
mod failure;
mod files;
mod import_args;
mod import_lab_args;
mod input;
mod inspect;
mod lab_args;
mod mesh_args;
mod mesh_report;
mod microcode_args;
mod network;
mod optimise;
mod output;
mod probe_flag;
mod qif_args;
mod report;
mod saved_trace;
mod screen;
mod structure;
mod systems_args;
mod time;
mod time_args;
mod validate_args;
mod watch;
mod words;

use args::{Cli, Command, DemoArgs};
use clap::{CommandFactory, Parser};
use failure::{Failure, Kind};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            report(&failure, cli.json);
            ExitCode::from(failure.kind.code())
        }
    }
}

/// Runs the command; whether its verdict is good, where it gives one.
fn run(cli: &Cli) -> Result<bool, Failure> {
    let json = cli.json;
    vectors()?;
    if let Some(Command::Validate(args)) = &cli.command {
        return commands::validate::run(args, json);
    }
    let done = match &cli.command {
        None => commands::lab::demo(&DemoArgs::default(), json),
        Some(Command::Compile(args)) => commands::compile::run(args, json),
        Some(Command::Inspect(args)) => commands::inspect::run(args, json),
        Some(Command::Run(args)) => commands::run::run(args, json),
        Some(Command::Compare(args)) => commands::compare::run(args, json),
        Some(Command::Lab(args)) => commands::lab::run(args, json),
        Some(Command::Mesh(args)) => commands::mesh::run(args, json),
        Some(Command::Bench(args)) => commands::lab::bench(args, json),
        Some(Command::Demo(args)) => commands::lab::demo(args, json),
        Some(Command::Schema) => commands::lists::schema(),
        Some(Command::Boards) => commands::lists::boards(json),
        Some(Command::Profiles) => commands::lists::profiles(json),
        Some(Command::Asm(args)) => commands::microcode::asm(args, json),
        Some(Command::Disasm(args)) => commands::microcode::disasm(args, json),
        Some(Command::Trace(args)) => commands::trace::run(args, json),
        Some(Command::Programs(args)) => commands::microcode::programs(args, json),
        Some(Command::Completions { shell }) => {
            let mut script = vec![];
            clap_complete::generate(*shell, &mut Cli::command(), "seamount", &mut script);
            screen::print(&String::from_utf8_lossy(&script))
        }
        Some(Command::Validate(_)) => unreachable!("above"),
    };
    done.map(|()| true)
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

fn report(failure: &Failure, json: bool) {
    screen::say(&failure.lines());
    if json && !failure.after_report {
        // Nothing more can be said if standard output is gone.
        let _ = screen::print_json(&failure.json());
    }
}

/// Help and version go to standard output; wrong usage to standard error.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match screen::print(&error.render().to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => ExitCode::from(failure.kind.code()),
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
        let _ = screen::print_json(&Failure::new(Kind::Usage, "command line", [first]).json());
    }
    ExitCode::from(Kind::Usage.code())
}
