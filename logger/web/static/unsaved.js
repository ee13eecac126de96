// Taps that could not be saved: kept in this browser, said on the page, and sent again until they are.
//
// Forms marked <form data-tap="MARK, Room 1"> are sent by fetch. Each carries its own key, so that one that
// did arrive, and whose answer was lost, is saved once; and its author, so that it never goes under another
// person's name. Nothing leaves the list but by being saved, or by a person who has read why it was refused.
// A PIN never comes into it.

const KEPT = "unsaved-entries";
const AGAIN = 3000; // milliseconds between two attempts
const LATER = [401, 412, 429]; // to be signed in for, from a page of an earlier sign-in, too many attempts

const box = document.getElementById("unsaved");
let sending = false;

const head = (name) => document.querySelector(`meta[name=${name}]`).content;
const isMine = (entry) => entry.author === head("author-of-entries") || entry.author === "unattributed";
const kept = () => JSON.parse(localStorage.getItem(KEPT) || "[]");
const keep = (entries) => localStorage.setItem(KEPT, JSON.stringify(entries));
const forget = (key) => keep(kept().filter((entry) => entry.key !== key));
const named = (entry) => `${entry.label} (${entry.tapped})`;

function line(text, seen) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  if (seen) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Seen, take it away";
    button.addEventListener("click", () => { forget(seen); show(); });
    paragraph.append(" ", button);
  }
  return paragraph;
}

// Say what is not saved yet and what was refused; *said* of what was saved just now.
function show(said = "") {
  const entries = kept();
  const waiting = entries.filter((entry) => !entry.refused && isMine(entry));
  const others = entries.filter((entry) => !entry.refused && !isMine(entry));
  const lines = entries.filter((entry) => entry.refused).map((entry) => line(`Not saved: ${named(entry)}. ${entry.refused}`, entry.key));
  if (waiting.length) lines.unshift(line(`Not saved yet: ${waiting.length}. ${waiting.map(named).join(", ")}. It is tried again.`));
  if (others.length) lines.push(line(`Not saved yet: ${others.map(named).join(", ")}. It waits until ${[...new Set(others.map((entry) => entry.author))].join(", ")} is signed in here.`));
  if (said && !waiting.length) lines.unshift(line(said));
  box.replaceChildren(...lines);
  box.hidden = !lines.length;
}

// Send one entry; true where the server has taken or refused it.
async function send(entry) {
  const body = new URLSearchParams(entry.fields);
  body.set("csrf", head("csrf")); // that of the visit of now
  body.set("waited", String(Math.max(0, (Date.now() - entry.at) / 1000))); // "now" was then
  let answer;
  try {
    answer = await fetch(entry.action, {
      method: "POST", body, redirect: "manual", headers: { accept: "application/json" }, signal: AbortSignal.timeout(10000),
    });
  } catch {
    return false; // no network, no server, no answer
  }
  if (answer.status >= 500 || LATER.includes(answer.status)) return false;
  const said = await answer.json().catch(() => ({}));
  if (answer.ok || answer.type === "opaqueredirect") {
    forget(entry.key);
    document.dispatchEvent(new CustomEvent("saved", { detail: { label: entry.label, said: said.said || "" } }));
    show(`Saved: ${named(entry)}. ${said.said || ""}`);
  } else {
    keep(kept().map((other) => (other.key === entry.key ? { ...other, refused: said.error || "The server did not take it." } : other)));
    show();
  }
  return true;
}

async function sendAll() {
  if (sending) return;
  sending = true;
  try {
    for (const entry of kept()) if (!entry.refused && isMine(entry) && !(await send(entry))) break; // in their order
  } finally {
    sending = false;
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.tap || event.defaultPrevented) return;
  if ([...form.elements].some((field) => field.type === "password" && field.value)) return; // sent, never kept
  const now = new Date();
  const entry = {
    key: form.elements.key.value,
    author: form.elements.author.value,
    action: event.submitter?.getAttribute("formaction") || form.getAttribute("action"),
    fields: [...new FormData(form, event.submitter)].map(([name, value]) => [name, String(value)]),
    label: form.dataset.tap,
    at: now.getTime(),
    tapped: now.toTimeString().slice(0, 5),
  };
  try {
    keep([...kept(), entry]);
  } catch {
    return; // this browser keeps nothing: the form is sent as without a script
  }
  event.preventDefault();
  form.elements.key.value = crypto.getRandomValues(new Uint32Array(4)).join("-"); // the next tap is another entry
  form.reset();
  show();
  sendAll();
});

window.addEventListener("online", sendAll);
setInterval(sendAll, AGAIN);
show();
sendAll();
