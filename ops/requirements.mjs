// docs/requirements.csv: every requirement names tests that exist, or the issue that will bring them.
// Columns: id,requirement,tests,issue. Tests are separated by spaces; a test is the name of a Rust test
// function, or the path of a script or browser story.
import { readFileSync, readdirSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const IDS = { CRY: 11, BRD: 7, CST: 8, TRU: 6, PRV: 6, AUT: 6, AZ: 5, WEB: 6, IO: 6, REP: 2, REL: 8, OPS: 5 };

function* rustFiles(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "target" || entry.name === "node_modules" || entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* rustFiles(path);
    else if (entry.name.endsWith(".rs")) yield path;
  }
}

function parseLine(line) {
  const cells = [];
  for (const m of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) cells.push(m[1] !== undefined ? m[1].replaceAll('""', '"') : m[2]);
  return cells;
}

const tests = new Set();
for (const file of ["crates", "web"].flatMap((f) => [...rustFiles(join(ROOT, f))])) {
  const text = readFileSync(file, "utf8");
  for (const m of text.matchAll(/#\[(?:\w+::)*test[^\]]*\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(\w+)/g)) tests.add(m[1]);
  for (const m of text.matchAll(/proptest!\s*\{[\s\S]*?\n\}/g)) for (const f of m[0].matchAll(/fn\s+(\w+)/g)) tests.add(f[1]);
}

let passed = 0, failed = 0;
const complain = (text) => { failed += 1; console.error(text); };
const seen = new Set();
const [head, ...lines] = readFileSync(join(ROOT, "docs/requirements.csv"), "utf8").trimEnd().split("\n");
if (head !== "id,requirement,tests,issue") complain(`docs/requirements.csv: unexpected first line ${head}`);
lines.forEach((line, i) => {
  const [id, requirement, named, issue, ...rest] = parseLine(line);
  const where = `docs/requirements.csv line ${i + 2} (${id})`;
  if (rest.length || issue === undefined) return complain(`${where}: four columns wanted`);
  if (seen.has(id)) return complain(`${where}: listed twice`);
  seen.add(id);
  if (!requirement) return complain(`${where}: requirement is empty`);
  const missing = named.split(" ").filter(Boolean).filter((t) => !(t.includes("/") ? existsSync(join(ROOT, t)) : tests.has(t)));
  if (missing.length) return complain(`${where}: no such test: ${missing.join(", ")}`);
  if (!named && !/^\d+$/.test(issue)) return complain(`${where}: neither a test nor an issue number`);
  passed += 1;
});
for (const [area, count] of Object.entries(IDS)) for (let n = 1; n <= count; n += 1) {
  const id = `${area}-${String(n).padStart(2, "0")}`;
  if (!seen.has(id)) complain(`docs/requirements.csv: ${id} is missing`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
