// A plot: two axes and what is drawn between them; the playhead is a cursor at its step.

import { Picture } from './picture.js';
import { frame } from './plotly.js';

export class Plot extends Picture {
  constructor(view, item) {
    super(view, item);
    this.cursor = this.over('div', 'lv-cursor');
  }

  at(step) {  // a plot that follows the timeline has its steps on the x axis
    const { left, top, width, height, across } = frame(this.div) ?? {}, x = across && Number.isFinite(step) ? across(step) : NaN;
    this.cursor.hidden = !(x >= -1 && x <= width + 1);
    if (!this.cursor.hidden) Object.assign(this.cursor.style, { transform: `translateX(${left + x}px)`, top: `${top}px`, height: `${height}px` });
  }
}
