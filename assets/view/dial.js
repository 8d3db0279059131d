// Dials: the lines that are in several pictures, by name, with sliders that redraw them at once; Python hears of it when the hand rests.

import { drawing, node } from './element.js';
import { changed, changes } from './film.js';
import { reading } from './numbers.js';

const RESTS = 350;  // ms without a move after which the hand rests

export class Dials {
  constructor(view, bar) {
    Object.assign(this, { view, bar, dials: new Map(), waiting: new Set() });
  }

  close() {
    for (const dial of this.dials.values()) clearTimeout(dial.resting);
  }

  take({ lines = [], shown }) {
    const known = this.dials;
    this.dials = new Map(lines.flatMap(line => line.dials).map(given => {
      const dial = Object.assign(known.get(given.key) ?? { told: [] }, { given });
      this.settle(dial, shown);
      return [given.key, dial];
    }));
    for (const [key, dial] of known) if (this.dials.get(key) !== dial) clearTimeout(dial.resting);
    const says = JSON.stringify(lines.map(({ dials, ...line }) => [line, dials.map(({ key, label, values }) => [key, label, Array.from(values)])]));
    if (this.says !== says) this.build(lines);
    this.says = says;
    for (const dial of this.dials.values()) this.show(dial);
  }

  settle(dial, shown) {  // a dial is where Python has it again once that has answered the last that it was told
    if (dial.hand === undefined) return;
    const { values, at } = dial.given, late = dial.told.slice(0, -1).includes(values[at]) && values[at] !== dial.hand;
    if (dial.resting || late || (values[at] !== dial.hand && shown === dial.shown)) return;
    if (values[at] !== dial.hand) this.forget(dial);  // what is drawn is the hand's
    Object.assign(dial, { hand: undefined, told: [] });
  }

  forget(dial) {
    for (const key of Object.keys(dial.given.changes)) {
      const picture = this.view.pictures.get(key);
      if (picture) picture.shows = undefined;
    }
  }

  // ---- on the page ------------------------------------------------------------------------------------------------------------

  build(lines) {
    this.bar.hidden = !lines.length;
    this.bar.replaceChildren(...lines.map(line => {
      const group = node('div', { className: 'lv-line' }), icon = drawing('0 0 28 8', 'M1 4H27');
      icon.style.stroke = line.color;
      icon.firstChild.style.strokeDasharray = line.dash === 'solid' ? 'none' : line.dash.replaceAll('px', '');
      const name = node('span', { className: 'lv-chip' });
      name.append(icon, node('span', {}, line.label));
      group.append(name, ...line.dials.map(({ key }) => this.slider(this.dials.get(key), line)));
      return group;
    }));
  }

  slider(dial, line) {
    const { label, values } = dial.given, box = node('label', { className: 'lv-dial' });
    dial.input = node('input', { type: 'range', min: 0, max: values.length - 1, step: 1 });
    dial.input.setAttribute('aria-label', `${line.label}: ${label}`);
    dial.input.style.accentColor = line.color;
    dial.input.oninput = () => this.move(dial, Number(dial.input.value));
    dial.value = node('output', { className: 'lv-dial-value' });
    box.append(node('span', {}, label), dial.input, dial.value);
    return box;
  }

  show(dial) {
    const text = reading(dial.given.values[this.index(dial)]);
    dial.input.value = this.index(dial);
    dial.input.setAttribute('aria-valuetext', text);
    dial.value.textContent = text;
  }

  index({ hand, given: { values, at } }) {  // where a dial is seen
    const there = hand === undefined ? -1 : Array.from(values).indexOf(hand);
    return there < 0 ? at : there;
  }

  // ---- a hand moves it --------------------------------------------------------------------------------------------------------

  move(dial, index) {
    dial.hand = dial.given.values[index];
    this.show(dial);
    for (const key of Object.keys(dial.given.changes)) this.turn(key);
    clearTimeout(dial.resting);
    dial.resting = setTimeout(() => this.rest(dial), RESTS);
  }

  rest(dial) {
    dial.resting = undefined;
    const { values, at } = dial.given;
    if (this.view.closed || dial.hand === (dial.told.at(-1) ?? values[at])) return;
    dial.told.push(dial.hand);
    dial.shown = this.view.data.shown;
    this.view.send('dialed', { picture: dial.given.key, value: dial.hand });
  }

  // ---- the pictures follow ----------------------------------------------------------------------------------------------------

  over(picture, data) {  // the traces with what dials change of them
    const frames = this.frames(picture.key).map(({ dial, frames }) => frames[this.index(dial)]);
    return frames.length ? data.map((trace, index) => frames.reduce((out, frame) => changed(out, frame[index] ?? {}), trace)) : data;
  }

  frames(key) {  // of the dials that a hand has moved
    const moved = [...this.dials.values()].filter(dial => dial.hand !== undefined && dial.given.changes[key]);
    return moved.map(dial => ({ dial, frames: dial.given.changes[key] }));
  }

  async turn(key) {  // Plotly draws a turn as soon as it has drawn the one before; those between are left out
    this.waiting.add(key);
    if (this.turning) return;
    this.turning = true;
    try {
      while (this.waiting.size) {
        const [next] = this.waiting;
        this.waiting.delete(next);
        await this.redraw(this.view.pictures.get(next));
      }
    } catch (error) {
      this.view.fail(error);
    } finally {
      this.turning = false;
    }
  }

  async redraw(picture) {
    if (!picture?.shows) return;
    const { indices, names } = changes({ frames: this.frames(picture.key).flatMap(({ frames }) => frames) }), now = picture.traces(picture.step);
    const values = name => indices.map(index => name.split('.').reduce((part, key) => part?.[key], now[index]) ?? null);
    await window.Plotly.restyle(picture.div, Object.fromEntries(names.map(name => [name, values(name)])), indices);
    picture.again();
  }
}
