// The view: relief and contour linked, one playhead for every picture; nothing of it needs a rerun.
// Streamlit calls the default export again whenever data or theme change; one View lives as long as its parent element.

import { Bubble } from './bubble.js';
import { Hands } from './hands.js';
import { Lens } from './lens.js';
import { reading } from './numbers.js';

const SPEEDS = [0.5, 1, 2, 4];
const SHORTEST = 3, LONGEST = 8, STEPS_A_SECOND = 40;  // seconds a whole run takes at speed 1, by its length
const SETTLED = 250;  // ms after the last move of the playhead at which Plotly is told where the paths end
const BREATH = 400;  // ms between two pictures of the relief while it plays, where the processor has to draw it
const NEARER = 6e-5;  // share of WebGL's range of depths
const NARROWEST = 120;  // pixels: no room between the margins of a picture, as while a page changes its width
const FAR = 20000;  // pixels: SVG breaks on the coordinates of a diverged path

const KINDS = { f4: Float32Array, f8: Float64Array, i1: Int8Array, i2: Int16Array, i4: Int32Array, u1: Uint8Array, u2: Uint16Array, u4: Uint32Array };

const views = new WeakMap();
let loading;  // plotly.min.js, once a page

export default function ({ data, parentElement, setTriggerValue }) {
  let view = views.get(parentElement);
  const root = parentElement.querySelector('.lv');
  if (view?.root !== root) {
    view?.close();
    view = new View(root);
    views.set(parentElement, view);
  }
  view.send = setTriggerValue;
  view.receive(data);
  return () => { view.close(); views.delete(parentElement); };
}

function loadPlotly(path) {
  if (window.Plotly?.react) return Promise.resolve(window.Plotly);
  loading ??= new Promise((done, fail) => {
    const script = document.createElement('script');
    const give = message => { loading = undefined; script.remove(); fail(new Error(message)); };
    script.src = new URL(path, document.baseURI);
    script.onload = () => (window.Plotly?.react ? done(window.Plotly) : give(`${script.src} is not Plotly`));
    script.onerror = () => give(`${script.src} was not served`);
    document.head.append(script);
  });
  return loading;
}

function frame() {  // a hidden tab has no frames: it must not wait for one
  return new Promise(done => { requestAnimationFrame(() => setTimeout(done)); setTimeout(done, 100); });
}

function addressed(given) {  // as ui/pictures/view.py says: a message for everyone, and behind it this session's own values
  const bytes = new Uint8Array(given.buffer ?? given, given.byteOffset ?? 0, given.byteLength), ends = bytes.length - 4;
  const begins = ends - new DataView(bytes.buffer, bytes.byteOffset).getUint32(ends, true);
  return { message: bytes.subarray(0, begins), own: JSON.parse(new TextDecoder().decode(bytes.subarray(begins, ends))) };
}

async function unpacked(given) {  // as ui/browser/packing.py says; a figure keeps its text, which tells at once whether it has changed
  const { message: bytes, own } = addressed(given);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  const content = await new Response(stream).arrayBuffer(), size = new DataView(content).getUint32(0, true);
  const { arrays, message } = JSON.parse(new TextDecoder().decode(new Uint8Array(content, 4, size)));
  const kept = new Map(arrays.map(([name, kind, shape, start]) => {
    const length = shape.reduce((product, side) => product * side, 1), flat = new KINDS[kind](content, 4 + size + start, length);
    if (shape.length === 1) return [name, flat];
    return [name, { dtype: kind, bdata: flat.slice().buffer, shape: shape.join() }];  // as Plotly takes a grid
  }));
  const whole = tree => JSON.parse(JSON.stringify(tree), (key, value) => kept.get(value?.$) ?? value);
  const figure = tree => Object.assign(whole(tree), { text: JSON.stringify(tree) });
  const { relief, contour, panels, ...rest } = message;
  return { ...whole(rest), ...own, relief: figure(relief), contour: figure(contour), panels: panels.map(item => ({ ...item, figure: figure(item.figure) })) };
}

