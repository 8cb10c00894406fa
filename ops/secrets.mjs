// No secrets and no traces of one person's machine in tracked files.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";

const RULES = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a cloud access key", /\b(AKIA|ASIA)[0-9A-Z]{16}\b/],
  ["a live payment key", /\b[rs]k_live_[0-9a-zA-Z]{16,}/],
  ["a source-forge token", /\b(gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20})\b/],
  ["a home folder", /(^|[\s"'`=(])\/(root|home\/[a-z]+)\/[A-Za-z.]/],
];
// Not ours, or the rules themselves.
const SKIP = /^(ops\/secrets\.mjs|Cargo\.lock|e2e\/package-lock\.json)$|\.(woff2|png|bel|xz|gz|zip)$/;

let passed = 0, failed = 0;
for (const file of execFileSync("git", ["ls-files", "-z"], { encoding: "utf8", maxBuffer: 1 << 26 }).split("\0").filter((f) => f && !SKIP.test(f))) {
  if (statSync(file).size > 2 << 20) continue;
  const lines = readFileSync(file, "utf8").split("\n");
  let clean = true;
  lines.forEach((line, i) => {
    for (const [what, rule] of RULES) if (rule.test(line)) { clean = false; console.error(`${file}:${i + 1}: looks like ${what}`); }
  });
  if (clean) passed += 1; else failed += 1;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
