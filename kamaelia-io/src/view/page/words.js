// How numbers are said, and how elements are made of text. Nothing here is ever read as HTML.

const UNITS = ["", "k", "M", "G", "T"];

/** A count in at most four characters and a unit: 7, 64, 1.2k, 310k. */
export function count(number) {
  let unit = 0;
  while (number >= 999.5 && unit < UNITS.length - 1) {
    number /= 1000;
    unit += 1;
  }
  const digits = number >= 99.5 || Number.isInteger(number) ? 0 : 1;
  return number.toFixed(digits).replace(/\.0$/, "") + UNITS[unit];
}

/** Bytes in binary units. */
export function bytes(number) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (number >= 1023.5 && unit < units.length - 1) {
    number /= 1024;
    unit += 1;
  }
  return `${number.toFixed(unit > 0 && number < 99.5 ? 1 : 0)} ${units[unit]}`;
}

/** A time in seconds, as its two greatest units. */
export function time(seconds) {
  const whole = Math.floor(seconds);
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]]
    .map(([size, unit], at, all) => [Math.floor((at ? whole % all[at - 1][0] : whole) / size), unit]);
  const first = parts.findIndex(([number]) => number > 0);
  if (first < 0) return "0 s";
  return parts.slice(first, first + 2).filter(([number]) => number > 0)
    .map(([number, unit]) => `${number} ${unit}`).join(" ");
}

/** An element with attributes and children; text is text. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for drawings. */
export function shape(name, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function fill(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** Sets the text of an element if it is another one, so that nobody is told twice. */
export function say(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

/** Sets an attribute if it has another value. */
export function mark(where, name, value) {
  if (where.getAttribute(name) !== String(value)) where.setAttribute(name, value);
}
