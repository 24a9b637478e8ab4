//! The name that a misspelt name was meant to be.

/// The nearest of `known` to `name`, if it is near enough to be worth a question.
///
/// Near enough: at most one edit (a letter added, left out, changed, or two neighbours swapped) for
/// every three letters, and at least one edit for short names; upper and lower case count as equal.
pub fn nearest<T: AsRef<str>>(name: &str, known: impl IntoIterator<Item = T>) -> Option<T> {
    let name = name.to_lowercase();
    let edits_max = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|other| {
            let edits = strsim::damerau_levenshtein(&name, &other.as_ref().to_lowercase());
            (edits, other)
        })
        // everything is one edit away from a single letter
        .filter(|(edits, other)| *edits <= edits_max && *edits < other.as_ref().chars().count())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, other)| other)
}

/// The question that goes with a misspelt name.
pub(crate) fn did_you_mean(
    name: &str,
    known: impl IntoIterator<Item = impl AsRef<str>>,
) -> Option<String> {
    nearest(name, known).map(|near| format!("did you mean '{}'?", near.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = ["soma", "dendrite", "threshold_mantissa", "x"];
        assert_eq!(nearest("some", known), Some("soma"));
        assert_eq!(nearest("Soma", known), Some("soma"));
        assert_eq!(
            nearest("threshold_mantisa", known),
            Some("threshold_mantissa")
        );
        assert_eq!(nearest("dednrite", known), Some("dendrite"));
        assert_eq!(nearest("axon", known), None);
        assert_eq!(nearest("y", known), None);
        assert_eq!(nearest("", known), None);
    }
}
