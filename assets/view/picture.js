// A picture: one figure of the board in its place on the page, large beside the others or small under them. Each kind adds what it alone does.

import { node } from './element.js';
import { isDrawn, size } from './plotly.js';
import { themed } from './theme.js';

const NAMES = { relief: 'relief', contour: 'map', plot: 'chart', film: 'film' };  // in the classes of the page
const NARROWEST = 120;  // pixels: no room between the margins of a picture, as while a page changes its width
const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: false };

export class Picture {
  constructor(view, { key, kind, size }) {
    Object.assign(this, { view, key, kind, size, done: new AbortController() });
    const name = `lv-${NAMES[kind]}`;
    this.div = node('div', { className: `lv-plot ${name}` });
    this.note = node('div', { className: 'lv-panel-note' });
    if (size === 'large') {
      this.box = this.frame = node('div', { className: `lv-picture ${name}-cell` });
      this.frame.append(this.div, this.note);
    } else {
      this.box = node('section', { className: 'lv-panel' });
      this.title = node('div', { className: 'lv-panel-title' });
      this.frame = node('div', { className: 'lv-panel-frame' });
      this.frame.append(this.div);
      this.box.append(this.title, this.frame, this.note);
    }
    view.watch.observe(this.div);
  }

  over(tag, name) {  // an element that lies over the figure
    const element = node(tag, { className: name, hidden: true });
    this.div.after(element);
    return element;
  }

  on(target, name, act, options) {
    target.addEventListener(name, act, { signal: this.done.signal, ...options });
  }

  take(item, words) {  // what Python says of it; its figure is drawn later
    const { title, note, links } = item;
    Object.assign(this, { item, links });
    this.note.textContent = note;
    this.div.setAttribute('aria-label', title);
    if (this.title) Object.assign(this.title, { textContent: title, title });
    else {
      this.note.hidden = !note;
      if (!this.shows && this.able) this.frame.dataset.wait = words.loading;
    }
  }

  get able() { return true; }  // to be drawn at all

  get step() {  // that it shows; the last one where nothing plays
    return this.links.has('step') && !this.view.playhead.still ? this.view.playhead.step : Infinity;
  }

  async draw(Plotly, figure) {
    const { view } = this, seen = view.lens.over(this, figure.layout);
    const same = JSON.stringify([view.theme, seen === figure.layout || view.lens.wanted]) + figure.text;
    if (this.shows === same) return;
    this.shows = same;
    this.figure = figure;
    await Plotly.react(this.div, this.traces(this.step), this.layout(themed(seen, view.theme)), { ...CONFIG, plotGlPixelRatio: view.sharpness ?? 1 });
    if (this.closed) { this.purge(); return; }  // it was closed while Plotly drew
    delete this.frame.dataset.wait;
    if (this.heard) return;
    this.heard = true;  // until purge removes Plotly's own listeners
    this.listen();
  }

  traces() { return this.figure.data; }  // as they are at a step

  layout(layout) { return layout; }

  listen() {}

  at() {}  // show a step at once, by hand

  restyle(values, traces) { return window.Plotly.restyle(this.div, values, traces); }

  again() {}  // put what lies over the figure to where it belongs now

  rest() { return false; }  // whether a step is left out to spare the processor

  settle() {}  // tell Plotly what is shown

  forget() {  // what is drawn, after a failure
    this.shows = undefined;
    delete this.frame.dataset.wait;
  }

  get fits() {
    const { clientWidth, clientHeight } = this.div, { width, height } = size(this.div);
    return clientWidth <= NARROWEST || (clientWidth === width && clientHeight === height);
  }

  purge() {
    if (isDrawn(this.div)) window.Plotly.purge(this.div);
    this.shows = undefined;
    this.heard = false;
  }

  close() {
    this.closed = true;
    this.done.abort();
    this.view.watch.unobserve(this.div);
    this.purge();
    this.box.remove();
  }
}
