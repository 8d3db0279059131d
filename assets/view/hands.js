// Hands on the pictures: click, drag, wheel, two fingers and keys. A click starts there, a drag on the map moves it, Shift draws a box to
// zoom into, Ctrl and the wheel or two fingers zoom; arrow keys move a crosshair, Enter starts at it.

import { projector, struck } from './ray.js';
import { reading } from './numbers.js';

const STILL = 4;  // pixels: a pointer that moved less between down and up has clicked
const SMALLEST = 8;  // pixels: a box smaller than this was none
const NOTCH = 1.25;  // the zoom of one turn of the wheel, and of one key
const STRIDE = 10;  // cells that Shift and an arrow key move by

export class Hands {
  constructor(view) {
    this.view = view;
    this.busy = false;  // a hand is moving the window
    this.cells = [[view.find('.lv-relief-cell'), view.relief], [view.find('.lv-map-cell'), view.contour]];
    this.wire();
  }

  wire() {
    const { root } = this.view, on = (target, name, act, options) => target.addEventListener(name, act, { signal: this.view.done.signal, ...options });
    on(root, 'pointerdown', event => this.pressed(event), { capture: true });  // what lies under the pointer may be redrawn before it is lifted
    on(window, 'pointermove', event => this.dragged(event), { capture: true });
    on(window, 'pointerup', event => this.lifted(event), { capture: true });
    on(window, 'pointercancel', () => this.let_go(), { capture: true });
    for (const [cell, picture] of this.cells) {
      on(cell, 'wheel', event => this.wheel(event, picture), { capture: true, passive: false });
      on(cell, 'touchstart', event => this.fingers(event, picture), { capture: true, passive: false });
      on(cell, 'touchmove', event => this.fingers(event, picture), { capture: true, passive: false });
      on(cell, 'touchend', event => { if (this.pinch && event.touches.length < 2) this.let_go(); }, { capture: true });
      on(picture, 'keydown', event => this.key(event));
      on(picture, 'blur', () => this.aim());
    }
  }

  listen() {  // Plotly's own events; purge removes them
    const { relief, contour, heard } = this.view;
    for (const div of [relief, contour]) {
      if (!div._fullLayout || heard.has(div)) continue;
      heard.add(div);
      div.on('plotly_hover', ({ points: [{ x, y }] }) => this.dot(div, { a: x, b: y }));
      div.on('plotly_unhover', () => this.dot(div));
    }
  }

  // ---- pointers ---------------------------------------------------------------------------------------------------------------

  pressed(event) {
    const { relief, contour, lens } = this.view, picture = [contour, relief].find(div => div.contains(event.target));
    this.down = event;
    this.picture = picture;
    if (!picture || event.button !== 0) return;
    picture.focus({ preventScroll: true });
    this.from = lens.axes() && lens.shown();
  }

  dragged(event) {
    const { down, view } = this;
    if (down && !event.buttons) return this.let_go();  // it was let go where the page could not see it
    if (!down || this.picture !== view.contour || down.button !== 0 || event.pointerType === 'touch' || !this.from || !view.data?.zoomable) return;
    const x = event.clientX - down.clientX, y = event.clientY - down.clientY;
    if (!this.busy && (Math.hypot(x, y) < STILL || !view.lens.under(down).inside)) return;
    if (!this.busy) this.boxed = down.shiftKey;
    this.busy = true;
    view.root.classList.toggle('lv-panning', !this.boxed);
    const { xaxis, yaxis } = view.lens.axes();
    if (this.boxed) this.box(down, event);
    else view.lens.pan(this.from, x / xaxis._length, y / yaxis._length);
  }

