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
    history.replaceState(history.state, "", url);
    this.opening = opening;
    if (url.searchParams.has("q")) press("ask");
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

/* Show what a button folds away, or fold it again; page.css reads the attribute. */
function unfold(button) {
  button.setAttribute("aria-expanded", button.getAttribute("aria-expanded") !== "true");
}
