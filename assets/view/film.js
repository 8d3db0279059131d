// A film: a picture of any kind some of whose traces change with every step of the timeline.

import { moves } from './path.js';

export const filmed = Kind => class extends Kind {
  get filmed() { return Boolean(this.figure?.frames.length); }

  get step() { return this.filmed ? this.view.playhead.step : super.step; }  // it plays whatever else does

  traces(step) {
    const traces = super.traces(step), change = this.shot(step);
    return change ? traces.map((trace, index) => changed(trace, change[index] ?? {})) : traces;
  }

  shot(step) {  // what changes at a step, of the figure as it came
    const { frames } = this.figure;
    return frames[Math.min(step, frames.length - 1)];
  }

  async draw(Plotly, figure) {
    const { shows } = this, { step } = this.view.playhead, drawing = super.draw(Plotly, figure);
    if (this.shows !== shows && figure.frames.length) Object.assign(this, { screened: step, changes: changes(figure) });  // before a newer step is drawn over it
    await drawing;
  }

  at(step) {
    if (!this.filmed) { super.at(step); return; }
    if (this.shows && !this.rest()) this.show(step);
  }

  settle(step) {
    if (this.filmed) this.show(step);
    else super.settle(step);
  }

  async show(step) {  // Plotly draws a step as soon as it has drawn the one before; those between are left out
    this.wanted = step;
    if (this.filming || !this.shows) return;
    this.filming = true;
    try {
      while (this.shows && this.screened !== this.wanted) await this.film(this.wanted);
    } catch (error) {
      this.view.fail(error);
    } finally {
      this.filming = false;
    }
  }

  async film(step) {
    this.screened = step;
    const now = this.traces(step), { indices, names } = this.changes;
    const values = name => indices.map(index => name.split('.').reduce((part, key) => part?.[key], now[index]) ?? null);
    await this.restyle(Object.fromEntries(names.map(name => [name, values(name)])), indices);
    this.again();
  }
};

export function changes({ frames, data = [] }) {  // which properties of which traces change at all; paths and their heads grow besides
  const moving = [...data.keys()].filter(k => moves(data[k]));
  const indices = new Set([...frames.flatMap(Object.keys).map(Number), ...moving]);
  const names = new Set(frames.flatMap(frame => Object.values(frame).flatMap(Object.keys)));
  for (const k of moving) for (const side of 'xyz') if (data[k][side]) names.add(side);
  return { indices: [...indices], names: [...names] };
}

export function changed(trace, change) {  // `change` names properties as Plotly's restyle does: {"marker.color": value}
  const out = { ...trace };
  for (const [name, value] of Object.entries(change)) {
    const [first, ...rest] = name.split('.');
    out[first] = rest.length ? changed(out[first] ?? {}, { [rest.join('.')]: value }) : value;
  }
  return out;
}
