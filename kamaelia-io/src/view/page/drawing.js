// The graph as a drawing. It is laid out anew only when a component or a link comes or goes;
// otherwise only what has changed is changed, so that motion goes on and the focus stays.

import { layout } from "./layout.js";
import { count, mark, say, shape } from "./words.js";

// Room for the label of a link that goes around everything.
const MARGIN = 52;
const KIND_WIDTH_MAX = 160;
const GLYPHS = { running: "▸", waiting: "⋯", stuck: "!", paused: "‖", ended: "✓", failed: "×" };
const SMALLEST = 0.72;
const LABEL = { width: 94, height: 30 };
// How far along a link its label may be, the best first.
const LABEL_SPOTS = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8];
const FONT = getComputedStyle(document.documentElement).fontFamily;
const ruler = document.createElement("canvas").getContext("2d");

/** Draws into an `svg`; `select(number)` is called when a component is chosen. */
export function drawing(svg, select) {
  let plan = "";
  let parts = { nodes: new Map(), links: new Map() };
  return function draw(model, selected) {
    const room = svg.parentElement.clientWidth - 2;
    const next = signature(model, room);
    if (next !== plan) {
      const focused = document.activeElement?.closest?.("[data-number]")?.dataset.number;
      parts = build(svg, model, room, select);
      plan = next;
      if (focused) parts.nodes.get(Number(focused))?.focus();
    }
    for (const one of model.components) updateNode(parts.nodes.get(one.number), one, selected);
    for (const one of model.links) updateLink(parts.links.get(one.key), one);
  };
}

function signature({ components, links }, room) {
  const names = components.map(({ number, name, kind }) => [number, name, kind]);
  return JSON.stringify([names, links.map((link) => link.key), Math.round(room / 40)]);
}

function build(svg, model, room, select) {
  const plans = ["right", "down"].map((way) => arrange(model, way));
  const scales = plans.map(({ width }) => Math.min(1, room / width));
  // Messages go to the right where all of it can be read then, and down where it cannot.
  const at = scales[0] >= Math.min(0.85, scales[1]) ? 0 : 1;
  const { way, boxes, places, paths, width, height } = plans[at];
  const scale = Math.max(SMALLEST, scales[at]);
  mark(svg, "viewBox", `0 0 ${width} ${height}`);
  mark(svg, "width", Math.round(width * scale));
  mark(svg, "height", Math.round(height * scale));
  mark(svg, "data-way", way);
  const links = new Map(model.links.map((one) => [one.key, linkShape(one, paths.get(one.key), way)]));
  const nodes = new Map(boxes.map((box) =>
    [box.one.number, nodeShape(box, places.get(box.id), select)]));
  const labels = [...links.values()].map(({ label }) => label);
  svg.replaceChildren(...[...links.values()].map(({ group }) => group), ...nodes.values(), ...labels);
  const taken = [];
  for (const { group, label } of links.values()) taken.push(placeLabel(group, label, taken));
  return { nodes, links };
}

/** A plan in which messages go this way. */
function arrange({ components, links }, way) {
  const isRight = way === "right";
  const boxes = components.map((one) => nodeBox(one, links, isRight));
  const byNumber = new Map(boxes.map((box) => [box.id, box]));
  const edges = links.map(({ key, from, to }) => ({
    key, from: from.number, to: to.number,
    out: byNumber.get(from.number)?.outs.get(from.box) ?? 10,
    in: byNumber.get(to.number)?.ins.get(to.box) ?? 10,
  }));
  const sized = boxes.map(({ id, w, h }) =>
    (isRight ? { id, depth: w, breadth: h } : { id, depth: h, breadth: w }));
  const plan = layout(sized, edges, isRight ? { gap: 140, apart: "across" } : { gap: 66, apart: "along" });
  const point = ({ d, b }) => (isRight ? { x: d + MARGIN, y: b + MARGIN } : { x: b + MARGIN, y: d + MARGIN });
  const places = new Map([...plan.places].map(([id, place]) => [id, point(place)]));
  const paths = new Map([...plan.paths].map(([key, path]) => [key, curve(path, point)]));
  const [w, h] = isRight ? [plan.depth, plan.breadth] : [plan.breadth, plan.depth];
  return { way, boxes, places, paths, width: w + 2 * MARGIN, height: h + 2 * MARGIN };
}

