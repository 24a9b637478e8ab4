//! Pictures as Vega-Lite specifications, version 5: one layer for each mark, its numbers inline.

use super::{Anchor, Axis, Beside, Chart, Mark, Scale};
use serde_json::{Value, json};

const SCHEMA: &str = "https://vega.github.io/schema/vega-lite/v5.json";

/// A specification with the address of its schema.
pub(super) fn with_schema(mut specification: Value) -> Value {
    specification["$schema"] = SCHEMA.into();
    specification
}

/// One picture, without the address of the schema.
pub(super) fn chart(chart: &Chart) -> Value {
    let layers: Vec<Value> = chart.marks.iter().map(|mark| layer(chart, mark)).collect();
    json!({
        "title": chart.title,
        "width": chart.width,
        "height": chart.height,
        "layer": layers,
    })
}

/// An axis as a channel of an encoding.
fn channel(axis: &Axis, field: &str) -> Value {
    let mut scale = json!({ "zero": axis.zero, "nice": false, "clamp": true });
    if axis.scale == Scale::Log {
        scale["type"] = "log".into();
    }
    if let Some((from, to)) = axis.range {
        scale["domain"] = json!([from, to]);
    }
    let drawn = match axis.scale {
        Scale::Hidden => Value::Null,
        _ if axis.ticks.is_empty() => json!({}),
        _ => json!({ "values": axis.ticks }),
    };
    json!({
        "field": field, "type": "quantitative", "title": axis.title, "scale": scale, "axis": drawn,
    })
}

/// One mark as a layer.
fn layer(chart: &Chart, mark: &Mark) -> Value {
    let x = channel(&chart.x, "x");
    let y = channel(&chart.y, "y");
    let box_of = json!({ "x": x, "y": y, "x2": { "field": "x2" }, "y2": { "field": "y2" } });
    match mark {
        Mark::Line {
            name,
            colour,
            points,
            dashed: false,
            dots,
        } => json!({
            "data": { "values": values(points) },
            "mark": { "type": "line", "color": colour, "point": dots },
            "name": name,
            "encoding": {
                "x": x, "y": y, "stroke": { "datum": name, "legend": { "title": null } },
            },
        }),
        Mark::Line { colour, points, .. } => {
            // a dashed line goes from border to border, which is a rule with one channel
            let across = points.iter().any(|point| point.0.is_infinite());
            json!({
                "data": { "values": values(&points[..1]) },
                "mark": { "type": "rule", "color": colour, "strokeDash": [6, 4] },
                "encoding": if across { json!({ "y": y }) } else { json!({ "x": x }) },
            })
        }
        Mark::Segment {
            from,
            to,
            colour,
            width,
        } => json!({
            "data": { "values": [corners(*from, *to)] },
            "mark": { "type": "rule", "color": colour, "strokeWidth": width },
            "encoding": box_of,
        }),
        Mark::Dots {
            points,
            colour,
            radius,
            opacity,
        } => json!({
            "data": { "values": values(points) },
            // Vega-Lite measures a point by its area
            "mark": {
                "type": "circle", "color": colour, "opacity": opacity,
                "size": std::f64::consts::PI * radius * radius,
            },
            "encoding": { "x": x, "y": y },
        }),
        Mark::Tile {
            from,
            to,
            colour,
            border,
            says,
        } => json!({
            "data": { "values": [corners(*from, *to)] },
            "mark": { "type": "rect", "color": colour, "stroke": border, "tooltip": says },
            "encoding": box_of,
        }),
        Mark::Text { .. } => text(mark, x, y),
    }
}

/// A text, at a point or, where a number is infinite, at a border.
fn text(mark: &Mark, x: Value, y: Value) -> Value {
    let Mark::Text {
        at,
        text,
        anchor,
        place,
        colour,
        size,
    } = mark
    else {
        return Value::Null;
    };
    json!({
        "data": { "values": values(&[*at]) },
        "mark": {
            "type": "text", "text": text, "color": colour, "fontSize": size,
            "align": align(*anchor), "baseline": baseline(*place),
        },
        "encoding": {
            "x": if at.0.is_finite() { x } else { json!({ "value": "width" }) },
            "y": if at.1.is_finite() { y } else { json!({ "value": "height" }) },
        },
    })
}

fn values(points: &[(f64, f64)]) -> Vec<Value> {
    let point = |&(x, y): &(f64, f64)| json!({ "x": finite(x), "y": finite(y) });
    points.iter().map(point).collect()
}

/// A number, or null where it is infinite: JSON has no infinity.
fn finite(value: f64) -> Value {
    if value.is_finite() {
        json!(value)
    } else {
        Value::Null
    }
}

fn corners(from: (f64, f64), to: (f64, f64)) -> Value {
    json!({ "x": from.0, "y": from.1, "x2": to.0, "y2": to.1 })
}

fn align(anchor: Anchor) -> &'static str {
    match anchor {
        Anchor::Start => "left",
        Anchor::Middle => "center",
        Anchor::End => "right",
    }
}

fn baseline(place: Beside) -> &'static str {
    match place {
        Beside::Above => "bottom",
        Beside::Below => "top",
    }
}
