//! `seamount manual`: a man page for every command.

use crate::args::Cli;
use crate::failure::Failure;
use clap::CommandFactory;
use seamount_session::files::Outputs;
use std::io::Write;
use std::path::Path;

/// Writes the man pages into a folder that is there.
pub fn run(folder: &Path) -> Result<(), Failure> {
    let mut outputs = Outputs::default();
    let mut command = Cli::command();
    command.build();
    for (name, command) in pages("seamount", &command) {
        let page = clap_mangen::Man::new(command.clone()).title(name.clone());
        let mut text = vec![];
        // writing into memory cannot fail
        page.render(&mut text).expect("a page in memory");
        let path = folder.join(format!("{name}.1"));
        outputs.stage(&path, |out| out.write_all(&text))?;
    }
    outputs.commit()
}

/// A command and all below it, each with the name of its page: `seamount-lab`.
fn pages<'a>(name: &str, command: &'a clap::Command) -> Vec<(String, &'a clap::Command)> {
    let mut all = vec![(name.to_string(), command)];
    for inner in command.get_subcommands() {
        if inner.get_name() != "help" && !inner.is_hide_set() {
            all.extend(pages(&format!("{name}-{}", inner.get_name()), inner));
        }
    }
    all
}
