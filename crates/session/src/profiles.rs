//! Profiles of energy and time by name: built-in ones, and files of one's own.

use crate::failure::{Failure, FailureKind};
use crate::files;
use seamount_spec::Profile;
use std::path::Path;

/// Largest profile that is read, bytes.
const PROFILE_BYTES_MAX: u64 = 1 << 20;

/// Profiles by their names, each built in or a .toml file; all built-in ones if none is named.
///
/// # Errors
/// The first name that is neither, or file that is no profile, with everything wrong in it.
pub fn profiles(names: &[String]) -> Result<Vec<Profile>, Failure> {
    if names.is_empty() {
        return Ok(Profile::all());
    }
    names.iter().map(|name| profile(name)).collect()
}

/// A profile by its name, built in or a .toml file.
///
/// # Errors
/// A name that is neither, or a file that is no profile, with everything wrong in it.
pub fn profile(name: &str) -> Result<Profile, Failure> {
    if let Some(profile) = Profile::preset(name) {
        return Ok(profile);
    }
    let path = Path::new(name);
    if files::ending(path) != "toml" {
        let known = Profile::names().collect::<Vec<_>>().join(", ");
        let problem = format!("'{name}' is neither a .toml file nor one of {known}");
        return Err(Failure::option("profile", problem));
    }
    let text = files::text(path, PROFILE_BYTES_MAX)?;
    Profile::from_toml(&text).map_err(|e| Failure::new(FailureKind::Input, path.display(), [e]))
}

/// Sets numbers that sources do not give and fidelity `cycle` needs, in every profile.
///
/// # Errors
/// A name that is no such number.
pub fn set_chosen(profiles: &mut [Profile], numbers: &[(String, u64)]) -> Result<(), Failure> {
    for profile in profiles {
        for (name, value) in numbers {
            profile
                .chosen
                .set(name, *value, "command line")
                .map_err(|e| Failure::option("set", e))?;
        }
    }
    Ok(())
}
