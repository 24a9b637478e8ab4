//! Time and energy as pictures and as files for viewers.

pub mod bars;
pub mod heat;
pub mod timeline;
pub mod waves;

/// Text that may stand in an SVG or XML file.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// A colour from white to dark red, by a share of 0 to 1.
pub fn heat(share: f64) -> String {
    let stops = [
        (255.0, 255.0, 255.0),
        (254.0, 217.0, 118.0),
        (240.0, 59.0, 32.0),
        (128.0, 0.0, 38.0),
    ];
    let at = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let (low, part) = (
        (at as usize).min(stops.len() - 2),
        at - (at as usize).min(stops.len() - 2) as f64,
    );
    let mix = |a: f64, b: f64| (a + (b - a) * part).round() as u8;
    let (a, b) = (stops[low], stops[low + 1]);
    format!(
        "#{:02x}{:02x}{:02x}",
        mix(a.0, b.0),
        mix(a.1, b.1),
        mix(a.2, b.2)
    )
}
