// The contour: the landscape as a map with its paths and marks.

import { behind, outline, upTo } from './path.js';
import { Picture } from './picture.js';
import { frame, moveLine, movePoints } from './plotly.js';

const FAR = 20000;  // pixels: SVG breaks on the coordinates of a diverged path

export class Contour extends Picture {
  constructor(view, item) {
    super(view, item);
    this.selection = this.over('i', 'lv-box');
    this.dot = this.over('i', 'lv-dot');
    this.cross = this.over('i', 'lv-cross');
    view.hands.adopt(this);
  }

  traces(step) { return upTo(this.figure.data, step); }

  listen() { this.view.hands.listen(this); }

  window() {  // [a_lo, a_hi, b_lo, b_hi] that it shows
    return (this.view.lens.contour === this && this.view.lens.wanted) || frame(this.div).ranges;
  }

  scales() {  // coordinates of the plane to pixels of the frame
    const { width, height } = frame(this.div), [a_lo, a_hi, b_lo, b_hi] = this.window();
    return { x: a => ((a - a_lo) / (a_hi - a_lo)) * width, y: b => ((b_hi - b) / (b_hi - b_lo)) * height };
  }

  at(step) {
    if (!this.shows || !frame(this.div)) return;
    const limit = pixel => Math.min(Math.max(pixel, -FAR), FAR).toFixed(1), scales = this.scales();
    this.traces(step).forEach(({ x, y, meta }, index) => {
      const at = k => (Number.isFinite(x[k]) && Number.isFinite(y[k]) ? [limit(scales.x(x[k])), limit(scales.y(y[k]))] : null);
      if (meta?.role === 'path' || meta?.role === 'field') moveLine(this.div, index, outline(x.length, at));
      if (meta?.role === 'mark' || meta?.role === 'head') movePoints(this.div, index, at);
    });
  }

  settle(step) {
    if (!this.shows) return;
    const now = this.traces(step), moving = behind(this.div, now);
    if (moving.length) this.restyle({ x: moving.map(k => now[k].x), y: moving.map(k => now[k].y) }, moving);
  }

  // ---- where things are on it -------------------------------------------------------------------------------------------------

  under({ clientX, clientY }) {  // the point of the plane under the pointer
    if (!frame(this.div)) return undefined;
    const { left, top, width, height } = frame(this.div), [a_lo, a_hi, b_lo, b_hi] = this.window(), box = this.div.getBoundingClientRect();
    const x = (clientX - box.left - left) / width, y = (clientY - box.top - top) / height;
    return { a: a_lo + x * (a_hi - a_lo), b: b_hi - y * (b_hi - b_lo), inside: x >= 0 && x <= 1 && y >= 0 && y <= 1 };
  }

  spot({ a, b }) {  // the pixel of a point of the plane
    if (!frame(this.div)) return undefined;
    const { left, top } = frame(this.div), { x, y } = this.scales();
    return [left + x(a), top + y(b)];
  }
}
