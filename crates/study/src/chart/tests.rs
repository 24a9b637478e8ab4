use super::*;

fn losses() -> Chart {
    Chart::new("loss <first> & last")
        .x(Axis::linear("sequence"))
        .y(Axis::linear("loss"))
        .line("chip", [(0.0, 100.0), (1.0, 40.0), (2.0, 10.0)])
        .dotted_line("float", [(0.0, 90.0), (1.0, 30.0), (2.0, 5.0)])
        .across(20.0, "published", Beside::Above)
        .upright(1.5, "as trained")
}

/// Every text of an SVG.
fn texts(svg: &str) -> Vec<String> {
    let after = svg.split("<text").skip(1);
    let inner = after.filter_map(|rest| rest.split_once('>')?.1.split_once("</text"));
    inner.map(|(text, _)| text.trim().to_string()).collect()
}

#[test]
fn a_picture_has_its_title_axes_legend_and_words_and_escapes_them() {
    let svg = losses().svg();
    let texts = texts(&svg);
    for wanted in [
        "loss &lt;first&gt; &amp; last",
        "sequence",
        "loss",
        "chip",
        "float",
        "published",
        "as trained",
        "100",
    ] {
        assert!(texts.iter().any(|t| t == wanted), "{wanted}: {texts:?}");
    }
    assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
}

#[test]
fn equal_pictures_are_equal_texts() {
    assert_eq!(losses().svg(), losses().svg());
}

#[test]
fn nothing_is_drawn_beyond_the_page() {
    let svg = losses()
        .y(Axis::linear("loss").range(0.0, 50.0))
        .line("far away", [(0.0, 1e9), (2.0, -1e9)])
        .svg();
    for part in svg.split('"').filter(|part| part.contains(',')) {
        for pair in part.split_whitespace().filter_map(|p| p.split_once(',')) {
            if let (Ok(x), Ok(y)) = (pair.0.parse::<f64>(), pair.1.parse::<f64>()) {
                assert!((0.0..=720.0).contains(&x), "{part}");
                assert!((0.0..=400.0).contains(&y), "{part}");
            }
        }
    }
}

#[test]
fn a_specification_holds_the_numbers_and_no_infinity() {
    let specification = losses().vega_lite();
    assert_eq!(
        specification["$schema"],
        "https://vega.github.io/schema/vega-lite/v5.json"
    );
    let layers = specification["layer"].as_array().unwrap();
    assert_eq!(layers.len(), 5);
    assert_eq!(layers[0]["data"]["values"][0]["y"][1], 40);
    assert_eq!(layers[2]["mark"]["type"], "rule");
    assert!(layers[2]["encoding"]["x"].is_null());
    assert_eq!(layers[2]["data"]["values"][0]["y"], 20);
}

#[test]
fn bars_share_one_scale_and_name_their_parts() {
    let bars = Bars {
        title: "energy".into(),
        parts: vec!["neurons".into(), "synapses".into()],
        rows: vec![
            BarRow {
                name: "chip".into(),
                parts: vec![(3.0, COLOURS[0]), (1.0, COLOURS[1])],
                value: "4 nJ".into(),
            },
            BarRow {
                name: "core 0".into(),
                parts: vec![(1.0, COLOURS[0]), (1.0, COLOURS[1])],
                value: "2 nJ".into(),
            },
        ],
        notes: vec!["static energy is not among it".into()],
    };
    let chart = bars.chart();
    let widths: Vec<f64> = (chart.marks.iter())
        .filter_map(|mark| match mark {
            Mark::Tile { from, to, .. } if to.1 - from.1 > 12.0 => Some(to.0 - from.0),
            _ => None,
        })
        .collect();
    assert_eq!(widths, [420.0, 140.0, 140.0, 140.0]);
    assert!(texts(&chart.svg()).contains(&"core 0".to_string()));
    let column = Column(vec![chart.clone(), losses()]);
    assert_eq!(column.vega_lite()["vconcat"].as_array().unwrap().len(), 2);
    assert!(texts(&column.svg()).contains(&"published".to_string()));
}

#[test]
fn heat_goes_from_white_to_dark_red() {
    assert_eq!(heat(0.0), "#ffffff");
    assert_eq!(heat(1.0), "#800026");
    assert_eq!(heat(-1.0), heat(0.0));
    let stops = [0.0, 1.0, 2.0, 3.0].map(|stop| heat(stop / 3.0));
    assert_eq!(stops, HEAT);
}
