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
    let mut layers: Vec<Value> = chart.marks.iter().map(|mark| layer(chart, mark)).collect();
    // a parameter of the whole belongs to one of its layers
    if let Some(first) = layers.first_mut().filter(|_| chart.zooms) {
        first["params"] = json!([{
            "name": "zoom",
            "select": {
                "type": "interval", "encodings": ["x", "y"], "zoom": "wheel![event.shiftKey]",
            },
            "bind": "scales",
        }]);
    }
    json!({
        "title": chart.title,
        "width": chart.width,
        "height": chart.height,
        "layer": layers,
    })
}

/// The colour of a mark with a name: by the scale that all names of the picture share, so that the
/// legend says it. The name is a field of the data and nothing else, because viewers make code of
/// what stands in an encoding.
fn named_colour(chart: &Chart) -> Value {
    let mut names: Vec<&str> = vec![];
    let mut colours: Vec<&str> = vec![];
    for named in chart.named() {
        names.push(named.name);
        colours.push(named.colour);
    }
    json!({
        "field": "name", "type": "nominal",
        "scale": { "domain": names, "range": colours },
        "legend": { "title": null, "orient": "top" },
    })
}

/// An axis as a channel of an encoding.
fn channel(chart: &Chart, axis: &Axis, field: &str) -> Value {
    let mut scale = json!({ "zero": axis.zero, "nice": false });
    if axis.scale == Scale::Log {
        scale["type"] = "log".into();
    }
    if let Some((from, to)) = axis.range {
        scale["domain"] = json!([from, to]);
        // what lies beyond is drawn at the border, but for a viewer who moves the border
        scale["clamp"] = (!chart.zooms).into();
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
    let x = channel(chart, &chart.x, "x");
    let y = channel(chart, &chart.y, "y");
    let box_of = json!({ "x": x, "y": y, "x2": { "field": "x2" }, "y2": { "field": "y2" } });
    match mark {
        Mark::Line { dashed: true, .. } => border_line(chart, mark, x, y),
        Mark::Line { .. } | Mark::Dots { .. } => points_layer(chart, mark, x, y),
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

/// A dashed line from border to border, which is a rule with one channel.
fn border_line(chart: &Chart, mark: &Mark, x: Value, y: Value) -> Value {
    let Mark::Line {
        name,
        colour,
        points,
        ..
    } = mark
    else {
        return Value::Null;
    };
    let across = points.iter().any(|point| point.0.is_infinite());
    let mut rule = json!({
        "data": { "values": [{
            "name": name, "x": finite(points[0].0), "y": finite(points[0].1),
        }] },
        "mark": { "type": "rule", "color": colour, "strokeDash": [6, 4] },
        "encoding": if across { json!({ "y": y }) } else { json!({ "x": x }) },
    });
    if !name.is_empty() {
        rule["encoding"]["color"] = named_colour(chart);
    }
    rule
}

/// A line or dots, with their points as two columns, a third as long as an object for each; a
/// transform takes them apart. A table as text would be as short, but its reader compiles code,
/// which careful pages forbid.
fn points_layer(chart: &Chart, mark: &Mark, x: Value, y: Value) -> Value {
    let clip = chart.zooms;
    let looks = match mark {
        Mark::Line { colour, dots, .. } => {
            json!({ "type": "line", "color": colour, "point": dots, "clip": clip })
        }
        Mark::Dots {
            colour,
            radius,
            opacity,
            ..
        } => json!({
            "type": "circle", "color": colour, "opacity": opacity, "clip": clip,
            // Vega-Lite measures a point by its area
            "size": std::f64::consts::PI * radius * radius,
        }),
        _ => Value::Null,
    };
    let (Mark::Line { name, points, .. } | Mark::Dots { name, points, .. }) = mark else {
        return Value::Null;
    };
    let columns = |pick: fn(&(f64, f64)) -> f64| -> Vec<Value> {
        points.iter().map(|point| finite(pick(point))).collect()
    };
    let mut encoding = json!({ "x": x, "y": y });
    if !name.is_empty() {
        encoding["color"] = named_colour(chart);
    }
    json!({
        "data": { "values": [{
            "name": name, "x": columns(|point| point.0), "y": columns(|point| point.1),
        }] },
        "transform": [{ "flatten": ["x", "y"] }],
        "mark": looks,
        "encoding": encoding,
    })
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
    const WHOLE_MAX: f64 = 1e15;
    if value.fract() == 0.0 && value.abs() < WHOLE_MAX {
        // without a point and a zero, of which a raster has many
        json!(value as i64)
    } else if value.is_finite() {
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
