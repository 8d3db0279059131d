// The lens: which window of the plane both pictures show. While a hand moves it, what is drawn is moved and scaled at once; when the hand
// rests the window goes to Python, and the lens holds it until the picture of that window is there.

import { bound, frame, stretch } from './plotly.js';

const RESTS = 300;  // ms without a change after which a window is wanted for good
const DIGITS = 4;  // of a window's width: its corners are written to so many
const NARROWEST = 1e-5, WIDEST = 1e4;  // a window's width as a share of the first one's

export class Lens {
  constructor(view) {
    this.view = view;
    this.turn = undefined;  // how many windows have been sent; Python tells the last one that it has heard of
  }

  close() {
    clearTimeout(this.resting);
    cancelAnimationFrame(this.moving);
  }

  hold(contour, relief) {  // the pictures that it is held over
    if (this.contour !== contour) {
      this.close();
      this.wanted = this.first = this.resting = undefined;
    }
    Object.assign(this, { contour, relief });
  }

  get ready() {
    return Boolean(this.contour && frame(this.contour.div));
  }

  drawn() {  // [a_lo, a_hi, b_lo, b_hi] of the picture as Plotly has drawn it
    return frame(this.contour.div).ranges;
  }

  shown() {
    return this.wanted ?? this.drawn();
  }

  center() {
    const [a_lo, a_hi, b_lo, b_hi] = this.shown();
    return { a: (a_lo + a_hi) / 2, b: (b_lo + b_hi) / 2 };
  }

  // ---- a hand moves it --------------------------------------------------------------------------------------------------------

  zoom(factor, { a, b } = this.center(), from = this.shown()) {  // the point (a, b) keeps its place
    const [a_lo, a_hi, b_lo, b_hi] = from;
    this.want([a + (a_lo - a) * factor, a + (a_hi - a) * factor, b + (b_lo - b) * factor, b + (b_hi - b) * factor]);
  }

  pan(from, x, y) {  // the window `from`, dragged by a share of its sides
    const [a_lo, a_hi, b_lo, b_hi] = from, da = x * (a_hi - a_lo), db = y * (b_hi - b_lo);
    this.want([a_lo - da, a_hi - da, b_lo + db, b_hi + db]);
  }

  want(corners) {
    if (!this.view.data.zoomable || !this.ready) return;
    this.first ??= this.drawn();
    if (![0, 2].every(k => this.bearable(corners.slice(k, k + 2), this.first[k + 1] - this.first[k]))) return;
    this.wanted = corners;
    cancelAnimationFrame(this.moving);
    this.moving = requestAnimationFrame(() => this.apply());
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.rest(), RESTS);
  }

  bearable([low, high], first) {  // neither lost in rounding nor out of reach
    const width = high - low, far = Math.max(Math.abs(low), Math.abs(high));
    return width > NARROWEST * Math.max(first, far) && width < WIDEST * first && far < WIDEST * first && Number.isFinite(width);
  }

  rest() {
    this.resting = undefined;
    if (this.view.closed || !this.wanted) return;
    if (this.view.hands.busy) { this.resting = setTimeout(() => this.rest(), RESTS); return; }
    this.wanted = [0, 2].flatMap(k => rounded(this.wanted.slice(k, k + 2)));
    this.send(this.wanted);
    this.view.redraw();  // what is there, at true scales, until the new picture comes
  }

  whole() {  // back to the window before the first hand on it; Python knows it
    if (!this.view.data.zoomable) return;
    clearTimeout(this.resting);
    this.resting = undefined;
    if (this.view.data.zoomed || this.turn > this.view.data.turn) this.send([]);  // else nothing has been sent yet
    this.release();
    this.view.tools.show();
  }

  send(corners) {
    this.turn += 1;
    this.view.send('moved', { picture: this.contour.key, corners, turn: this.turn });
    this.view.tools.show();
  }

  // ---- the picture follows ----------------------------------------------------------------------------------------------------

  arrived(data) {  // hold the window until Python, which has heard of it, has drawn it or has moved on to another one
    this.turn ??= data.turn;
    if (!this.wanted && !data.zoomed) this.first = undefined;  // another scene may have another scale
    if (!this.wanted || this.resting || this.view.hands.busy || data.turn < this.turn) return;
    const { xaxis, yaxis } = data.pictures.find(item => item.key === this.contour.key).figure.layout;
    if (String(data.window) !== String(this.wanted) || alike([...xaxis.range, ...yaxis.range], this.wanted)) this.release();
  }

  release() {
    if (!this.wanted) return;
    this.wanted = undefined;
    this.view.redraw();
  }

  over(picture, layout) {  // a figure's layout with the window that is held
    const [a_lo, a_hi, b_lo, b_hi] = this.wanted ?? [];
    if (!this.wanted || (picture !== this.contour && picture !== this.relief)) return layout;
    const turned = part => ({ ...part, xaxis: { ...part.xaxis, range: [a_lo, a_hi] }, yaxis: { ...part.yaxis, range: [b_lo, b_hi] } });
    return layout.scene ? { ...layout, scene: turned(layout.scene) } : turned(layout);
  }

  apply() {  // move what is drawn to where it belongs in the window shown
    if (this.view.closed) return;
    if (this.ready) {
      this.moveMap();
      if (this.relief) bound(this.relief.div, [0, 2].map(k => this.shown().slice(k, k + 2)));
      this.contour.at(this.contour.step);
    }
    this.view.hands.follow();
  }

  moveMap() {
    const { width, height } = frame(this.contour.div), { x, y } = this.contour.scales(), [a_lo, a_hi, b_lo, b_hi] = this.drawn();
    const corner = [x(a_lo), y(b_hi)], sides = [(x(a_hi) - corner[0]) / width, (y(b_lo) - corner[1]) / height];
    stretch(this.contour.div, Boolean(this.wanted), corner, sides);
  }
}

function rounded([low, high]) {  // a link must not carry seventeen digits
  const unit = 10 ** (Math.floor(Math.log10(high - low)) - DIGITS + 1), whole = value => Number((Math.round(value / unit) * unit).toPrecision(12));
  return [whole(low), whole(high)];
}

function alike(one, other) {
  const size = Math.max(...one.map(Math.abs), ...other.map(Math.abs));
  return one.every((value, k) => Math.abs(value - other[k]) <= 1e-9 * size);
}
