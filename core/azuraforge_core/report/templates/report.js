"use strict";
/* Makes the page's charts answer to pointer and keys. The page is complete without it: everything
   that it shows is in the charts' own tables. It asks for nothing and keeps nothing. */
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const draw = (tag, attributes) => {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };

  /* One chart: a cursor that reads out values, and a stretch of x that is looked at closely. */
  class Chart {
    constructor(figure) {
      this.figure = figure;
      this.data = JSON.parse(figure.dataset.readout);
      this.plot = figure.querySelector(".plot");
      this.svg = this.plot.querySelector("svg");
      this.marks = this.svg.querySelector(".marks");
      this.axis = this.svg.querySelector(".x-axis");
      this.view = [0, 100];
      this.at = null;
      this.layer = this.svg.appendChild(draw("g", { "aria-hidden": "true" }));
      this.tip = this.plot.appendChild(make("div", { className: "tip", hidden: true }));
      this.tip.setAttribute("aria-hidden", "true");
      this.addScrub();
      this.addPointer();
    }

    /* A range input is what keys and screen readers know a movable reading point as. */
    addScrub() {
      const scrub = make("input", { type: "range", min: 0, max: this.data.x.length - 1, className: "scrub" });
      scrub.value = this.data.from;
      scrub.setAttribute("aria-label", `Read values: ${this.figure.querySelector("figcaption").textContent}`);
      const read = () => this.show(Number(scrub.value));
      scrub.addEventListener("input", read);
      scrub.addEventListener("focus", () => scrub.matches(":focus-visible") && read());
      scrub.addEventListener("blur", () => this.clear());
      scrub.addEventListener("keydown", (event) => {
        if (event.key === "Escape") this.look(0, 100);
        else if (event.key === "+" || event.key === "-") this.zoomAt(Number(scrub.value), event.key === "+" ? 0.5 : 2);
        else return;
        event.preventDefault();
        read();
      });
      this.scrub = scrub;
      this.plot.after(scrub);
      this.describe(this.data.from);
    }

    addPointer() {
      const plot = this.plot;
      let from = null;
      plot.addEventListener("pointermove", (event) => {
        const x = this.placeOf(event);
        if (from !== null && event.pointerType === "mouse") this.brush(from, x);
        this.show(this.nearest(x));
      });
      plot.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        from = this.placeOf(event);
        if (event.pointerType !== "mouse") this.show(this.nearest(from));
      });
      plot.addEventListener("pointerup", (event) => {
        const to = this.placeOf(event);
        if (from !== null && event.pointerType === "mouse" && Math.abs(to - from) > (this.view[1] - this.view[0]) * 0.04) {
          this.look(Math.min(from, to), Math.max(from, to));
        }
        from = null;
        this.clear();
      });
      plot.addEventListener("pointerleave", () => { from = null; this.clear(); });
      plot.addEventListener("dblclick", () => this.look(0, 100));
    }

    placeOf(event) {
      const box = this.svg.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      return this.view[0] + share * (this.view[1] - this.view[0]);
    }

    nearest(x) {
      let best = 0;
      this.data.x.forEach((place, index) => {
        if (Math.abs(place - x) < Math.abs(this.data.x[best] - x)) best = index;
      });
      return best;
    }

    /* A place of the whole chart as a percentage of what is in view. */
    inView(x) { return ((x - this.view[0]) / (this.view[1] - this.view[0])) * 100; }

    describe(index) {
      const values = this.data.s.filter((track) => track.v[index]).map((track) => `${track.n} ${track.v[index]}`);
      this.scrub.setAttribute("aria-valuetext", `${this.data.t[index]}: ${values.join(", ")}`);
    }

    show(index) {
      if (this.inView(this.data.x[index]) < -0.5 || this.inView(this.data.x[index]) > 100.5) return this.clear();
      this.at = index;
      this.scrub.value = index;
      this.describe(index);
      const x = this.inView(this.data.x[index]);
      this.layer.replaceChildren(draw("line", { class: "cursor", x1: `${x}%`, x2: `${x}%`, y1: 0, y2: "100%" }));
      const list = make("dl");
      for (const track of this.data.s) {
        if (!track.v[index]) continue;
        list.append(make("dt", { textContent: track.n }), make("dd", { textContent: track.v[index] }));
        if (track.y[index] !== null) {
          this.layer.append(draw("circle", { class: `dot ${track.c}`, cx: `${x}%`, cy: `${track.y[index]}%`, r: 4 }));
        }
      }
      this.tip.replaceChildren(make("strong", { textContent: this.data.t[index] }), list);
      this.tip.hidden = false;
      const room = this.plot.clientWidth, width = this.tip.offsetWidth, place = (x / 100) * room;
      const left = place + 12 + width <= room ? place + 12 : place - 12 - width;
      this.tip.style.left = `${Math.max(-40, Math.min(left, room - width))}px`;
    }

    brush(from, to) {
      const [a, b] = [from, to].map((x) => this.inView(x)).sort((p, q) => p - q);
      this.stretch ??= this.svg.insertBefore(draw("rect", { class: "brush", y: 0, height: "100%" }), this.layer);
      this.stretch.setAttribute("x", `${a}%`);
      this.stretch.setAttribute("width", `${b - a}%`);
    }

    clear() {
      this.at = null;
      this.layer.replaceChildren();
      this.tip.hidden = true;
      this.stretch?.remove();
      this.stretch = null;
    }

    zoomAt(index, factor) {
      const half = ((this.view[1] - this.view[0]) * factor) / 2;
      const from = Math.max(0, this.data.x[index] - half);
      this.look(from, Math.min(100, from + 2 * half));
    }

    /* Look at a stretch of x, in percent of the whole. */
    look(from, to) {
      if (to - from < 1) return;
      this.view = [from, to];
      const whole = from === 0 && to === 100;
      this.figure.classList.toggle("zoomed", !whole);
      this.marks.setAttribute("viewBox", `${from * 10} 0 ${(to - from) * 10} 1000`);
      this.marks.setAttribute("overflow", whole ? "visible" : "hidden");
      this.shaded ??= this.svg.querySelector(".horizon");
      if (this.shaded) {
        this.shadedFrom ??= parseFloat(this.shaded.getAttribute("x"));
        const left = Math.max(0, this.inView(this.shadedFrom)), right = Math.min(100, this.inView(100));
        this.shaded.setAttribute("x", `${left}%`);
        this.shaded.setAttribute("width", `${Math.max(0, right - left)}%`);
      }
      const marked = this.svg.querySelector(".marked");
      if (marked) marked.style.display = whole ? "" : "none";
      this.axis.style.display = whole ? "" : "none";
      this.ticks?.remove();
      if (!whole) this.label();
      if (!this.back) {
        this.back = make("button", { type: "button", className: "whole", textContent: "Show all of it" });
        this.back.addEventListener("click", () => this.look(0, 100));
        this.figure.querySelector(".legend").after(this.back);
      }
      this.back.hidden = whole;
      this.clear();
    }

    label() {
      const shown = this.data.x.map((x, index) => [x, index]).filter(([x]) => x >= this.view[0] && x <= this.view[1]);
      const most = Math.max(2, Math.min(6, Math.floor(this.plot.clientWidth / 130)));
      const every = Math.ceil(shown.length / most);
      this.ticks = this.svg.insertBefore(draw("g", {}), this.marks);
      for (let i = Math.floor(every / 2); i < shown.length; i += every) {
        const place = `${this.inView(shown[i][0])}%`;
        this.ticks.append(draw("line", { class: "grid", x1: place, x2: place, y1: 0, y2: "100%" }));
        const text = draw("text", { class: "tick", x: place, y: "100%", dy: "1.5em", "text-anchor": "middle" });
        text.textContent = this.data.t[shown[i][1]].replace(/^\d{4}-/, "");
        this.ticks.append(text);
      }
    }
  }

  /* Of many charts one is looked at: chosen by what they show, or all of them side by side. */
  const addChooser = (chooser, charts) => {
    const figures = [...chooser.children];
    const names = JSON.parse(chooser.dataset.names);
    const keys = figures.map((figure) => JSON.parse(figure.dataset.keys));
    if (figures.length < 2) { chooser.classList.add("one"); return; }
    const controls = make("div", { className: "controls" });
    const selects = names.map((name, place) => {
      const values = [...new Set(keys.map((key) => key[place]))];
      const select = make("select", {}, ...values.map((value) => make("option", { value, textContent: value || "–" })));
      if (values.length > 1) controls.append(make("label", {}, name, select));
      select.addEventListener("change", () => choose(place));
      return select;
    });
    let current = 0;
    const turn = (step) => { current = (current + step + figures.length) % figures.length; fill(); };
    const before = make("button", { type: "button", textContent: "Previous" });
    const after = make("button", { type: "button", textContent: "Next" });
    const near = make("button", { type: "button", textContent: "Horizon only" });
    const all = make("button", { type: "button", textContent: "Show all" });
    before.addEventListener("click", () => turn(-1));
    after.addEventListener("click", () => turn(1));
    all.addEventListener("click", () => show(!chooser.classList.contains("one")));
    near.addEventListener("click", () => {
      const wanted = !figures[current].classList.contains("zoomed");
      near.setAttribute("aria-pressed", wanted);
      for (const figure of figures) focus(figure, wanted);
    });
    near.setAttribute("aria-pressed", "false");
    const focus = (figure, wanted) => {
      const chart = charts.get(figure);
      chart.look(wanted ? chart.data.x[chart.data.from] : 0, 100);
    };
    controls.append(before, after);
    if (figures.some((figure) => charts.get(figure).data.from > 0)) controls.append(near);
    controls.append(all);
    /* Keeps what was chosen in the order of the names, and gives the rest its first value. */
    const choose = (place) => {
      const wanted = selects.map((select) => select.value);
      const fits = (key, until) => key.slice(0, until).every((value, i) => value === wanted[i]) && key[place] === wanted[place];
      const found = [names.length, place + 1].map((until) => keys.findIndex((key) => fits(key, until)));
      const other = keys.findIndex((key) => key[place] === wanted[place]);
      current = [...found, other].find((index) => index >= 0);
      fill();
    };
    const fill = () => { selects.forEach((select, i) => { select.value = keys[current][i]; }); show(true); };
    const show = (one) => {
      chooser.classList.toggle("one", one);
      figures.forEach((figure, index) => { figure.hidden = one && index !== current; });
      all.textContent = one ? "Show all" : "Show one";
      before.hidden = after.hidden = !one;
    };
    chooser.before(controls);
    fill();
  };

  const addThemeSwitch = () => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
    const button = make("button", { type: "button", className: "theme" });
    const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };
    button.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; name(); });
    system.addEventListener("change", name);
    name();
    document.querySelector("nav").append(button);
  };

  /* Paper has no fold to open. */
  const addPrinting = () => {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details.fold:not([open])")];
      for (const fold of opened) fold.open = true;
    });
    addEventListener("afterprint", () => { for (const fold of opened) fold.open = false; });
  };

  const charts = new Map();
  for (const figure of document.querySelectorAll("figure[data-readout]")) charts.set(figure, new Chart(figure));
  for (const chooser of document.querySelectorAll(".chooser")) addChooser(chooser, charts);
  addThemeSwitch();
  addPrinting();
})();
