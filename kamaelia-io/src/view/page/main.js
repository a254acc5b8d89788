// The page: hears what the program tells, and shows it.

import { show as showExhibit } from "./exhibit.js";
import { describe, drawing } from "./drawing.js";
import { model } from "./model.js";
import { command, follow } from "./stream.js";
import { showComponents, showLinks } from "./tables.js";
import { count, element, mark, say, time } from "./words.js";

const SENTENCES = {
  connecting: "connecting",
  live: "live",
  lost: "the program does not answer; trying again",
  stranger: "open the address that the program told, with all that follows the #",
};

const at = (id) => document.getElementById(id);
const draw = drawing(at("drawing"), choose);

let told;
let shown;
let selected;
let heardAt = 0;

function choose(number) {
  selected = number === selected ? undefined : number;
  if (shown) show();
}

/** Nothing is told while nothing moves; time goes on all the same. */
function sinceHeard() {
  return document.body.dataset.connection === "live" ? (performance.now() - heardAt) / 1000 : 0;
}

function showTotals({ seconds, components, links }) {
  const alive = components.filter((one) => !one.hasEnded).length;
  const stuck = components.filter((one) => one.state === "stuck").length;
  const blocked = links.filter((one) => one.state === "blocked").length;
  const rate = links.reduce((all, one) => all + one.takenRate, 0);
  const totals = [["running for", time(seconds + sinceHeard())], ["components", count(alive)],
    ["messages a second", count(rate)], ["links blocked", count(blocked)], ["stuck", count(stuck)]];
  const list = at("totals");
  totals.forEach(([name, value], index) => {
    const entry = list.children[index]
      ?? list.appendChild(element("div", {}, element("dt", {}, name), element("dd")));
    say(entry.lastChild, value);
    mark(entry, "data-alarm", index > 2 && value !== "0");
  });
}

function showDetails({ components, links }) {
  const aside = at("details");
  const one = components.find(({ number }) => number === selected);
  aside.hidden = !one;
  if (!one) return;
  const boxes = (title, list) => (list.length ? [element("h4", {}, title), element("dl", {},
    ...list.flatMap((box) => [
      element("dt", {}, box.name, " ", element("code", {}, box.message)),
      element("dd", {}, box.description || "–")]))] : []);
  const own = links.filter(({ from, to }) => from.number === selected || to.number === selected);
  const close = element("button", { type: "button", "aria-label": "close" }, "×");
  close.addEventListener("click", () => choose(selected));
  const content = [close, element("h3", {}, one.name),
    element("p", {}, element("code", {}, one.kind), ` on ${one.place}`),
    element("p", { class: "state", "data-state": one.state }, one.sentence),
    ...boxes("Inboxes", one.inboxes), ...boxes("Outboxes", one.outboxes),
    ...(own.length ? [element("h4", {}, "Links"),
      element("ul", {}, ...own.map((link) => element("li", { "data-state": link.state }, describe(link))))] : [])];
  const wrapper = element("div", {}, ...content);
  // Told anew only when something is, so that nobody loses his place.
  if (aside.firstChild?.textContent !== wrapper.textContent) {
    const hadFocus = aside.contains(document.activeElement);
    aside.replaceChildren(wrapper);
    if (hadFocus) close.focus();
  }
}

function show() {
  showDetails(shown);
  draw(shown, selected);
  showTotals(shown);
  showLinks(at("links").querySelector("table"), shown.links);
  showComponents(at("components").querySelector("table"), shown.components);
}

const tellers = {
  graph(data) {
    shown = model(data, told);
    told = data.graph;
    heardAt = performance.now();
    say(at("title"), data.title);
    document.title = `${data.title} – live view`;
    mark(document.body, "data-commands", data.commands);
    show();
  },
  exhibit(data) {
    at("exhibit").hidden = data === null;
    if (data !== null) showExhibit(data, { place: at("exhibit"), command });
  },
};

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && selected !== undefined) {
    const node = document.querySelector(`[data-number="${selected}"]`);
    choose(selected);
    node?.focus();
  }
});
setInterval(() => { if (shown) showTotals(shown); }, 1000);
addEventListener("resize", () => { if (shown) show(); });

follow((name, data) => tellers[name]?.(data), (state) => {
  mark(document.body, "data-connection", state);
  say(at("connection"), SENTENCES[state]);
  if (state === "lost") told = undefined;
});