  box(down, event) {  // the rectangle drawn with Shift, cut to the map's frame
    const { xaxis, yaxis } = this.view.lens.axes(), frame = this.view.contour.getBoundingClientRect(), element = this.view.find('.lv-box');
    const cut = (value, offset, length) => Math.min(Math.max(value, offset), offset + length);
    const xs = [down, event].map(({ clientX }) => cut(clientX - frame.left, xaxis._offset, xaxis._length)).sort((p, q) => p - q);
    const ys = [down, event].map(({ clientY }) => cut(clientY - frame.top, yaxis._offset, yaxis._length)).sort((p, q) => p - q);
    Object.assign(element.style, { left: `${xs[0]}px`, top: `${ys[0]}px`, width: `${xs[1] - xs[0]}px`, height: `${ys[1] - ys[0]}px` });
    element.hidden = false;
    this.drawnBox = { low: { clientX: frame.left + xs[0], clientY: frame.top + ys[1] }, high: { clientX: frame.left + xs[1], clientY: frame.top + ys[0] },
      enough: Math.min(xs[1] - xs[0], ys[1] - ys[0]) >= SMALLEST };
  }

  lifted(event) {
    const { down, picture, busy, drawnBox } = this, { view } = this;
    this.let_go();
    if (busy) {
      if (drawnBox?.enough) {
        const [low, high] = [view.lens.under(drawnBox.low), view.lens.under(drawnBox.high)];
        view.lens.want([low.a, high.a, low.b, high.b]);
      }
      return;
    }
    const still = down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < STILL && down.button === 0;
    const place = still && this.under(event, picture);
    if (place) this.start(place);
  }

  let_go() {
    this.down = this.picture = this.pinch = this.drawnBox = undefined;
    this.busy = this.boxed = false;
    this.view.root.classList.remove('lv-panning');
    this.view.find('.lv-box').hidden = true;
  }

  start({ a, b }) {
    if (this.view.data?.clickable && Number.isFinite(a) && Number.isFinite(b)) this.view.send('start', { a, b });
  }

  under(event, picture) {  // the point of the landscape under the pointer
    const { relief, contour, lens } = this.view;
    if (picture === contour) return lens.under(event)?.inside ? lens.under(event) : undefined;
    const scene = this.view.scene(), ground = relief._fullData?.find(trace => trace.type === 'surface'), box = relief.getBoundingClientRect();
    if (picture !== relief || !scene || !ground) return undefined;
    const { bounds } = scene.glplot, limits = bounds.map(corner => corner.map((value, k) => value / scene.dataScale[k]));
    return struck(ground, projector(scene, relief), limits, event.clientX - box.left, event.clientY - box.top);
  }

  wheel(event, picture) {
    const zoomable = this.view.data?.zoomable;
    if (!event.ctrlKey && !event.metaKey) { event.stopPropagation(); return; }  // scrolling the page must not zoom
    if (!zoomable) return;
    event.preventDefault();
    event.stopPropagation();
    const turn = event.deltaY * (event.deltaMode === 1 ? 16 : 1), factor = Math.min(Math.max(Math.exp(turn * 0.01), 1 / NOTCH), NOTCH);  // a touchpad's steps are small
    this.view.lens.zoom(factor, this.under(event, picture));
  }

