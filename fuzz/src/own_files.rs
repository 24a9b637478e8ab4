//! Files of this process, for readers that take a path. They lie in memory where the system has
//! such a place.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() {
            memory.into()
        } else {
            std::env::temp_dir()
        };
        let folder = base.join(format!("seamount-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for files");
        folder
    })
}

/// Writes a file of this name, calls, and removes it.
pub fn with_file<T>(name: &str, bytes: &[u8], read: impl FnOnce(&Path) -> T) -> T {
    let path = folder().join(name);
    fs::write(&path, bytes).expect("a file in memory");
    let result = read(&path);
    let _ = fs::remove_file(&path);
    // the folder goes too, so that a process that ends leaves nothing
    result
}
