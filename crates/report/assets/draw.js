// Draws every chart of the page and says in the page how many were drawn. It asks for nothing from
// anywhere: the charts with their numbers stand in the page.
"use strict";
(() => {
  const body = document.body;
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const narrow = window.innerWidth < 600;
  const config = {
    font: "sans-serif",
    axis: { labelLimit: narrow ? 110 : 260, titleLimit: 400, gridColor: "#e4e4e4" },
    legend: { columns: narrow ? 2 : 5, labelLimit: narrow ? 120 : 240 },
    view: { stroke: "#dddddd" },
  };
  let drawn = 0;
  let failed = 0;
  document.addEventListener("securitypolicyviolation", (event) => {
    body.dataset.refused = event.violatedDirective;
  });
  const draw = async (chart) => {
    const place = document.getElementById(chart.id);
    try {
      await vegaEmbed(place, chart.spec, {
        mode: "vega-lite",
        // expressions are interpreted and never compiled: the page forbids `eval`
        ast: true,
        config,
        renderer: chart.renderer,
        downloadFileName: chart.file,
        actions: { export: true, source: false, compiled: false, editor: false },
      });
      drawn += 1;
    } catch (error) {
      failed += 1;
      place.textContent = "This chart could not be drawn: " + error;
    }
  };
  const all = Promise.all(charts.map(draw));
  all.then(() => {
    body.dataset.drawn = drawn;
    body.dataset.failed = failed;
  });
})();
