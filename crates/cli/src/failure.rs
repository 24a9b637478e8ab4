//! A failure as the world sees it: lines on standard error, a JSON document, an exit code.

use seamount_session::{Remedy, Subject};
use seamount_study::catalogue::{DataSet, catalogue};

pub use seamount_session::{Failure, FailureKind as Kind};

/// Exit code of a kind of failure; it is stable.
pub fn exit_code(kind: Kind) -> u8 {
    match kind {
        Kind::Usage => 2,
        Kind::Limits | Kind::Memory => 3,
        Kind::Io | Kind::Missing => 4,
        // what a shell says of a program that SIGINT ended
        Kind::Interrupted => 130,
        _ => 1,
    }
}

/// Name of a kind of failure in the JSON document.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Usage => "usage",
        Kind::Limits => "limits",
        Kind::Memory => "memory",
        Kind::Io | Kind::Missing => "io",
        Kind::Interrupted => "interrupted",
        _ => "input",
    }
}

/// The file, flag or name that a failure is about.
fn place(failure: &Failure) -> String {
    match &failure.what {
        Subject::Option(option) => format!("--{option}"),
        Subject::Named(named) => named.clone(),
        Subject::Call => "seamount".into(),
    }
}

/// The flag that would let a command go on, in words.
fn hint(remedy: Remedy) -> Option<&'static str> {
    match remedy {
        Remedy::IgnoreLimits => {
            Some("--ignore-limits goes on all the same and says which limits are broken")
        }
        Remedy::IgnoreUnitAxes => Some(
            "--ignore-unit-axes takes Inputs, Outputs and neurons as their neighbours have them, \
             and says so in the report",
        ),
        Remedy::AllowMemory => Some(
            "--max-memory SIZE allows more; without it, three quarters of what is free may be used",
        ),
        Remedy::ListPrograms => {
            Some("no program of this name is built in either; seamount programs lists them")
        }
        Remedy::NameData => Some(
            "--data DIR names the folder, or the variable SEAMOUNT_DATA; \
             docs/sources.md says where the data come from",
        ),
        _ => None,
    }
}

/// The command that downloads the data sets that a text names.
fn download(text: &str) -> String {
    let words: Vec<&str> = text.split(['/', ',', ' ', '\n']).collect();
    let named = |set: &DataSet| words.contains(&set.name.as_str());
    let sets = catalogue().into_iter().filter(named);
    let mut commands = String::new();
    for set in sets {
        let whole = set.files.iter().all(|file| file.path.is_some());
        let what = match whole {
            true => "downloads it",
            false => "downloads what can be, and says how the rest was made",
        };
        commands += &format!("hint: seamount data get {} --dir DIR {what}\n", set.name);
    }
    commands
}

/// The lines for people.
pub fn lines(failure: &Failure) -> String {
    let place = place(failure);
    let mut out = String::new();
    for finding in failure.lines() {
        // a finding may name the file, line and column itself, or a file of the folder
        let named = finding
            .strip_prefix(&place)
            .is_some_and(|rest| rest.starts_with([':', '/']));
        if named {
            out += &format!("{finding}\n");
        } else {
            out += &format!("{place}: {finding}\n");
        }
    }
    if let Some(hint) = failure.remedy.and_then(hint) {
        out += &format!("hint: {hint}\n");
        if failure.remedy == Some(Remedy::NameData) {
            out += &download(&out);
        }
    }
    out
}

/// The document for programs: the findings as lines, and in `details` with their fields.
pub fn json(failure: &Failure, exit_code: u8) -> serde_json::Value {
    serde_json::json!({
        "error": name(failure.kind),
        "place": place(failure),
        "findings": failure.lines(),
        "details": failure.findings,
        "exit_code": exit_code,
    })
}
