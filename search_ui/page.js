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
    const url = new URL(location), asks = Boolean(url.searchParams.get("q")?.trim());
    if (!asks) url.searchParams.delete("q");
    for (const [name, value] of Object.entries(fields))
      if (url.searchParams.has(name)) url.searchParams.set(name, value);
    if (!tabs.includes(url.searchParams.get("tab"))) url.searchParams.delete("tab");
    if (asks && !url.searchParams.has("tab")) url.searchParams.set("tab", "search");
    history.replaceState(history.state, "", url);
    this.opening = opening;
    if (!asks && fields.q !== opening.q) this.openOn(fields.q);
    if (asks || visit.memo.brought.length) press("ask");
    if (["n", "engine", "model"].some((name) => url.searchParams.has(name))) press("tell");
  },

  /* Let the page show a question of the visitor's own texts where the address is silent. */
  openOn(question) {
    ownQuestions.add(question);
    this.opening = { ...this.opening, q: question };
  },

  /* Note what is asked, or the tab that is open; what stands there already stays as it is. */
  keep(now) {
    if (!this.opening) return;
    visit.look();
    if (now.q?.trim()) visit.remember(now.q.trim());
    if (!now.q?.trim() || ownQuestions.has(now.q)) delete now.q;
    if (!now.n?.trim()) delete now.n;
    const before = this.shown();
    const changed = Object.keys(now).filter((name) => String(now[name]) !== before[name]);
    if (changed.length === 0) return;
    const url = new URL(location);
    for (const name of changed) url.searchParams.set(name, now[name]);
    const isEntry = changed.includes("q") || changed.includes("tab");
    history[isEntry ? "pushState" : "replaceState"](history.state, "", url);
  },
};

/* A tab that the visitor opens is noted at the click, with the question that is asked there: a tab that
   the framework opens, as on the way back, is what the address says already. */
addEventListener("click", ({ target }) => {
  const tab = target.closest?.('#tabs > .tab-wrapper [role="tab"]')?.dataset.tabId;
  const asks = ["search", "normalize"].includes(tab);
  if (tab) address.keep({ tab, q: asks ? document.querySelector("#query input")?.value : undefined });
});

addEventListener("popstate", () => address.opening && press("go-back"));

/* The visit that the server holds: its key, its name, and what the visitor brought. The session storage
   keeps this for a reload, and what was lost until it is back or dismissed; and the questions asked in
   this tab, but nothing else that the visitor brought. */
const visit = {
  memo: { key: "", visit: "", brought: [], gone: [] },

  /* Return the key of the visit that goes on. */
  open() {
    try {
      Object.assign(this.memo, JSON.parse(sessionStorage.getItem("visit")));
    } catch {} // no storage here, or nothing of ours in it: the visit ends with the page
    return this.memo.key;
  },

  /* Note what the server holds now; what it held of another visit is gone. */
  note(sent) {
    const now = JSON.parse(sent), before = this.memo;
    const lost = now.visit === before.visit ? [] : before.brought;
    const gone = [...new Set([...before.gone, ...lost])];
    this.keep({ ...now, gone: gone.filter((part) => !now.brought.includes(part)) });
  },

  keep(memo) {
    this.memo = memo;
    try {
      sessionStorage.setItem("visit", JSON.stringify(memo));
    } catch {}
    const banner = document.querySelector("#gone section");
    banner.hidden = memo.gone.length === 0;
    for (const each of banner.querySelectorAll("[data-part]"))
      each.hidden = !memo.gone.includes(each.dataset.part);
  },

  /* Ask whether the server still holds what was brought. */
  look() {
    if (this.memo.brought.length) press("look-after-visit");
  },

  /* Return the questions that were asked in this tab, also before a reload. */
  asked() {
    try {
      return JSON.parse(sessionStorage.getItem("asked")) ?? [];
    } catch {
      return [];
    }
  },

  /* Remember a question that was asked. */
  remember(question) {
    const all = [...new Set([...this.asked(), question])].slice(-200);
    try {
      sessionStorage.setItem("asked", JSON.stringify(all));
    } catch {}
  },

  dismiss() {
    this.keep({ ...this.memo, gone: [] });
  },
};