  fingers(event, picture) {
    if (event.touches.length !== 2 || !this.view.data?.zoomable || !this.view.lens.axes()) return;
    event.preventDefault();
    event.stopPropagation();
    this.down = undefined;
    const [one, two] = event.touches, middle = { clientX: (one.clientX + two.clientX) / 2, clientY: (one.clientY + two.clientY) / 2 };
    const apart = Math.max(Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY), 1), { lens } = this.view;
    if (!this.pinch) {
      this.pinch = { apart, at: this.under(middle, picture) ?? lens.center(), window: lens.shown() };
      this.busy = true;
      return;
    }
    lens.zoom(Math.min(Math.max(this.pinch.apart / apart, 0.05), 20), this.pinch.at, this.pinch.window);
  }

  // ---- keys -------------------------------------------------------------------------------------------------------------------

  key(event) {
    const { data, lens } = this.view;
    if (event.ctrlKey || event.metaKey || event.altKey || !data || !lens.axes()) return;
    const stride = event.shiftKey ? STRIDE : 1;
    const act = {
      ArrowLeft: () => this.step(-stride, 0), ArrowRight: () => this.step(stride, 0), ArrowDown: () => this.step(0, -stride), ArrowUp: () => this.step(0, stride),
      Enter: () => this.cross && this.start(this.cross), Escape: this.cross && (() => this.aim()),
      '+': () => lens.zoom(1 / NOTCH, this.cross), '=': () => lens.zoom(1 / NOTCH, this.cross), '-': () => lens.zoom(NOTCH, this.cross), 0: () => lens.whole(),
    }[event.key];
    if (!act || (event.key.startsWith('Arrow') && !data.clickable)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  step(columns, rows) {  // the crosshair sets out from the start, and moves by cells of the grid
    const { lens } = this.view, [a_lo, a_hi, b_lo, b_hi] = lens.shown(), ground = this.ground();
    const into = (value, low, high) => Number(Math.min(Math.max(value, low), high).toPrecision(12));  // no rounding's tail in a link
    if (!this.cross) {
      const path = this.view.data.contour.data.find(trace => trace.meta?.role === 'path'), a = path?.x[0] ?? NaN, b = path?.y[0] ?? NaN;
      const seen = a >= a_lo && a <= a_hi && b >= b_lo && b <= b_hi;
      this.aim(seen ? { a, b } : lens.center());
      return;
    }
    const { a, b } = this.cross;
    this.aim({ a: into(a + (columns * (a_hi - a_lo)) / (ground.x.length - 1), a_lo, a_hi), b: into(b + (rows * (b_hi - b_lo)) / (ground.y.length - 1), b_lo, b_hi) });
  }

  aim(place) {  // the crosshair on the map, a dot on the relief, and the place in words for a screen reader
    this.cross = place;
    this.follow();
    const { contour, relief } = this.view.data ?? {}, loss = place && this.at(this.ground().customdata, place);
    this.view.find('.lv-say').textContent = place
      ? `${contour.layout.xaxis.title.text} ${reading(place.a)}, ${contour.layout.yaxis.title.text} ${reading(place.b)}, ${relief.layout.scene.zaxis.title.text} ${reading(Number.isFinite(loss) ? loss : 'NaN')}` : '';
  }

  follow() {  // put the crosshair where its point is seen now
    const cross = this.view.find('.lv-cross'), { lens } = this.view;
    cross.hidden = !this.cross || !lens.axes();
    if (!this.cross || !lens.axes()) { this.dot(this.view.contour); return; }
    const { xaxis, yaxis } = lens.axes(), [x, y] = lens.onMap(this.cross);
    Object.assign(cross.style, { left: `${xaxis._offset}px`, top: `${yaxis._offset}px`, width: `${xaxis._length}px`, height: `${yaxis._length}px` });
    cross.style.setProperty('--x', `${x - xaxis._offset}px`);
    cross.style.setProperty('--y', `${y - yaxis._offset}px`);
    this.dot(this.view.contour, this.cross);
  }

  // ---- the same point on the other picture ------------------------------------------------------------------------------------

  ground() {
    return this.view.relief._fullData?.find(trace => trace.type === 'surface') ?? this.view.contour._fullData[0];
  }

  at(table, { a, b }) {  // a table of the grid's points at any place, linear between them
    const { x, y } = this.ground(), [i, right] = between(x, a), [j, up] = between(y, b);
    if (!table?.[j + 1]) return NaN;
    return (1 - up) * ((1 - right) * table[j][i] + right * table[j][i + 1]) + up * ((1 - right) * table[j + 1][i] + right * table[j + 1][i + 1]);
  }

  dot(seen, place) {  // a dot on one picture where the other is hovered
    const { relief, contour, lens } = this.view, other = seen === contour ? relief : contour, dot = other.parentElement.querySelector('.lv-dot');
    const at = place && (other === contour ? lens.onMap(place) : this.onRelief(place));
    dot.hidden = !at;
    if (at) dot.style.transform = `translate(${at[0]}px, ${at[1]}px)`;
  }

  onRelief(place) {
    const scene = this.view.scene(), z = scene && this.at(this.ground().z, place);
    if (!Number.isFinite(z)) return undefined;
    const [x, y, w] = projector(scene, this.view.relief)(place.a, place.b, z);
    return w > 0 ? [x, y] : undefined;
  }
}

function between(list, value) {  // the cell of an ascending list that a value is in, and how far along
  const k = Math.min(Math.max([...list].findLastIndex(low => low <= value), 0), list.length - 2);
  return [k, (value - list[k]) / (list[k + 1] - list[k])];
}