function webGL() {  // null without WebGL, else how many pixels to draw for one of the page
  const gl = document.createElement('canvas').getContext('webgl');
  if (!gl) return null;
  const known = gl.getExtension('WEBGL_debug_renderer_info');
  const software = /swiftshader|llvmpipe|software|basic render/i.test(gl.getParameter(known ? known.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();  // browsers allow only a handful of contexts a page
  return software ? 1 : 2;  // twice as many smooth the edges
}

class View {
  constructor(root) {
    this.root = root;
    this.find = name => root.querySelector(name);
    this.relief = this.find('.lv-relief');
    this.contour = this.find('.lv-map');
    this.sharpness = webGL();
    this.step = 0;
    this.speed = 1;
    this.playing = false;
    this.panels = new Map();
    this.drawn = new WeakMap();  // what each picture shows, to leave alone what has not changed
    this.heard = new WeakSet();
    this.done = new AbortController();
    this.bubble = new Bubble(root, this.done.signal);
    this.lens = new Lens(this);
    this.hands = new Hands(this);
    this.wire();
    this.watch = new ResizeObserver(() => this.resize());
    for (const div of [this.relief, this.contour]) this.watch.observe(div);
    this.find('.lv-pictures').classList.toggle('lv-flat', !this.sharpness);
  }

  close() {
    this.closed = true;
    for (const frame of [this.frame, this.resizing]) cancelAnimationFrame(frame);
    this.lens.close();
    clearTimeout(this.settling);
    this.done.abort();
    this.watch.disconnect();
    for (const div of this.plots()) window.Plotly.purge(div);
  }

  plots() {
    return [this.relief, this.contour, ...[...this.panels.values()].map(panel => panel.div)].filter(div => div._fullLayout);
  }

  // ---- data from Python -------------------------------------------------------------------------------------------------------

  async receive(bytes) {
    const given = this.given = bytes;
    try {
      const data = await unpacked(bytes);
      if (!this.closed && this.given === given) this.update(data);  // newer bytes are on their way otherwise
    } catch (error) {
      if (!this.closed) throw error;
    }
  }

  update(data) {
    const first = !this.data, anew = this.data?.run !== data.run;
    this.data = data;
    if (first) {
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      this.wantsPlay = !still && data.steps > 0;
      this.step = this.wantsPlay ? 0 : data.steps;
    } else if (anew) {
      this.step = this.playing || this.wantsPlay ? 0 : data.steps;
      this.began = undefined;
    }
    this.step = Math.min(this.step, data.steps);
    if (!data.steps) this.playing = false;
    this.lens.arrived(data);
    this.label();
    this.cards();
    this.chips();
    this.frames();
    this.readout();
    this.redraw();
  }

  redraw() {  // after what is being drawn now
    this.drawing = (this.drawing ?? Promise.resolve()).then(() => this.draw(this.data)).catch(error => this.fail(error));
  }

  async draw(data) {
    const Plotly = await loadPlotly(data.plotly);
    if (this.closed || data !== this.data) return;  // newer data wait behind these
    this.theme = this.readTheme();
    // The cheapest picture first, and a frame after each, so that a change is seen before all of it is drawn.
    await this.react(Plotly, this.contour, data.contour);
    await frame();
    if (this.closed || data !== this.data) return;
    if (this.sharpness) {
      await this.react(Plotly, this.relief, data.relief);
      await frame();
      if (this.closed || data !== this.data) return;
    }
    for (const item of data.panels) await this.react(Plotly, this.panels.get(item.key).div, item.figure);
    if (this.closed) return;
    this.hands.listen();
    this.amend();
    this.place(this.step);
    this.lens.apply();
    this.find('.lv-message').hidden = Boolean(this.sharpness);
    this.root.dataset.shown = data.shown;  // what is on screen now, for whoever waits for it
    if (this.wantsPlay) this.play();
    this.wantsPlay = false;
  }

  async react(Plotly, div, figure) {
    const seen = this.lens.pictures.includes(div) ? this.lens.over(figure.layout) : figure.layout;
    const same = JSON.stringify([this.theme, seen === figure.layout || this.lens.wanted]) + figure.text;
    if (this.drawn.get(div) === same) return;
    this.drawn.set(div, same);
    const layout = this.themed(seen), camera = div === this.relief && this.scene()?.getCamera();
    if (camera) layout.scene.camera = camera;
    const config = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false, plotGlPixelRatio: this.sharpness ?? 1 };
    await Plotly.react(div, this.upTo(figure.data, this.step), layout, config);
    delete div.parentElement.dataset.wait;
  }

  fail(error) {
    if (this.closed) return;
    for (const div of [this.relief, this.contour]) delete div.parentElement.dataset.wait;
    console.warn(error);
    this.drawn = new WeakMap();
    const message = this.find('.lv-message');
    message.textContent = this.data.words.no_plotly;
    message.hidden = false;
  }

  scene() {
    return this.relief._fullLayout?.scene?._scene;
  }

  amend() {  // two things Plotly leaves out of a relief
    const { glplot } = this.scene() ?? {};
    if (!glplot) return;
    glplot.oncontextloss = () => this.revive();  // its own recovery waits for a restored context, which no browser sends
    glplot.objects.forEach((object, k) => {
      object.nearer = NEARER + k * NEARER / 20;  // later ones over earlier ones: a line over its casing, a mark over the line
      if (object.amended || object._trace?.data?.type === 'surface') return;
      object.amended = true;
      for (const name of ['draw', 'drawTransparent']) {  // paths and marks lie on the surface: a hair nearer, so that it does not half bury them
        const draw = object[name], { gl } = glplot;
        if (!draw) continue;
        object[name] = function (...context) {
          gl.depthRange(0, 1 - this.nearer);
          draw.apply(this, context);
          gl.depthRange(0, 1);
        };
      }
    });
  }

  // ---- words, cards, panels ---------------------------------------------------------------------------------------------------

  label() {
    const { words, clickable } = this.data;
    const name = (element, word) => element.setAttribute('aria-label', word);
    for (const [act, word] of Object.entries({ reset: 'reset', back: 'back', forward: 'forward', camera: 'reset_camera', whole: 'whole' })) {
      const button = this.find(`[data-do="${act}"]`);
      button.title = words[word];
      name(button, words[word]);
    }
    name(this.find('.lv-scrubber'), words.scrubber);
    name(this.find('.lv-speeds'), words.speed);
    name(this.find('.lv-transport'), words.transport_label);
    for (const [div, label] of [[this.relief, words.relief_label], [this.contour, words.contour_label]]) {
      name(div, label);
      div.setAttribute('aria-description', clickable ? words.keys : '');
    }
    name(this.find('.lv-help'), words.help);
    this.find('.lv-help').hidden = !clickable;
    this.bubble.on(this.find('.lv-help'), () => words.hands);
    this.root.classList.toggle('lv-clickable', Boolean(clickable));
    for (const div of [this.relief, this.contour]) if (!div._fullLayout) div.parentElement.dataset.wait = words.loading;
    const message = this.find('.lv-message');
    message.textContent = words.no_webgl;
    message.hidden = Boolean(this.sharpness);
    if (!this.find('.lv-speeds').firstChild) this.find('.lv-speeds').append(...SPEEDS.map(speed => {
      const button = node('button', { type: 'button', value: speed }, `${speed}×`);
      button.onclick = () => { this.speed = speed; this.began = undefined; this.buttons(); };
      return button;
    }));
    this.buttons();
  }

  buttons() {
    const play = this.find('.lv-play'), word = this.data.words[this.playing ? 'pause' : 'play'];
    play.dataset.playing = this.playing;
    play.setAttribute('aria-label', word);
    play.title = word;
    this.find('[data-do="whole"]').hidden = !this.data.zoomed && !this.lens.wanted;
    for (const button of this.find('.lv-speeds').children) button.setAttribute('aria-pressed', String(Number(button.value) === this.speed));
  }

  cards() {  // left alone where they say the same: a reader may have one of their explanations open
    const said = JSON.stringify([this.data.facts, this.data.words.info]), list = this.find('.lv-facts'), asks = () => [...list.querySelectorAll('.lv-info')];
    if (said === this.said) return;
    this.said = said;
    const focused = asks().indexOf(document.activeElement);
    list.replaceChildren(...this.data.facts.map(fact => {
      const card = node('div', { className: 'lv-fact' }), label = node('span', { className: 'lv-fact-label' }, fact.label);
      card.dataset.tone = fact.tone;
      if (fact.info) {
        const ask = node('button', { type: 'button', className: 'lv-info' }, 'i');
        ask.setAttribute('aria-label', `${this.data.words.info} ${fact.label}`);
        this.bubble.on(ask, () => fact.info);
        label.append(ask);
      }
      card.append(label, node('span', { className: 'lv-fact-value' }, fact.value),
        node('span', { className: 'lv-fact-note' }, fact.note));
      return card;
    }));
    this.bubble.part();
    asks()[focused]?.focus({ preventScroll: true });
  }

  chips() {  // the legend: each path with its loss now, then what the marks mean
    this.losses = [];
    const paths = this.data.paths.map(path => {
      const chip = node('span', { className: 'lv-chip' }), loss = node('b'), icon = drawing('0 0 28 8', 'M1 4H27');
      icon.style.stroke = path.color;
      icon.firstChild.style.strokeDasharray = path.dash === 'solid' ? 'none' : path.dash.replaceAll('px', '');
      chip.append(icon, node('span', {}, path.label), loss);
      this.losses.push(loss);
      return chip;
    });
    const marks = this.data.contour.data.filter(trace => trace.meta?.role === 'mark').map(trace => {
      const chip = node('span', { className: 'lv-chip lv-mark' }), { symbol, color, line } = trace.marker, icon = drawing('0 0 12 12', SHAPES[symbol] ?? SHAPES.circle);
      const hollow = color.startsWith('rgba');
      icon.style.fill = hollow ? 'none' : color;
      icon.style.stroke = hollow ? 'currentColor' : line.color;
      chip.append(icon, node('span', {}, trace.name));
      return chip;
    });
    const gap = node('span', { className: 'lv-gap' });
    const hint = this.data.clickable ? [node('span', { className: 'lv-chip lv-mark' }, this.data.words.click_hint)] : [];
    this.find('.lv-chips').replaceChildren(...paths, gap, ...hint, ...marks);
  }

  frames() {
    const list = this.find('.lv-panels'), keys = this.data.panels.map(item => item.key);
    for (const [key, panel] of this.panels) if (!keys.includes(key)) { if (panel.div._fullLayout) window.Plotly.purge(panel.div); this.watch.unobserve(panel.div); this.panels.delete(key); }
    for (const item of this.data.panels) {
      if (!this.panels.has(item.key)) this.panels.set(item.key, this.newPanel());
      const panel = this.panels.get(item.key);
      panel.title.textContent = item.title;
      panel.title.title = item.title;
      panel.note.textContent = item.note;
      panel.moves = item.figure.layout.meta?.role === 'cursor';
    }
    const boxes = keys.map(key => this.panels.get(key).box);
    if (boxes.length !== list.children.length || boxes.some((box, k) => box !== list.children[k])) list.replaceChildren(...boxes);
  }

  newPanel() {
    const panel = { box: node('section', { className: 'lv-panel' }), title: node('div', { className: 'lv-panel-title' }), note: node('div', { className: 'lv-panel-note' }),
      frame: node('div', { className: 'lv-panel-frame' }), div: node('div', { className: 'lv-plot' }), cursor: node('div', { className: 'lv-cursor', hidden: true }) };
    panel.frame.append(panel.div, panel.cursor);
    panel.box.append(panel.title, panel.frame, panel.note);
    this.watch.observe(panel.div);
    return panel;
  }

  // ---- theme ------------------------------------------------------------------------------------------------------------------

  readTheme() {
    const style = getComputedStyle(this.root), get = (name, other) => style.getPropertyValue(name).trim() || other;
    const text = get('--st-text-color', '#31333f'), page = get('--st-background-color', '#ffffff');
    return { text, page, font: get('--st-font', 'sans-serif'), grid: blend(text, page, 0.1), line: blend(text, page, 0.3), soft: blend(text, page, 0.74) };
  }

  themed(layout) {
    const { text, page, font, grid, line, soft } = this.theme, out = { ...layout };
    const axis = old => ({ ...old, gridcolor: grid, zerolinecolor: line, linecolor: line, color: soft });
    out.font = { ...layout.font, family: font, color: soft };
    out.hoverlabel = { bgcolor: page, bordercolor: line, font: { color: text, family: font, size: 12 }, align: 'left' };
    for (const name of Object.keys(layout)) if (/^[xy]axis\d*$/.test(name)) out[name] = axis(layout[name]);
    if (layout.scene) out.scene = { ...layout.scene, ...Object.fromEntries(['xaxis', 'yaxis', 'zaxis'].map(name => [name, axis(layout.scene[name])])) };
    return out;
  }

  refreshTheme() {
    if (!this.theme || JSON.stringify(this.readTheme()) === JSON.stringify(this.theme)) return;
    this.redraw();
  }

  // ---- the playhead -----------------------------------------------------------------------------------------------------------

  upTo(traces, step) {  // the traces as they are at `step`: path lines up to it, heads on it
    return traces.map(trace => {
      const { role, path } = trace.meta ?? {};
      if (role === 'path') return { ...trace, ...slice(trace, 0, step + 1) };
      if (role !== 'head') return trace;
      const line = traces.find(other => other.meta?.role === 'path' && other.meta.path === path), last = Math.min(step, line.x.length - 1);
      return { ...trace, ...slice(line, last, last + 1) };
    });
  }

  place(step) {  // move every picture to `step`: at once by hand, and through Plotly when the playhead rests
    this.step = step;
    this.readout();
    this.moveRelief();
    this.moveContour();
    this.cursors();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED);
  }

  moveRelief() {  // restyle would send the surface to the graphics card again; a trace's own update does not
    const scene = this.scene();
    if (!scene?.glplot || this.relief.data.length !== this.data.relief.data.length) return;
    if (this.sharpness === 1 && this.playing && performance.now() - (this.shot ?? 0) < BREATH) return;
    this.shot = performance.now();
    const now = this.upTo(this.data.relief.data, this.step);
    for (const full of this.relief._fullData) {
      const { x, y, z } = now[full.index], role = now[full.index].meta?.role;
      if (role === 'path' || role === 'head') scene.traces[full.uid]?.update?.({ ...full, x, y, z });
    }
    scene.glplot.redraw();
  }

  moveContour() {  // restyle would compute the contours again; the path's own SVG elements can be moved in no time
    if (!this.lens.axes() || this.contour.data.length !== this.data.contour.data.length) return;
    const now = this.upTo(this.data.contour.data, this.step), limit = pixel => Math.min(Math.max(pixel, -FAR), FAR), scales = this.lens.scales();
    for (const full of this.contour._fullData) {
      const { x, y, meta } = now[full.index], group = this.contour.querySelector(`.trace${full.uid}`);
      const at = k => (!Number.isFinite(x[k]) || !Number.isFinite(y[k]) ? null : [limit(scales.x(x[k])).toFixed(1), limit(scales.y(y[k])).toFixed(1)]);
      if (meta?.role === 'path') group?.querySelector('.js-line')?.setAttribute('d', outline(x.length, at));
      if (meta?.role === 'mark') {
        for (const point of group?.querySelectorAll('.point') ?? []) {
          const place = at(point.__data__.i);
          if (place) point.setAttribute('transform', `translate(${place.join()})`);
        }
      }
      if (meta?.role === 'head') {
        const point = group?.querySelector('.point'), place = at(0);
        if (point && place) point.setAttribute('transform', `translate(${place.join()})`);
        if (point) point.style.display = place ? '' : 'none';
      }
    }
  }

  settle() {
    if (this.closed || this.playing || this.hands.down) { if (this.hands.down) this.settling = setTimeout(() => this.settle(), SETTLED); return; }
    for (const [div, figure] of [[this.relief, this.data.relief], [this.contour, this.data.contour]]) {
      if (!div._fullLayout || div.data.length !== figure.data.length) continue;
      const now = this.upTo(figure.data, this.step), moving = [...now.keys()].filter(k => ['path', 'head'].includes(now[k].meta?.role));
      if (!moving.some(k => now[k].x.length !== div.data[k].x.length || !Object.is(now[k].x.at(-1), div.data[k].x.at(-1)))) continue;
      const change = { x: moving.map(k => now[k].x), y: moving.map(k => now[k].y) };
      if (div === this.relief) change.z = moving.map(k => now[k].z);
      const camera = div === this.relief && this.scene()?.getCamera();
      if (camera) div.layout.scene.camera = camera;
      window.Plotly.restyle(div, change, moving);
    }
  }

  cursors() {
    for (const panel of this.panels.values()) {
      const { xaxis, yaxis } = panel.div._fullLayout ?? {}, x = panel.moves && xaxis ? xaxis.d2p(this.step) : NaN;
      panel.cursor.hidden = !(x >= -1 && x <= xaxis?._length + 1);
      if (!panel.cursor.hidden) Object.assign(panel.cursor.style, { transform: `translateX(${xaxis._offset + x}px)`, top: `${yaxis._offset}px`, height: `${yaxis._length}px` });
    }
  }

  readout() {
    const { steps, words, paths } = this.data, bar = this.find('.lv-scrubber'), width = String(steps).length;
    bar.max = steps;
    bar.value = this.step;
    bar.disabled = steps === 0;
    bar.setAttribute('aria-valuetext', `${words.step} ${this.step}/${steps}`);
    bar.style.setProperty('--lv-done', `${steps ? (100 * this.step) / steps : 0}%`);
    this.find('.lv-step').textContent = `${words.step} ${String(this.step).padStart(width, '\u2007')}/${steps}`;
    paths.forEach((path, k) => { this.losses[k].textContent = reading(path.losses[Math.min(this.step, path.losses.length - 1)]); });
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
    const steps = this.data.steps, rate = (steps * this.speed) / (Math.min(Math.max(steps / STEPS_A_SECOND, SHORTEST), LONGEST) * 1000);
    this.began ??= now - this.step / rate;
    const step = Math.min(steps, Math.max(0, Math.floor((now - this.began) * rate)));
    if (step >= steps) this.pause();
    if (step !== this.step) this.place(step);
    if (this.playing) this.frame = requestAnimationFrame(later => this.tick(later));
  }

  go(step) {
    this.wantsPlay = false;
    this.pause();
    this.place(Math.min(Math.max(step, 0), this.data.steps));
  }

  // ---- hands on it ------------------------------------------------------------------------------------------------------------

  wire() {
    const on = (target, name, act, options) => target.addEventListener(name, act, { signal: this.done.signal, ...options });
    const acts = { reset: () => this.go(0), back: () => this.go(this.step - 1), forward: () => this.go(this.step + 1),
      play: () => (this.playing ? this.pause() : this.play()), camera: () => this.resetCamera(), whole: () => this.lens.whole() };
    for (const button of this.root.querySelectorAll('[data-do]')) if (acts[button.dataset.do]) on(button, 'click', acts[button.dataset.do]);
    on(this.find('.lv-scrubber'), 'input', event => this.go(Number(event.target.value)));
    on(this.find('.lv-transport'), 'keydown', event => {
      const act = { ' ': acts.play, ArrowLeft: acts.back, ArrowRight: acts.forward }[event.key];
      if (!act || event.ctrlKey || event.metaKey || event.altKey || (event.key === ' ' && event.target.matches('button'))) return;
      event.preventDefault();
      act();
    });
    on(matchMedia('(prefers-color-scheme: dark)'), 'change', () => setTimeout(() => this.closed || this.refreshTheme(), 300));
  }

  revive() {  // the browser took the graphics card away, as after sleep; only a new canvas brings the relief back
    setTimeout(() => {
      if (this.closed) return;
      const camera = this.scene()?.getCamera();
      window.Plotly.purge(this.relief);
      this.drawn.delete(this.relief);
      this.heard.delete(this.relief);
      this.drawing = this.drawing.then(() => this.draw(this.data)).then(() => camera && window.Plotly.relayout(this.relief, { 'scene.camera': camera })).catch(error => this.fail(error));
    }, SETTLED);
  }

  resetCamera() {
    if (this.scene()) window.Plotly.relayout(this.relief, { 'scene.camera': structuredClone(this.data.relief.layout.scene.camera) });
  }

  resize() {
    cancelAnimationFrame(this.resizing);
    this.resizing = requestAnimationFrame(async () => {
      const changed = this.plots().filter(div => div.clientWidth > NARROWEST && (div.clientWidth !== div._fullLayout.width || div.clientHeight !== div._fullLayout.height));
      await Promise.all(changed.map(div => window.Plotly.Plots.resize(div)));
      if (changed.length && !this.closed) this.place(this.step);
    });
  }
}

