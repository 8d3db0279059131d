// Handles: points of a plot that a hand can drag, with the mouse, a finger, or Tab and the arrow keys; samples can be chosen by a click.
// Where they are editable, a click on nothing adds a point, and a double click or a long press removes one; Enter and Delete do the same.

import { reading } from './numbers.js';
import { outline } from './path.js';
import { frame, moveLine, movePoints, unlabel } from './plotly.js';

const NEAR = { mouse: 14, pen: 16, touch: 28 };  // pixels
const STILL = 4;  // pixels: a pointer that moved less between down and up has clicked
const OFTEN = 50, PATIENT = 500;  // ms between two places of a dragged point that are sent: after an answer, and without one
const TWICE = 400, LONG = 600;  // ms: between the clicks of a double one, and of a finger that rests on a point
const BESIDE = 0.04;  // of the frame's width: where Enter adds a point
const PART = 100, STRIDE = 10;  // an arrow key moves a point by a hundredth of the frame, with Shift ten

export class Drag {
  constructor(plot) {
    this.plot = plot;
    this.moved = new Map();  // points that are not where the figure has them: [trace, point] in words -> { trace, point, x, y, told, shown }
    this.ring = plot.over('i', 'lv-ring');
    const on = (target, name, act, passive = true) => plot.on(target, name, act, { capture: true, passive });
    on(plot.frame, 'pointerdown', event => this.pressed(event), false);
    on(plot.frame, 'touchstart', event => { if (this.held) event.preventDefault(); }, false);  // else the page would be scrolled
    on(plot.frame, 'mousemove', event => { if (this.held) event.stopPropagation(); });  // Plotly would look for what is under it
    on(window, 'pointermove', event => this.dragged(event));
    on(window, 'pointerup', event => this.lifted(event));
    on(window, 'pointercancel', event => { if (this.follows(event)) this.drop(); });
    on(plot.div, 'keydown', event => this.key(event), false);
    on(plot.div, 'keyup', () => this.rest());
    on(plot.div, 'focus', () => { if (!this.held && plot.div.matches(':focus-visible')) this.select(0); });
    on(plot.div, 'blur', () => { this.rest(); this.select(); });
  }

  close() {
    clearTimeout(this.later);
    clearTimeout(this.pressing);
  }

  // ---- where the points are ---------------------------------------------------------------------------------------------------

  over(data) {  // the traces with what a hand has moved
    const traces = new Set([...this.moved.values()].map(({ trace }) => trace));
    return data.map((trace, index) => (traces.has(index) ? { ...trace, ...this.sides(index, trace) } : trace));
  }

  sides(index, { x, y }) {
    const [xs, ys] = [Array.from(x), Array.from(y)];
    for (const { trace, point, ...at } of this.moved.values()) if (trace === index && point < xs.length) [xs[point], ys[point]] = [at.x, at.y];
    return { x: xs, y: ys };
  }

  points(...roles) {  // with their pixels on the picture
    const axes = this.plot.shows && frame(this.plot.div);
    if (!axes) return [];
    return this.plot.traces(this.plot.step).flatMap(({ x, y, meta }, trace) => (!roles.includes(meta?.role) ? [] : Array.from(y, (side, point) => (
      { trace, point, role: meta.role, x: x[point], y: side, left: axes.left + axes.across(x[point]), top: axes.top + axes.down(side) }))));
  }

  near({ clientX, clientY, pointerType }, ...roles) {  // the nearest such point under the pointer
    const box = this.plot.div.getBoundingClientRect(), apart = ({ left, top }) => Math.hypot(clientX - box.left - left, clientY - box.top - top);
    return this.points(...roles).filter(point => apart(point) <= (NEAR[pointerType] ?? NEAR.mouse)).sort((p, q) => apart(p) - apart(q))[0];
  }

  take(figure, shown) {  // newer data are here: a point is the figure's again where the hand has left it, or once Python shows it elsewhere
    this.handles = figure.data.some(trace => trace.meta?.role === 'handle');
    this.editable = figure.data.some(trace => trace.meta?.editable);
    this.answered = true;
    if (this.later) this.tell(false);  // Python works on the next place while this answer is drawn
    if (this.busy) return;
    for (const [name, moved] of this.moved) {
      const late = moved.told.some(place => has(figure, moved, place));  // an answer to a place on the way: the last one is still to come
      if (!has(figure, moved, moved) && (shown === moved.shown || late)) continue;
      this.moved.delete(name);
      this.plot.shows = undefined;  // the figure may be the one that was drawn before the hand came
    }
  }

