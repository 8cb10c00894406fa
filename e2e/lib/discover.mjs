// Finds, for every GET route, an address that shows it and somebody who may see it, by following links as each
// demo account. Links in the mails count: a page reached only by mail is found through the mail viewer.

const asRule = (pattern) => {
  const source = pattern.replace(/[.+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}:]+:([^}]*)\}/g, "($1)").replace(/\{[^}]+\}/g, "([^/]+)");
  return new RegExp(`^${source.replaceAll("\\.", "\\.")}$`);
};

export class Discovery {
  constructor(routes, origin) {
    this.origin = origin;
    this.patterns = routes.filter((r) => r.method === "GET" && r.access !== "static").map((r) => ({ path: r.path, access: r.access, rule: asRule(r.path) }))
      .sort((a, b) => (a.path.match(/\{/g)?.length ?? 0) - (b.path.match(/\{/g)?.length ?? 0) || b.path.length - a.path.length);
    this.found = new Map();
  }

  patternOf(path) { return this.patterns.find((p) => p.rule.test(path)); }

  // perPattern bounds how many addresses of one pattern are opened: two thousand member pages are one page. Mails differ, and
  // elections in their phases do, so more of them are.
  async crawl(viewer, request, starts = [], perPattern = 4, perMail = 60, perElection = 12) {
    const bound = ({ path }) => path.startsWith("/demo/mail/") ? perMail : /^(\/staff)?\/elections\/\{/.test(path) ? perElection : perPattern;
    const queue = [...starts, ...this.patterns.filter((p) => !p.path.includes("{")).map((p) => p.path)];
    const opened = new Map(), seen = new Set(queue);
    while (queue.length > 0) {
      const path = queue.shift();
      const pattern = this.patternOf(path.split("?")[0]);
      if (!pattern) continue;
      const count = opened.get(pattern.path) ?? 0;
      if (count >= bound(pattern)) continue;
      opened.set(pattern.path, count + 1);
      let response;
      try { response = await request.get(this.origin + path, { maxRedirects: 0, timeout: 30_000 }); } catch (error) { this.broken?.(viewer, path, error.message); continue; }
      const status = response.status();
      if (status >= 500) this.broken?.(viewer, path, `status ${status}`);
      const type = response.headers()["content-type"] ?? "";
      const location = response.headers().location;
      const body = type.startsWith("text/") ? await response.text() : "";
      if (status === 200 && !this.found.has(pattern.path)) this.found.set(pattern.path, { path, viewer, html: type.startsWith("text/html") });
      const links = [...body.matchAll(/(?:href|src|action)="([^"#]*)/g)].map((m) => m[1].replaceAll("&amp;", "&").replaceAll("&#38;", "&"));
      if (path.includes("mail")) links.push(...[...body.matchAll(/https?:\/\/[^\s"<>&]+/g)].map((m) => m[0]));
      for (const link of location ? [...links, location] : links) {
        let url;
        try { url = new URL(link, this.origin + path); } catch { continue; }
        if (url.origin !== this.origin) continue;
        const next = url.pathname + url.search;
        if (!seen.has(next)) { seen.add(next); queue.push(next); }
      }
    }
  }

  missing() { return this.patterns.filter((p) => !this.found.has(p.path)); }
}
