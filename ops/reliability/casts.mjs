// Ballots for servers under stress: an election prepared by `folkmoot replay --prepare`, voters who cast, and the judgement of
// what the board holds against every receipt that was given.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { verifyReceipt } from "../../static/booth/receipt.mjs";
import { Server, freePort } from "./server.mjs";

const BIN = process.env.FOLKMOOT_BIN ?? "folkmoot";
const sha256 = (...pieces) => { const h = createHash("sha256"); for (const p of pieces) h.update(p); return h.digest(); };

const database = () => process.env.TEST_DATABASE_URL;
export const databaseName = database() ? "PostgreSQL" : "SQLite";
export const trackerOf = (ballot) => sha256(ballot).toString("base64").slice(0, 43);

/** An open election with `voters` who have sealed `each` ballots; ends `closesIn` seconds after the preparation. */
export function prepare(folder, { voters, each = 1, closesIn }) {
  const options = ["--prepare", folder, "--voters", String(voters), "--ballots-each", String(each)];
  if (database()) options.push("--database", database());
  if (closesIn) options.push("--closes-in", String(closesIn));
  const run = spawnSync(BIN, ["replay", "council-2024", ...options], { encoding: "utf8", stdio: ["ignore", "ignore", "inherit"] });
  if (run.status !== 0) throw new Error(`the election could not be prepared: ${run.status ?? run.error}`);
  return JSON.parse(readFileSync(join(folder, "casts.json"), "utf8"));
}

/** A server of the prepared election; several of them share database and key. */
export async function serverOf(folder, casts, name = "") {
  const settings = { PUBLIC_URL: casts.url, KEY_FILE: join(folder, "key") };
  if (database()) settings.DATABASE_URL = database();
  return new Server(name ? join(folder, name) : folder, await freePort(), settings);
}

/** Casts; { status, answer } with status 0 when no answer came. */
export async function cast(server, casts, voter, ballot) {
  const body = JSON.stringify({ ballot });
  const headers = { cookie: voter.cookie, "x-csrf-token": voter.csrf, "content-type": "application/json", accept: "application/json",
    "content-length": Buffer.byteLength(body), "sec-fetch-site": "same-origin" };
  try {
    const { status, body: text } = await server.send("POST", `${casts.election}/ballots`, { headers, body });
    try { return { status, answer: JSON.parse(text) }; } catch { return { status: status === 200 ? 0 : status, answer: {} }; }
  } catch { return { status: 0, answer: {} }; }
}

/** Entries of the archive in order: events (bytes) and what is in the ballot events (their trackers and credentials). */
function readArchive(bytes) {
  const events = [], objects = new Map(), board = [];
  for (let at = 0; at + 512 <= bytes.length; ) {
    const name = bytes.subarray(at, at + 100).toString("latin1").replace(/\0.*/s, "");
    const size = parseInt(bytes.subarray(at + 124, at + 135).toString(), 8);
    const data = bytes.subarray(at + 512, at + 512 + size);
    if (name.endsWith(".event.json")) {
      events.push(data);
      const event = JSON.parse(data);
      if (event.type === "Ballot") {
        const ballot = objects.get(event.payload);
        board.push({ height: event.height, tracker: trackerOf(ballot), credential: JSON.parse(ballot).credential });
      }
    } else if (name.endsWith(".data.json")) objects.set(name.slice(0, 64), data);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return { events, board };
}

/** RFC 6962 roots of every size, in base64; index n is the root of the first n events. */
function rootsOf(events) {
  const roots = [null];
  const stack = []; // [level, hash] of complete subtrees, largest first
  for (const event of events) {
    let level = 0, hash = sha256(Uint8Array.of(0), event);
    while (stack.length && stack.at(-1)[0] === level) { hash = sha256(Uint8Array.of(1), stack.pop()[1], hash); level += 1; }
    stack.push([level, hash]);
    roots.push(stack.map(([, h]) => h).reduceRight((right, left) => sha256(Uint8Array.of(1), left, right)).toString("base64"));
  }
  return roots;
}

/**
 * Compares the board with what was acknowledged: [{ voter, ballot, receipt }] in the order of each voter. Every receipt has to
 * verify offline, its event and its checkpoint have to be those of the board, and the archive has to be accepted by the
 * verifier. Returns { board, lost, verified }.
 */
export async function judge(checks, server, folder, casts, acknowledged) {
  const archive = await server.send("GET", `${casts.election}/archive.bel`);
  const bytes = Buffer.from(archive.body);
  const file = join(folder, `${casts.uuid}.bel`);
  writeFileSync(file, bytes);
  const verdict = spawnSync(BIN, ["verify", file], { encoding: "utf8" });
  checks.that(verdict.status === 0, `the archive is not accepted: ${verdict.stdout}${verdict.stderr}`);
  const { events, board } = readArchive(bytes);
  const roots = rootsOf(events);
  const places = new Map(board.map((entry) => [entry.tracker, entry]));
  checks.that(places.size === board.length, "a ballot is in the box twice");
  let lost = 0, verified = 0;
  for (const { ballot, receipt } of acknowledged) {
    const tracker = trackerOf(ballot), entry = places.get(tracker);
    if (!checks.that(entry, `acknowledged and lost: ${tracker}`)) { lost += 1; continue; }
    try {
      const { index, size } = await verifyReceipt(receipt, { verifierKey: casts.verifier, tracker });
      const root = receipt.slice(receipt.indexOf("\n\n") + 2).split("\n")[2];
      if (checks.that(index === entry.height && roots[size] === root, `the receipt of ${tracker} is about another board`)) verified += 1;
    } catch (error) { checks.that(false, `the receipt of ${tracker} does not verify: ${error.message}`); }
  }
  return { board, lost, verified };
}

/** The p-th part of sorted numbers. */
export const quantile = (numbers, p) => [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * p))] ?? 0;
