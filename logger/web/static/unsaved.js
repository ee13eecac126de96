// Taps that could not be saved: kept in this browser, said on the page, and sent again until they are.
//
// Forms marked <form data-tap="MARK, Room 1"> are sent by fetch. Each carries its own key, so that one that
// did arrive, and whose answer was lost, is saved once. What the server refuses is shown and not sent again.
// The text of an entry leaves this browser's memory as soon as it is saved.

const KEPT = "unsaved-entries";
const AGAIN = 3000; // milliseconds between two attempts

const box = document.getElementById("unsaved");
let sending = false;

const author = () => document.querySelector("meta[name=author-of-entries]").content;
const kept = () => JSON.parse(localStorage.getItem(KEPT) || "[]");
const keep = (entries) => localStorage.setItem(KEPT, JSON.stringify(entries));

function show(said = "") {
  const waiting = kept();
  const names = waiting.map((entry) => `${entry.label} (${entry.tapped})`).join(", ");
  const others = waiting.filter((entry) => entry.author !== author()).map((entry) => entry.author);
  const who = others.length ? ` It waits until ${[...new Set(others)].join(", ")} is signed in here.` : " It is tried again.";
  box.textContent = said || (waiting.length ? `Not saved yet: ${waiting.length}. ${names}.${who}` : "");
  box.hidden = !box.textContent;
}

// Send one entry; true where the server has answered, whatever it said.
async function send(entry) {
  const body = new URLSearchParams(entry.fields);
  body.set("csrf", document.querySelector("meta[name=csrf]").content); // that of the visit of now
  let answer;
  try {
    answer = await fetch(entry.action, { method: "POST", body, headers: { accept: "application/json" }, signal: AbortSignal.timeout(10000) });
  } catch {
    return false; // no network, no server
  }
  if (answer.status >= 500 || answer.status === 401 || answer.status === 429) return false; // later, or after a sign-in
  keep(kept().filter((other) => other.key !== entry.key));
  if (answer.ok) {
    document.dispatchEvent(new CustomEvent("saved", { detail: { label: entry.label, url: answer.url } }));
    show();
    return true;
  }
  const said = await answer.json().catch(() => ({}));
  show(`${entry.label}, tapped ${entry.tapped}: ${said.error || "not saved"}`);
  return true;
}

async function sendAll() {
  if (sending) return;
  sending = true;
  try {
    const mine = kept().filter((entry) => entry.author === author()); // nobody else's name goes under it
    for (const entry of mine) if (!(await send(entry))) break; // in the order in which they were tapped
  } finally {
    sending = false;
    if (kept().length) show();
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.tap) return;
  event.preventDefault();
  const fields = [...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value)]);
  const key = form.elements.key.value;
  const tapped = new Date().toTimeString().slice(0, 5);
  const action = event.submitter?.getAttribute("formaction") || form.action;
  keep([...kept(), { key, author: author(), action, fields, tapped, label: form.dataset.tap }]);
  form.elements.key.value = crypto.getRandomValues(new Uint32Array(4)).join("-"); // the next tap is another entry
  form.reset();
  show();
  sendAll();
});

window.addEventListener("online", sendAll);
setInterval(sendAll, AGAIN);
show();
