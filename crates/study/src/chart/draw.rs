//! Pictures as static SVG, drawn by the library `plotters`.
//!
//! Places on an axis are computed here (a logarithmic axis is a linear one of logarithms), so that all
//! pictures have one type of coordinates, and ticks are those of [`Axis`].

use super::{Anchor, Axis, Beside, Chart, Mark, Scale};
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::ops::Range;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Picture<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Places, Places>>;
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
    let hidden = chart.x.scale == Scale::Hidden;
    let corners = || chart.marks.iter().flat_map(corners);
    let x = Places::of(&chart.x, corners().map(|point| point.0));
    let y = Places::of(&chart.y, corners().map(|point| point.1));
    let mut builder = ChartBuilder::on(area);
    if !hidden {
        builder
            .caption(&chart.title, ("sans-serif", 15))
            .margin(12)
            .margin_right(24)
            .x_label_area_size(42)
            .y_label_area_size(58);
    }
    let mut picture = builder.build_cartesian_2d(x, y)?;
    if !hidden {
        let axis_names = ("sans-serif", 13);
        picture
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(RGBColor(228, 228, 228))
            .label_style(("sans-serif", 12))
            .axis_desc_style(axis_names)
            .x_desc(&chart.x.title)
            .y_desc(&chart.y.title)
            .draw()?;
    }
    for mark in &chart.marks {
        draw_mark(chart, &mut picture, mark)?;
    }
    let named = |mark: &Mark| matches!(mark, Mark::Line { name, .. } if !name.is_empty());
    if chart.marks.iter().any(named) {
        picture
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .label_font(("sans-serif", 12))
            .draw()?;
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

fn draw_mark(chart: &Chart, picture: &mut Picture, mark: &Mark) -> Drawn {
    let x_places = picture.as_coord_spec().x_spec().clone();
    let y_places = picture.as_coord_spec().y_spec().clone();
    let at = |&(x, y): &(f64, f64)| {
        let x = x_places.within(chart.x.place(x));
        (x, y_places.within(chart.y.place(y)))
    };
    match mark {
        Mark::Line {
            name,
            colour,
            points,
            dashed,
            dots,
        } => {
            let places: Vec<_> = points.iter().map(at).collect();
            if *dots {
                let circle = |place: &(f64, f64)| Circle::new(*place, 4, rgb(colour).filled());
                picture.draw_series(places.iter().map(circle))?;
            }
            let width = if *dashed { 1 } else { 2 };
            draw_path(picture, places, rgb(colour), width, *dashed, name)
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
                rgb(colour),
                width,
                false,
                "",
            )
        }
        Mark::Dots {
            points,
            colour,
            radius,
            opacity,
        } => {
            let style = rgb(colour).mix(*opacity).filled();
            let circle = |point| Circle::new(at(point), *radius, style);
            picture.draw_series(points.iter().map(circle))?;
            Ok(())
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
            let style = TextStyle::from(("sans-serif", *size))
                .color(&colour)
                .pos(position(*anchor, *place));
            picture.draw_series([Text::new(text.clone(), at(point), style)])?;
            Ok(())
        }
    }
}

fn draw_tile(
    picture: &mut Picture,
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

/// A line through places, with its name in the legend unless that is empty.
fn draw_path(
    picture: &mut Picture,
    places: Vec<(f64, f64)>,
    colour: RGBColor,
    width: u32,
    dashed: bool,
    name: &str,
) -> Drawn {
    let style = colour.stroke_width(width);
    if dashed {
        picture.draw_series([DashedPathElement::new(places, 6, 4, style)])?;
        return Ok(());
    }
    let drawn = picture.draw_series([PathElement::new(places, style)])?;
    if !name.is_empty() {
        drawn
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3)));
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
