// Templates hold nothing that the content security policy would block, and let no text through unescaped
// but what is listed here.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../templates", import.meta.url));
// "file: expression", with the place that makes it safe. Sanitised Markdown and our own SVG belong here.
const TRUSTED = new Map([
  ["reports/outputs.html: html", "markdown::html"],
  ["reports/outputs.html: t.svg", "folkmoot_reports::chart, which escapes every text"],
  ["site/page.html: html", "markdown::html"],
  ["site/staff_page.html: html", "markdown::html"],
  ["motions/show.html: text", "markdown::html"],
  ["motions/resolution.html: text", "markdown::html"],
  ["meetings/show.html: agenda", "markdown::html"],
  ["meetings/show.html: minutes", "markdown::html"],
  ["petitions/show.html: text", "markdown::html"],
  ["work_groups/charter.html: purpose", "markdown::html"],
  ["work_groups/charter.html: selection", "markdown::html"],
  ["work_groups/charter.html: chair", "markdown::html"],
  ["work_groups/charter.html: reports", "markdown::html"],
  ["work_groups/report.html: text", "markdown::html"],
  ["nominations/fields.html: html", "markdown::html"],
  ["nominations/fields.html: t.html", "markdown::html"],
  ["nominations/draft.html: html", "markdown::html"],
  ["nominations/answer.html: w.html", "markdown::html"],
  ["nominations/answer.html: t.html", "markdown::html"],
  ["nominations/own.html: w.html", "markdown::html"],
  ["nominations/own.html: t.html", "markdown::html"],
  ["nominations/support.html: html", "markdown::html"],
  ["nominations/join.html: html", "markdown::html"],
  ["nominations/candidate_parts.html: t.html", "markdown::html"],
  ["nominations/candidate.html: e.1", "markdown::html"],
  ["nominations/candidate.html: w.html", "markdown::html"],
  ["nominations/candidate.html: a.html", "markdown::html"],
  ["nominations/questions.html: a.html", "markdown::html"],
  ["nominations/staff_questions.html: w.html", "markdown::html"],
  ["nominations/staff_one.html: t.html", "markdown::html"],
  ["nominations/staff_one.html: s.html", "markdown::html"],
  ["nominations/staff_one.html: clarified", "markdown::html"],
  ["nominations/staff_one.html: e.1", "markdown::html"],
]);

let passed = 0, failed = 0;
const used = new Set();
for (const name of readdirSync(ROOT, { recursive: true })) {
  if (!/\.html$/.test(name)) continue;
  const text = readFileSync(join(ROOT, name), "utf8").replace(/\{#[\s\S]*?#\}/g, (c) => c.replace(/[^\n]/g, ""));
  const mail = name.startsWith("mail") || name === join("layout", "mail.html");
  const faults = [];
  const at = (index) => `${name}:${text.slice(0, index).split("\n").length}`;
  for (const m of text.matchAll(/\{\{-?\s*([^}]*?)\s*\|\s*safe\s*-?\}\}|\{%\s*(?:filter|autoescape)\b[^%]*%\}/g)) {
    const key = `${name}: ${m[1] ?? m[0]}`;
    if (TRUSTED.has(key)) used.add(key); else faults.push(`${at(m.index)}: unescaped text; list it in ops/templates.mjs if it is sanitised`);
  }
  if (!mail) for (const m of text.matchAll(/\sstyle\s*=\s*["']/g)) faults.push(`${at(m.index)}: inline style, which the policy blocks`);
  for (const m of text.matchAll(/<script(?![^>]*\ssrc=)[^>]*>|<style\b/g)) faults.push(`${at(m.index)}: inline ${m[0]}, which the policy blocks`);
  for (const m of text.matchAll(/<[a-z][^>]*\son[a-z]+\s*=\s*["']/g)) faults.push(`${at(m.index)}: inline event handler, which the policy blocks`);
  for (const m of text.matchAll(/\b(?:src|href|action)\s*=\s*["'](?:https?:)?\/\/(?!www\.w3\.org)/g)) if (!mail && /src/.test(m[0])) faults.push(`${at(m.index)}: something loaded from elsewhere`);
  for (const fault of faults) console.error(fault);
  if (faults.length) failed += 1; else passed += 1;
}
for (const key of TRUSTED.keys()) if (!used.has(key)) { failed += 1; console.error(`ops/templates.mjs trusts ${key}, which is gone`); }
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
