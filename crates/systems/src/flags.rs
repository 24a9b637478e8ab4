//! Flags that several experiments have.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use seamount_spec::Profile;
use seamount_study::{LabError, text};
use seamount_timing::Fidelity;
use std::path::Path;

/// Names of what can be known of time.
const FIDELITIES: [(&str, Fidelity); 3] = [
    ("count", Fidelity::Count),
    ("pipeline", Fidelity::Pipeline),
    ("cycle", Fidelity::Cycle),
];

/// Parser of `--fidelity`.
pub(crate) fn fidelity() -> impl TypedValueParser<Value = Fidelity> {
    let names = FIDELITIES.map(|(name, _)| name);
    PossibleValuesParser::new(names).map(|name| {
        let known = FIDELITIES.iter().find(|(known, _)| *known == name);
        known.map_or(Fidelity::default(), |(_, fidelity)| *fidelity)
    })
}

/// The profiles of `--profile`: built-in names or .toml files; all built-in ones if none is named.
///
/// # Errors
/// [`LabError::Usage`] for a name that is neither, [`LabError::File`] for a file that cannot be used.
pub(crate) fn profiles(names: &[String]) -> Result<Vec<Profile>, LabError> {
    if names.is_empty() {
        return Ok(Profile::all());
    }
    names.iter().map(|name| profile(name)).collect()
}

fn profile(name: &str) -> Result<Profile, LabError> {
    if let Some(profile) = Profile::preset(name) {
        return Ok(profile);
    }
    let path = Path::new(name);
    let toml = path.extension();
    if !toml.is_some_and(|e| e.eq_ignore_ascii_case("toml")) {
        let known: Vec<&str> = Profile::names().collect();
        let known = known.join(", ");
        let problem = format!("'{name}' is neither a .toml file nor one of {known}");
        return Err(LabError::usage("--profile", problem));
    }
    Profile::from_toml(&text::read(path)?).map_err(|e| text::wrong(path, e))
}
