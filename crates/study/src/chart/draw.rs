//! Pictures as static SVG, drawn by the library `plotters`.
//!
//! Places on an axis are computed here (a logarithmic axis is a linear one of logarithms), so that
//! all pictures have one type of coordinates, and ticks are those of [`Axis`].

use super::{Anchor, Axis, Beside, Chart, Mark, Scale};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Places, Places>>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// Places from one end of an axis to the other, with the ticks among them.
#[derive(Clone)]
struct Places {
    ends: Range<f64>,
    ticks: Vec<f64>,
    names: Vec<String>,
}

impl Places {
    fn of(axis: &Axis, values: impl Iterator<Item = f64>) -> Places {
        let (from, to) = axis.places(values);
        let ticks = match axis.scale {
            Scale::Hidden => vec![],
            _ => axis.tick_places(from, to),
        };
        let names = ticks.iter().map(|place| axis.label(*place)).collect();
        Places {
            ends: from..to,
            ticks,
            names,
        }
    }

    /// A place within the ends: what lies beyond, and what is infinite, is at the border.
    fn within(&self, place: f64) -> f64 {
        let low = self.ends.start.min(self.ends.end);
        let high = self.ends.start.max(self.ends.end);
        place.clamp(low, high)
    }
}

impl Ranged for Places {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let (from, to) = limit;
        let share = (value - self.ends.start) / (self.ends.end - self.ends.start);
        from + (share * f64::from(to - from)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.ends.clone()
    }
}

impl ValueFormatter<f64> for Places {
    fn format_ext(&self, place: &f64) -> String {
        let at = self.ticks.iter().position(|tick| tick == place);
        at.map_or(String::new(), |at| self.names[at].clone())
    }
}

/// Pictures below each other.
///
/// # Panics
/// Never: the text that is drawn into grows as needed, and no size is zero.
pub(super) fn svg(charts: &[Chart]) -> String {
    let width = charts.iter().map(|c| c.width).max().unwrap_or(1).max(1);
    let height = charts.iter().map(|c| c.height).sum::<u32>().max(1);
    let mut text = String::new();
    {
        let page = SVGBackend::with_string(&mut text, (width, height)).into_drawing_area();
        page.fill(&WHITE).expect("a text takes all that is drawn");
        let mut rest = page;
        for chart in charts {
            let (area, below) = rest.split_vertically(chart.height);
            draw(chart, &area).expect("a text takes all that is drawn");
            rest = below;
        }
        rest.present().expect("a text takes all that is drawn");
    }
    text
}

fn draw(chart: &Chart, area: &Area) -> Drawn {
    if chart.x.scale == Scale::Hidden {
        return draw_marks(chart, &mut ChartBuilder::on(area), false);
    }
    // the legend stands above the plot, so that it hides nothing of it
    let named = legend(chart);
    let rows = named.last().map_or(0, |entry| entry.row + 1);
    let head_height = match rows {
        0 => 28,
        rows => 28 + LEGEND_ROW * rows,
    };
    let (head, body) = area.split_vertically(head_height);
    let title = TextStyle::from(("sans-serif", 18)).pos(position(Anchor::Middle, Beside::Below));
    let middle = chart.width as i32 / 2;
    head.draw(&Text::new(chart.title.clone(), (middle, 8), title))?;
    for entry in &named {
        let y = 38 + (LEGEND_ROW * entry.row) as i32;
        let line = [(entry.x, y), (entry.x + 18, y)];
        let stroke = rgb(entry.colour).stroke_width(if entry.dashed { 1 } else { 3 });
        if entry.dashed {
            head.draw(&DashedPathElement::new(line, 6, 4, stroke))?;
        } else {
            head.draw(&PathElement::new(line, stroke))?;
        }
        let style = TextStyle::from(("sans-serif", 15));
        head.draw(&Text::new(entry.name.clone(), (entry.x + 24, y - 6), style))?;
    }
    let mut builder = ChartBuilder::on(&body);
    builder
        .margin_top(4)
        .margin_right(24)
        .margin_bottom(8)
        .x_label_area_size(46)
        .y_label_area_size(LEFT);
    draw_marks(chart, &mut builder, true)
}

/// Pixels to the left of a plot, for the numbers and the title of its axis.
const LEFT: u32 = 70;
/// Height of a row of the legend in pixels.
const LEGEND_ROW: u32 = 20;
/// Most letters of a name in the legend.
const LEGEND_LETTERS: usize = 40;

/// A name in the legend, with its place.
struct LegendEntry<'a> {
    name: String,
    colour: &'a str,
    dashed: bool,
    x: i32,
    row: u32,
}

/// The names of lines and dots beside each other, in a new row where there is no more room.
fn legend(chart: &Chart) -> Vec<LegendEntry<'_>> {
    let mut entries = vec![];
    let mut x = LEFT as i32;
    let mut row = 0;
    for named in chart.named() {
        let name: String = named.name.chars().take(LEGEND_LETTERS).collect();
        let width = 44 + 7 * name.chars().count() as i32;
        if x + width > chart.width as i32 && x > LEFT as i32 {
            x = LEFT as i32;
            row += 1;
        }
        entries.push(LegendEntry {
            name,
            colour: named.colour,
            dashed: named.dashed,
            x,
            row,
        });
        x += width;
    }
    entries
}

