// Which statements were read, kept in this browser alone. Pages work without it.

const mark = document.querySelector("#candidate[data-candidate]");
const list = document.getElementById("candidates");
const election = (mark ?? list)?.dataset.election;
const key = `read ${election}`;

function load() {
  try { return new Set(JSON.parse(localStorage.getItem(key) ?? "[]")); } catch { return new Set(); }
}

const read = load();
if (mark) {
  read.add(mark.dataset.candidate);
  try { localStorage.setItem(key, JSON.stringify([...read].slice(-200))); } catch { /* Nothing is kept then. */ }
}
if (list) {
  let next = null;
  for (const row of list.querySelectorAll("li[data-candidate]")) {
    const place = row.querySelector(".read");
    if (!place) continue;
    const done = read.has(row.dataset.candidate);
    place.className = done ? "read tag" : "read tag brand";
    place.textContent = done ? "Read" : "Not read";
    if (!done && !next) next = row.querySelector("a");
  }
  const button = document.getElementById("next-unread");
  if (button && next) button.href = next.getAttribute("href");
}
