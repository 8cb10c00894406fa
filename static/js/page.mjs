// Small comforts on ordinary pages. Everything works without this file.

// A refused form: the summary of mistakes is where reading starts.
document.getElementById("error-summary")?.focus();

// How much of a text's allowance is used, counted in characters as the server counts them.
for (const area of document.querySelectorAll("textarea[data-count]")) {
  const most = Number(area.dataset.count);
  const line = document.getElementById(`${area.id}-count`);
  if (!line || !Number.isSafeInteger(most)) continue;
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const show = () => {
    const used = [...area.value.trim()].length;
    line.textContent = used > most
      ? `Too long by ${numbers.format(used - most)}; ${numbers.format(most)} characters are allowed.`
      : `${numbers.format(used)} of ${numbers.format(most)} characters.`;
  };
  area.addEventListener("input", show);
  show();
}

// Deadlines are written in UTC; here also as the reader's clock shows them.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const time of document.querySelectorAll(".deadline time[datetime]")) {
  const instant = new Date(time.dateTime);
  if (Number.isNaN(instant.getTime()) || instant.getTimezoneOffset() === 0) continue;
  const words = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" }).format(instant);
  const line = document.createElement("span");
  line.className = "hint";
  line.textContent = `${words} where you are (${zone.replaceAll("_", " ")})`;
  time.closest(".deadline").append(line);
}

// A second press of the same button sends nothing: the first answer is on its way.
for (const form of document.querySelectorAll("form[method=post]")) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // Back in the browser's history the form may be sent again.
  addEventListener("pageshow", () => { sent = false; });
}
