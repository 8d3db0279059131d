// The view: relief and contour linked, one playhead for every picture, nothing of it needs a rerun.
// Streamlit calls the default export again whenever data or the theme change; one View lives as long as its parent element.

const CONFIG = { displayModeBar: false, displaylogo: false, responsive: false, showTips: false, doubleClick: false };
const SPEEDS = [0.5, 1, 2, 4];
const SHORTEST = 3, LONGEST = 8, STEPS_A_SECOND = 40;  // seconds a whole run takes at speed 1, by its length
const STILL = 4;  // pixels: a pointer that moved less between down and up has clicked

const views = new WeakMap();
let loading;  // plotly.min.js, once a page

export default function ({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement);
  if (!view || view.root !== parentElement.querySelector('.lv')) {
    view?.close();
    view = new View(parentElement.querySelector('.lv'));
    views.set(parentElement, view);
  }
  view.send = (name, value) => setTriggerValue(name, value);
  view.update(data);
  return () => { view.close(); views.delete(parentElement); };
}

function loadPlotly(path) {
  if (window.Plotly?.react) return Promise.resolve(window.Plotly);
  loading ??= new Promise((done, fail) => {
    const script = document.createElement('script');
    script.src = new URL(path, document.baseURI);
    script.onload = () => (window.Plotly?.react ? done(window.Plotly) : fail(new Error('no Plotly')));
    script.onerror = () => { loading = undefined; script.remove(); fail(new Error('plotly.min.js was not served')); };
    document.head.append(script);
  });
  return loading;
}

function hasWebGL() {
  const gl = document.createElement('canvas').getContext('webgl');
  gl?.getExtension('WEBGL_lose_context')?.loseContext();  // browsers allow only a handful of contexts a page
  return Boolean(gl);
}

function reading(value) {  // the same rules as figures.style.number
  if (value == null) return '∞';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return size >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
}

class View {
  constructor(root) {
    this.root = root;
    this.find = name => root.querySelector(name);
    this.relief = this.find('.lv-relief');
    this.contour = this.find('.lv-contourmap');
    this.webgl = hasWebGL();
    this.step = 0;
    this.speed = 1;
    this.playing = false;
    this.panels = new Map();
    this.done = new AbortController();
    this.wire();
    this.watch = new ResizeObserver(() => this.resize());
    for (const div of [this.relief, this.contour]) this.watch.observe(div);
    if (!this.webgl) this.find('.lv-pictures').classList.add('lv-flat');
  }

  close() {
    this.closed = true;
    cancelAnimationFrame(this.frame);
    this.done.abort();
    this.watch.disconnect();
    for (const div of this.plots()) window.Plotly?.purge(div);
  }

  plots() {
    return [...(this.webgl ? [this.relief] : []), this.contour, ...[...this.panels.values()].map(panel => panel.div)].filter(div => div._fullLayout);
  }

  // ---- data from Python -------------------------------------------------------------------------------------------------------

  update(data) {
    const first = !this.data, anew = this.data?.run !== data.run;
    this.data = data;
    this.label();
    this.cards();
    this.chips();
    if (first) {
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      this.step = data.autoplay && !still ? 0 : data.steps;
      this.wantsPlay = data.autoplay && !still && data.steps > 0;
    } else if (anew) this.step = this.playing ? 0 : data.steps;
    this.step = Math.min(this.step, data.steps);
    this.began = undefined;
    this.readout();
    this.pending = (this.pending ?? Promise.resolve()).then(() => this.draw(data)).catch(error => this.fail(error));
  }

  async draw(data) {
    const Plotly = await loadPlotly(data.plotly);
    if (this.closed || data !== this.data) return;  // newer data are already waiting
    this.theme = this.readTheme();
    const jobs = [];
    if (this.webgl) jobs.push(this.react(Plotly, this.relief, data.relief, this.camera()));
    jobs.push(this.react(Plotly, this.contour, data.contour));
    await Promise.all(jobs);
    this.listen();
    this.frames();
    for (const [key, panel] of this.panels) {
      await this.react(Plotly, panel.div, data.panels.find(item => item.key === key).figure);
    }
    this.place(this.step);
    this.root.dataset.ready = data.run;
    if (this.wantsPlay) { this.wantsPlay = false; this.play(); }
  }