const SHAPES = {
  circle: 'M6 1a5 5 0 1 0 .01 0z', 'circle-dot': 'M6 1a5 5 0 1 0 .01 0zM6 5.5v1', 'circle-cross': 'M6 1a5 5 0 1 0 .01 0zM6 1v10M1 6h10',
  diamond: 'M6 .6L11.4 6 6 11.4.6 6z', 'diamond-x': 'M6 .6L11.4 6 6 11.4.6 6zM3.5 3.5l5 5M3.5 8.5l5-5', 'square-x': 'M1.5 1.5h9v9h-9zM1.5 1.5l9 9M1.5 10.5l9-9',
};

function slice({ x, y, z }, from, to) {
  return { x: x.slice(from, to), y: y.slice(from, to), ...(z && { z: z.slice(from, to) }) };
}

function outline(count, at) {
  let text = '', open = false;
  for (let k = 0; k < count; k++) {
    const place = at(k);
    if (place) text += `${open ? 'L' : 'M'}${place}`;
    open = Boolean(place);
  }
  return text || 'M0,0';
}

function node(tag, properties = {}, text) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) element.textContent = text;
  return element;
}

function drawing(box, path) {
  const space = 'http://www.w3.org/2000/svg', svg = document.createElementNS(space, 'svg'), line = document.createElementNS(space, 'path');
  svg.setAttribute('viewBox', box);
  svg.setAttribute('aria-hidden', 'true');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

function blend(ink, page, share) {  // opaque, because WebGL axes ignore transparency
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  for (const [color, alpha] of [[page, 1], [ink, share]]) {
    paint.globalAlpha = alpha;
    paint.fillStyle = color;
    paint.fillRect(0, 0, 1, 1);
  }
  const [r, g, b] = paint.getImageData(0, 0, 1, 1).data;
  return `rgb(${r},${g},${b})`;
}
