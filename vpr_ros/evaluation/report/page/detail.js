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
