// A plot: two axes and what is drawn between them. The playhead is a cursor at its step, and what is hovered is shown in the linked plots too.

import { Drag } from './drag.js';
import { node } from './element.js';
import { outline } from './path.js';
import { Picture } from './picture.js';
import { frame, isDrawn, label, moveLine, movePoints, unlabel } from './plotly.js';

const isSample = trace => trace?.meta?.role === 'sample' || trace?.meta?.role === 'handle';

export class Plot extends Picture {
  constructor(view, item) {
    super(view, item);
    this.cursor = this.over('div', 'lv-cursor');
    this.line = this.over('div', 'lv-cursor lv-across');
    this.marks = this.over('div', 'lv-samples');
    this.drag = new Drag(this);
  }

  close() {
    this.drag.close();
    if (this.hovered) this.link();
    super.close();
  }

  take(item, words) {
    super.take(item, words);
    this.drag.take(item.figure, this.view.data.shown);
    const { handles, editable } = this.drag, hint = [handles && words.points, editable && words.edits].filter(Boolean).join(' ');
    const says = { role: handles || editable ? 'application' : 'img', tabindex: handles || editable ? 0 : undefined, 'aria-description': hint || undefined };
    for (const [name, value] of Object.entries(says)) {
      if (value === undefined) this.div.removeAttribute(name);
      else this.div.setAttribute(name, value);
    }
  }

  send(event, values) { this.view.send(event, { picture: this.key, ...values }); }

  async draw(Plotly, figure) {
    if (!this.view.data.partial || !this.follow(figure)) await super.draw(Plotly, figure);
  }

  follow(figure) {  // while a hand drags, lines and points are moved by hand: Plotly takes thirty milliseconds, and is told when the hand rests
    if (!this.heard || !this.shows || !alike(this.figure, figure)) return false;
    Object.assign(this, { figure, shows: 'followed' });
    const axes = frame(this.div);
    this.traces(this.step).forEach(({ x, y }, index) => {
      const at = k => (Number.isFinite(x[k]) && Number.isFinite(y[k]) ? [axes.across(x[k]), axes.down(y[k])] : null);
      movePoints(this.div, index, at);
      moveLine(this.div, index, outline(x.length, at));
    });
    this.again();
    return true;
  }

  traces() { return this.view.dials.over(this, this.drag.over(this.figure.data)); }

  at(step) {  // a plot that follows the timeline has its steps on the x axis
    this.upright(this.cursor, step);
    this.again();
  }

  again() {  // what lies over the figure, to where its points are seen now
    this.drag.circle();
    this.mark(this.sample);
    this.meet(this.across);
  }

  upright(line, x) {  // put a vertical line at x, away where that is outside of the frame
    const { left, top, width, height, across } = frame(this.div) ?? {}, at = across && Number.isFinite(x) ? across(x) : NaN;
    line.hidden = !(at >= -1 && at <= width + 1);
    if (!line.hidden) Object.assign(line.style, { transform: `translateX(${left + at}px)`, top: `${top}px`, height: `${height}px` });
  }

  // ---- hover links ------------------------------------------------------------------------------------------------------------

  listen() {
    this.div.on('plotly_hover', ({ points: [{ curveNumber, pointNumber, x }] }) => this.link(sampleOf(this.figure.data[curveNumber], pointNumber), x));
    this.div.on('plotly_unhover', () => this.link());
  }

  link(sample, x) {  // nothing is hovered without them
    this.hovered = x !== undefined;
    for (const other of this.view.plots()) {
      const shared = name => other !== this && this.links.has(name) && other.links.has(name);
      if (shared('sample')) other.mark(sample);
      if (shared('axis')) other.meet(x);
    }
  }

  mark(sample) {  // rings around the points of a sample; none without one
    this.sample = sample;
    const axes = frame(this.div), traces = sample === undefined || !axes ? [] : this.traces(this.step);
    this.marks.replaceChildren(...traces.flatMap(trace => Array.from(isSample(trace) ? trace.x : [], (x, k) => {
      if (sampleOf(trace, k) !== sample) return undefined;
      const ring = node('i', { className: 'lv-sample' });
      ring.style.transform = `translate(${axes.left + axes.across(x)}px, ${axes.top + axes.down(trace.y[k])}px)`;
      return ring;
    }).filter(Boolean)));
    this.marks.hidden = !this.marks.firstChild;
  }

  meet(x) {  // a line and labels at x
    const was = !this.line.hidden;
    this.across = x;
    this.upright(this.line, x);
    if (!this.line.hidden) label(this.div, nearest(this.traces(this.step), x));
    else if (was && isDrawn(this.div)) unlabel(this.div);
  }
}

function alike(one, other) {  // the same axes and as many points, so that only places differ
  const shape = ({ data, layout }) => JSON.stringify([layout, data.map(({ type, x }) => [type, x?.length])]);
  return other.data.every(({ type }) => type === 'scatter') && shape(one) === shape(other);
}

function sampleOf(trace, point) {  // its number among all samples
  return isSample(trace) ? trace.meta.samples?.[point] ?? point : undefined;
}

function nearest(data, x) {  // the point of each trace that is next to x
  return [...data.keys()].filter(k => data[k].hoverinfo !== 'skip' && data[k].y?.length).map(curveNumber => {
    const { x: xs, y } = data[curveNumber], apart = k => (Number.isFinite(y[k]) ? Math.abs((xs ? xs[k] : k) - x) : Infinity);
    return { curveNumber, pointNumber: Array.from(y, (_, k) => k).reduce((best, k) => (apart(k) < apart(best) ? k : best), 0) };
  });
}
