// A thousand connections that send their bodies drop by drop, while a visitor opens a page: each page within a second.
// First with slowhttptest -B, then with bodies that come with the proof of a page of ours, so that they are read.
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { Checks, Server, Visitor, freePort, pause } from "./server.mjs";

const CONNECTIONS = 1000, LIMIT = 1000, SECONDS = 12;
const checks = new Checks();
const folder = mkdtempSync(join(tmpdir(), "folkmoot-slow-"));
const server = await new Server(folder, await freePort()).start();

// Opens a page again and again until `over` resolves; times in milliseconds.
async function measure(over) {
  let done = false;
  over.then(() => { done = true; });
  const times = [];
  while (!done) {
    const start = performance.now();
    const answer = await new Visitor(server).get("/sign-in");
    times.push(performance.now() - start);
    checks.that(answer.status === 200, `the page answered ${answer.status}`);
    await pause(100);
  }
  times.sort((a, b) => a - b);
  return { count: times.length, median: times[times.length >> 1], worst: times.at(-1) };
}

const say = (name, { count, median, worst }) => {
  checks.that(count >= 20 && worst < LIMIT, `${name}: worst page of ${count} took ${worst.toFixed(0)} ms`);
  console.log(`figure: page beside ${name} = ${median.toFixed(0)} ms median, ${worst.toFixed(0)} ms worst of ${count}`);
};

say("nobody", await measure(pause(4000)));
const tool = spawn("slowhttptest", ["-B", "-c", String(CONNECTIONS), "-r", "500", "-i", "2", "-s", "65536", "-x", "16", "-l", String(SECONDS), "-p", "3", "-u", `http://localhost:${server.port}/sign-up`], { stdio: "ignore" });
say(`slowhttptest -B with ${CONNECTIONS} connections`, await measure(new Promise((ended, fail) => { tool.once("exit", ended); tool.once("error", fail); })));

// Bodies the server has to read: they end when its patience does.
const open = new Set();
let cut = 0, most = 0;
const sockets = Array.from({ length: CONNECTIONS }, () => {
  const s = connect(server.port, "127.0.0.1", () => {
    open.add(s); most = Math.max(most, open.size);
    s.write(`POST /sign-up HTTP/1.1\r\nHost: ${server.host}\r\nOrigin: http://${server.host}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 65536\r\n\r\ncsrf=`);
  });
  s.once("data", (piece) => { if (/^HTTP\/1\.1 408/.test(piece.toString())) cut += 1; });
  s.on("error", () => {});
  s.once("close", () => open.delete(s));
  return s;
});
const drip = setInterval(() => { for (const s of open) s.write("x"); }, 1000);
const over = (async () => { await pause(1000); while (open.size > 0) await pause(200); })();
say(`${CONNECTIONS} bodies of one byte a second`, await measure(Promise.race([over, pause(40_000)])));
clearInterval(drip);
checks.that(most === CONNECTIONS, `only ${most} connections were open at a time`);
checks.that(cut === CONNECTIONS, `${cut} of ${CONNECTIONS} slow bodies were answered 408`);
for (const s of sockets) s.destroy();
await server.stop();
rmSync(folder, { recursive: true });
checks.close();
