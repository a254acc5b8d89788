// The same as the drawing, as tables: for reading, searching, copying and listening.

import { count, element, mark, say } from "./words.js";

const URGENT = { blocked: 0, full: 1, flowing: 2, idle: 3 };

/** Keeps a table's rows: one for each item, by key, in order. */
function rows(body, items, key, make, update) {
  const before = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  const after = items.map((item) => {
    const row = before.get(String(key(item))) ?? make(item);
    mark(row, "data-key", key(item));
    update(row, item);
    return row;
  });
  if (after.length !== body.rows.length || after.some((row, at) => row !== body.rows[at])) {
    body.replaceChildren(...after);
  }
}

const cells = (...names) => names.map((name) => element("td", { "data-label": name }));

/** Links, those that are in trouble first. */
export function showLinks(table, links) {
  const sorted = [...links].sort((one, other) => URGENT[one.state] - URGENT[other.state]
    || other.depth / other.capacity - one.depth / one.capacity);
  const make = () => {
    const row = element("tr", {}, ...cells("from", "to", "carries", "holds", "a second", "so far", "state"));
    row.cells[3].append(element("meter", { min: 0 }), element("span"));
    return row;
  };
  rows(table.tBodies[0], sorted, (one) => one.key, make, (row, one) => {
    const [from, to, carries, holds, rate, total, state] = row.cells;
    mark(row, "data-state", one.state);
    say(from, `${one.from.component}.${one.from.box}`);
    say(to, `${one.to.component}.${one.to.box}`);
    say(carries, one.message);
    mark(holds.firstChild, "max", Math.max(1, one.capacity));
    holds.firstChild.value = one.depth;
    say(holds.lastChild, `${count(one.depth)} of ${count(one.capacity)}`);
    say(rate, one.takenRate > 0 ? count(one.takenRate) : "–");
    say(total, one.dropped ? `${count(one.taken)}, ${count(one.dropped)} dropped` : count(one.taken));
    say(state, one.pressing > 0.005 ? `${one.state}, ${Math.round(100 * one.pressing)} % of the time without room` : one.state);
  });
}

/** Components, in the order of their numbers. */
export function showComponents(table, components) {
  const make = () => element("tr", {}, ...cells("name", "type", "runs on", "state"));
  rows(table.tBodies[0], components, (one) => one.number, make, (row, one) => {
    const [name, kind, place, state] = row.cells;
    mark(row, "data-state", one.state);
    say(name, one.name);
    say(kind, one.kind);
    say(place, one.place);
    say(state, one.restarts ? `${one.sentence}; begun again ${one.restarts} times` : one.sentence);
  });
}
