// One query beside what it was taken for. Names become text, never markup.
const dialog = document.getElementById("detail");
const queries = data.details.queries;
const places = data.details.places;
let listed = [];
let current = null;

function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function picture(uri, alt, missing) {
  return uri ? element("img", { src: uri, alt }) : element("div", { class: "none" }, missing);
}

function shot(uri, alt, title, told, tone = "") {
  const caption = element("figcaption", {}, element("b", {}, title), ...told.flatMap((line) => [element("br"), line]));
  return element("figure", { class: `shot ${tone}` }, picture(uri, alt, "no picture kept"), caption);
}

function toneOf(right) {
  return right === null ? "" : right ? "right" : "wrong";
}

function wordOf(right) {
  return right === null ? [] : [right ? "✓ right" : "✗ wrong"];
}

function placeShot(id, title, told, tone) {
  const place = places[id];
  const lines = [...told, place.where || place.name].filter(Boolean);
  return shot(place.picture, `Place ${id} of the map: ${place.where || place.name}`, title, lines, tone);
}

const SVG = "http://www.w3.org/2000/svg";

function drawing(name, attributes, ...inside) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

// Query and best match side by side: what both seem to show stays bright, what belongs together is linked.
async function drawVotes(figure, uris, votes, alt) {
  const pictures = uris.map((uri) => Object.assign(new Image(), { src: uri }));
  await Promise.all(pictures.map((each) => each.decode()));
  const heights = pictures.map((each) => (100 * each.naturalHeight) / each.naturalWidth);
  const height = Math.max(...heights);
  const boxes = heights.map((own, side) => ({ x: 103 * side, y: (height - own) / 2, width: 100, height: own, preserveAspectRatio: "none" }));
  const layers = boxes.flatMap((box, side) => [uris[side], ...(votes.shades ? [votes.shades[side]] : [])].map((href) => drawing("image", { ...box, href })));
  const at = (side, x, y) => [boxes[side].x + 100 * x, boxes[side].y + boxes[side].height * y];
  const links = [...votes.links].reverse().flatMap(([x, y, u, v, colour]) => {
    const [[x1, y1], [x2, y2]] = [at(0, x, y), at(1, u, v)];
    const ends = [[x1, y1], [x2, y2]].map(([cx, cy]) => drawing("circle", { cx, cy, r: 1.1, fill: colour }));
    return [drawing("line", { x1, y1, x2, y2, class: "halo" }), drawing("line", { x1, y1, x2, y2, stroke: colour }), ...ends];
  });
  figure.prepend(drawing("svg", { viewBox: `0 0 203 ${height}`, role: "img", "aria-label": alt }, ...layers, ...links));
}

function linksFigure(query, id) {
  const told = query.points
    ? `${query.points.count} points agree with the pose, ${query.points.links.length} of them are linked`
    : `${query.votes.links.length} strongest votes of its patches are linked, the strongest in yellow; what both images seem to show stays bright`;
  const figure = element("figure", { class: "votes" }, element("figcaption", {}, told));
  drawVotes(figure, [query.picture, places[id].picture], query.points ?? query.votes, `Image ${query.number} beside place ${id}: ${told}`);
  return figure;
}

function fillDetail(index) {
  const query = queries[index];
  current = index;
  document.getElementById("detail-title").textContent = `Image ${query.number}: ${data.details.verdicts[query.verdict].title}`;
  const body = document.getElementById("detail-body");
  body.replaceChildren();
  if (query.why) body.append(element("p", { class: `why ${query.verdict}` }, query.why));
  const trio = element("div", { class: "trio" }, shot(query.picture, `Image ${query.number}: ${query.name}`, "What the robot saw", [query.where].filter(Boolean)));
  if (query.top.length) {
    const [id, similarity, right] = query.top[0];
    trio.append(placeShot(id, `Best match: place ${id}`, [`similarity ${similarity.toFixed(3)}`, ...wordOf(right)], toneOf(right)));
  }
  if (query.positive !== undefined && !(query.top.length && query.top[0][2])) {
    trio.append(placeShot(query.positive, `Would be right: place ${query.positive}`, [], "right"));
  }
  body.append(trio);
  if (query.points || query.votes) body.append(element("h3", {}, `What speaks for place ${query.top[0][0]}`), linksFigure(query, query.top[0][0]));
  if (query.top.length > 1) {
    const five = query.top.map(([id, similarity, right], rank) =>
      placeShot(id, `${rank + 1}. place ${id}`, [similarity.toFixed(3), ...wordOf(right)], toneOf(right)));
    body.append(element("h3", {}, `The first ${query.top.length} candidates`), element("div", { class: "five" }, ...five));
  }
  const facts = query.facts.flatMap(([name, told]) => [element("dt", {}, name), element("dd", {}, told)]);
  body.append(element("dl", { class: "facts" }, ...facts));
  const place = listed.indexOf(index);
  document.getElementById("detail-previous").disabled = place <= 0;
  document.getElementById("detail-next").disabled = place < 0 || place + 1 >= listed.length;
  dialog.scrollTop = 0;
}

function openDetail(index, among) {
  if (!(index in queries)) return;
  listed = among ?? Object.keys(queries);
  fillDetail(index);
  if (!dialog.open) dialog.showModal();
}

function step(by) {
  const next = listed[listed.indexOf(current) + by];
  if (next !== undefined) fillDetail(next);
}

document.getElementById("detail-close").addEventListener("click", () => dialog.close());
document.getElementById("detail-previous").addEventListener("click", () => step(-1));
document.getElementById("detail-next").addEventListener("click", () => step(1));
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
