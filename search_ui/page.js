/* What the page does in the browser by itself. */

/* The address says what is asked and which tab is open, so that it can be sent. A new question or
   another tab is one entry of the browser's history; whatever else changes, changes its entry. */
const address = {
  opening: null, // what the page shows where the address is silent; null until the page is open

  shown() {
    return { ...this.opening, ...Object.fromEntries(new URL(location).searchParams) };
  },

  /* Begin to follow the visitor; where the link asked for what is not there, set the address right. */
  open(opening, tabs, fields) {
    const url = new URL(location);
    for (const [name, value] of Object.entries(fields))
      if (url.searchParams.has(name)) url.searchParams.set(name, value);
    if (!tabs.includes(url.searchParams.get("tab"))) url.searchParams.delete("tab");
    if (url.searchParams.has("q") && !url.searchParams.has("tab")) url.searchParams.set("tab", "search");
    history.replaceState(history.state, "", url);
    this.opening = opening;
    if (url.searchParams.has("q")) press("ask");
    if (["n", "engine", "model"].some((name) => url.searchParams.has(name))) press("tell");
  },

  /* Note what is asked, or the tab that is open; what stands there already stays as it is. */
  keep(now) {
    if (!this.opening) return;
    if (!now.q?.trim()) delete now.q;
    const before = this.shown();
    const changed = Object.keys(now).filter((name) => String(now[name]) !== before[name]);
    if (changed.length === 0) return;
    const url = new URL(location);
    for (const name of changed) url.searchParams.set(name, now[name]);
    const isEntry = changed.includes("q") || changed.includes("tab");
    history[isEntry ? "pushState" : "replaceState"](history.state, "", url);
  },
};

addEventListener("popstate", () => address.opening && press("go-back"));

/* Press a button, as the visitor would. */
function press(id) {
  document.getElementById(id)?.click();
}

/* Open a tab, as a click on its name does, from wherever in the page. */
function openTab(name) {
  const tab = document.querySelector(`#tabs [data-tab-id="${name}"]`);
  tab?.click();
  tab?.focus();
}

/* A click into a list that one types in marks what is chosen, so that typing looks for another. */
addEventListener("click", ({ target }) => {
  if (target.matches?.("#number-engine input, #number-model input")) target.select();
});

/* Copy the link that a button names, or show it where the browser does not let us. */
addEventListener("click", async ({ target }) => {
  if (!target.matches?.("button.copy-link")) return;
  const link = new URL(target.dataset.link, location.origin + location.pathname).href;
  try {
    await navigator.clipboard.writeText(link);
    target.textContent = "Link copied";
  } catch {
    prompt("Copy this link:", link);
  }
});

/* Show what a button folds away, or fold it again; page.css reads the attribute. */
function unfold(button) {
  button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") !== "true");
}

addEventListener("click", ({ target }) => {
  if (target.matches?.("figure.chart button.download")) downloadChart(target);
});

/* Save a chart as it is shown, as a file that stands alone: with its caption and its colours. */
function downloadChart(button) {
  const figure = button.closest("figure");
  const shown = [...figure.querySelectorAll("svg")].find((svg) => svg.getClientRects().length);
  const caption = figure.querySelector("figcaption").textContent;
  const file = new Blob([standalone(shown, caption)], { type: "image/svg+xml" });
  const link = Object.assign(document.createElement("a"), {
    href: URL.createObjectURL(file),
    download: button.dataset.name,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/* Return an SVG as the text of a file: what the page's style sheet says of each part is written
   into it, and the caption stands above. */
function standalone(shown, caption) {
  const properties = [
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray",
    "stroke-linejoin", "paint-order", "font-family", "font-size", "font-weight",
  ];
  const copy = shown.cloneNode(true);
  const parts = [...copy.querySelectorAll("*:not(desc)")];
  [...shown.querySelectorAll("*:not(desc)")].forEach((part, place) => {
    const style = getComputedStyle(part);
    for (const name of properties) parts[place].style.setProperty(name, style.getPropertyValue(name));
    parts[place].removeAttribute("class");
  });
  copy.querySelector("desc").remove();
  const page = getComputedStyle(shown), { width, height } = shown.viewBox.baseVal;
  const lines = wrapped(caption, Math.floor(width / 9));
  const top = 28 + 19 * lines.length;
  const drawn = (tag, attributes, content = "") => {
    const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    part.textContent = content;
    return part;
  };
  const ink = { fill: page.getPropertyValue("--ss-ink"), "font-family": page.fontFamily,
                "font-size": 14, "font-weight": 700 };
  copy.prepend(
    drawn("title", {}, caption),
    drawn("rect", { x: -16, y: -top, width: width + 32, height: height + top + 24,
                    fill: page.getPropertyValue("--ss-card") }),
    ...lines.map((line, place) => drawn("text", { x: 0, y: 28 + 19 * place - top, ...ink }, line)),
  );
  for (const name of ["class", "role", "aria-label"]) copy.removeAttribute(name);
  copy.setAttribute("viewBox", `-16 ${-top} ${width + 32} ${height + top + 24}`);
  copy.setAttribute("width", width + 32);
  copy.setAttribute("height", height + top + 24);
  return new XMLSerializer().serializeToString(copy);
}

/* Break a text into lines of about so many characters, between words. */
function wrapped(text, most) {
  return text.split(" ").reduce((lines, word) => {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    return lines.length && longer.length <= most
      ? [...lines.slice(0, -1), longer]
      : [...lines, word];
  }, []);
}
