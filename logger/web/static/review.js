// The physician's pages: values of the picture by pointer and arrow keys, a page that is being drawn, "n".

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

for (const sheet of document.querySelectorAll("[data-values]")) {
  const places = [...sheet.querySelectorAll("rect")];
  const line = document.getElementById(sheet.getAttribute("aria-describedby"));
  let here = -1;

  const show = (at) => {
    places[here]?.classList.remove("here");
    here = at;
    places[here].classList.add("here");
    line.textContent = places[here].querySelector("title").textContent;
  };

  sheet.addEventListener("keydown", (event) => {
    const ends = { Home: 0, End: places.length - 1 };
    if (!places.length || !(event.key in STEPS || event.key in ends)) return;
    event.preventDefault();
    const next = event.key in ends ? ends[event.key] : here + STEPS[event.key];
    show(Math.min(Math.max(next, 0), places.length - 1));
    places[here].scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  for (const kind of ["pointerover", "click"]) {
    sheet.addEventListener(kind, (event) => {
      const at = places.indexOf(event.target);
      if (at >= 0) show(at);
    });
  }
}

const drawing = document.querySelector("[data-drawing]");
if (drawing) {
  const look = async () => {
    try {
      const answer = await fetch(drawing.dataset.drawing, { headers: { accept: "application/json" } });
      if (answer.ok && (await answer.json()).drawn) return location.reload();
    } catch { /* the network is away: asked again */ }
    setTimeout(look, 700);
  };
  setTimeout(look, 700);
}

// "n": the next session. It can be switched off (WCAG 2.1.4); typing into a field is typing.
const next = document.querySelector("a[data-next]");
const switchOf = document.querySelector("[data-key-switch]");
const isOn = () => localStorage.getItem("next-key") !== "off";
if (switchOf) {
  switchOf.hidden = false;
  const say = () => { switchOf.textContent = isOn() ? "Key n is on" : "Key n is off"; switchOf.setAttribute("aria-pressed", String(isOn())); };
  switchOf.addEventListener("click", () => { localStorage.setItem("next-key", isOn() ? "off" : "on"); say(); });
  say();
}
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.key === "n" && next && isOn() && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) next.click();
});
