// Reports: a run that goes on is looked at again; the editor has line numbers, a Tab key, and its faulty line marked.
// Everything works without this file.

if (document.querySelector("[data-report-runs]")) setTimeout(() => location.reload(), 1200);

const area = document.getElementById("script");
if (area instanceof HTMLTextAreaElement) {
  const faulty = Number(area.dataset.errorLine ?? 0);
  const gutter = document.createElement("div");
  gutter.className = "code-lines";
  gutter.setAttribute("aria-hidden", "true");
  const numbers = document.createElement("pre");
  gutter.append(numbers);
  area.before(gutter);
  area.parentElement.classList.add("numbered");
  const style = getComputedStyle(area);
  numbers.style.lineHeight = style.lineHeight;
  numbers.style.paddingBlockStart = style.paddingBlockStart;

  // The marked line is that of the text as it was sent: after a change it may be another one.
  let changed = false;
  const draw = () => {
    const lines = area.value.split("\n").length;
    const parts = [];
    for (let n = 1; n <= lines; n += 1) {
      const part = document.createElement(n === faulty && !changed ? "mark" : "span");
      part.textContent = `${n}\n`;
      parts.push(part);
    }
    numbers.replaceChildren(...parts);
  };
  const follow = () => { numbers.style.transform = `translateY(${-area.scrollTop}px)`; };
  area.addEventListener("input", () => { changed = true; draw(); });
  area.addEventListener("scroll", follow, { passive: true });
  draw();

  if (faulty > 0) {
    const lines = area.value.split("\n");
    const start = lines.slice(0, faulty - 1).join("\n").length + (faulty > 1 ? 1 : 0);
    area.setSelectionRange(start, start + (lines[faulty - 1]?.length ?? 0));
    area.scrollTop = Math.max(0, (faulty - 6) * parseFloat(style.lineHeight));
    follow();
  }

  // Tab indents by four; after Escape it leaves the field as everywhere else.
  let leaving = false;
  area.addEventListener("blur", () => { leaving = false; });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leaving = true;
    if (event.key !== "Tab" || leaving || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const { selectionStart: from, selectionEnd: to, value } = area;
    const begin = value.lastIndexOf("\n", from - 1) + 1;
    if (event.shiftKey || from !== to) {
      const block = value.slice(begin, to);
      const moved = event.shiftKey ? block.replace(/^ {1,4}/gm, "") : block.replace(/^(?=[^\n])/gm, "    ");
      area.setRangeText(moved, begin, to, "select");
    } else {
      area.setRangeText(" ".repeat(4 - ((from - begin) % 4)), from, to, "end");
    }
    area.dispatchEvent(new Event("input"));
  });
}
