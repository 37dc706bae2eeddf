// Draws every figure of the data with plotly, in the page's own colours; once more when light turns to dark.
const data = JSON.parse(document.getElementById("data").textContent);

// Colours stand in the data as names of the page's style: var(--right).
function resolve(value, style) {
  if (typeof value === "string") {
    const found = /^var\((--[a-z0-9-]+)\)$/.exec(value);
    return found ? style.getPropertyValue(found[1]).trim() : value;
  }
  if (Array.isArray(value)) return value.map((each) => resolve(each, style));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each, style)]));
  }
  return value;
}

function plainLayout(style) {
  const ink = style.getPropertyValue("--soft").trim();
  const grid = style.getPropertyValue("--line").trim();
  const axis = { gridcolor: grid, linecolor: grid, zerolinecolor: grid, automargin: true };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", autosize: true,
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: ink },
    margin: { l: 54, r: 14, t: 12, b: 46 }, showlegend: false,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" }, hoverlabel: { align: "left" }, dragmode: false, xaxis: axis, yaxis: axis,
  };
}

function draw(figure) {
  const style = getComputedStyle(document.documentElement);
  const plain = plainLayout(style);
  const own = resolve(figure.layout, style);
  const place = document.getElementById(`plot-${figure.name}`);
  // What keeps its proportions would be mostly margin on a narrow screen.
  const height = figure.layout.yaxis?.scaleanchor ? Math.min(figure.tall, Math.max(300, place.clientWidth)) : figure.tall;
  place.style.height = `${height}px`;
  const layout = { ...plain, ...own, height };
  layout.xaxis = { ...plain.xaxis, ...own.xaxis };
  layout.yaxis = { ...plain.yaxis, ...own.yaxis };
  layout.legend = { ...plain.legend, ...own.legend };
  const mouse = matchMedia("(pointer: fine)").matches;
  if (figure.asks && mouse && !layout.xaxis.fixedrange) layout.dragmode = "pan";
  const config = {
    responsive: true, displaylogo: false, displayModeBar: layout.dragmode === "pan" ? "hover" : false,
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  };
  const drawn = Plotly.react(place, resolve(figure.traces, style), layout, config);
  if (figure.asks && !place.dataset.hears) {
    place.dataset.hears = "yes";
    drawn.then(() => place.on("plotly_click", (event) => {
      const asked = event.points.find((point) => (point.customdata ?? null) !== null);
      if (typeof asked?.customdata === "string") showList(asked.customdata);
      else if (asked) openDetail(String(asked.customdata), null);
    }));
  }
  return drawn;
}

async function drawAll() {
  for (const figure of data.figures) {
    await draw(figure);
    await new Promise((done) => setTimeout(done, 0)); // the page stays alive between figures
  }
  document.documentElement.dataset.drawn = "yes";
}
