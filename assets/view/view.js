// The view: every picture of a board, linked, one playhead for all; nothing of it needs a rerun.
// Streamlit calls the default export again whenever data or theme change; one View lives as long as its parent element.

import { Bubble } from './bubble.js';
import { Cards } from './cards.js';
import { Contour } from './contour.js';
import { Dials } from './dial.js';
import { filmed } from './film.js';
import { Hands } from './hands.js';
import { Legend } from './legend.js';
import { Lens } from './lens.js';
import { unpacked } from './message.js';
import { Playhead } from './playhead.js';
import { isDrawn, load } from './plotly.js';
import { Plot } from './plot.js';
import { Relief, webGL } from './relief.js';
import { inRows } from './rows.js';
import { Table } from './table.js';
import { readTheme } from './theme.js';
import { Tools } from './tools.js';

const SETTLED = 250;  // ms after the last move of the playhead at which Plotly is told where the paths end
const KINDS = { relief: filmed(Relief), contour: filmed(Contour), plot: Plot, film: filmed(Plot) };
const CHEAPEST = ['contour', 'relief', 'plot', 'film'];  // first, so that a change is seen before all of it is drawn

const views = new WeakMap();

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

function breath() {  // a hidden tab has no frames: it must not wait for one
  return new Promise(done => { requestAnimationFrame(() => setTimeout(done)); setTimeout(done, 100); });
}

class View {
  constructor(root) {
    this.root = root;
    this.find = name => root.querySelector(name);
    this.sharpness = webGL();
    this.pictures = new Map();
    this.done = new AbortController();
    this.watch = new ResizeObserver(() => this.resize());
    this.bubble = new Bubble(root, this.done.signal);
    this.cards = new Cards(this.find('.lv-facts'), this.bubble);
    this.table = new Table(this.bubble);
    this.legend = new Legend(this.find('.lv-chips'));
    this.dials = new Dials(this, this.find('.lv-lines'));
    this.playhead = new Playhead(this.find('.lv-transport'), this.done.signal, step => this.move(step));
    this.lens = new Lens(this);
    this.hands = new Hands(this);
    this.tools = new Tools(this);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', () => setTimeout(() => this.closed || this.refreshTheme(), 300), { signal: this.done.signal });
    this.find('.lv-pictures').classList.toggle('lv-flat', !this.sharpness);
  }

  close() {
    this.closed = true;
    cancelAnimationFrame(this.resizing);
    clearTimeout(this.settling);
    this.done.abort();
    this.dials.close();
    this.playhead.close();
    this.lens.close();
    this.tools.close();
    for (const picture of this.pictures.values()) picture.close();
    this.watch.disconnect();
  }

  of(kind) {
    return [...this.pictures.values()].filter(picture => picture.kind === kind);
  }

  plots() {
    return [...this.pictures.values()].filter(picture => picture instanceof Plot);
  }

  say(words) {  // to a screen reader
    this.find('.lv-say').textContent = words;
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

  update(given) {
    const data = this.data = this.data && given.partial ? this.over(given) : given;
    this.root.classList.toggle('lv-partial', given.partial);
    this.dials.take(data);
    this.table.take(data.table, data.words);
    this.frames();
    this.playhead.take(data.timeline, data.words);
    this.lens.arrived(data);
    this.tools.take(data);
    this.cards.show(data.facts, data.words);
    const map = data.pictures.find(item => item.key === this.hands.contour?.key);
    this.legend.show(data.chips, data.timeline?.paths ?? [], map?.figure, data.clickable && data.words.click_hint);
    this.legend.at(this.playhead.step);
    this.redraw();
  }

  over(given) {  // part of a board: the rest of the one before stays
    const fresh = new Map(given.pictures.map(item => [item.key, item]));
    return { ...given, facts: this.data.facts, pictures: this.data.pictures.map(item => fresh.get(item.key) ?? item) };
  }

  frames() {  // a picture keeps its place on the page, its camera and its zoom as long as its key is there
    const { pictures, words } = this.data, kept = this.pictures;
    this.pictures = new Map(pictures.map(item => {
      const old = kept.get(item.key), same = old?.kind === item.kind && old.size === item.size;
      return [item.key, same ? old : new KINDS[item.kind](this, item)];
    }));
    for (const [key, picture] of kept) if (this.pictures.get(key) !== picture) picture.close();
    for (const item of pictures) if (this.pictures.get(item.key).item !== item) this.pictures.get(item.key).take(item, words);
    for (const [name, size] of [['.lv-pictures', 'large'], ['.lv-panels', 'small']]) {
      const list = this.find(name), boxes = inRows([...this.pictures.values()].filter(picture => picture.size === size), list, this.table);
      boxes.forEach((box, k) => { if (list.children[k] !== box) list.insertBefore(box, list.children[k] ?? null); });  // the others keep their focus
    }
    const [contour, relief] = ['contour', 'relief'].map(kind => this.of(kind).find(picture => picture.links.has('plane')));
    this.lens.hold(contour, relief);
    this.hands.hold(contour, relief);
    this.tools.hold(contour, relief);
  }

  redraw() {  // after what is being drawn now
    this.drawing = (this.drawing ?? Promise.resolve()).then(() => this.draw(this.data)).catch(error => this.fail(error));
  }

  async draw(data) {
    const Plotly = await load(data.plotly), { playhead } = this, late = () => this.closed || data !== this.data;  // newer data wait behind these
    if (late()) return;
    this.theme = readTheme(this.root);
    for (const kind of CHEAPEST) {
      for (const item of data.pictures.filter(item => item.kind === kind)) {
        await this.pictures.get(item.key).draw(Plotly, item.figure);
        if (item.size === 'large' && !data.partial) await breath();  // a hand waits for the next one
        if (late()) return;
      }
    }
    if (!data.partial) this.place(playhead.step);  // what was not drawn anew stays where it is
    this.lens.apply();
    this.tools.able();
    this.root.dataset.shown = data.shown;  // what is on screen now, for whoever waits for it
    playhead.begin();
  }

  fail(error) {
    if (this.closed) return;
    for (const picture of this.pictures.values()) picture.forget();
    console.warn(error);
    this.tools.say(this.data.words.no_plotly);
  }

  // ---- the page around it -----------------------------------------------------------------------------------------------------

  refreshTheme() {
    if (!this.theme || JSON.stringify(readTheme(this.root)) === JSON.stringify(this.theme)) return;
    this.redraw();
  }

  // ---- one step for all -------------------------------------------------------------------------------------------------------

  place(step) {
    this.playhead.place(step);
  }

  move(step) {  // every picture to `step`: at once by hand, and through Plotly when the playhead rests
    this.legend.at(step);
    for (const picture of this.pictures.values()) picture.at(picture.step);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLED);
  }

  settle() {
    if (this.closed || this.playhead.playing) return;
    if (this.hands.down) { this.settling = setTimeout(() => this.settle(), SETTLED); return; }
    for (const picture of this.pictures.values()) picture.settle(picture.step);
  }

  resize() {
    cancelAnimationFrame(this.resizing);
    this.resizing = requestAnimationFrame(async () => {
      const changed = [...this.pictures.values()].filter(picture => isDrawn(picture.div) && !picture.fits);
      await Promise.all(changed.map(picture => window.Plotly.Plots.resize(picture.div)));
      if (changed.length && !this.closed) this.place(this.playhead.step);
    });
  }
}