  // ---- pointers ---------------------------------------------------------------------------------------------------------------

  pressed(event) {
    if (event.button !== 0 || !event.isPrimary) return;  // a second finger
    const found = this.near(event, 'handle', 'sample');
    this.down = (found || this.editable) && { found, event };
    if (found?.role !== 'handle') return;
    if (this.editable && event.pointerType === 'touch') this.pressing = setTimeout(() => this.pressedLong(found), LONG);
    event.preventDefault();
    event.stopPropagation();
    this.held = found;
    unlabel(this.plot.div);  // of where the point was
    this.plot.div.focus({ preventScroll: true });
    this.select();
  }

  follows(event) {  // the pointer that is down, no other one
    return this.down?.event.pointerId === event.pointerId;
  }

  dragged(event) {
    const { frame } = this.plot;
    if (!this.held && frame.contains(event.target)) frame.classList.toggle('lv-near', this.handles && Boolean(this.near(event, 'handle')));
    if (!this.follows(event)) return;
    if (!event.buttons) { this.drop(); return; }  // it was let go where the page could not see it
    const { down, held } = this;
    if (!held) return;
    const x = event.clientX - down.event.clientX, y = event.clientY - down.event.clientY;
    if (!this.busy && Math.hypot(x, y) < STILL) return;
    clearTimeout(this.pressing);
    this.busy = true;
    this.put(held, held.left + x, held.top + y);
  }

  lifted(event) {
    if (!this.follows(event)) return;
    const { down, busy } = this;
    this.drop();
    if (busy || Math.hypot(event.clientX - down.event.clientX, event.clientY - down.event.clientY) >= STILL) return;
    if (!down.found) { this.add(down.event); return; }  // Plotly lays a cover over the page between the two
    const { trace, point, x, y } = down.found;
    if (this.editable && this.twice(event)) this.remove(down.found);
    else this.plot.send('chosen', { trace, point, x, y });
  }

  twice(event) {  // the second click of two at one place
    const { clicked } = this, { clientX, clientY, timeStamp } = event;
    this.clicked = { clientX, clientY, timeStamp };
    return clicked && timeStamp - clicked.timeStamp < TWICE && Math.hypot(clientX - clicked.clientX, clientY - clicked.clientY) < NEAR.mouse;
  }

  pressedLong(found) {
    this.drop();
    this.remove(found);
  }

  remove({ trace, point }) { this.edit({ act: 'remove', trace, point, number: this.number({ trace, point }) }); }

  add(event) {  // a point where the frame was clicked
    const axes = frame(this.plot.div), box = this.plot.div.getBoundingClientRect();
    if (!axes || !this.plot.div.contains(event.target) || this.twice(event)) return;
    const left = event.clientX - box.left - axes.left, top = event.clientY - box.top - axes.top;
    if (left < 0 || top < 0 || left > axes.width || top > axes.height) return;
    this.edit({ act: 'add', x: rounded(axes.x, left, 0), y: rounded(axes.y, top, 0) });
  }

  number({ trace, point }) {  // of the sample
    return this.plot.figure.data[trace].meta.samples?.[point] ?? point;
  }

  edit(values) { this.plot.send('edited', values); }

  drop() {
    this.down = this.held = undefined;
    clearTimeout(this.pressing);
    this.rest();
  }

  // ---- keys -------------------------------------------------------------------------------------------------------------------

  select(k) {  // the k-th handle is the one that keys move; none without k
    this.selected = this.points('handle')[k] && k;
    this.circle();
  }

  circle() {  // a ring around the selected point
    const point = this.selected === undefined ? undefined : this.points('handle')[this.selected];
    this.ring.hidden = !point;
    if (point) this.ring.style.transform = `translate(${point.left}px, ${point.top}px)`;
    return point;
  }

