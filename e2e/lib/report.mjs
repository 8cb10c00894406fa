// Counts of checks, grouped, with the failures kept for the end.
export class Report {
  groups = new Map();
  failures = [];
  pass(group) { this.#group(group).passed += 1; }
  fail(group, message) {
    this.#group(group).failed += 1;
    this.failures.push(`${group}: ${message}`);
    console.error(`FAIL ${group}: ${message}`);
  }
  check(group, condition, message) { condition ? this.pass(group) : this.fail(group, message); return Boolean(condition); }
  #group(name) {
    if (!this.groups.has(name)) this.groups.set(name, { passed: 0, failed: 0 });
    return this.groups.get(name);
  }
  close() {
    let passed = 0, failed = 0;
    for (const [name, g] of this.groups) {
      console.log(`${name.padEnd(34)} ${String(g.passed).padStart(5)} passed ${String(g.failed).padStart(4)} failed`);
      passed += g.passed; failed += g.failed;
    }
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 && passed > 0 ? 0 : 1;
  }
}
