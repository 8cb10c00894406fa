// The program under test, on a free port of the loopback interface, with data that goes away.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";

const BIN = process.env.FOLKMOOT_BIN;
// Settings of this machine must not leak in: the program refuses FOLKMOOT_ variables it does not know.
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("FOLKMOOT_")));

export function routes() {
  const run = spawnSync(BIN, ["routes", "--json"], { encoding: "utf8", env: environment() });
  if (run.status !== 0) throw new Error(`folkmoot routes --json failed: ${run.stderr}`);
  return JSON.parse(run.stdout);
}

// Starts the demo with everything in it; resolves to {url, accounts, stop}. An account is {role, name, email, password}.
// `more` are further arguments of the program.
export function start(out, more = []) {
  const log = createWriteStream(join(out, "server.log"));
  const child = spawn(BIN, ["demo", "--port", "0", "--json", "--wait", ...more], { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.pipe(log);
  const stop = () => new Promise((done) => { if (child.exitCode !== null) return done(); child.once("exit", done); child.kill("SIGTERM"); });
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => { child.kill("SIGKILL"); reject(new Error(`the demo was not ready within two minutes; see ${join(out, "server.log")}`)); }, 120_000);
    child.once("exit", (code) => { clearTimeout(timer); reject(new Error(`the demo ended with status ${code}; see ${join(out, "server.log")}`)); });
    child.stdout.on("data", (piece) => {
      text += piece; log.write(piece);
      const line = text.split("\n").find((l) => l.startsWith("{") && l.endsWith("}"));
      if (!line) return;
      clearTimeout(timer);
      const ready = JSON.parse(line);
      resolve({ ...ready, url: ready.url.replace(/\/$/, ""), stop });
    });
  });
}