/* Open the form of this id, wherever it is: its tab, perhaps a step within, and what folds it away. */
async function openForm(tab, id, step) {
  openTab(tab);
  if (step) (await drawn(`#calibrate-path [data-tab-id="${step}"]`)).click();
  const form = await drawn(`#${id}`);
  const folding = form.querySelector(".unfold");
  if (folding?.getAttribute("aria-expanded") === "false") unfold(folding);
  (form.querySelector("textarea") ?? form.querySelector("button, input"))?.focus({ preventScroll: true });
  form.scrollIntoView({ block: "center" });
}

/* Return a part of the page two frames after it is drawn: the framework draws a tab when it is first
   opened, and what is typed into a field before it listens is lost. */
async function drawn(selector) {
  for (let frame = 0, seen = 0; frame < 600; frame++) {
    const part = document.querySelector(selector);
    if (part?.getClientRects().length && ++seen > 2) return part;
    await new Promise(requestAnimationFrame);
  }
  throw new Error(`${selector} was not drawn`);
}

const awaited = new Set(); // ids of buttons to press that are not drawn yet

/* Press a button, as the visitor would; one that is not there yet is pressed once its tab is drawn. */
function press(id) {
  const button = document.getElementById(id);
  if (button) button.click();
  else awaited.add(id);
}

/* Press the buttons that were awaited and are there now, a frame after they were drawn. */
function pressDrawn() {
  for (const id of awaited)
    if (document.getElementById(id)) {
      awaited.delete(id);
      requestAnimationFrame(() => press(id));
    }
}

/* Open a tab, as a click on its name does, from wherever in the page; and show a part of it. */
function openTab(name, part) {
  const tab = document.querySelector(`#tabs [data-tab-id="${name}"]`);
  tab?.click();
  tab?.focus();
  if (part) requestAnimationFrame(() => document.getElementById(part)?.scrollIntoView());
}

/* Look after those who use the keyboard or listen, from the opening of the page on. */
function attend() {
  // The framework puts all of the page into its <main>, where a header and a footer are none.
  document.querySelector("main.contain")?.setAttribute("role", "none");
  document.getElementById("tabs")?.setAttribute("role", "main");
  const follow = (changes) => {
    document.querySelectorAll('[role="tablist"]').forEach(rove);
    speak(changes);
    pressDrawn();
  };
  follow([]);
  new MutationObserver(follow).observe(document.body, {
    subtree: true, childList: true, characterData: true, attributeFilter: ["aria-selected"],
  });
}

/* Of a row of tabs the Tab key reaches the open one, which is in view where the row scrolls. */
function rove(row) {
  for (const tab of row.querySelectorAll('[role="tab"]')) {
    const isOpen = tab.getAttribute("aria-selected") === "true";
    if (isOpen && tab.tabIndex !== 0)
      row.scrollTo({ left: tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2 });
    tab.tabIndex = isOpen ? 0 : -1;
  }
}

/* Arrow keys, Home and End open the other tabs of a row. */
addEventListener("keydown", (event) => {
  const tab = event.target.closest?.('[role="tab"]');
  if (!tab || event.altKey || event.ctrlKey || event.metaKey) return;
  const tabs = [...tab.parentElement.querySelectorAll('[role="tab"]:enabled')];
  const place = tabs.indexOf(tab);
  const next = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: -1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  const opened = tabs.at(next % tabs.length);
  opened.click();
  opened.focus();
});

/* Say the first finding or notice that changed: its first sentence, or the whole of one that asks for
   it; errors announce themselves. */
function speak(changes) {
  const spoken = ".ss .find, .ss.notice:not([role])";
  const elements = (nodes) => [...nodes].filter((node) => node instanceof Element);
  const found = changes
    .flatMap(({ target, addedNodes }) => [
      (target instanceof Element ? target : target.parentElement)?.closest(spoken),
      ...elements(addedNodes).flatMap((part) => [part, ...part.querySelectorAll(spoken)]),
    ])
    .find((part) => part?.matches(spoken) && part.checkVisibility());
  if (!found) return;
  const text = found.textContent.trim().replace(/\s+/g, " ");
  say(found.matches(".whole") ? text : (text.match(/^.*?[.!?](?= |$)/)?.[0] ?? text));
}