  key(event) {
    const along = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key], handles = this.points('handle');
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.editable && this.typed(event, handles)) return;
    if (!handles.length) return;
    const next = event.key === 'Tab' ? (this.selected ?? -1) + (event.shiftKey ? -1 : 1) : undefined;
    if (!along && !handles[next]) return;  // Tab leaves the picture after its last point
    event.preventDefault();
    event.stopPropagation();
    if (!along) { this.rest(); this.select(next); return; }
    const point = handles[this.selected ??= 0], { width, height } = frame(this.plot.div), share = (event.shiftKey ? STRIDE : 1) / PART;
    this.busy = true;
    this.put(point, point.left + along[0] * share * width, point.top + along[1] * share * height);
  }

  typed(event, handles) {  // Enter adds a point beside the selected one, or in the middle; Delete removes the selected one
    const point = handles[this.selected], axes = frame(this.plot.div);
    const act = { Enter: 'add', Delete: point && 'remove', Backspace: point && 'remove' }[event.key];
    if (!act) return false;
    event.preventDefault();
    event.stopPropagation();
    this.rest();
    if (act === 'remove') this.remove(point);
    else {
      const left = point ? point.left - axes.left + BESIDE * axes.width : axes.width / 2, top = point ? point.top - axes.top : axes.height / 2;
      this.edit({ act, x: rounded(axes.x, Math.min(left, axes.width), 0), y: rounded(axes.y, top, 0) });
    }
    return true;
  }

  // ---- a point follows the hand -----------------------------------------------------------------------------------------------

  put({ trace, point }, left, top) {  // at once; Python hears of it as often as it answers
    const axes = frame(this.plot.div), cut = (pixel, length) => Math.min(Math.max(pixel, 0), length);
    const digits = this.editable ? 0 : 1;  // what is written into a table is round to a pixel, so that a hand can say 39
    const at = { x: rounded(axes.x, cut(left - axes.left, axes.width), digits), y: rounded(axes.y, cut(top - axes.top, axes.height), digits) };
    const name = `${trace} ${point}`, { told = [] } = this.moved.get(name) ?? {};
    this.last = { trace, point, ...at, told };
    this.moved.set(name, this.last);
    this.move();
    if (!this.held) this.say(at);  // keys: a place is where they rest
    this.tell(false);
  }

  say(at) {
    this.plot.view.say(['xaxis', 'yaxis'].map(axis => `${this.plot.figure.layout[axis]?.title?.text ?? ''} ${reading(at[axis[0]])}`).join(', '));
  }

  move() {  // by hand, what Plotly has drawn of the moved points
    const axes = frame(this.plot.div), data = this.over(this.plot.figure.data);
    for (const index of new Set([...this.moved.values()].map(({ trace }) => trace))) {
      const { x, y } = data[index], at = k => [axes.across(x[k]), axes.down(y[k])];
      movePoints(this.plot.div, index, at);
      moveLine(this.plot.div, index, outline(x.length, at));
    }
    this.plot.again();
  }

  rest() {  // the hand has let go
    if (!this.busy) return;
    this.busy = false;
    this.say(this.last);
    this.tell(true);
    const { trace } = this.last, { x, y } = this.over(this.plot.figure.data)[trace];
    window.Plotly.restyle(this.plot.div, { x: [x], y: [y] }, [trace]);
    this.last.shown = this.plot.view.data.shown;
  }

  tell(done) {
    const since = performance.now() - (this.sent ?? -Infinity), wait = done ? 0 : (this.answered ? OFTEN : PATIENT) - since;
    clearTimeout(this.later);
    this.later = undefined;
    if (wait > 0) { this.later = setTimeout(() => this.tell(false), wait); return; }
    const { told, trace, point, x, y } = this.last, before = told.at(-1);
    if (!done && before?.x === x && before?.y === y) return;  // Python has nothing new to say of it, and would not answer
    this.sent = performance.now();
    this.answered = false;
    told.push({ x, y });
    this.plot.send('moved', { trace, point, number: this.number(this.last), x, y, done });
  }
}

function has(figure, { trace, point }, { x, y }) {  // the figure has that point there
  const there = figure.data[trace], same = (one, other) => Math.abs(one - other) <= 1e-9 * Math.max(Math.abs(one), Math.abs(other));
  return same(there?.x?.[point], x) && same(there?.y?.[point], y);
}

function rounded(axis, pixel, digits = 1) {  // to a tenth of a pixel: a link must not carry seventeen digits
  const value = axis(pixel), unit = 10 ** Math.floor(Math.log10(Math.abs(axis(pixel + 1) - value)) - digits);
  return Number((Math.round(value / unit) * unit).toPrecision(12));
}