fn draw_marks(chart: &Chart, builder: &mut ChartBuilder<SVGBackend>, with_axes: bool) -> Drawn {
    let corners = || chart.marks.iter().flat_map(corners);
    let x = Places::of(&chart.x, corners().map(|point| point.0));
    let y = Places::of(&chart.y, corners().map(|point| point.1));
    let mut picture = builder.build_cartesian_2d(x, y)?;
    if with_axes {
        picture
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(RGBColor(228, 228, 228))
            .label_style(("sans-serif", 15))
            .axis_desc_style(("sans-serif", 16))
            .x_desc(&chart.x.title)
            .y_desc(&chart.y.title)
            .draw()?;
    }
    for mark in &chart.marks {
        draw_mark(chart, &mut picture, mark)?;
    }
    Ok(())
}

/// Points that an axis must hold.
fn corners(mark: &Mark) -> Vec<(f64, f64)> {
    match mark {
        Mark::Line { points, .. } | Mark::Dots { points, .. } => points.clone(),
        Mark::Segment { from, to, .. } | Mark::Tile { from, to, .. } => vec![*from, *to],
        Mark::Text { .. } => vec![],
    }
}

fn draw_mark(chart: &Chart, picture: &mut Plane, mark: &Mark) -> Drawn {
    let x_places = picture.as_coord_spec().x_spec().clone();
    let y_places = picture.as_coord_spec().y_spec().clone();
    let at = |&(x, y): &(f64, f64)| {
        let x = x_places.within(chart.x.place(x));
        (x, y_places.within(chart.y.place(y)))
    };
    match mark {
        Mark::Line {
            name: _,
            colour,
            points,
            dashed,
            dots,
        } => {
            let places: Vec<_> = points.iter().map(at).collect();
            if *dots {
                draw_dots(picture, &places, 4.0, rgb(colour).filled())?;
            }
            let width = if *dashed { 1 } else { 2 };
            draw_path(picture, places, rgb(colour).stroke_width(width), *dashed)
        }
        Mark::Segment {
            from,
            to,
            colour,
            width,
        } => {
            let width = width.round().max(1.0) as u32;
            draw_path(
                picture,
                vec![at(from), at(to)],
                rgb(colour).stroke_width(width),
                false,
            )
        }
        Mark::Dots {
            name: _,
            points,
            colour,
            radius,
            opacity,
        } => {
            let places: Vec<_> = points.iter().map(at).collect();
            draw_dots(
                picture,
                &places,
                *radius,
                rgb(colour).mix(*opacity).filled(),
            )
        }
        Mark::Tile {
            from,
            to,
            colour,
            border,
            says: _,
        } => draw_tile(picture, [at(from), at(to)], colour, border.as_deref()),
        Mark::Text {
            at: point,
            text,
            anchor,
            place,
            colour,
            size,
        } => {
            let colour = rgb(colour);
            // the library draws letters 1.24 times smaller than it is told
            let style = TextStyle::from(("sans-serif", *size * 1.24))
                .color(&colour)
                .pos(position(*anchor, *place));
            picture.draw_series([Text::new(text.clone(), at(point), style)])?;
            Ok(())
        }
    }
}

fn draw_tile(
    picture: &mut Plane,
    corners: [(f64, f64); 2],
    colour: &str,
    border: Option<&str>,
) -> Drawn {
    picture.draw_series([Rectangle::new(corners, rgb(colour).filled())])?;
    if let Some(border) = border {
        picture.draw_series([Rectangle::new(corners, rgb(border))])?;
    }
    Ok(())
}

fn draw_dots(picture: &mut Plane, places: &[(f64, f64)], radius: f64, style: ShapeStyle) -> Drawn {
    let circle = |place: &(f64, f64)| Circle::new(*place, radius, style);
    picture.draw_series(places.iter().map(circle))?;
    Ok(())
}

/// A line through places.
fn draw_path(
    picture: &mut Plane,
    places: Vec<(f64, f64)>,
    style: ShapeStyle,
    dashed: bool,
) -> Drawn {
    if dashed {
        picture.draw_series([DashedPathElement::new(places, 6, 4, style)])?;
    } else {
        picture.draw_series([PathElement::new(places, style)])?;
    }
    Ok(())
}

fn position(anchor: Anchor, place: Beside) -> Pos {
    let across = match anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let up = match place {
        Beside::Above => VPos::Bottom,
        Beside::Below => VPos::Top,
    };
    Pos::new(across, up)
}

/// A colour of the form #rrggbb; black if it is none.
fn rgb(colour: &str) -> RGBColor {
    let part = |at: usize| {
        let digits = colour.get(at..at + 2);
        digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
    };
    match (part(1), part(3), part(5)) {
        (Some(red), Some(green), Some(blue)) => RGBColor(red, green, blue),
        _ => BLACK,
    }
}
