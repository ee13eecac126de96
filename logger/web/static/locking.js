// The screen locks by itself: after so many seconds without a touch the server's lock page is shown.
//
// Touches are told to the server at most once a minute, so that its clock and this one agree. What was typed
// and not saved is kept in this window alone, and put back when its author comes back to the same page. While
// the server can't be reached the page stays: taps are still taken.

const TYPED = "typed-before-the-lock";
const TELL_EVERY = 60; // seconds

const head = (name) => document.querySelector(`meta[name=${name}]`).content;
const lockAfter = Number(head("lock-after")); // 0: nobody is signed in
const now = () => performance.now() / 1000;

let touched = now();
let told = touched;

function touch() {
  touched = now();
  if (touched - told < TELL_EVERY) return;
  told = touched;
  fetch("/awake", { headers: { accept: "application/json" } }).catch(() => {});
}

function fieldsOf(form) {
  const own = ["hidden", "password", "submit", "button", "file"];
  return [...form.elements].filter((field) => field.name && !own.includes(field.type));
}

const isChoice = (field) => field.type === "radio" || field.type === "checkbox";

function keepTyped() {
  const forms = [...document.querySelectorAll("main form")].map((form) =>
    fieldsOf(form).map((field) => (isChoice(field) ? field.checked : field.value)));
  sessionStorage.setItem(TYPED, JSON.stringify({ page: location.pathname, author: head("author-of-entries"), forms }));
}

function putBack() {
  const kept = JSON.parse(sessionStorage.getItem(TYPED) || "null");
  if (!kept || kept.page !== location.pathname) return;
  sessionStorage.removeItem(TYPED);
  if (kept.author !== head("author-of-entries")) return; // another person's words
  const forms = [...document.querySelectorAll("main form")];
  if (forms.some((form, at) => fieldsOf(form).length !== (kept.forms[at] || []).length)) return; // another page by now
  forms.forEach((form, at) => fieldsOf(form).forEach((field, place) => {
    if (isChoice(field)) field.checked = kept.forms[at][place];
    else field.value = kept.forms[at][place];
  }));
}

async function lock() {
  touched = now(); // not again while this is under way
  try {
    const body = new URLSearchParams({ csrf: head("csrf") });
    const answer = await fetch("/lock", { method: "POST", body, redirect: "manual", headers: { accept: "application/json" } });
    if (answer.status >= 500) return;
  } catch {
    return; // no network: MARK is of more use than a lock
  }
  keepTyped();
  location.assign(`/lock?next=${encodeURIComponent(location.pathname + location.search)}`);
}

if (lockAfter) {
  putBack();
  for (const event of ["pointerdown", "keydown", "input"]) addEventListener(event, touch, { passive: true });
  setInterval(() => { if (now() - touched >= lockAfter) lock(); }, 1000);
}
