// The list of failures: choose which, then one click a picture. Ends by drawing the page.
const FIRST = 24;

function card(index, among) {
  const query = queries[index];
  const best = query.top.length ? query.top[0] : null;
  const match = best
    ? picture(places[best[0]].picture, `Taken for place ${best[0]}`, "no picture kept")
    : element("div", { class: "none" }, "said unknown");
  const pair = element("div", { class: "pair" }, picture(query.picture, `Image ${query.number}`, "no picture here"), match);
  const title = `#${query.number} ${data.details.verdicts[query.verdict].title}`;
  const facts = Object.fromEntries(query.facts);
  const off = facts["Pose off by"] ?? facts["Coarse pose off by"];
  const told = [best ? `similarity ${best[1].toFixed(3)}` : query.why, /^\d/.test(off ?? "") ? `${off} off` : off, ...(query.mistaken ?? [])];
  const button = element("button", { type: "button", class: query.verdict }, pair, element("b", {}, title),
    ...told.filter(Boolean).map((line) => element("span", {}, line)));
  button.addEventListener("click", () => openDetail(index, among));
  return element("li", {}, button);
}

function fillGallery(indices, count) {
  const list = document.getElementById("gallery");
  list.replaceChildren(...indices.slice(0, count).map((index) => card(index, indices)));
  const more = document.getElementById("gallery-more");
  more.hidden = count >= indices.length;
  more.textContent = `Show ${Math.min(FIRST, indices.length - count)} more of ${indices.length}`;
  more.onclick = () => {
    fillGallery(indices, count + FIRST);
    list.children[count].querySelector("button").focus();
  };
}

// A list by its title; one that has no button of its own says its title above.
function showList(title) {
  const buttons = [...document.querySelectorAll(".chips button")];
  for (const each of buttons) each.setAttribute("aria-pressed", String(each.dataset.list === title));
  const named = buttons.some((each) => each.dataset.list === title);
  const indices = data.lists[title].map(String).filter((index) => index in queries);
  const heading = document.getElementById("gallery-title");
  heading.hidden = named;
  heading.textContent = named ? "" : `${title} (${indices.length})`;
  fillGallery(indices, FIRST);
  if (!named) document.getElementById("failures").scrollIntoView();
}

for (const button of document.querySelectorAll(".chips button")) button.addEventListener("click", () => showList(button.dataset.list));
const first = document.querySelector(".chips button");
if (first) showList(first.dataset.list);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