  react(Plotly, div, figure, camera) {
    const layout = this.themed(figure.layout);
    if (camera) layout.scene = { ...layout.scene, camera };
    return Plotly.react(div, this.upTo(figure.data, this.step), layout, CONFIG);
  }

  fail(error) {
    console.warn(error);
    const message = this.find('.lv-message');
    message.textContent = this.data.words.no_plotly;
    message.hidden = false;
  }

  camera() {
    return this.relief._fullLayout?.scene?._scene?.getCamera();
  }

  // ---- words, cards, panels ---------------------------------------------------------------------------------------------------

  label() {
    const words = this.data.words;
    for (const [name, word] of Object.entries({ reset: 'reset', back: 'back', forward: 'forward', camera: 'reset_camera' })) {
      const button = this.find(`[data-do="${name}"]`);
      button.title = words[word];
      button.setAttribute('aria-label', words[word]);
    }
    this.find('.lv-scrubber').setAttribute('aria-label', words.scrubber);
    this.find('.lv-speeds').setAttribute('aria-label', words.speed);
    this.find('.lv-transport').setAttribute('aria-label', words.transport_label);
    this.relief.setAttribute('aria-label', words.relief_label);
    this.contour.setAttribute('aria-label', words.contour_label);
    this.root.classList.toggle('lv-clickable', Boolean(this.data.clickable));
    const message = this.find('.lv-message');
    message.textContent = words.no_webgl;
    message.hidden = this.webgl;
    this.buttons();
  }

  buttons() {
    const play = this.find('.lv-play'), word = this.data.words[this.playing ? 'pause' : 'play'];
    play.setAttribute('aria-pressed', String(this.playing));
    play.setAttribute('aria-label', word);
    play.title = word;
    this.find('.lv-speeds').replaceChildren(...SPEEDS.map(speed => {
      const button = node('button', { type: 'button' }, `${speed}×`);
      button.setAttribute('aria-pressed', String(speed === this.speed));
      button.onclick = () => { this.speed = speed; this.began = undefined; this.buttons(); };
      return button;
    }));
  }

  cards() {
    this.find('.lv-facts').replaceChildren(...this.data.facts.map(fact => {
      const card = node('div', { className: 'lv-fact', title: [fact.value, fact.note].filter(Boolean).join('\n') });
      card.dataset.tone = fact.tone;
      card.append(node('span', { className: 'lv-fact-label' }, fact.label), node('span', { className: 'lv-fact-value' }, fact.value),
        node('span', { className: 'lv-fact-note' }, fact.note));
      return card;
    }));
  }

  chips() {
    this.losses = this.data.paths.map(path => {
      const chip = node('span', { className: 'lv-chip' }), loss = node('b');
      chip.innerHTML = '<svg viewBox="0 0 26 8" aria-hidden="true"><path d="M0 4H26"/></svg>';
      chip.querySelector('svg').style.stroke = path.color;
      chip.querySelector('path').style.strokeDasharray = path.dash === 'solid' ? '' : path.dash.replaceAll('px', '');
      chip.append(node('span', {}, path.label), loss);
      this.find('.lv-chips').append(chip);
      return { chip, loss };
    });
    this.find('.lv-chips').replaceChildren(...this.losses.map(item => item.chip));
  }

  frames() {
    const list = this.find('.lv-panels'), keys = this.data.panels.map(panel => panel.key);
    for (const [key, panel] of this.panels) if (!keys.includes(key)) { window.Plotly.purge(panel.div); panel.box.remove(); this.panels.delete(key); }
    for (const item of this.data.panels) {
      let panel = this.panels.get(item.key);
      if (!panel) {
        panel = { box: node('section', { className: 'lv-panel' }), title: node('div', { className: 'lv-panel-title' }), note: node('div', { className: 'lv-panel-note' }),
          frame: node('div', { className: 'lv-panel-frame' }), div: node('div', { className: 'lv-plot' }), cursor: node('div', { className: 'lv-cursor' }) };
        panel.frame.append(panel.div, panel.cursor);
        panel.box.append(panel.title, panel.frame, panel.note);
        this.panels.set(item.key, panel);
      }
      panel.title.textContent = item.title;
      panel.note.textContent = item.note;
      panel.moves = item.figure.layout.meta?.role === 'cursor';
      list.append(panel.box);
    }
  }

