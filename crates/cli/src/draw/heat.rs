//! The mesh as a heat map: packets through every router, and over every link.

use seamount_mesh::Port;
use seamount_session::words::count;
use seamount_session::{ChipTraffic, TrafficMap};
use seamount_study::chart::{Anchor, Chart, heat};

/// Side of a tile and gap between tiles, in pixels.
const TILE: usize = 44;
const GAP: usize = 20;
const MARGIN: usize = 24;
const HEAD: usize = 72;

/// A map of some chips: where they lie on the page, and the most packets of a router and of a link.
struct Map {
    columns: usize,
    rows: usize,
    least: (usize, usize, usize),
    chip_rows: usize,
    size: (usize, usize),
    most_router: u64,
    most_link: u64,
}

impl Map {
    fn of(chips: &[ChipTraffic], width_tiles: u16) -> Map {
        let columns = usize::from(width_tiles).max(1);
        let routers = chips.first().map_or(0, |chip| chip.outputs.len());
        let rows = routers.div_ceil(columns);
        let x = ends(chips.iter().map(|chip| chip.place.0));
        let y = ends(chips.iter().map(|chip| chip.place.1));
        let z = ends(chips.iter().map(|chip| chip.place.2));
        let chip_rows = y.1 - y.0 + 1;
        let outputs = || chips.iter().flat_map(|chip| &chip.outputs);
        let through = |router: &[u64; 5]| router.iter().sum::<u64>();
        let mut map = Map {
            columns,
            rows,
            least: (x.0, y.0, z.0),
            chip_rows,
            size: (0, 0),
            most_router: outputs().map(through).max().unwrap_or(0),
            most_link: (outputs().flat_map(|router| &router[..4]).copied())
                .max()
                .unwrap_or(0),
        };
        let (width, height) = map.chip_size();
        map.size = (
            ((x.1 - x.0 + 1) * width + 2 * MARGIN).max(700),
            chip_rows * (z.1 - z.0 + 1) * height + HEAD + 2 * MARGIN,
        );
        map
    }

    fn chip_size(&self) -> (usize, usize) {
        (
            self.columns * (TILE + GAP) + MARGIN,
            self.rows * (TILE + GAP) + MARGIN,
        )
    }

    /// The upper left corner of a chip: layers of a stack lie below each other.
    fn corner(&self, chip: &ChipTraffic) -> (usize, usize) {
        let (width, height) = self.chip_size();
        let across = usize::from(chip.place.0) - self.least.0;
        let layer = usize::from(chip.place.2) - self.least.2;
        let down = layer * self.chip_rows + usize::from(chip.place.1) - self.least.1;
        (MARGIN + across * width, HEAD + MARGIN + down * height)
    }
}

/// The least and the largest of some numbers; 0 and 0 of none.
fn ends(values: impl Iterator<Item = u16> + Clone) -> (usize, usize) {
    let least = values.clone().min().unwrap_or(0);
    (least.into(), values.max().unwrap_or(0).into())
}

fn point(x: usize, y: usize) -> (f64, f64) {
    (x as f64, y as f64)
}

/// Draws every chip of a map of packets of a network.
pub fn picture(network: &str, traffic: &TrafficMap) -> Chart {
    let chips = traffic.chips.as_slice();
    let map = Map::of(chips, traffic.tiles_x);
    let title = format!(
        "packets of '{network}' on {} in {} steps",
        traffic.board, traffic.steps
    );
    let legend = [
        format!(
            "squares: packets through a router, its own among them, up to {}; dots: cores in use",
            count(map.most_router)
        ),
        format!(
            "lines: packets over a link, one line a direction, up to {}",
            count(map.most_link)
        ),
    ];
    let mut page = Chart::page(map.size.0 as u32, map.size.1 as u32).text(
        point(MARGIN, 12),
        title,
        Anchor::Start,
        "#000000",
        15.0,
    );
    page = colour_scale(page, &map);
    for (line, text) in legend.into_iter().enumerate() {
        let at = point(MARGIN, 34 + 16 * line);
        page = page.text(at, text, Anchor::Start, "#555555", 11.0);
    }
    for chip in chips {
        page = draw_chip(page, &map, chip);
    }
    page
}