/* Say a text to those who listen. */
function say(text) {
  const region = document.getElementById("spoken");
  region.textContent = ""; // so that the same sentence is heard again
  clearTimeout(say.later);
  say.later = setTimeout(() => { region.textContent = text; }, 300);
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

/* Copy the code beneath a button, or mark it where the browser does not let us. */
addEventListener("click", async ({ target }) => {
  if (!target.matches?.(".take-home button.copy")) return;
  const code = target.closest(".take-home").querySelector("pre");
  try {
    await navigator.clipboard.writeText(code.textContent);
    target.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(code);
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

/* Own texts, suggested questions and labels: how a visitor comes from nothing to a first answer. */

/* Open the step for who has no labels, at its field for questions. */
async function openPairs() {
  openTab("calibrate");
  step = await drawn('#calibrate-path [data-tab-id="pairs"]'); // stays open while the tab catches up
  step.click();
  const field = await drawn("#judging-questions textarea");
  field.focus({ preventScroll: true });
  field.scrollIntoView({ block: "center" });
}

/* Open Search at its question, with what to do and the first buttons for right and wrong in view. */
async function openLabelling() {
  openTab("search");
  document.body.classList.add("labelling"); // what to do stays in view, and so does the count
  const first = await drawn("ol.hits .label-hit button");
  first.focus({ preventScroll: true });
  document.getElementById("query").scrollIntoView({ block: "start" });
}

const ownQuestions = new Set(); // made of the visitor's own texts, which stay out of the address

/* Fold the form away and ask a question of the texts that it took, with the answer in view unless the
   visitor has gone to another tab. */
function showAnswer(question) {
  address.openOn(question);
  const open = '.unfold[aria-expanded="true"]';
  for (const button of document.querySelectorAll(`#own ${open}, #own-index ${open}`)) unfold(button);
  press("ask");
  document.getElementById("query").scrollIntoView({ block: "start" });
}

/* Embed what a reload broke off, with its form in view. */
function resumeTexts() {
  const folding = document.querySelector('#own .unfold[aria-expanded="false"]');
  if (folding) unfold(folding);
  press("resume-texts");
}

let tried = ""; // the question of the chip that was pressed last

/* Ask the question of a chip. */
function tryQuestion(chip) {
  tried = chip.dataset.question;
  if ("own" in chip.dataset) ownQuestions.add(tried);
  press("try");
}

/* Name the control of how many hits are shown. */
function nameHits(k) {
  const control = document.querySelector("#hits-shown .unfold");
  if (control) control.textContent = `Show ${k} ${k === 1 ? "hit" : "hits"}`;
}

let step = null; // of Calibrate that was clicked while its tab was catching up

addEventListener("click", ({ target, isTrusted }) => {
  const name = isTrusted && target.closest?.("#calibrate-path [data-tab-id]");
  if (name) step = name;
});

/* Begin to catch up: what is clicked from now on is what the visitor wants to see. */
function catchUp(...given) {
  step = null;
  return given;
}

/* Go back to the step that was clicked meanwhile, where catching up has opened another. */
function keepStep() {
  if (step?.getAttribute("aria-selected") === "false") step.click();
}

/* Pairs that a plan chooses, labelled one by one: what is pressed shows at once, and the server is
   reported in the order of the presses. */
const labelling = {
  waiting: [], // answers that the server does not have yet
  isSending: false,

  get card() { return document.querySelector("#judging-pairs section.judging"); },
  get left() { return [...this.card.querySelectorAll("article:not([data-answered])")]; },

  /* Show the pair that is to be labelled next, unless it is shown already. */
  show() {
    const card = this.card;
    if (!card) return;
    for (const [pair] of this.waiting) // a card that was drawn meanwhile does not know of them
      card.querySelector(`article[data-pair="${pair}"]:not([data-answered])`)
        ?.setAttribute("data-answered", ++this.turn);
    const [next] = card.matches(".ended") ? [] : this.left;
    card.querySelector(".answers").hidden = !next;
    for (const pair of card.querySelectorAll("article")) pair.hidden = pair !== next;
    if (card.matches(".ended")) return this.end(card);
    if (!next || card.shown === next) return;
    card.shown = next;
    if (!card.contains(document.activeElement)) {
      card.focus({ preventScroll: true });
      document.getElementById("judging-progress").scrollIntoView({ block: "nearest" });
      card.scrollIntoView({ block: "nearest" });
    }
    say([...next.children].map((part) => part.textContent.trim()).join(". "));
  },

  /* Say that there are enough labels, and put a focus that went with the pair on what to do now. */
  end(card) {
    const done = document.querySelector("#judging-progress .notice.whole");
    if (!done || card.isEnded) return;
    card.isEnded = true;
    say(done.textContent.trim());
    if (!document.activeElement || document.activeElement === document.body)
      document.querySelector("#judging-progress .actions button").focus({ preventScroll: true });
  },

  answer(value) {
    const card = this.card;
    if (value === "back") this.takeBack();
    else if (value === "on") this.waiting.push(["", "on"]);
    else {
      const [pair] = this.left;
      if (!pair || pair.hidden) return;
      pair.dataset.answered = ++this.turn;
      this.waiting.push([pair.dataset.pair, value]);
      card.querySelector(".back").disabled = false;
    }
    this.send();
    this.show();
  },

  /* Send one answer at a time: one that overtakes another would leave the older count on the page. */
  send() {
    if (this.isSending || !this.waiting.length) return;
    this.isSending = true;
    press("judging-answer");
  },

  arrived() {
    this.isSending = false;
    this.show();
    this.send();
  },

  turn: 0,

  /* Fold the form away once other pairs were chosen; a fault leaves it open. */
  chosen() {
    if (document.querySelector("#judging-state .notice")) return;
    document.getElementById("judging-form").classList.remove("reopened");
    this.show();
  },

  /* Show the form for questions again. */
  reopen() {
    document.getElementById("judging-form").classList.add("reopened");
    document.querySelector("#judging-questions textarea").focus();
  },

  takeBack() {
    const answered = [...this.card.querySelectorAll("article[data-answered]")];
    const last = answered.sort((a, b) => (a.dataset.answered || 0) - (b.dataset.answered || 0)).at(-1);
    if (last) delete last.dataset.answered;
    if (this.waiting.at(-1)?.[0]) this.waiting.pop(); // it was not sent yet
    else this.waiting.push(["", "back"]);
  },

  /* Put the answer that waits longest in place of an event's first two inputs. */
  withAnswer(_pair, _answer, ...rest) {
    return [...this.waiting.shift(), ...rest];
  },
};

addEventListener("click", ({ target }) => {
  const pressed = target.closest?.("#judging-pairs button[data-key]");
  if (pressed) labelling.answer(pressed.value);
});

/* The keys of the card, while the focus is in it: a letter elsewhere is what it always is. */
addEventListener("keydown", (event) => {
  const card = event.target.closest?.("#judging-pairs section.judging");
  if (!card || event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
  const pressed = card.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!pressed || pressed.disabled || !pressed.checkVisibility()) return;
  event.preventDefault();
  pressed.click();
});

/* Return questions with those that the visitor asked on this page added, each once. */
function withAskedQuestions(pasted) {
  const lines = [...pasted.split("\n"), ...visit.asked()].map((line) => line.trim());
  return [...new Set(lines.filter(Boolean))].join("\n");
}

const labelled = []; // clicks on right or wrong that are on their way to the server

addEventListener("click", ({ target }) => {
  const pressed = target.closest?.(".label-hit button");
  if (pressed) labelHit(pressed);
});

/* Label a hit as right or wrong; the same button once more takes the label back. */
function labelHit(pressed) {
  const hit = pressed.closest(".label-hit");
  const isNew = pressed.getAttribute("aria-pressed") !== "true";
  for (const button of hit.querySelectorAll("button"))
    button.setAttribute("aria-pressed", button === pressed && isNew);
  labelled.push([hit.dataset.query, hit.dataset.hit, isNew ? pressed.value : ""]);
  press("label-hit");
}

/* Put the label that waits longest in place of an event's first three inputs. */
function withLabel(_query, _hit, _label, ...rest) {
  return [...labelled.shift(), ...rest];
}

/* The map of an answer's hits is drawn when it is opened. */
const hitMap = {
  get opened() { return document.querySelector("details.hit-map[open]"); },

  /* Put what the answer is about in place of an event's first two inputs. */
  asked(_query, _k, ...rest) {
    return [this.opened?.dataset.query ?? "", Number(this.opened?.dataset.k), ...rest];
  },

  /* An answer that came meanwhile has a map of its own, which is not open. */
  show(drawn) {
    if (this.opened) this.opened.querySelector(".card").innerHTML = drawn;
  },
};

addEventListener("toggle", ({ target }) => {
  if (target.matches?.("details.hit-map[open]")) press("draw-map");
}, true);

/* The threshold that is dragged begins at the one in force, whenever its part is unfolded. */
const dragging = {
  begin() {
    if (document.querySelector('#drag .unfold[aria-expanded="true"]')) press("begin-drag");
  },
};

addEventListener("click", ({ target }) => {
  if (target.matches?.("#drag .unfold")) dragging.begin();
});

/* Files that are dropped anywhere but on a field of their own: the server says by how they begin where
   they belong, and the field there takes them as if they had been chosen in it. */
const dropped = {
  files: [], // that are dropped now
  before: [], // that were opened the last time, which these may complete
  heads: "", // how all of them begin, as the server reads it

  async take(files) {
    this.files = [...files];
    try {
      const before = await this.begun(this.before, true).catch(() => this.before = []);
      this.heads = JSON.stringify([...before, ...await this.begun(this.files, false)]);
    } catch { // a folder, or a file that is gone
      this.heads = "[]";
    }
    press("dropped");
  },

  begun(files, before) {
    return Promise.all(files.map(async (file) =>
      ({ name: file.name, head: await this.head(file), before })));
  },

  async head(file) {
    const bytes = new Uint8Array(await file.slice(0, 16384).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  },

  async open(places) {
    if (!places) return document.getElementById("drop-state").scrollIntoView({ block: "nearest" });
    const found = JSON.parse(places), [{ place }] = found;
    const files = [...this.before, ...this.files].slice(-found.length);
    this.before = files;
    openTab(place.tab);
    if (place.step) {
      step = await drawn(`#calibrate-path [data-tab-id="${place.step}"]`); // stays open meanwhile
      step.click();
    }
    const form = await drawn(`#${place.form}`);
    const folding = form.matches(".unfolding") && form.querySelector(".unfold");
    if (folding && folding.getAttribute("aria-expanded") === "false") unfold(folding);
    if (place.choice) (await drawn(`#label-source input[value="${place.choice}"]`)).click();
    for (const field of new Set(found.map((each) => each.place.field)))
      await this.fill(field, found.flatMap((each, n) =>
        each.place.field === field ? [new File([files[n]], each.name)] : []));
    say(`Opened as ${place.words}: ${files.map((file) => file.name).join(", ")}.`);
  },

  /* Give files to a field, in place of those that it has. */
  async fill(field, files) {
    const zone = await drawn(`#${field}`), input = () => zone.querySelector("input[type=file]");
    const clear = () => zone.querySelector('button[aria-label="Clear"]');
    clear()?.click(); // a filled field that takes several files would add these
    for (let frame = 0; frame < 120 && (clear() || !input()); frame++)
      await new Promise(requestAnimationFrame);
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input().files = transfer.files;
    input().dispatchEvent(new Event("change", { bubbles: true }));
    zone.scrollIntoView({ block: "center" });
  },

  /* Whether what is dragged is for the page: files, and not over a field that takes them itself. */
  isOurs({ target, dataTransfer }) {
    const zone = target.closest?.("button");
    return dataTransfer?.types.includes("Files") && !zone?.querySelector("input[type=file]");
  },

  show(isOver) { document.body.classList.toggle("dropping", isOver); },
};

addEventListener("dragover", (event) => {
  const isOurs = dropped.isOurs(event);
  if (isOurs) event.preventDefault(); // else the browser would open the file
  dropped.show(isOurs);
});
addEventListener("dragleave", ({ relatedTarget }) => relatedTarget ?? dropped.show(false));
addEventListener("drop", (event) => {
  dropped.show(false);
  if (!dropped.isOurs(event)) return;
  event.preventDefault();
  dropped.take(event.dataTransfer.files);
});
