//! Arrays by name from .npz archives of others; everything that is wrong with one at once.

use crate::data::{fits, shape_name};
use crate::text::{self, wrong};
use seamount_network::npy;
use seamount_session::{Failure, npz};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An archive whose arrays are taken one after the other; problems gather until [`Archive::end`].
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    members: BTreeMap<String, Vec<u8>>,
    problems: Vec<String>,
}

impl Archive {
    /// Opens an archive.
    pub fn open(path: &Path) -> Result<Archive, Failure> {
        Archive::parse(path, &text::bytes(path)?)
    }

    /// An archive in memory; `path` is what errors call it.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Archive, Failure> {
        let members = npz::read(bytes).map_err(|e| e.about(path))?;
        Ok(Archive {
            path: path.into(),
            members,
            problems: vec![],
        })
    }

    fn member(&mut self, name: &str) -> Option<Vec<u8>> {
        let bytes = self.members.get(name).cloned();
        if bytes.is_none() {
            let known: Vec<&str> = self.members.keys().map(String::as_str).collect();
            self.problems.push(format!(
                "array '{name}' is missing; there are: {}",
                known.join(", ")
            ));
        }
        bytes
    }

    fn shaped<T>(
        &mut self,
        name: &str,
        found: Result<(Vec<u64>, Vec<T>), npy::NpyError>,
        shape: &[Option<u64>],
    ) -> (Vec<usize>, Vec<T>) {
        match found {
            Err(problem) => self.problems.push(format!("array '{name}': {problem}")),
            Ok((found, data)) => {
                if fits(&found, shape) {
                    return (found.iter().map(|n| *n as usize).collect(), data);
                }
                let wanted = shape_name(shape);
                let problem = format!("array '{name}': shape {found:?}, wanted {wanted}");
                self.problems.push(problem);
            }
        }
        (vec![0; shape.len()], vec![])
    }

    /// A finite float array of a shape; `None` accepts any length of that axis. Empty after a
    /// problem.
    pub fn floats(&mut self, name: &str, shape: &[Option<u64>]) -> (Vec<usize>, Vec<f64>) {
        let Some(bytes) = self.member(name) else {
            return (vec![0; shape.len()], vec![]);
        };
        let found = npy::read_floats(&bytes).map(|a| (a.shape, a.data));
        let (shape, data) = self.shaped(name, found, shape);
        if let Some(at) = data.iter().position(|v| !v.is_finite()) {
            self.problems.push(format!(
                "array '{name}': element {at} is {}, no finite number",
                data[at]
            ));
        }
        (shape, data)
    }

    /// An integer array of a shape, with elements for which `allowed` holds; `rule` says which
    /// those are.
    pub fn integers(
        &mut self,
        name: &str,
        shape: &[Option<u64>],
        rule: &str,
        allowed: impl Fn(i64) -> bool,
    ) -> (Vec<usize>, Vec<i64>) {
        let Some(bytes) = self.member(name) else {
            return (vec![0; shape.len()], vec![]);
        };
        let found = npy::read_bytes(&bytes).map(|a| (a.shape, a.data));
        let (shape, data) = self.shaped(name, found, shape);
        if let Some(at) = data.iter().position(|v| !allowed(*v)) {
            self.problems.push(format!(
                "array '{name}': element {at} is {}, wanted {rule}",
                data[at]
            ));
        }
        (shape, data)
    }

    /// Whether nothing was wrong so far.
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Adds a problem of what was read.
    pub fn refuse(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// Every problem so far, or none.
    pub fn end(self) -> Result<(), Failure> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(wrong(&self.path, text::lines(self.problems)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_come_at_once() {
        let mut bytes = vec![];
        let mut writer = npz::Writer::new(&mut bytes);
        let file = std::env::temp_dir().join(format!("seamount-arrays-{}.npz", std::process::id()));
        let array = npy::to_bytes(&[2, 2], [1i64, 2, 3, 400]);
        writer.member("a", &array).unwrap();
        writer.finish().unwrap();
        std::fs::write(&file, &bytes).unwrap();
        let mut archive = Archive::open(&file).unwrap();
        assert_eq!(
            archive.floats("a", &[None, Some(2)]).1,
            [1.0, 2.0, 3.0, 400.0]
        );
        archive.integers("a", &[Some(3), Some(2)], "anything", |_| true);
        archive.integers("a", &[None, None], "0..=255", |v| (0..=255).contains(&v));
        archive.floats("b", &[None]);
        let message = archive.end().unwrap_err().to_string();
        for part in [
            "shape [2, 2], wanted [3, 2]",
            "element 3 is 400, wanted 0..=255",
            "'b' is missing; there are: a",
        ] {
            assert!(message.contains(part), "{message}");
        }
        let _ = std::fs::remove_file(&file);
    }
}
