// Reads FHIR bundles with npm's `fhir` and prints, for each file, what it calls an error: what is only
// unknown to it (value sets of other organisations) is a warning.
const { Fhir } = require("fhir");
const { readFileSync } = require("fs");

const fhir = new Fhir();
const found = {};
for (const file of process.argv.slice(2)) {
  const { messages } = fhir.validate(readFileSync(file, "utf8"), { errorOnUnexpected: true });
  found[file] = messages
    .filter(({ severity }) => severity === "error" || severity === "fatal")
    .map(({ location, message }) => `${location}: ${message}`);
}
console.log(JSON.stringify(found));
