// The live page: each event has the whole state. Ages count by the server's clock; a hidden tab catches up.
import { serverNow, setServerTime, showAges } from "./ages.js";

const live = document.getElementById("live");
const { path, zone, session, place } = live.dataset;
const lost = document.getElementById("lost");
let state = null;
let chart = live.dataset.chart;
let heard = performance.now();
let stream = null;

const clock = (at) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(new Date(at));
function make(name, text = "", attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
const age = (at) => make("time", "", { "data-age": "", datetime: at });
function line(...parts) {
  const paragraph = make("p");
  paragraph.append(...parts);
  return paragraph;
}
function away(...parts) {
  const paragraph = line(...parts);
  paragraph.className = "away";
  return paragraph;
}

function showValues() {
  const boxes = state.vitals.map((one) => {
    const stale = one.stale_at && Date.parse(one.stale_at) <= serverNow();
    const box = make("div", "", { class: "value" });
    const name = make("dt", one.label + " ");
    if (one.source) name.append(make("span", one.source, { class: "hint" }));
    const said = make("dd");
    const when = make("span", one.why ? `${one.why}, ` : "", { class: "age" });
    if (stale) when.append(clock(one.at)); else when.append(age(one.at), " ago");
    const figure = one.value ? (stale ? `(${one.value})` : one.value) : "–";
    said.append(make("span", figure, { class: "figure" }), " ", make("span", one.unit, { class: "unit" }), " ", when);
    box.append(name, said);
    return box;
  });
  if (boxes.length) document.getElementById("values").replaceChildren(...boxes);
}

let stands = "";
function showStanding() {
  const seen = JSON.stringify([state.recorder, state.devices.map((one) => [one.source, one.silent_since, one.why, !one.heard_at]), state.failed, state.held]);
  if (seen === stands) return;
  stands = seen;
  const lines = [];
  if (state.recorder && state.devices.length) lines.push(away(`${state.recorder} Watch the monitor; enter readings here.`));
  const watch = "Nothing is being recorded from the monitor. Watch it; enter readings here.";
  for (const one of state.devices) {
    if (one.silent_since) lines.push(away(`${one.source}: Not heard since ${clock(one.silent_since)} (`, age(one.silent_since), `)${one.why ? `: ${one.why}` : ""}. ${watch}`));
    else if (!one.heard_at) lines.push(away(`${one.source}: not heard yet. ${watch}`));
  }
  if (!state.devices.length) lines.push(away("No monitor is connected. Watch it; enter readings here."));
  for (const one of state.failed) lines.push(line(`${one.source}: the cuff cycle of ${clock(one.at)} failed; it has no numbers.`));
  for (const one of state.held) {
    const way = make("a", `This patient's, taken … · ${place}`, { class: "button quiet", href: `/sessions/${session}/claim/${one.ref}` });
    lines.push(line(`? ${one.value} was on ${one.source} before, at ${clock(one.at)}: maybe another patient's. It counts nowhere. `, way));
  }
  document.getElementById("standing").replaceChildren(...lines);
}

async function showChart() {
  if (state.chart === chart) return;
  chart = state.chart;
  const answer = await fetch(`${path}/chart.svg`);
  if (!answer.ok) return;
  const picture = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
  document.getElementById("picture").replaceChildren(document.importNode(picture, true));
  showPanel();
}

// The lists beside the values; left alone while somebody is choosing in them.
async function showPanel() {
  const panel = document.getElementById("panel");
  const isUsed = () => panel.contains(document.activeElement) || panel.querySelector("input:checked:not([value=''])");
  if (!panel || isUsed()) return;
  const answer = await fetch(`${path}/panel`);
  const text = await answer.text();
  if (answer.ok && !isUsed()) panel.replaceWith(new DOMParser().parseFromString(text, "text/html").getElementById("panel")); // not under a finger
}

function show(text) {
  heard = performance.now();
  state = JSON.parse(text);
  if (state.session !== session || state.state !== "open") return location.reload();
  setServerTime(state.now);
  showValues();
  showStanding();
  showAges();
  showChart();
  const asks = state.devices.filter((one) => one.ask && !one.silent_since).map((one) => one.source);
  const asked = live.dataset.asks.split(",").filter(Boolean);
  const typing = [...document.querySelectorAll("input[inputmode]")].some((field) => field.value);
  if (!typing && state.vitals.length && asks.join() !== asked.join()) { live.dataset.asks = asks.join(); location.reload(); }
}

function listen() {
  stream?.close();
  stream = new EventSource(`${path}/events`);
  stream.addEventListener("message", (event) => show(event.data));
  stream.addEventListener("ended", () => location.reload()); // locked, signed out, or the session is over
}

listen();
document.addEventListener("saved", () => { document.activeElement?.blur(); showPanel(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && performance.now() - heard > 5000) listen(); });
setInterval(() => {
  const seconds = (performance.now() - heard) / 1000;
  lost.hidden = seconds < 6;
  if (seconds >= 6) lost.textContent = `The server can't be heard since ${Math.round(seconds)} s. What stands here is old. Watch the monitor beside the patient.`;
  if (state) { showValues(); showAges(); }
}, 1000);
