// The way to the program: what it tells, and what it is told.
//
// The token stands behind the # of the address, which never leaves the browser. It goes in a header
// that pages of others cannot send; EventSource sends no headers, so the stream is read by hand.

const PAUSE_MIN = 500;
const PAUSE_MAX = 8000;
const KEY = "token";

const token = takeToken();
addEventListener("hashchange", () => location.reload());

/** The token out of the address, and out of sight; kept for as long as the tab is open. */
function takeToken() {
  const given = location.hash.slice(1);
  if (given) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(KEY) ?? "";
}

function ask(path, options = {}) {
  const headers = { ...options.headers, Authorization: `Bearer ${token}` };
  return fetch(path, { ...options, headers, cache: "no-store", redirect: "error" });
}

/**
 * Follows what the program tells for as long as the page is open. `tell(name, data)` is called with
 * each event, `change(state)` with `connecting`, `live`, `lost` or `stranger`.
 */
export async function follow(tell, change) {
  let pause = PAUSE_MIN;
  for (;;) {
    try {
      const response = await ask("/events");
      if (response.status === 401) return change("stranger");
      if (!response.ok) throw new Error(await response.text());
      change("live");
      pause = PAUSE_MIN;
      for await (const { name, data } of events(response.body)) tell(name, JSON.parse(data));
    } catch (error) {
      console.debug("the stream has ended:", error);
    }
    change("lost");
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(2 * pause, PAUSE_MAX);
  }
}

/** Sends one line; gives what is wrong with it, or nothing. */
export async function command(line) {
  try {
    const headers = { "Content-Type": "text/plain; charset=utf-8" };
    const response = await ask("/command", { method: "POST", headers, body: line });
    return response.ok ? "" : (await response.text()).trim();
  } catch {
    return "the program cannot be reached";
  }
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) yield event(part);
  }
}

function event(text) {
  const fields = text.split("\n").map((line) => line.split(/: ?(.*)/s));
  const all = (name) => fields.filter(([key]) => key === name).map(([, value]) => value);
  return { name: all("event")[0] ?? "message", data: all("data").join("\n") };
}
