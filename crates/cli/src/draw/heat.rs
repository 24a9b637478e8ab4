//! The mesh as a heat map: packets through every router, and over every link.

use super::{escaped, heat};
use seamount_mesh::Port;
use seamount_session::words::count;
use seamount_timing::ChipTraffic;
use std::fmt::Write;

/// Side of a tile and gap between tiles, in pixels.
const TILE: usize = 44;
const GAP: usize = 20;
const MARGIN: usize = 24;
const HEAD: usize = 72;

/// Draws every chip; `title` says what of.
pub fn svg(title: &str, chips: &[ChipTraffic], width_tiles: u16) -> String {
    let columns = usize::from(width_tiles).max(1);
    let rows = chips
        .first()
        .map_or(0, |c| c.outputs.len().div_ceil(columns));
    let (chip_w, chip_h) = (
        columns * (TILE + GAP) + MARGIN,
        rows * (TILE + GAP) + MARGIN,
    );
    let most_x = chips
        .iter()
        .map(|c| usize::from(c.place.0))
        .max()
        .unwrap_or(0);
    let least_x = chips
        .iter()
        .map(|c| usize::from(c.place.0))
        .min()
        .unwrap_or(0);
    let least_y = chips
        .iter()
        .map(|c| usize::from(c.place.1))
        .min()
        .unwrap_or(0);
    let rows_of_chips = chips
        .iter()
        .map(|c| usize::from(c.place.1) - least_y)
        .max()
        .unwrap_or(0)
        + 1;
    let layers: Vec<u16> = chips.iter().map(|c| c.place.2).collect();
    let least_z = layers.iter().copied().min().unwrap_or(0);
    let layer_count = usize::from(layers.iter().copied().max().unwrap_or(0) - least_z) + 1;
    let (width, height) = (
        (most_x - least_x + 1) * chip_w + 2 * MARGIN,
        rows_of_chips * layer_count * chip_h + HEAD + 2 * MARGIN,
    );
    let router = |outputs: &[u64; 5]| outputs.iter().sum::<u64>();
    let most_router = chips
        .iter()
        .flat_map(|c| &c.outputs)
        .map(router)
        .max()
        .unwrap_or(0);
    let most_link = chips
        .iter()
        .flat_map(|c| &c.outputs)
        .flat_map(|o| &o[..4])
        .copied()
        .max()
        .unwrap_or(0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{MARGIN}\" y=\"26\" font-size=\"15\">{}</text>\n<text x=\"{MARGIN}\" y=\"44\" fill=\"#555\">squares: packets through a router, its own among them, up to {}; dots: cores in use</text>\n<text x=\"{MARGIN}\" y=\"60\" fill=\"#555\">lines: packets over a link, one line a direction, up to {}</text>\n",
        escaped(title),
        count(most_router),
        count(most_link),
        w = width.max(700),
    );
    for chip in chips {
        let x0 = MARGIN + (usize::from(chip.place.0) - least_x) * chip_w;
        let y0 = HEAD
            + MARGIN
            + (usize::from(chip.place.2 - least_z) * rows_of_chips + usize::from(chip.place.1)
                - least_y)
                * chip_h;
        one(
            &mut out,
            chip,
            columns,
            (x0, y0),
            (most_router.max(1), most_link.max(1)),
        );
    }
    out += "</svg>\n";
    out
}

fn one(
    out: &mut String,
    chip: &ChipTraffic,
    columns: usize,
    (x0, y0): (usize, usize),
    (most_router, most_link): (u64, u64),
) {
    let rows = chip.outputs.len().div_ceil(columns);
    let (w, h) = (columns * (TILE + GAP), rows * (TILE + GAP));
    let _ = writeln!(
        out,
        "<rect x=\"{}\" y=\"{}\" width=\"{w}\" height=\"{h}\" fill=\"none\" stroke=\"#bbb\"/>",
        x0 - GAP / 2,
        y0 - GAP / 2
    );
    for (node, outputs) in chip.outputs.iter().enumerate() {
        let (x, y) = (
            x0 + node % columns * (TILE + GAP),
            y0 + node / columns * (TILE + GAP),
        );
        let through: u64 = outputs.iter().sum();
        let colour = heat(through as f64 / most_router as f64);
        let text = if through as f64 > 0.55 * most_router as f64 {
            "white"
        } else {
            "black"
        };
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{TILE}\" height=\"{TILE}\" fill=\"{colour}\" stroke=\"#888\"><title>chip {:?} router {node}: {outputs:?} packets to +x -x +y -y local</title></rect>",
            chip.place
        );
        if through > 0 {
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-size=\"9\" fill=\"{text}\">{}</text>",
                x + TILE / 2,
                y + TILE / 2 + 3,
                short(through)
            );
        }
        for dot in 0..chip.cores[node] as usize {
            let _ = writeln!(
                out,
                "<circle cx=\"{}\" cy=\"{}\" r=\"2\" fill=\"{text}\"/>",
                x + 6 + 7 * dot,
                y + TILE - 6
            );
        }
        for port in [Port::East, Port::West, Port::North, Port::South] {
            let packets = outputs[port as usize];
            if packets > 0 {
                link(
                    out,
                    (x, y),
                    port,
                    packets as f64 / most_link as f64,
                    packets,
                );
            }
        }
    }
}

/// A line in the gap towards a neighbour; each direction has its own.
fn link(out: &mut String, (x, y): (usize, usize), port: Port, share: f64, packets: u64) {
    let (left, right, third) = (x + TILE, x + TILE + GAP, TILE / 3);
    let (x1, y1, x2, y2) = match port {
        Port::East => (left, y + third, right, y + third),
        Port::West => (x, y + 2 * third, x.saturating_sub(GAP), y + 2 * third),
        Port::North => (x + third, y + TILE, x + third, y + TILE + GAP),
        _ => (x + 2 * third, y, x + 2 * third, y.saturating_sub(GAP)),
    };
    let (width, colour) = (1.0 + 6.0 * share, heat(0.25 + 0.75 * share));
    let _ = writeln!(
        out,
        "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"{colour}\" stroke-width=\"{width:.1}\"><title>{packets} packets to {}</title></line>",
        port.name()
    );
}

/// A count in at most four characters or so.
fn short(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..10_000_000 => format!("{}k", n / 1000),
        _ => format!("{}M", n / 1_000_000),
    }
}
