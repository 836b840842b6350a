// The one script: parts of a page that have news are fetched anew and put in place.
// Without it every page is complete; it only has to be loaded again.
"use strict";

const announcer = document.getElementById("announcer");
const waiting = new Set();
let fetching = false;
let restUntil = 0; // a page that takes long is not asked for again and again

function sections(name) {
  return [...document.querySelectorAll("[data-live]")].filter((part) =>
    part.dataset.live.split(" ").includes(name));
}

// Somebody types or chooses in it: it waits until they are done.
function isBusy(part) {
  const at = document.activeElement;
  return part.contains(at) && at.matches("input, select, textarea");
}

function announcements(part) {
  return new Map([...part.querySelectorAll("[data-announce]")].map((one) =>
    [one.id, one.dataset.announce]));
}

function openOnes(part) {
  return [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
}

function place(old, fresh) {
  const before = announcements(old);
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const number = [...old.querySelectorAll("a, button, summary, [tabindex]")].indexOf(document.activeElement);
  const open = openOnes(old);
  const scrolled = [...old.querySelectorAll(".wide")].map((one) => one.scrollLeft);
  old.replaceWith(fresh);
  fresh.querySelectorAll(".wide").forEach((one, at) => { one.scrollLeft = scrolled[at] ?? 0; });
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const again = focused ? document.getElementById(focused)
    : fresh.querySelectorAll("a, button, summary, [tabindex]")[number];
  again?.focus({ preventScroll: true });
  const news = [...announcements(fresh)].filter(([id, text]) => before.get(id) !== text);
  if (news.length) announcer.textContent = news.map(([, text]) => text).join(". ");
}

async function renew() {
  const started = performance.now();
  if (fetching || started < restUntil) return;
  fetching = true;
  try {
    const names = [...waiting];
    const stale = names.flatMap(sections);
    waiting.clear();
    if (!stale.length) return;
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of new Set(stale)) {
      const fresh = page.getElementById(old.id);
      if (isBusy(old)) for (const name of old.dataset.live.split(" ")) waiting.add(name);
      else if (fresh) place(old, document.adoptNode(fresh));
    }
    if (!lost) say("live", "Live");
  } catch {
    say("lost", "Not renewed: load the page again"); // the session may be over
  } finally {
    fetching = false;
    restUntil = performance.now() + Math.min(3 * (performance.now() - started), 10000);
  }
}

let source = null;
let lost = false;

function say(state, text) {
  const at = document.getElementById("state");
  if (at.textContent === text) return;
  at.textContent = text;
  at.dataset.state = state;
  if (state === "lost") announcer.textContent = text;
}

function listen() {
  if (source || document.hidden) return;
  source = new EventSource("/live");
  source.addEventListener("news", (event) => { waiting.add(event.data); renew(); });
  source.addEventListener("error", failed);
  source.addEventListener("open", () => {
    say("live", "Live");
    if (lost) for (const part of document.querySelectorAll("[data-live]"))
      for (const name of part.dataset.live.split(" ")) waiting.add(name);
    lost = false;
    renew();
  });
}

function failed() {
  lost = true;
  say("lost", "Not live: trying again");
  if (source.readyState !== EventSource.CLOSED) return; // the browser tries by itself
  source = null;
  setTimeout(listen, 15000);
}

// A browser has six connections to a host: tabs that nobody sees must not hold them all.
function look() {
  if (!document.hidden) return listen();
  source?.close();
  source = null;
  lost = true;
}

const units = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

function ago(at) {
  const seconds = Math.round((Date.now() - at) / 1000);
  const [size, unit] = units.find(([size]) => Math.abs(seconds) >= size) ?? [1, ""];
  if (!unit) return "just now";
  const count = Math.floor(Math.abs(seconds) / size);
  const text = `${count.toLocaleString("en")} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

function tick() {
  for (const time of document.querySelectorAll("time.moment")) {
    const text = ago(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
  if (waiting.size) renew(); // came while it rested, or while somebody typed
}

function copy(button) {
  navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim()).then(() => {
    announcer.textContent = "Copied";
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copy]");
  if (button) copy(button);
});
if (document.querySelector("[data-live]")) {
  document.addEventListener("visibilitychange", look);
  listen();
}
setInterval(tick, 1000);
