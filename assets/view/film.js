// A film: a plot of which some traces change with every step of the timeline.

import { Plot } from './plot.js';

export class Film extends Plot {
  get step() { return this.view.playhead.step; }  // it plays whatever else does

  traces(step) {
    const change = this.shot(step);
    return super.traces(step).map((trace, index) => changed(trace, change[index] ?? {}));
  }

  shot(step) {  // what changes at a step, of the figure as it came
    const { frames } = this.figure;
    return frames[Math.min(step, frames.length - 1)];
  }

  async draw(Plotly, figure) {
    const { shows, step } = this, drawing = super.draw(Plotly, figure);
    if (this.shows !== shows) Object.assign(this, { seen: step, changes: changes(figure.frames) });  // before a newer step is drawn over it
    await drawing;
  }

  async at(step) {  // Plotly draws a step as soon as it has drawn the one before; those between are left out
    this.wanted = step;
    if (this.filming || !this.shows) return;
    this.filming = true;
    try {
      while (this.shows && this.seen !== this.wanted) await this.film(this.wanted);
    } catch (error) {
      this.view.fail(error);
    } finally {
      this.filming = false;
    }
  }

  async film(step) {
    this.seen = step;
    const now = this.traces(step), { indices, names } = this.changes;
    const values = name => indices.map(index => name.split('.').reduce((part, key) => part?.[key], now[index]) ?? null);
    await window.Plotly.restyle(this.div, Object.fromEntries(names.map(name => [name, values(name)])), indices);
    this.again();
  }
}

export function changes(frames) {  // which properties of which traces change at all
  const indices = new Set(frames.flatMap(Object.keys)), names = new Set(frames.flatMap(frame => Object.values(frame).flatMap(Object.keys)));
  return { indices: [...indices].map(Number), names: [...names] };
}

export function changed(trace, change) {  // `change` names properties as Plotly's restyle does: {"marker.color": value}
  const out = { ...trace };
  for (const [name, value] of Object.entries(change)) {
    const [first, ...rest] = name.split('.');
    out[first] = rest.length ? changed(out[first] ?? {}, { [rest.join('.')]: value }) : value;
  }
  return out;
}
