// The torrents on the page: how far, how fast, with whom, and what a person can do about it.

import { bytes, element, mark, say, time } from "./words.js";

const STATES = { metadata: "asking what it is", checking: "checking files", downloading: "downloading",
  seeding: "seeding", paused: "paused", finished: "seeded enough", waiting: "waiting for its disk", failed: "failed" };

let sent = 0;
let parts;

/** Called by the page whenever there is news. */
export function show(state, page) {
  parts ??= build(page);
  const { list, empty, notes } = parts;
  const known = new Map([...list.children].map((row) => [row.dataset.id, row]));
  const rows = state.torrents.map(({ id }) => known.get(String(id)) ?? makeRow(id, parts.order));
  if (rows.length !== list.children.length || rows.some((row, at) => row !== list.children[at])) {
    list.replaceChildren(...rows);
  }
  rows.forEach((row, at) => update(row, state.torrents[at]));
  empty.hidden = rows.length > 0;
  const last = state.notes.at(-1);
  say(notes, last ? `${last.command}: ${last.reason}` : "");
}

function build({ place, command }) {
  const notes = element("p", { class: "notes", role: "status" });
  // A tag tells whoever reads the program's output that somebody at the page has asked.
  const order = async (line) => {
    sent += 1;
    const wrong = await command(`@ui-${sent} ${line}`);
    if (wrong) say(notes, `${line}: ${wrong}`);
    return !wrong;
  };
  const what = element("input", { type: "text", name: "what", required: true, autocomplete: "off", spellcheck: "false",
    placeholder: "magnet link, URL or path", "aria-label": "a magnet link, the URL or path of a .torrent, or a path to share" });
  const form = element("form", { class: "add" }, what,
    element("button", { type: "submit" }, "Download"),
    element("button", { type: "submit", value: "file" }, "Share"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = what.value.trim();
    const line = event.submitter?.value === "file" ? `file:${text}` : /^magnet:/i.test(text) ? text : `torrent:${text}`;
    if (text && await order(line)) what.value = "";
  });
  const list = element("ol", { class: "torrents" });
  const empty = element("p", { class: "empty" }, "No torrents yet.");
  place.replaceChildren(element("div", { class: "head" }, element("h2", {}, "Torrents"), form), notes, empty, list);
  return { list, empty, notes, order };
}

function makeRow(id, order) {
  const button = (name) => element("button", { type: "button", "data-order": name }, name);
  const row = element("li", { "data-id": id },
    element("h3", {}), element("span", { class: "state" }),
    element("div", { class: "buttons" }, button("pause"), button("why"), button("stop")),
    element("progress", { max: 1000 }),
    element("canvas", { role: "img", width: 1024, height: 14 }),
    element("p", { class: "numbers" }), element("p", { class: "why" }));
  const [toggle, why, stop] = row.querySelectorAll("button");
  toggle.addEventListener("click", () => order(`${toggle.dataset.order}:${id}`));
  why.addEventListener("click", () => order(`why:${id}`));
  stop.addEventListener("click", () => {
    if (stop.textContent === "stop") {
      // Files stay, but what was fetched of it is known no more: nobody does that by one slip.
      say(stop, "really stop?");
      setTimeout(() => say(stop, "stop"), 4000);
    } else {
      order(`stop:${id}`);
    }
  });
  return row;
}

function update(row, torrent) {
  const { state = "metadata", percent } = torrent;
  mark(row, "data-torrent-state", state);
  say(row.querySelector("h3"), torrent.name);
  say(row.querySelector(".state"), STATES[state] ?? state);
  const toggle = row.querySelector("button");
  const order = ["paused", "finished", "failed"].includes(state) ? "resume" : "pause";
  mark(toggle, "data-order", order);
  say(toggle, order);
  for (const button of row.querySelectorAll("button")) mark(button, "aria-label", `${button.textContent} ${torrent.name}`);
  const progress = row.querySelector("progress");
  const done = state === "checking" ? torrent.checked : torrent.wanted ? 1 - torrent.left / torrent.wanted : 0;
  mark(progress, "value", Math.floor(1000 * (done ?? 0)));
  mark(progress, "aria-label", `${torrent.name}: ${percent ?? 0} percent`);
  paint(row.querySelector("canvas"), torrent);
  say(row.querySelector(".numbers"), numbers(torrent));
  say(row.querySelector(".why"), torrent.error ?? torrent.why ?? "");
}

function numbers(torrent) {
  if (torrent.total === undefined) return "";
  const parts = [];
  if (torrent.percent !== null) parts.push(`${torrent.percent} % of ${bytes(torrent.wanted)}`);
  if (torrent.down_rate > 0) parts.push(`↓ ${bytes(torrent.down_rate)}/s`);
  if (torrent.up_rate > 0) parts.push(`↑ ${bytes(torrent.up_rate)}/s`);
  parts.push(torrent.peers === 1 ? "1 peer" : `${torrent.peers} peers`);
  if (torrent.eta) parts.push(`${time(torrent.eta)} left`);
  parts.push(`sent ${bytes(torrent.up_total)}`, `ratio ${torrent.ratio.toFixed(2)}`);
  return parts.join(" · ");
}

/** The torrent from its first piece to its last: the more is there of a stretch, the stronger its colour. */
function paint(canvas, { stretches = [], stored = 0, pieces = 0, begun = 0 }) {
  const text = `${stored} of ${pieces} pieces are there, ${begun} on their way`;
  const { color } = getComputedStyle(canvas);
  const picture = `${color} ${text} ${stretches}`;
  canvas.hidden = stretches.length === 0;
  if (canvas.dataset.picture === picture) return;
  canvas.dataset.picture = picture;
  mark(canvas, "aria-label", text);
  canvas.title = text;
  const pen = canvas.getContext("2d");
  const width = canvas.width / Math.max(1, stretches.length);
  pen.clearRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = color;
  stretches.forEach((share, at) => {
    pen.globalAlpha = share === 0 ? 0 : 0.25 + (0.75 * share) / 255;
    const [begin, end] = [Math.round(at * width), Math.round((at + 1) * width)];
    pen.fillRect(begin, 0, Math.max(1, end - begin - (width > 6 ? 1 : 0)), canvas.height);
  });
}
