//! Which form and version of JSON a text is.
//!
//! A text of another form, or of another version of a form, may have other fields. Findings about
//! those would lead astray, so readers ask for the header before they explain anything.

use crate::finding::{Allowed, Fault, Finding};
use crate::place::Place;
use serde::Deserialize;

/// The fields `format` and `version`, which every version of every JSON form has.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FormHeader {
    /// Name of the form.
    pub format: String,
    /// Version, of any type.
    pub version: serde_json::Value,
}

impl FormHeader {
    /// The header of a text, if that is of another form or version than the one named.
    pub fn of_other(
        text: &str,
        format: &str,
        version: impl Into<serde_json::Value>,
    ) -> Option<FormHeader> {
        let header: FormHeader = serde_json::from_str(text).ok()?;
        (header.format != format || header.version != version.into()).then_some(header)
    }

    /// The finding that the form or version is another than the one named.
    pub fn finding(&self, format: &str, version: impl Into<serde_json::Value>) -> Finding {
        let wanted = format!("'{format}', version {}", version.into());
        let found = format!("'{}', version {}", self.format, self.version);
        let problem = format!("format {found}; expected {wanted}");
        Finding::new(Place::whole(), Fault::Unsupported, problem)
            .value(found)
            .range(Allowed::Words(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_form_or_version_is_told_from_a_broken_text() {
        let of = |text| FormHeader::of_other(text, "seamount-program", 1);
        assert_eq!(of(r#"{"format": "seamount-program", "version": 1}"#), None);
        assert_eq!(of("{"), None);
        assert_eq!(of(r#"{"format": "seamount-program"}"#), None);
        let other = of(r#"{"format": "seamount-program", "version": "2", "more": 1}"#);
        assert_eq!(
            other
                .expect("another")
                .finding("seamount-program", 1)
                .to_string(),
            "format 'seamount-program', version \"2\"; expected 'seamount-program', version 1"
        );
    }
}
