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
  const told = [best ? `similarity ${best[1].toFixed(3)}` : query.why, off ? `${off} off` : "", ...(query.mistaken ?? [])];
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

function choose(button) {
  for (const each of document.querySelectorAll(".chips button")) each.setAttribute("aria-pressed", String(each === button));
  fillGallery(data.lists[button.dataset.list].map(String), FIRST);
}

for (const button of document.querySelectorAll(".chips button")) button.addEventListener("click", () => choose(button));
const first = document.querySelector(".chips button");
if (first) choose(first);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