  // ---- theme ------------------------------------------------------------------------------------------------------------------

  readTheme() {
    const style = getComputedStyle(this.root), get = (name, other) => style.getPropertyValue(name).trim() || other;
    const text = get('--st-text-color', '#31333f'), page = get('--st-background-color', '#ffffff');
    return { text, page, font: get('--st-font', 'sans-serif'), grid: blend(text, page, 0.1), line: blend(text, page, 0.32), soft: blend(text, page, 0.72) };
  }

  themed(layout) {
    const t = this.theme, out = { ...layout };
    out.font = { ...layout.font, family: t.font, color: t.soft };
    out.hoverlabel = { bgcolor: t.page, bordercolor: t.line, font: { color: t.text, family: t.font, size: 12 }, align: 'left' };
    const axis = old => ({ ...old, gridcolor: t.grid, zerolinecolor: t.line, linecolor: t.line, color: t.soft });
    for (const name of Object.keys(layout)) if (/^[xy]axis\d*$/.test(name)) out[name] = axis(layout[name]);
    if (layout.scene) {
      out.scene = { ...layout.scene };
      for (const name of ['xaxis', 'yaxis', 'zaxis']) out.scene[name] = axis(layout.scene[name]);
    }
    return out;
  }

  // ---- the playhead -----------------------------------------------------------------------------------------------------------

  upTo(traces, step) {  // the traces as they are at `step`: path lines up to it, heads on it
    return traces.map((trace, k) => {
      const role = trace.meta?.role;
      if (role === 'path') return { ...trace, ...this.slice(trace, 0, step + 1) };
      if (role !== 'head') return trace;
      const line = this.lineOf(traces, trace.meta.path), last = Math.min(step, line.x.length - 1);
      return { ...trace, ...this.slice(line, last, last + 1) };
    });
  }

  lineOf(traces, path) {
    return traces.find(trace => trace.meta?.role === 'path' && trace.meta.path === path);
  }

  slice(trace, from, to) {
    const part = { x: trace.x.slice(from, to), y: trace.y.slice(from, to) };
    if (trace.z) part.z = trace.z.slice(from, to);
    return part;
  }

  place(step) {  // move every picture to `step`
    this.step = step;
    this.readout();
    if (!this.contour._fullLayout) return;
    for (const [div, figure] of [[this.relief, this.data.relief], [this.contour, this.data.contour]]) {
      if (!div._fullLayout || div.data.length !== figure.data.length) continue;
      const moving = [...figure.data.keys()].filter(k => ['path', 'head'].includes(figure.data[k].meta?.role));
      if (!moving.length) continue;
      const now = this.upTo(figure.data, step), change = { x: moving.map(k => now[k].x), y: moving.map(k => now[k].y) };
      if (div === this.relief) change.z = moving.map(k => now[k].z);
      window.Plotly.restyle(div, change, moving);
    }
    this.cursors();
  }

  cursors() {
    for (const panel of this.panels.values()) {
      const layout = panel.div._fullLayout;
      panel.cursor.hidden = !panel.moves || !layout;
      if (panel.cursor.hidden) continue;
      const { xaxis, yaxis } = layout, x = xaxis.d2p(this.step);
      panel.cursor.hidden = !(x >= 0 && x <= xaxis._length);
      Object.assign(panel.cursor.style, { left: `${xaxis._offset + x}px`, top: `${yaxis._offset}px`, height: `${yaxis._length}px` });
    }
  }

  readout() {
    const { steps, words, paths } = this.data, bar = this.find('.lv-scrubber');
    bar.max = steps;
    bar.value = this.step;
    bar.disabled = steps === 0;
    this.find('.lv-step').textContent = `${words.step} ${this.step}/${steps}`;
    paths.forEach((path, k) => { this.losses[k].loss.textContent = reading(path.losses[Math.min(this.step, path.losses.length - 1)]); });
  }

