//! The library that draws charts, as it comes from its authors (`assets/ORIGIN.md`), and the script
//! of ours that calls it.

use flate2::read::GzDecoder;
use std::io::Read;

/// The library in parts that need each other in this order, each with its licence.
const LIBRARY: [(&str, &[u8], &str); 3] = [
    (
        "vega 6.4.0",
        include_bytes!("../assets/vega.min.js.gz"),
        include_str!("../assets/vega.LICENSE"),
    ),
    (
        "vega-lite 6.5.0",
        include_bytes!("../assets/vega-lite.min.js.gz"),
        include_str!("../assets/vega-lite.LICENSE"),
    ),
    (
        "vega-embed 7.3.0",
        include_bytes!("../assets/vega-embed.min.js.gz"),
        include_str!("../assets/vega-embed.LICENSE"),
    ),
];

const DRAW: &str = include_str!("../assets/draw.js");

/// Hashes of the scripts, a line each, in the order of [`scripts`]: with them a browser runs these
/// scripts and no others. `assets/make` writes them, and a page in which one is wrong draws
/// nothing.
const HASHES: &str = include_str!("../assets/hashes.txt");

/// The scripts of a page, in order.
///
/// # Panics
/// Never: what is unpacked was packed into this program.
pub(crate) fn scripts() -> Vec<String> {
    let unpack = |packed: &[u8]| {
        let mut script = String::new();
        let read = GzDecoder::new(packed).read_to_string(&mut script);
        read.expect("a file of this program");
        script
    };
    let library = LIBRARY.iter().map(|(_, packed, _)| unpack(packed));
    library.chain([DRAW.to_string()]).collect()
}

/// What a page allows itself: its own scripts by their hashes, styles within it, pictures that it
/// makes itself, and no address of any kind.
pub(crate) fn policy() -> String {
    let hashes: Vec<String> = HASHES.lines().map(|hash| format!("'{hash}'")).collect();
    format!(
        "default-src 'none'; script-src {}; style-src 'unsafe-inline'; img-src data: blob:; \
         base-uri 'none'; form-action 'none'",
        hashes.join(" ")
    )
}

/// Name and licence of each part of the library.
pub(crate) fn licences() -> impl Iterator<Item = (&'static str, &'static str)> {
    LIBRARY.iter().map(|(name, _, licence)| (*name, *licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_is_there_with_its_hash_and_cannot_end_its_element() {
        let scripts = scripts();
        assert_eq!(scripts.len(), HASHES.lines().count());
        for (script, least) in scripts.iter().zip([500_000, 250_000, 60_000, 500]) {
            assert!(script.len() > least, "{}", script.len());
            let small = script.to_ascii_lowercase();
            assert!(!small.contains("</script") && !small.contains("<!--"));
            assert!(!small.contains("sourcemappingurl"));
        }
        for (name, licence) in licences() {
            assert!(licence.contains("Redistributions in binary form"), "{name}");
        }
    }
}
