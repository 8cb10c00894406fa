// Cargo.lock must not gain a second TLS stack or a C build nobody asked for; no dependency without a reason.
import { readFileSync } from "node:fs";

const lock = readFileSync(new URL("../Cargo.lock", import.meta.url), "utf8");
const names = [...lock.matchAll(/^\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"/gm)].map((m) => [m[1], m[2]]);
const NEVER = [/^openssl-sys$/, /^aws-lc-sys$/, /^aws-lc-rs$/, /^sqlx(-|$)/, /^native-tls$/];
const ONCE = ["rustls", "ring", "malachite-bigint", "libsqlite3-sys", "diesel"];

let failed = 0, passed = 0;
const check = (ok, text) => { if (ok) passed += 1; else { failed += 1; console.error(text); } };
for (const rule of NEVER) {
  const hits = names.filter(([name]) => rule.test(name));
  check(hits.length === 0, `Cargo.lock holds ${hits.map((h) => h.join(" ")).join(", ")}: find who asks for it with "cargo tree -i NAME"`);
}
for (const name of ONCE) {
  const versions = names.filter(([n]) => n === name).map(([, v]) => v);
  check(versions.length <= 1, `Cargo.lock holds ${name} in versions ${versions.join(", ")}; one is allowed`);
}
// Every direct dependency has its line in docs/dependencies.md.
const table = readFileSync(new URL("../Cargo.toml", import.meta.url), "utf8").split("[workspace.dependencies]")[1].split(/\n\[/)[0];
const explained = readFileSync(new URL("../docs/dependencies.md", import.meta.url), "utf8");
for (const [, name] of table.matchAll(/^([a-z0-9_-]+) = /gm)) {
  if (name.startsWith("folkmoot-")) continue;
  check(explained.includes(`| \`${name}\` |`), `docs/dependencies.md does not explain ${name}`);
}
// Every crate takes the workspace's lints, which forbid unsafe code; the exceptions are listed here with their reason.
const UNSAFE = {};
for (const member of readFileSync(new URL("../Cargo.toml", import.meta.url), "utf8").match(/^members = \[([^\]]*)\]/m)[1].matchAll(/"([^"]+)"/g)) {
  const manifest = readFileSync(new URL(`../${member[1]}/Cargo.toml`, import.meta.url), "utf8");
  check(/^\[lints\]\nworkspace = true$/m.test(manifest) || member[1] in UNSAFE, `${member[1]}/Cargo.toml does not take the workspace's lints`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
