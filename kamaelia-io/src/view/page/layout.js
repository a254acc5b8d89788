// Where things stand: components in layers, so that messages go one way, and links between them.
//
// The usual four steps (Sugiyama, Tagawa, Toda 1981): turn circles around, put each component one layer
// beyond those it hears from, order layers so that links cross little, and move each component to the
// middle of its neighbours. `d` runs the way messages go, `b` across.

const GAP = 26;
const BEND = 34;
const WAY = 12;
const SWEEPS = 12;

/**
 * `nodes` are `{ id, depth, breadth }`; `edges` are `{ key, from, out, to, in }`, where `out` and `in`
 * say where on the breadth of its node an edge begins and ends. `gap` lies between layers. Nodes without
 * edges stand apart, in rows along the layers or across them. Gives the place `{ d, b }` of each node by
 * id, the points of each edge by key, and the size of it all.
 */
export function layout(nodes, edges, { gap, apart }) {
  const items = new Map(nodes.map((node) => [node.id, { ...node, ways: [] }]));
  const known = edges.filter(({ from, to }) => items.has(from) && items.has(to));
  const linked = new Set(known.flatMap(({ from, to }) => [from, to]));
  const back = circles(items, known);
  layers(items, known, back, linked);
  const rows = [];
  for (const item of items.values()) if (linked.has(item.id)) put(rows, item);
  const paths = known.map((edge) => path(rows, items, edge, back.has(edge)));
  order(rows);
  spread(rows);
  const depth = stack(rows, gap);
  const loners = [...items.values()].filter((item) => !linked.has(item.id));
  const edge = Math.max(0, ...rows.flat().map((item) => item.b + item.breadth));
  if (apart === "along") inRows(loners, { d: "d", b: "b", depth: "depth", breadth: "breadth" }, depth, edge);
  else inRows(loners, { d: "b", b: "d", depth: "breadth", breadth: "depth" }, edge, depth);
  const places = new Map([...items.values()].map(({ id, d, b }) => [id, { d, b }]));
  return { places, paths: new Map(paths.map((one) => [one.key, points(one)])), ...extent(items, rows) };
}

/** Edges that lead back to where the way to them came from. */
function circles(items, edges) {
  const out = group(edges, "from");
  const state = new Map();
  const back = new Set();
  // From where messages come: a way that begins in the middle of a circle would turn around elsewhere.
  const heard = new Set(edges.map((edge) => edge.to));
  const starts = [...items.keys()].sort((one, other) => heard.has(one) - heard.has(other));
  for (const start of starts) {
    if (state.has(start)) continue;
    const way = [[start, 0]];
    state.set(start, "open");
    while (way.length) {
      const top = way[way.length - 1];
      const edge = out.get(top[0])?.[top[1]++];
      if (!edge) {
        state.set(way.pop()[0], "done");
      } else if (state.get(edge.to) === "open") {
        back.add(edge);
      } else if (!state.has(edge.to)) {
        state.set(edge.to, "open");
        way.push([edge.to, 0]);
      }
    }
  }
  return back;
}

function group(edges, end) {
  const groups = new Map();
  for (const edge of edges) {
    if (!groups.has(edge[end])) groups.set(edge[end], []);
    groups.get(edge[end]).push(edge);
  }
  return groups;
}

/** One layer beyond the last one heard from; who hears from nobody stands right before whom he tells. */
function layers(items, edges, back, linked) {
  const forward = edges.filter((edge) => !back.has(edge));
  const into = group(forward, "to");
  const out = group(forward, "from");
  const left = new Map([...linked].map((id) => [id, into.get(id)?.length ?? 0]));
  const ready = [...linked].filter((id) => left.get(id) === 0);
  for (const id of linked) items.get(id).layer = 0;
  for (let at = 0; at < ready.length; at += 1) {
    for (const edge of out.get(ready[at]) ?? []) {
      const next = items.get(edge.to);
      next.layer = Math.max(next.layer, items.get(edge.from).layer + 1);
      left.set(edge.to, left.get(edge.to) - 1);
      if (left.get(edge.to) === 0) ready.push(edge.to);
    }
  }
  for (const id of ready.reverse()) {
    const told = (out.get(id) ?? []).map((edge) => items.get(edge.to).layer);
    if (!into.has(id) && told.length) items.get(id).layer = Math.min(...told) - 1;
  }
}

function put(rows, item) {
  while (rows.length <= item.layer) rows.push([]);
  rows[item.layer].push(item);
}