  play() {
    if (this.data.steps === 0) return;
    if (this.step >= this.data.steps) this.step = 0;
    this.playing = true;
    this.began = undefined;
    this.buttons();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(now => this.tick(now));
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.buttons();
  }

  tick(now) {
    if (!this.playing || this.closed) return;
    const steps = this.data.steps, seconds = Math.min(Math.max(steps / STEPS_A_SECOND, SHORTEST), LONGEST);
    this.began ??= now - (this.step / steps) * (seconds / this.speed) * 1000;
    const step = Math.min(steps, Math.floor(((now - this.began) / 1000) * (steps / seconds) * this.speed));
    if (step !== this.step) this.place(step);
    if (step >= steps) return this.pause();
    this.frame = requestAnimationFrame(later => this.tick(later));
  }

  go(step) {
    this.pause();
    this.place(Math.min(Math.max(step, 0), this.data.steps));
  }

  // ---- hands on it ------------------------------------------------------------------------------------------------------------

  wire() {
    const on = (target, name, act, options) => target.addEventListener(name, act, { signal: this.done.signal, ...options });
    const acts = { reset: () => this.go(0), back: () => this.go(this.step - 1), forward: () => this.go(this.step + 1),
      play: () => (this.playing ? this.pause() : this.play()), camera: () => this.resetCamera() };
    for (const button of this.root.querySelectorAll('[data-do]')) on(button, 'click', acts[button.dataset.do]);
    on(this.find('.lv-scrubber'), 'input', event => this.go(Number(event.target.value)));
    on(this.find('.lv-transport'), 'keydown', event => {
      const act = { ' ': acts.play, ArrowLeft: acts.back, ArrowRight: acts.forward }[event.key];
      if (!act || (event.key === ' ' && event.target.matches('button'))) return;
      event.preventDefault();
      act();
    });
    on(this.relief, 'wheel', event => { if (!event.ctrlKey) event.stopPropagation(); }, { capture: true });  // scrolling the page must not zoom the relief
    let down;
    on(this.root, 'pointerdown', event => { down = event; }, { capture: true });
    on(window, 'pointerup', event => {
      const still = down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < STILL && event.button === 0;
      const target = down?.target;
      down = undefined;
      if (!still || !this.data?.clickable) return;
      if (this.contour.contains(target)) this.start(this.onContour(event));
      else if (this.relief.contains(target)) this.start(this.hovered);
    }, { capture: true });
  }

  listen() {
    if (this.listening || !this.webgl) return;
    this.listening = true;
    this.relief.on('plotly_hover', event => { this.hovered = { a: event.points[0].x, b: event.points[0].y }; });
    this.relief.on('plotly_unhover', () => { this.hovered = undefined; });
  }

  onContour(event) {
    const { xaxis, yaxis } = this.contour._fullLayout ?? {}, box = this.contour.getBoundingClientRect();
    if (!xaxis) return undefined;
    const x = event.clientX - box.left - xaxis._offset, y = event.clientY - box.top - yaxis._offset;
    if (x < 0 || x > xaxis._length || y < 0 || y > yaxis._length) return undefined;
    return { a: xaxis.p2d(x), b: yaxis.p2d(y) };
  }

  start(place) {
    if (place && Number.isFinite(place.a) && Number.isFinite(place.b)) this.send('start', place);
  }

  resetCamera() {
    if (this.relief._fullLayout) window.Plotly.relayout(this.relief, { 'scene.camera': structuredClone(this.data.relief.layout.scene.camera) });
  }

  resize() {
    if (this.closed || !window.Plotly) return;
    cancelAnimationFrame(this.resizing);
    this.resizing = requestAnimationFrame(() => Promise.all(this.plots().map(div => window.Plotly.Plots.resize(div))).then(() => this.closed || this.cursors()));
  }
}

function node(tag, properties = {}, text) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) element.textContent = text;
  return element;
}

function blend(ink, page, share) {  // opaque, because WebGL axes ignore transparency
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  paint.fillStyle = page;
  paint.fillRect(0, 0, 1, 1);
  paint.globalAlpha = share;
  paint.fillStyle = ink;
  paint.fillRect(0, 0, 1, 1);
  const [r, g, b] = paint.getImageData(0, 0, 1, 1).data;
  return `rgb(${r},${g},${b})`;
}
