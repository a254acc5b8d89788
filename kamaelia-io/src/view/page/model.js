// What a snapshot means: who is stuck, what flows, what is blocked. Numbers become rates here, by
// comparing a snapshot with the one before it.

/** More than this share of the time waiting for room is called pressing. */
const PRESSING = 0.25;

/** What there is to draw. `before` is the snapshot that was told earlier, if there is one. */
export function model({ graph, stuck }, before) {
  const seconds = before ? (graph.taken_at_us - before.taken_at_us) / 1e6 : 0;
  const earlier = new Map((before?.links ?? []).map((link) => [key(link), link]));
  const components = graph.components.map((one) => component(one, stuck.includes(one.number)));
  const byNumber = new Map(components.map((one) => [one.number, one]));
  const links = graph.links.map((one) => link(one, earlier.get(key(one)), seconds, byNumber));
  return { seconds: graph.taken_at_us / 1e6, ...shown(components, links) };
}

/** Those that live, and of those that ended whoever is still linked with them or has failed. */
function shown(components, links) {
  const lives = new Set(components.filter((one) => !one.hasEnded).map((one) => one.number));
  const kept = new Set(lives);
  for (const { from, to } of links) {
    if (lives.has(from.number)) kept.add(to.number);
    if (lives.has(to.number)) kept.add(from.number);
  }
  const stays = (one) => lives.size === 0 || kept.has(one.number) || one.state === "failed";
  const all = components.filter(stays);
  const numbers = new Set(all.map((one) => one.number));
  return {
    components: all,
    links: links.filter(({ from, to }) => numbers.has(from.number) && numbers.has(to.number)),
  };
}

function key({ from, to }) {
  return `${from.number}.${from.box}>${to.number}.${to.box}`;
}

function component(one, isStuck) {
  const state = isStuck ? "stuck"
    : one.failed ? "failed"
    : one.state === "ready" ? "running"
    : one.state;
  return {
    ...one,
    state,
    kind: withoutPaths(one.kind),
    hasEnded: one.state === "ended",
    short: one.group ? one.name.slice(one.group.length + 1) : one.name,
    sentence: sentence(one, isStuck),
    place: one.worker ? `worker ${one.worker}` : one.home,
  };
}

/** Types as people say them: `Counter` for `crate::module::Counter`. */
function withoutPaths(type) {
  return type.replace(/\b(\w+::)+/g, "");
}

function sentence(one, isStuck) {
  if (one.outcome !== null) return one.outcome;
  if (one.state === "paused") return "paused";
  if (one.state === "ready") return "running";
  const reasons = { child: "a component it adopted to end", time: "a moment in time",
    elsewhere: "something outside the graph" };
  const waits = one.waits_for.map((wait) =>
    wait.for === "message" ? `a message in ${wait.box}`
    : wait.for === "room" ? `room to send from ${wait.box}`
    : reasons[wait.for] ?? wait.for);
  const what = waits.length ? `waits for ${waits.join(" or ")}` : "waits";
  return isStuck ? `${what}, which nobody will end` : what;
}

function link(one, earlier, seconds, byNumber) {
  // Counts never go down: where they seem to, this is another link between the same boxes.
  const since = earlier && earlier.sent <= one.sent ? earlier : undefined;
  const rate = (name) => (since && seconds > 0 ? (one[name] - since[name]) / seconds : 0);
  const sender = byNumber.get(one.from.number);
  const waitsHere = sender?.waits_for.some((wait) => wait.for === "room" && wait.box === one.from.box);
  const isFull = one.depth >= one.capacity;
  const sent = rate("sent");
  const taken = rate("taken");
  const pressing = one.blocked_us === null ? 0 : rate("blocked_us") / 1e6;
  const state = waitsHere && isFull && taken === 0 ? "blocked"
    : isFull || pressing > PRESSING ? "full"
    : sent > 0 || taken > 0 ? "flowing"
    : "idle";
  return { ...one, message: withoutPaths(one.message), key: key(one), sentRate: sent, takenRate: taken, dropRate: rate("dropped"),
    pressing: Math.min(pressing, 1), state };
}
