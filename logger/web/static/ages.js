// Ages that count on: <time data-age datetime="2026-11-20T10:42:07+00:00">12 s</time>
//
// The age is that of the server's clock. A tablet's own clock may be wrong by hours: only its running is
// used, against the server's time that came with the page (<meta name="server-time">), or later with an
// event (setServerTime).

let serverAtStart = 0;
let ownAtStart = 0;

// Take over the server's time, ISO 8601.
export function setServerTime(text) {
  serverAtStart = Date.parse(text);
  ownAtStart = performance.now();
}

// The server's time now, milliseconds since the epoch.
export function serverNow() {
  return serverAtStart + (performance.now() - ownAtStart);
}

// An age in words, as the server writes it: 12 s, 3 min, 2 h 05.
export function ageText(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`;
}

// Write every age on the page anew.
export function showAges() {
  for (const element of document.querySelectorAll("[data-age]")) {
    const since = Date.parse(element.getAttribute("datetime"));
    if (!Number.isNaN(since)) element.textContent = ageText(serverNow() - since);
  }
}

setServerTime(document.querySelector("meta[name=server-time]").content);
showAges();
setInterval(showAges, 1000);
