// The program of the recount kit, tested in its own language by ops/recount-kit.py.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";

const tests = fileURLToPath(new URL("recount-kit.py", import.meta.url));
const missing = spawnSync("python3", ["--version"]).error && "python3 is not installed";
const built = process.env.FOLKMOOT_BIN;
const unbuilt = !(built && existsSync(built)) && "FOLKMOOT_BIN does not name a built program";

function runs(name) {
  const run = spawnSync("python3", ["-B", tests, name], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stdout + run.stderr);
}

test("the recount kit counts every vector of its methods", { skip: missing }, () => runs("Vectors"));
test("the recount kit elects whom the rules elect", { skip: missing }, () => runs("Cases"));
test("the recount kit tells the announced result from others, by its exit status too", { skip: missing }, () => runs("Kits"));
test("the recount kit and the program agree on elections at random", { skip: missing || unbuilt }, () => runs("AtRandom"));
