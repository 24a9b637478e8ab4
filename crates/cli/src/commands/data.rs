//! `seamount data`: data sets of others, listed, fetched, checked.

use crate::args::help;
use crate::failure::{Failure, Kind};
use crate::screen;
use clap::{Args, Subcommand};
use seamount_session::words::count;
use seamount_study::catalogue::{DataSet, FetchOptions, Fetched, Outcome, catalogue, fetch};
use serde::Serialize;
use std::path::PathBuf;

/// Help of `data`.
pub const HELP: &str = help!(
    "Examples: seamount data list",
    "          seamount data get loihi-lsnn-smnist --dir data",
    "          seamount lab lsnn-smnist --data data",
    "Nothing of these data sets is part of this program. Downloads are done by `curl`; what was broken",
    "off goes on, and a file gets its name only when its SHA-256 is right. Mind the licences.",
);

/// `data`
#[derive(Debug, Args)]
pub struct DataArgs {
    /// What to do
    #[command(subcommand)]
    wish: DataWish,
}

/// What `data` can do.
#[derive(Debug, Subcommand)]
enum DataWish {
    /// List the data sets: source, licence, size, what needs them; of one data set its files
    #[command(after_long_help = help!("Example: seamount data list loihi-lsnn-smnist"))]
    List {
        /// The data set
        name: Option<String>,
    },
    /// Fetch what is missing of a data set, and check what is there
    #[command(after_long_help = help!("Example: seamount data get mnist --dir data"))]
    Get(GetArgs),
    /// Check what is there of a data set, without fetching anything
    #[command(after_long_help = help!("Example: seamount data check mnist --dir data"))]
    Check(CheckArgs),
}

/// `data get`
#[derive(Debug, Args)]
struct GetArgs {
    /// The data set
    name: String,
    /// Folder that gets a folder for the data set
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Address of a copy of the files: each is expected at URL/SET/FILE
    #[arg(long, value_name = "URL")]
    mirror: Option<String>,
}

/// `data check`
#[derive(Debug, Args)]
struct CheckArgs {
    /// The data set
    name: String,
    /// Folder that holds the folder of the data set
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
}

/// What became of a data set.
#[derive(Serialize)]
struct DataReport<'a> {
    name: &'a str,
    page: String,
    licence: &'a str,
    complete: bool,
    files: &'a [Fetched],
}

/// Lists, fetches or checks. False where a file that is asked for is not there.
pub fn run(args: &DataArgs, json: bool) -> Result<bool, Failure> {
    match &args.wish {
        DataWish::List { name: None } => list(json).map(|()| true),
        DataWish::List { name: Some(name) } => list_files(&named(name)?, json).map(|()| true),
        DataWish::Get(args) => {
            let mut options = FetchOptions::new(&args.dir);
            options.mirror = args.mirror.clone();
            get(&named(&args.name)?, &options, json)
        }
        DataWish::Check(args) => {
            let mut options = FetchOptions::new(&args.dir);
            options.check_only = true;
            get(&named(&args.name)?, &options, json)
        }
    }
}

/// The data set of a name.
fn named(name: &str) -> Result<DataSet, Failure> {
    let sets = catalogue();
    let names: Vec<&str> = sets.iter().map(|set| set.name.as_str()).collect();
    let problem = format!(
        "there is no data set '{name}'; there are {}",
        names.join(", ")
    );
    let found = sets.iter().find(|set| set.name == name).cloned();
    found.ok_or_else(|| Failure::new(Kind::Usage, "data", [problem]))
}

fn list(json: bool) -> Result<(), Failure> {
    let heading = "data set                 files         bytes  what it is\n";
    let entry = |set: &DataSet| {
        let plain = set.files.iter().filter(|file| file.path.is_some()).count();
        let uses = match set.used_by.join(", ") {
            uses if uses.is_empty() => String::new(),
            uses => format!("{:<24}needed by {uses}\n", ""),
        };
        format!(
            "{:<24}{:>3} of {:>2}{:>13}  {}\n{:<24}{}; {}\n{uses}",
            set.name,
            plain,
            set.files.len(),
            count(set.bytes()),
            set.about,
            "",
            set.page(),
            set.licence,
        )
    };
    let last = "Files: how many can be downloaded as they are. The rest was converted by the \
                maintainers: seamount data list NAME\n";
    super::lists::list(json, &catalogue(), heading, entry, last)
}

fn list_files(set: &DataSet, json: bool) -> Result<(), Failure> {
    if json {
        return screen::print_json(set);
    }
    let mut text = format!(
        "{}: {}\n{}\n{}\n",
        set.name,
        set.about,
        set.page(),
        set.licence
    );
    for file in &set.files {
        let source = match (&file.path, &file.made) {
            (Some(path), _) => path.clone(),
            (None, Some(made)) => format!("not as it is: {made}"),
            (None, None) => String::new(),
        };
        text += &format!("{:>12}  {:<44} {source}\n", count(file.bytes), file.name);
    }
    screen::print(&text)
}

fn get(set: &DataSet, options: &FetchOptions, json: bool) -> Result<bool, Failure> {
    let mut done = |fetched: &Fetched| {
        if !json {
            screen::say(&format!(
                "{:<44} {}\n",
                fetched.name,
                words(&fetched.outcome)
            ));
        }
    };
    let files = fetch(set, options, &mut done)?;
    let missing = files.iter().filter(|file| !file.is_there()).count();
    let report = DataReport {
        name: &set.name,
        page: set.page(),
        licence: &set.licence,
        complete: missing == 0,
        files: &files,
    };
    if json {
        screen::print_json(&report)?;
        return Ok(missing == 0);
    }
    let folder = options.folder.join(&set.name);
    screen::print(&format!(
        "{} of {} files are in {}; licence: {}; source: {}\n",
        files.len() - missing,
        files.len(),
        folder.display(),
        set.licence,
        report.page
    ))?;
    Ok(missing == 0)
}

/// What became of a file, in words.
fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Present => "there".into(),
        Outcome::Downloaded => "downloaded".into(),
        Outcome::Absent => "not there".into(),
        Outcome::Made { how } => format!("cannot be downloaded as it is: {how}"),
        Outcome::Different => "has another SHA-256 than it should; left alone".into(),
        Outcome::Failed { why } => format!("failed: {why}"),
    }
}