function textWidth(text, font) {
  ruler.font = `${font} ${FONT}`;
  return ruler.measureText(text).width;
}

/** The size of a component, and where on it its boxes are. */
function nodeBox(one, links, isRight) {
  const linked = (end) => new Set(links.filter((link) => link[end].number === one.number)
    .map((link) => link[end].box));
  const [into, out] = [linked("to"), linked("from")];
  const known = (boxes, used) =>
    [...new Set([...boxes.filter((box) => used.has(box.name) || !box.optional).map((box) => box.name), ...used])];
  const [inNames, outNames] = [known(one.inboxes, into), known(one.outboxes, out)];
  const label = (name) => textWidth(name, "11px");
  const title = Math.max(textWidth(one.short, "600 14px") + 44,
    Math.min(textWidth(one.kind, "11px"), KIND_WIDTH_MAX) + 24);
  const box = { id: one.number, one, isRight, inNames, outNames, ins: new Map(), outs: new Map() };
  if (isRight) {
    const rows = Math.max(inNames.length, outNames.length);
    const widest = (names) => Math.max(0, ...names.map(label));
    box.w = Math.max(120, title, widest(inNames) + widest(outNames) + 44);
    box.h = 48 + rows * 19 + (rows ? 5 : 0);
    inNames.forEach((name, at) => box.ins.set(name, 57 + at * 19));
    outNames.forEach((name, at) => box.outs.set(name, 57 + at * 19));
    return box;
  }
  const total = (names) => names.reduce((all, name) => all + label(name) + 18, 0);
  box.w = Math.max(120, title, total(inNames) + 8, total(outNames) + 8);
  box.top = inNames.length ? 20 : 4;
  box.h = box.top + 50 + (outNames.length ? 20 : 0);
  for (const [names, places] of [[inNames, box.ins], [outNames, box.outs]]) {
    let x = (box.w - total(names)) / 2;
    for (const name of names) {
      places.set(name, x + label(name) / 2 + 9);
      x += label(name) + 18;
    }
  }
  return box;
}

function nodeShape({ one, w, h, top = 0, isRight, ins, outs }, { x, y }, select) {
  const title = shape("title");
  const kind = one.group ? `${one.kind} · in ${one.group}` : one.kind;
  const group = shape("g", {
    class: "node", transform: `translate(${x} ${y})`, tabindex: 0, role: "button",
    "data-number": one.number, "data-component": one.name,
  },
  title,
  shape("rect", { class: "body", width: w, height: h, rx: 9 }),
  shape("rect", { class: "edge", width: isRight ? 5 : w, height: isRight ? h : 5, rx: 2.5 }),
  shape("circle", { class: "lamp", cx: 22, cy: top + 20, r: 8 }),
  shape("text", { class: "glyph", x: 22, y: top + 20.5 }),
  shape("text", { class: "name", x: 36, y: top + 25 }, one.short),
  shape("text", { class: "kind", x: 14, y: top + 42 }, clipped(kind, w - 24)));
  for (const [places, direction] of [[ins, "in"], [outs, "out"]]) {
    for (const [name, at] of places) group.append(...port(name, at, direction, w, h, isRight));
  }
  const choose = () => select(one.number);
  group.addEventListener("click", choose);
  group.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose();
    }
  });
  return group;
}

function clipped(text, width) {
  let end = text.length;
  while (end > 1 && textWidth(text.slice(0, end) + "…", "11px") > width) end -= 1;
  return textWidth(text, "11px") <= width ? text : text.slice(0, end) + "…";
}

function port(name, at, direction, w, h, isRight) {
  const isIn = direction === "in";
  if (isRight) {
    const text = { class: "box", x: isIn ? 13 : w - 12, y: at + 4, "text-anchor": isIn ? "start" : "end" };
    return [shape("circle", { class: "port", cx: isIn ? 0 : w, cy: at, r: 4 }), shape("text", text, name)];
  }
  const text = { class: "box", x: at, y: isIn ? 18 : h - 8, "text-anchor": "middle" };
  return [shape("circle", { class: "port", cx: at, cy: isIn ? 0 : h, r: 4 }), shape("text", text, name)];
}

