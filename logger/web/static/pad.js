// Large digit keys below the fields of a form marked data-pad, for gloved fingers: without a script the
// fields are typed into as any other. A key writes into the field that was touched last.

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "next"];
const SAYS = { "⌫": "Delete the last digit", next: "Next number" };

for (const form of document.querySelectorAll("form[data-pad]:not([data-has-keys])")) {
  form.dataset.hasKeys = "";
  const fields = [...form.querySelectorAll(".digits input")];
  let current = fields.find((field) => field.getAttribute("aria-invalid")) || fields[0];
  const choose = (field) => {
    current = field;
    for (const one of fields) one.classList.toggle("current", one === field);
  };
  for (const field of fields) {
    if (matchMedia("(pointer: coarse)").matches) field.inputMode = "none"; // the keys below take its place
    field.addEventListener("focus", () => choose(field));
  }
  choose(current);
  const keys = document.createElement("div");
  keys.className = "keys";
  keys.setAttribute("role", "group");
  keys.setAttribute("aria-label", "Digits");
  for (const key of KEYS) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = key;
    if (SAYS[key]) button.setAttribute("aria-label", SAYS[key]);
    button.addEventListener("click", () => {
      if (key === "⌫") current.value = current.value.slice(0, -1);
      else if (key === "next") choose(fields[(fields.indexOf(current) + 1) % fields.length]);
      else current.value += key;
    });
    keys.append(button);
  }
  form.querySelector(".pad-fields").after(keys);
}

// "Undo, mis-tap" goes when its minute is over, by the server's clock.
import { serverNow } from "./ages.js";

setInterval(() => {
  for (const line of document.querySelectorAll("[data-until]")) line.hidden = serverNow() > Number(line.dataset.until);
}, 1000);