/** An edge passes the layers between its ends by points of its own; one that leads back, their layers too. */
function path(rows, items, edge, isBack) {
  const [from, to] = [items.get(edge.from), items.get(edge.to)];
  const [first, last] = isBack ? [to.layer, from.layer] : [from.layer + 1, to.layer - 1];
  const ways = [];
  for (let layer = first; layer <= last; layer += 1) {
    const way = { layer, depth: 0, breadth: WAY, ways: [], isWay: true };
    put(rows, way);
    ways.push(way);
  }
  const chain = isBack ? ways : [from, ...ways, to];
  const offset = (item, end) => (item.isWay ? WAY / 2 : edge[end]);
  for (let at = 1; at < chain.length; at += 1) {
    const [one, other] = [chain[at - 1], chain[at]];
    one.ways.push({ item: other, own: offset(one, "out"), its: offset(other, "in"), down: true });
    other.ways.push({ item: one, own: offset(other, "in"), its: offset(one, "out"), down: false });
  }
  if (isBack) {
    ways[0].beside = to;
    ways[ways.length - 1].beside = from;
  }
  return { key: edge.key, edge, from, to, ways, isBack };
}

function order(rows) {
  const number = () => rows.forEach((row) => row.forEach((item, at) => { item.rank = at; }));
  number();
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    for (const row of isDown ? rows : [...rows].reverse()) {
      for (const item of row) {
        const seen = item.ways.filter((way) => way.down !== isDown);
        const sum = seen.reduce((all, way) => all + way.item.rank + way.its / 1000, 0);
        item.wish = seen.length ? sum / seen.length : item.beside ? item.beside.rank + 0.5 : item.rank;
      }
      row.sort((one, other) => one.wish - other.wish);
      row.forEach((item, at) => { item.rank = at; });
    }
  }
}

/** Each to the middle of its neighbours, as far as those beside it let it. */
function spread(rows) {
  for (const row of rows) {
    let b = 0;
    for (const item of row) {
      item.b = b;
      b += item.breadth + GAP;
    }
  }
  for (let sweep = 0; sweep < 3 * SWEEPS; sweep += 1) {
    for (const row of sweep % 2 ? [...rows].reverse() : rows) settle(row);
  }
}

function settle(row) {
  const blocks = [];
  let offset = 0;
  for (const item of row) {
    const wishes = item.ways.map((way) => way.item.b + way.its - way.own);
    if (!wishes.length && item.beside) wishes.push(item.beside.b + item.beside.breadth + GAP);
    const wish = wishes.length ? wishes.reduce((all, one) => all + one, 0) / wishes.length : item.b;
    blocks.push({ sum: wish - offset, items: [[item, offset]] });
    offset += item.breadth + GAP;
    // Those that would overlap move together.
    while (blocks.length > 1 && mean(blocks.at(-2)) >= mean(blocks.at(-1))) {
      const last = blocks.pop();
      blocks.at(-1).sum += last.sum;
      blocks.at(-1).items.push(...last.items);
    }
  }
  for (const block of blocks) {
    for (const [item, own] of block.items) item.b = mean(block) + own;
  }
}

function mean(block) {
  return block.sum / block.items.length;
}

/** Lays the layers one after the other. */
function stack(rows, gap) {
  const all = rows.flat();
  const least = Math.min(0, ...all.map((item) => item.b));
  let d = 0;
  for (const row of rows) {
    const depth = Math.max(0, ...row.map((item) => item.depth));
    for (const item of row) {
      item.b -= least;
      item.d = d + (item.isWay ? 0 : (depth - item.depth) / 2);
      if (item.isWay) item.depth = depth;
    }
    d += depth + gap;
  }
  return Math.max(0, d - gap);
}

/** Puts these in rows of about this length, beyond `start`. */
function inRows(loners, axes, start, length) {
  const room = Math.max(600, length);
  let [across, along, deepest] = [start ? start + 2 * GAP : 0, 0, 0];
  for (const item of loners) {
    if (along > 0 && along + item[axes.breadth] > room) [across, along, deepest] = [across + deepest + GAP, 0, 0];
    [item[axes.d], item[axes.b]] = [across, along];
    along += item[axes.breadth] + GAP;
    deepest = Math.max(deepest, item[axes.depth]);
  }
}

/** Where a link goes: pairs of points, each pair joined by a curve, or a straight line along a layer. */
function points({ edge, from, to, ways, isBack }) {
  const begin = { d: from.d + from.depth, b: from.b + edge.out };
  const end = { d: to.d, b: to.b + edge.in };
  const steps = [begin];
  for (const way of isBack ? [...ways].reverse() : ways) {
    const [near, far] = [{ d: way.d, b: way.b + WAY / 2 }, { d: way.d + way.depth, b: way.b + WAY / 2 }];
    steps.push(...(isBack ? [far, near] : [near, far]));
  }
  steps.push(end);
  return { steps, isBack, bend: BEND };
}

function extent(items, rows) {
  const all = [...items.values(), ...rows.flat()];
  return {
    depth: Math.max(0, ...all.map((item) => item.d + item.depth)),
    breadth: Math.max(0, ...all.map((item) => item.b + item.breadth)),
  };
}
