/* The hills of the first tab: a threshold line that moves, and models that take turns. The page draws
   them as they stand at first (`charts/hills.py`); whatever moves is drawn here from the numbers that
   the figure carries. The framework may replace the figure at any time, so nothing holds on to one. */
const hills = (() => {
  const SLIDE_MS = 600;
  const SMALL = 0.01, LARGE = 0.1; // steps of the cosine by key
  let last = null; // heights that are shown, of whichever figure showed them last
  let moved = null; // where the visitor put the line: { belongsTo, cosine }
  let dragged = null; // the drawing whose line is being dragged

  const figureOf = (part) => part.closest("figure.hills");

  function read(figure) {
    figure.read ??= {
      ...JSON.parse(figure.dataset.hills),
      scores: figure.dataset.scores.split(" "),
      names: figure.dataset.names.split("|"),
      chosen: Number(figure.dataset.chosen),
    };
    return figure.read;
  }

  const heightsOf = (read) => read.models[read.chosen].outlines;

  /* The places of a drawing: from cosines to its own units and back. */
  function scale(drawing, { low, high, margin }) {
    const { width } = drawing.querySelector("svg").viewBox.baseVal;
    const span = width - 2 * margin;
    return {
      width,
      x: (cosine) => margin + (span * (cosine - low)) / (high - low),
      cosine: (x) => low + ((high - low) * (x - margin)) / span,
      within: (x, text, character) => {
        const half = (character * text.length) / 2;
        return Math.min(Math.max(x, margin + half), width - margin - half);
      },
    };
  }

  function place(part, attributes) {
    for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value.toFixed(1));
  }

  /* Draw hills of these heights. */
  function drawHills(figure, outlines) {
    const given = read(figure);
    for (const drawing of figure.querySelectorAll(".moving")) {
      const { x, within, width } = scale(drawing, given);
      const ridges = drawing.querySelectorAll(".ridge"), names = drawing.querySelectorAll(".hill-name");
      const guides = drawing.querySelectorAll(".to-top");
      outlines.forEach((heights, order) => {
        const across = (index) => given.margin + ((width - 2 * given.margin) * index) / (heights.length - 1);
        const ridge = heights.map((up, index) =>
          `${across(index).toFixed(1)},${(given.base - (given.hill * up) / 999).toFixed(1)}`);
        const isArea = ridges[order].classList.contains("ground");
        const foot = (cosine) => `${x(cosine).toFixed(1)},${given.base}`;
        const points = isArea ? [foot(given.low), ...ridge, foot(given.high)] : ridge;
        ridges[order].setAttribute("d", `M${points.join(" ")}${isArea ? "Z" : ""}`);
        const top = across(heights.indexOf(Math.max(...heights)));
        place(guides[order], { x1: top, x2: top });
        place(names[order], { x: within(top, names[order].textContent, given.character) });
      });
    }
    last = outlines;
  }

  /* Let the hills slide from what is shown to what the figure says. */
  function slide(figure) {
    const from = last, to = heightsOf(read(figure));
    const mayMove = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!from || !mayMove || String(from) === String(to)) return drawHills(figure, to);
    const start = performance.now();
    const step = (now) => {
      if (!figure.isConnected || heightsOf(read(figure)) !== to) return;
      const share = Math.min(Math.max((now - start) / SLIDE_MS, 0), 1), eased = share * share * (3 - 2 * share);
      drawHills(figure, share === 1 ? to : to.map((heights, order) =>
        heights.map((up, index) => from[order][index] + (up - from[order][index]) * eased)));
      if (share < 1) requestAnimationFrame(step);
    };
    step(start);
  }

  /* The step of the line that is nearest to a cosine, and what is shown and found there. */
  function countedAt(figure, wanted) {
    const given = read(figure), { shown, found } = given.models[given.chosen];
    const steps = shown.length - 1, width = (given.high - given.low) / steps;
    const step = Math.min(Math.max(Math.round((wanted - given.low) / width), 0), steps);
    const hundred = (share) => String(Math.floor(100 * share + 0.5));
    return {
      cosine: given.low + step * width,
      score: given.scores[step],
      precision: shown[step] ? hundred(found[step] / shown[step]) : "–",
      recall: hundred(found[step] / found[0]),
    };
  }

  /* Put the line where the visitor wants it. */
  function moveLine(figure, wanted) {
    const said = countedAt(figure, wanted);
    tell(figure, said);
    moved = { belongsTo: figure.dataset.belongsTo, cosine: said.cosine };
  }

  function tell(figure, said) {
    const given = read(figure), { cosine, score } = said;
    for (const drawing of figure.querySelectorAll(".moving")) {
      const { x, within, width } = scale(drawing, given), at = x(cosine);
      place(drawing.querySelector(".threshold"), { x1: at, x2: at });
      place(drawing.querySelector(".shown-side"), { x: at, width: x(given.high) - at });
      const label = drawing.querySelector(".line-score"), grip = drawing.querySelector(".grip");
      label.textContent = score;
      place(label, { x: within(at, score, given.character) });
      grip.style.left = `${(100 * at) / width}%`;
      grip.setAttribute("aria-valuenow", cosine.toFixed(3));
      grip.setAttribute("aria-valuetext",
        figure.dataset.said.replace(/\$(\w+)/g, (_, name) => said[name]));
    }
    for (const part of figure.querySelectorAll("[data-figure]"))
      part.textContent = said[part.dataset.figure];
  }

  const lineOf = (figure) => Number(figure.querySelector(".grip").getAttribute("aria-valuenow"));

  function followPointer({ clientX }) {
    const figure = figureOf(dragged), svg = dragged.querySelector("svg");
    const { left, width } = svg.getBoundingClientRect(), at = scale(dragged, read(figure));
    moveLine(figure, at.cosine(((clientX - left) / width) * at.width));
  }

  addEventListener("pointerdown", (event) => {
    const drawing = event.target.closest?.("figure.hills .moving");
    if (!drawing || event.button !== 0) return;
    dragged = drawing;
    // A finger may be about to scroll the page: its line moves only with it.
    if (event.pointerType !== "mouse") return;
    event.preventDefault();
    drawing.querySelector(".grip").focus({ preventScroll: true });
    followPointer(event);
  });
  addEventListener("pointermove", (event) => dragged?.isConnected && followPointer(event));
  addEventListener("pointerup", (event) => {
    if (dragged?.isConnected) followPointer(event);
    dragged = null;
  });
  addEventListener("pointercancel", () => (dragged = null));

  addEventListener("keydown", (event) => {
    if (!event.target.matches?.("figure.hills .grip")) return;
    const figure = figureOf(event.target), { low, high } = read(figure), now = lineOf(figure);
    const to = {
      ArrowRight: now + SMALL, ArrowUp: now + SMALL, ArrowLeft: now - SMALL, ArrowDown: now - SMALL,
      PageUp: now + LARGE, PageDown: now - LARGE, Home: low, End: high,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    moveLine(figure, to);
  });

  /* A figure that the page has just put in place of another goes on where that one was. */
  function settle(figure) {
    figure.dataset.settled = "";
    slide(figure);
    if (moved?.belongsTo === figure.dataset.belongsTo) moveLine(figure, moved.cosine);
    else moved = null;
  }

  new MutationObserver(() => {
    const fresh = document.querySelector("figure.hills:not([data-settled])");
    if (fresh) settle(fresh);
  }).observe(document, { childList: true, subtree: true });

  return {
    /* Turn to another model at once; the page's own answer follows. */
    turn(name) {
      const figure = document.querySelector("figure.hills");
      const order = figure ? read(figure).names.indexOf(name) : -1;
      if (order < 0) return;
      read(figure).chosen = order;
      slide(figure);
      const cosine = lineOf(figure), score = figure.querySelector(".line-score").textContent;
      tell(figure, { ...countedAt(figure, cosine), cosine, score });
    },
  };
})();
