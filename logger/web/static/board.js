// The board of rooms: read anew by events. It never shows a vital sign; none is sent to it.
import { setServerTime, showAges } from "./ages.js";

const list = document.getElementById("rooms");
const away = document.getElementById("away");
let shape = "";
let heard = performance.now();

const stream = new EventSource("/board/events");
stream.addEventListener("ended", () => location.reload());
stream.addEventListener("message", async (event) => {
  heard = performance.now();
  const rooms = JSON.parse(event.data);
  const now = rooms.map((room) => room.session?.now).find(Boolean);
  if (now) setServerTime(now);
  for (const room of rooms) {
    const times = [...list.querySelectorAll(`[data-room="${CSS.escape(room.room)}"] [data-age]`)];
    const heardAt = (room.session?.devices || []).filter((one) => !one.silent_since && one.heard_at).map((one) => one.heard_at);
    times.slice(1).forEach((time, n) => heardAt[n] && time.setAttribute("datetime", heardAt[n]));
  }
  showAges();
  const seen = JSON.stringify(rooms.map((room) => [room.room, room.recorder, room.session && { ...room.session, now: 0, devices: room.session.devices.map((one) => [one.source, !one.heard_at, one.silent_since]) }]));
  if (shape && shape !== seen && !list.contains(document.activeElement)) {
    const page = await fetch("/rooms").then((answer) => (answer.redirected ? location.reload() : answer.text()));
    if (page) list.replaceChildren(...new DOMParser().parseFromString(page, "text/html").getElementById("rooms").children);
    showAges();
  }
  shape = seen;
});

setInterval(() => {
  const seconds = (performance.now() - heard) / 1000;
  away.hidden = seconds < 8;
  if (seconds >= 8) away.textContent = `The server is not heard since ${Math.round(seconds)} s. What stands here is old.`;
}, 1000);
