//! Programs that come with seamount, and the fragments that they include; one fragment scales what
//! arrives by a factor of each neuron (MC-039).
//!
//! The integer definition of each program stands in its text and in `docs/microcode.md`; tests hold
//! the program against it.

/// A program, or a fragment that programs include.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shipped {
    /// Name, which is also that of its file.
    pub name: &'static str,
    /// Text in the language of the assembler.
    pub text: &'static str,
    /// Whether it is a part of programs, not one itself.
    pub fragment: bool,
}

impl Shipped {
    /// First line of comment, without the semicolon: what the program is.
    pub fn summary(&self) -> &'static str {
        self.text
            .lines()
            .next()
            .unwrap_or("")
            .trim_start_matches(';')
            .trim()
    }
}

macro_rules! shipped_list {
    ($($name:literal $fragment:literal),* $(,)?) => {
        &[$(Shipped { name: $name, text: include_str!(concat!("../programs/", $name, ".asm")), fragment: $fragment }),*]
    };
}

const SHIPPED: &[Shipped] = shipped_list![
    "lif" false,
    "lif_subtract" false,
    "lif_scaled" false,
    "cuba_ahp" false,
    "alif" false,
    "srnn" false,
    "srnn_scaled" false,
    "sigma_delta" false,
    "resonate_and_fire" false,
    "li" false,
    "qif" false,
    "eprop_lif" false,
    "eprop_alif" false,
    "eprop_reckon" false,
    "eprop_lif_pulses" false,
    "eprop_alif_pulses" false,
    "eprop_reckon_pulses" false,
    "eprop_readout" false,
    "current" true,
    "scaled_current" true,
    "membrane" true,
    "spike_and_hold" true,
    "psi_and_spike" true,
    "total_signal" true,
    "learning_signal" true,
    "learning_pulses" true,
    "stochastic_pulses" true,
];

/// All shipped programs and fragments.
pub fn shipped() -> &'static [Shipped] {
    SHIPPED
}

/// Text of a shipped program or fragment.
pub fn shipped_text(name: &str) -> Option<&'static str> {
    SHIPPED.iter().find(|p| p.name == name).map(|p| p.text)
}
