//! Where data sets lie: one rule for all of them.
//!
//! All data lie in one folder: the one a user names (`--data`), else the one that the environment
//! variable `SEAMOUNT_DATA` names, else `../shared/data`. In it each set has a folder of its own. A
//! user may also name the folder of the set itself, of one of its neighbours, or one within it, so
//! the set is looked for in `DATA/SET`, in `DATA`, in `DATA/../SET` and in `DATA/..`.
//!
//! A set that many experiments share (MNIST) need not lie in the folder that was named: it is
//! looked for in the usual place too. All others are not, because a mistyped `--data` would then
//! quietly run on data that nobody asked for.

use crate::data::{self, Mnist};
use seamount_session::Failure;
use std::path::{Path, PathBuf};

/// A data set: what it is called, its folder, and a file that tells that it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dataset<'a> {
    what: &'a str,
    folder: &'a str,
    file: &'a str,
    shared: bool,
}

/// MNIST: 28 x 28 pixels, 10,000 test images, labels 0 to 9.
pub const MNIST: Dataset<'static> = Dataset {
    what: "the MNIST test set",
    folder: "mnist",
    file: "t10k-images-idx3-ubyte.gz",
    shared: true,
};

impl<'a> Dataset<'a> {
    /// A set of one experiment. `what` begins its error message, `folder` is its folder within all
    /// data, `file` a file that must be in it.
    pub const fn new(what: &'a str, folder: &'a str, file: &'a str) -> Dataset<'a> {
        Dataset {
            what,
            folder,
            file,
            shared: false,
        }
    }

    /// The same set, known by another file of it.
    #[must_use]
    pub const fn by(self, file: &'a str) -> Dataset<'a> {
        Dataset { file, ..self }
    }
}

/// Places where data sets are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datasets {
    root: PathBuf,
    usual: PathBuf,
}

impl Datasets {
    /// The places for an option `--data`; none for the usual place.
    pub fn new(data: Option<&Path>) -> Datasets {
        let usual = std::env::var_os("SEAMOUNT_DATA")
            .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
        Datasets {
            root: data.map_or_else(|| usual.clone(), Path::to_path_buf),
            usual,
        }
    }

    /// The folder that all data are in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of a set.
    ///
    /// # Errors
    /// [`Missing`](seamount_session::FailureKind::Missing) with every folder that was looked in.
    pub fn find(&self, set: Dataset<'_>) -> Result<PathBuf, Failure> {
        self.find_in(None, set)
    }

    /// The folder of a set for which a user may name a folder (`--mnist`), looked in first.
    ///
    /// # Errors
    /// [`Missing`](seamount_session::FailureKind::Missing) with every folder that was looked in.
    pub fn find_in(&self, named: Option<&Path>, set: Dataset<'_>) -> Result<PathBuf, Failure> {
        let mut folders: Vec<PathBuf> = named.into_iter().map(Path::to_path_buf).collect();
        folders.push(self.root.join(set.folder));
        folders.push(self.root.clone());
        folders.push(self.root.join("..").join(set.folder));
        // a set may hold folders, of which a user names one: its file is then told from above it
        folders.push(self.root.join(".."));
        let usual = self.usual.join(set.folder);
        if set.shared && !folders.contains(&usual) {
            folders.push(usual);
        }
        data::find(set.what, set.file, &folders)
    }

    /// MNIST test images and labels: those of a file of samples (see [`Mnist::samples`]), else
    /// those of the folder `named`, else those of the usual places.
    ///
    /// # Errors
    /// If nothing is found, or a file is not what it should be.
    pub fn mnist(&self, named: Option<&Path>, samples: Option<&Path>) -> Result<Mnist, Failure> {
        match samples {
            Some(path) => Mnist::samples(path),
            None => Mnist::test_set(&self.find_in(named, MNIST)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seamount_session::FailureKind;
    use std::fs;

    const NOTES: Dataset<'static> = Dataset::new("the notes", "notes", "notes.txt");

    /// A folder of this process that goes when the test ends.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Temporary {
            let path = std::env::temp_dir().join(format!("seamount-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Temporary(path)
        }

        fn file(&self, path: &str) {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }

        fn at(&self, root: &str, usual: &str) -> Datasets {
            Datasets {
                root: self.0.join(root),
                usual: self.0.join(usual),
            }
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_set_is_found_in_the_folder_of_all_data_in_its_own_and_from_that_of_a_neighbour() {
        let all = Temporary::new("datasets-found");
        all.file("data/notes/notes.txt");
        all.file("data/other/other.txt");
        all.file("data/notes/part/part.txt");
        for root in ["data", "data/notes", "data/other", "data/notes/part"] {
            let found = all.at(root, "usual").find(NOTES).unwrap();
            assert!(found.join("notes.txt").is_file(), "{root}: {found:?}");
        }
    }

    #[test]
    fn the_error_names_the_set_its_file_and_every_folder() {
        let all = Temporary::new("datasets-missing");
        let error = all.at("data", "usual").find(NOTES).unwrap_err();
        let looked = ["data/notes", "data", "data/../notes", "data/.."];
        let looked = looked.map(|folder| all.0.join(folder).display().to_string());
        let wanted = format!(
            "the notes (notes.txt) not found; looked in {}",
            looked.join(", ")
        );
        assert_eq!(error.kind, FailureKind::Missing);
        assert_eq!(error.to_string(), wanted);
    }

    #[test]
    fn only_a_shared_set_is_taken_from_the_usual_place_when_another_was_named() {
        let all = Temporary::new("datasets-usual");
        all.file("usual/notes/notes.txt");
        all.file("usual/mnist/t10k-images-idx3-ubyte.gz");
        let places = all.at("data", "usual");
        assert!(places.find(NOTES).is_err());
        assert_eq!(places.find(MNIST).unwrap(), all.0.join("usual/mnist"));
    }

    #[test]
    fn a_named_folder_comes_first_and_need_not_hold_the_set() {
        let all = Temporary::new("datasets-named");
        all.file("mine/t10k-images-idx3-ubyte.gz");
        all.file("data/mnist/t10k-images-idx3-ubyte.gz");
        let places = all.at("data", "usual");
        let mine = all.0.join("mine");
        assert_eq!(places.find_in(Some(&mine), MNIST).unwrap(), mine);
        let empty = all.0.join("empty");
        assert_eq!(
            places.find_in(Some(&empty), MNIST).unwrap(),
            all.0.join("data/mnist")
        );
    }
}