function updateNode(group, one, selected) {
  if (!group) return;
  const what = `${one.name}, ${one.kind}: ${one.sentence}`;
  mark(group, "data-state", one.state);
  mark(group, "aria-label", what);
  mark(group, "aria-pressed", one.number === selected);
  say(group.querySelector("title"), what);
  say(group.querySelector(".glyph"), GLYPHS[one.state] ?? "");
}

function curve({ steps, isBack, bend }, point) {
  const text = ({ d, b }) => { const { x, y } = point({ d, b }); return `${x.toFixed(1)} ${y.toFixed(1)}`; };
  let path = `M${text(steps[0])}`;
  for (let at = 1; at < steps.length; at += 1) {
    const [one, other] = [steps[at - 1], steps[at]];
    const isAlong = at % 2 === 0;
    if (isAlong) {
      path += `L${text(other)}`;
      continue;
    }
    // Between layers; at both ends of a link that leads back it turns around.
    const reach = Math.max(bend, Math.abs(other.d - one.d) / 2);
    const turns = isBack && steps.length > 2;
    const [out, into] = turns
      ? [at === 1 ? bend : -reach, at === 1 ? bend : at === steps.length - 1 ? -bend : reach]
      : [reach, -reach];
    path += `C${text({ d: one.d + out, b: one.b })} ${text({ d: other.d + into, b: other.b })} ${text(other)}`;
  }
  return path;
}

function linkShape(one, path, way) {
  const title = shape("title");
  const group = shape("g", { class: "link", "data-link": `${one.from.component}.${one.from.box} → ${one.to.component}.${one.to.box}` },
    title,
    shape("path", { class: "aim", d: path }),
    shape("path", { class: "base", d: path }),
    shape("path", { class: "flow", d: path }));
  const label = shape("g", { class: "label" },
    shape("rect", { class: "paper", x: -LABEL.width / 2, y: -9, ...LABEL, rx: 6 }),
    shape("text", { class: "rate", y: 3, "text-anchor": "middle" }),
    shape("rect", { class: "gauge", x: -38, y: 9, width: 76, height: 6, rx: 3 }),
    shape("rect", { class: "depth", x: -38, y: 9, width: 0, height: 6, rx: 3 }));
  mark(label, "data-way", way);
  return { group, label };
}

/** Puts a label on its link, near the middle and where it covers no other; says where. */
function placeLabel(group, label, taken) {
  const path = group.querySelector(".base");
  const length = path.getTotalLength();
  const spots = LABEL_SPOTS.map((part) => path.getPointAtLength(length * part));
  const covers = (spot) => taken.filter((other) =>
    Math.abs(other.x - spot.x) < LABEL.width && Math.abs(other.y - spot.y) < LABEL.height).length;
  const spot = spots.reduce((best, one) => (covers(one) < covers(best) ? one : best));
  mark(label, "transform", `translate(${spot.x.toFixed(1)} ${(spot.y - 6).toFixed(1)})`);
  return spot;
}

function updateLink(drawn, one) {
  if (!drawn) return;
  const { group, label } = drawn;
  const speed = one.takenRate > 0 || one.sentRate > 0
    ? Math.min(4, 1 + Math.floor(Math.log10(1 + Math.max(one.takenRate, one.sentRate)))) : 0;
  mark(group, "data-state", one.state);
  mark(group, "data-speed", speed);
  say(group.querySelector("title"), describe(one));
  mark(label, "data-state", one.state);
  mark(label, "data-holds", one.depth > 0);
  mark(label.querySelector(".depth"), "width", ((76 * Math.min(one.depth, one.capacity)) / Math.max(1, one.capacity)).toFixed(1));
  const holds = `${count(one.depth)}/${count(one.capacity)}`;
  say(label.querySelector(".rate"), one.state === "blocked" ? `blocked ${holds}`
    : one.takenRate > 0 ? `${count(one.takenRate)}/s · ${holds}` : holds);
}

/** A link in a sentence. */
export function describe(one) {
  const parts = [`${one.from.component}.${one.from.box} → ${one.to.component}.${one.to.box}: ${one.state}`,
    `holds ${one.depth} of ${one.capacity}`];
  if (one.takenRate > 0) parts.push(`${count(one.takenRate)} a second`);
  if (one.pressing > 0) parts.push(`its sender waits for room ${Math.round(100 * one.pressing)} % of the time`);
  return parts.join(", ");
}
