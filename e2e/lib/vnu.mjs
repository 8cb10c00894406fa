// The Nu HTML checker over saved pages, all in one Java start.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const JAR = fileURLToPath(new URL("../node_modules/vnu-jar/build/dist/vnu.jar", import.meta.url));

export function checkMarkup(files, report) {
  if (files.length === 0) return;
  const run = spawnSync("java", ["-Xss4m", "-jar", JAR, "--errors-only", "--format", "json", ...files], { encoding: "utf8", maxBuffer: 64 << 20 });
  if (run.error) { report.fail("markup (vnu)", `java did not start (${run.error.message}): install default-jre-headless`); return; }
  let messages;
  try { messages = JSON.parse(run.stderr).messages; } catch { report.fail("markup (vnu)", run.stderr.slice(0, 2000)); return; }
  const byFile = Map.groupBy ? Map.groupBy(messages, (m) => m.url ?? "") : messages.reduce((map, m) => map.set(m.url ?? "", [...(map.get(m.url ?? "") ?? []), m]), new Map());
  for (const file of files) {
    const found = [...byFile].filter(([url]) => url.endsWith(file)).flatMap(([, list]) => list);
    report.check("markup (vnu)", found.length === 0, `${file}: ${found.slice(0, 5).map((m) => `line ${m.lastLine}: ${m.message}`).join("; ")}`);
  }
}
