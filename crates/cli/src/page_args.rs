//! The flag `--html` and the page that it asks for.

use crate::failure::{Failure, Kind};
use clap::Args;
use seamount_report::Page;
use seamount_session::files::{Outputs, ending, same};
use std::io::Write;
use std::path::{Path, PathBuf};

/// `--html`
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct PageArgs {
    /// Write a page of the result with its charts: one file that needs no network
    #[arg(long, global = true, value_name = "FILE.html", value_parser = page_file)]
    pub(crate) html: Option<PathBuf>,
}

/// A path whose name is that of a page.
fn page_file(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match ending(&path).as_str() {
        "html" | "htm" => Ok(path),
        _ => Err("wanted a file that ends in .html".into()),
    }
}

/// Makes a folder for pictures, in one that is there, as every output is written into one that is
/// there.
pub(crate) fn folder_for(folder: &Path) -> Result<(), Failure> {
    match std::fs::create_dir(folder) {
        Err(_) if folder.is_dir() => Ok(()),
        made => made.map_err(|e| Failure::write(folder, &e)),
    }
}

impl PageArgs {
    /// Finds out before the work whether the page can be written, and that it is none of the files
    /// that are read.
    pub(crate) fn expect<'a>(
        &self,
        inputs: impl IntoIterator<Item = &'a Path>,
    ) -> Result<(), Failure> {
        let Some(page) = &self.html else {
            return Ok(());
        };
        for input in inputs {
            if same(page, input) {
                let problem = ["is both read and written"];
                return Err(Failure::new(Kind::Usage, input.display(), problem));
            }
        }
        Outputs::expect(&[page])
    }

    /// Writes the page, if one is asked for.
    pub(crate) fn write(&self, page: impl FnOnce() -> Page) -> Result<(), Failure> {
        let Some(path) = &self.html else {
            return Ok(());
        };
        let html = page().html();
        Outputs::write_one(path, |out| out.write_all(html.as_bytes()))
    }
}
