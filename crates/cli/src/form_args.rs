//! What the help says of the files that a command takes: it comes from the table of forms, so that
//! a form that is added shows without a word here.

use seamount_session::{NetworkForm, network_forms};
use std::sync::LazyLock;

/// Placeholder of a network: `NET.json|.nir|...`.
pub static NETWORK: LazyLock<String> = LazyLock::new(|| {
    let endings: Vec<String> = networks().flat_map(NetworkForm::dotted).collect();
    format!("NET{}", endings.join("|"))
});

/// Placeholder of an image or a network: `FILE.img|NET.json|.nir|...`.
pub static IMAGE_OR_NETWORK: LazyLock<String> = LazyLock::new(|| {
    let images = network_forms().iter().filter(|form| form.is_image());
    let endings: Vec<String> = images.flat_map(NetworkForm::dotted).collect();
    format!("FILE{}|{}", endings.join("|"), *NETWORK)
});

/// Help of a file that must be a network: every form with its endings.
pub fn forms() -> String {
    let form = |form: &NetworkForm| {
        let endings: Vec<String> = form.dotted().collect();
        format!("{} ({})", form.words, endings.join(", "))
    };
    let forms: Vec<String> = networks().map(form).collect();
    format!("The network: {}", forms.join("; "))
}

fn networks() -> impl Iterator<Item = &'static NetworkForm> {
    network_forms().iter().filter(|form| !form.is_image())
}