/// The colours from none to the most packets, at the right end of the head.
fn colour_scale(mut page: Chart, map: &Map) -> Chart {
    const STEPS: usize = 20;
    const STEP: usize = 6;
    let left = map.size.0 - MARGIN - 44 - STEPS * STEP;
    for step in 0..STEPS {
        let colour = heat((step as f64 + 0.5) / STEPS as f64);
        let from = point(left + STEP * step, 14);
        let to = point(left + STEP * (step + 1), 24);
        page = page.tile(from, to, &colour, None, "");
    }
    let most = short(map.most_router);
    page.text(point(left - 4, 13), "0", Anchor::End, "#555555", 11.0)
        .text(
            point(left + STEPS * STEP + 4, 13),
            most,
            Anchor::Start,
            "#555555",
            11.0,
        )
}

fn draw_chip(page: Chart, map: &Map, chip: &ChipTraffic) -> Chart {
    let (left, top) = map.corner(chip);
    let width = map.columns * (TILE + GAP);
    let height = map.rows * (TILE + GAP);
    let from = point(left - GAP / 2, top - GAP / 2);
    let to = (from.0 + width as f64, from.1 + height as f64);
    let name = format!("chip {:?}", chip.place);
    let mut page = page.tile(from, to, "#ffffff", Some("#bbbbbb"), name);
    for column in 0..map.columns {
        let at = point(left + column * (TILE + GAP) + TILE / 2, top - GAP / 2 + 1);
        page = page.text(at, column.to_string(), Anchor::Middle, "#999999", 8.0);
    }
    for row in 0..map.rows {
        let at = point(left - GAP / 2 + 2, top + row * (TILE + GAP) + TILE / 2 - 4);
        page = page.text(at, row.to_string(), Anchor::Start, "#999999", 8.0);
    }
    for node in 0..chip.outputs.len() {
        let x = left + node % map.columns * (TILE + GAP);
        let y = top + node / map.columns * (TILE + GAP);
        page = draw_router(page, map, chip, node, (x, y));
    }
    page
}

fn draw_router(
    page: Chart,
    map: &Map,
    chip: &ChipTraffic,
    node: usize,
    corner: (usize, usize),
) -> Chart {
    let (x, y) = corner;
    let outputs = &chip.outputs[node];
    let through: u64 = outputs.iter().sum();
    let share = through as f64 / map.most_router.max(1) as f64;
    let ink = if share > 0.55 { "#ffffff" } else { "#000000" };
    let says = format!(
        "chip {:?} router {node}: {outputs:?} packets to +x -x +y -y local",
        chip.place
    );
    let end = point(x + TILE, y + TILE);
    let mut page = page.tile(point(x, y), end, &heat(share), Some("#888888"), says);
    if through > 0 {
        let at = point(x + TILE / 2, y + TILE / 2 - 5);
        page = page.text(at, short(through), Anchor::Middle, ink, 9.0);
    }
    let cores = chip.cores[node] as usize;
    let dot = |index: usize| point(x + 6 + 7 * index, y + TILE - 6);
    page = page.dots((0..cores).map(dot).collect(), ink, 2.0);
    for port in [Port::East, Port::West, Port::North, Port::South] {
        let packets = outputs[port as usize];
        if packets > 0 {
            let share = packets as f64 / map.most_link.max(1) as f64;
            page = draw_link(page, corner, port, share);
        }
    }
    page
}

/// A line in the gap towards a neighbour; each direction has its own.
fn draw_link(page: Chart, corner: (usize, usize), port: Port, share: f64) -> Chart {
    let (x, y) = corner;
    let near = TILE;
    let far = TILE + GAP;
    let third = TILE / 3;
    let (from, to) = match port {
        Port::East => (point(x + near, y + third), point(x + far, y + third)),
        Port::West => (
            point(x, y + 2 * third),
            point(x.saturating_sub(GAP), y + 2 * third),
        ),
        Port::North => (point(x + third, y + near), point(x + third, y + far)),
        _ => (
            point(x + 2 * third, y),
            point(x + 2 * third, y.saturating_sub(GAP)),
        ),
    };
    page.segment(from, to, &heat(0.25 + 0.75 * share), 1.0 + 6.0 * share)
}

/// A count in at most four characters or so.
fn short(n: u64) -> String {
    match n {
        0..10_000 => n.to_string(),
        10_000..10_000_000 => format!("{}k", n / 1000),
        _ => format!("{}M", n / 1_000_000),
    }
}
