// Hands on the pictures: click, drag, wheel, two fingers and keys. A click starts there, a drag on the map moves it, Shift draws a box to
// zoom into, Ctrl and the wheel or two fingers zoom; arrow keys move a crosshair, Enter starts at it.

import { frame, ground } from './plotly.js';
import { reading } from './numbers.js';

const STILL = 4;  // pixels: a pointer that moved less between down and up has clicked
const SMALLEST = 8;  // pixels: a box smaller than this was none
const NOTCH = 1.25;  // the zoom of one turn of the wheel, and of one key
const STRIDE = 10;  // cells that Shift and an arrow key move by

export class Hands {
  constructor(view) {
    this.view = view;
    this.busy = false;  // a hand is moving the window
    const on = (target, name, act) => target.addEventListener(name, act, { signal: view.done.signal, capture: true });
    on(view.root, 'pointerdown', event => this.pressed(event));  // what lies under the pointer may be redrawn before it is lifted
    on(window, 'pointermove', event => this.dragged(event));
    on(window, 'pointerup', event => this.lifted(event));
    on(window, 'pointercancel', () => this.letGo());
  }

  hold(contour, relief) {  // The pair that hands work on: the first contour linked by plane with the first relief linked by plane.
    if (this.contour !== contour || this.relief !== relief) this.letGo();  // of what is no longer there
    if (this.contour !== contour) this.cross = undefined;
    Object.assign(this, { contour, relief });
    for (const picture of [...this.view.of('relief'), ...this.view.of('contour')]) this.offer(picture);
  }

  offer(picture) {  // to the keyboard, where keys do something: they move what is seen on the contour
    const { div } = picture, keys = Boolean(this.contour) && this.holds(picture);
    div.setAttribute('role', keys ? 'application' : 'img');
    if (keys) div.tabIndex = 0;
    else for (const name of ['tabindex', 'aria-description']) div.removeAttribute(name);
  }

  adopt(picture) {  // a relief or a contour that is new on the page
    const { frame, div } = picture, held = act => event => { if (this.holds(picture)) act(event); };
    picture.on(frame, 'wheel', event => this.wheel(event, picture), { capture: true, passive: false });
    for (const name of ['touchstart', 'touchmove']) picture.on(frame, name, held(event => this.fingers(event, picture)), { capture: true, passive: false });
    picture.on(frame, 'touchend', event => { if (this.pinch && event.touches.length < 2) this.letGo(); }, { capture: true });
    picture.on(div, 'keydown', held(event => this.key(event)));
    picture.on(div, 'blur', held(() => this.aim()));
  }

  holds(picture) {
    return picture && (picture === this.contour || picture === this.relief);
  }

  listen(picture) {  // to Plotly's own events
    if (!picture.links.has('plane')) return;
    picture.div.on('plotly_hover', ({ points: [{ x, y }] }) => this.show({ a: x, b: y }, picture));
    picture.div.on('plotly_unhover', () => this.show(undefined, picture));
  }

  // ---- pointers ---------------------------------------------------------------------------------------------------------------

  pressed(event) {
    const { lens } = this.view, picture = [this.contour, this.relief].find(picture => picture?.div.contains(event.target));
    this.down = event;
    this.picture = picture;
    if (!picture || event.button !== 0) return;
    picture.div.focus({ preventScroll: true });
    this.from = lens.ready && lens.shown();
  }

  dragged(event) {
    const { down, view } = this;
    if (down && !event.buttons) return this.letGo();  // it was let go where the page could not see it
    if (!down || this.picture !== this.contour || down.button !== 0 || event.pointerType === 'touch' || !this.from || !view.data?.zoomable) return;
    const x = event.clientX - down.clientX, y = event.clientY - down.clientY;
    if (!this.busy && (Math.hypot(x, y) < STILL || !this.contour.under(down).inside)) return;
    if (!this.busy) this.boxed = down.shiftKey;
    this.busy = true;
    view.root.classList.toggle('lv-panning', !this.boxed);
    const { width, height } = frame(this.contour.div);
    if (this.boxed) this.select(down, event);
    else view.lens.pan(this.from, x / width, y / height);
  }

  select(down, event) {  // the rectangle drawn with Shift, cut to the map's frame
    const { left, top, width, height } = frame(this.contour.div), map = this.contour.div.getBoundingClientRect();
    const cut = (value, offset, length) => Math.min(Math.max(value, offset), offset + length), { selection } = this.contour;
    const xs = [down, event].map(({ clientX }) => cut(clientX - map.left, left, width)).sort((p, q) => p - q);
    const ys = [down, event].map(({ clientY }) => cut(clientY - map.top, top, height)).sort((p, q) => p - q);
    Object.assign(selection.style, { left: `${xs[0]}px`, top: `${ys[0]}px`, width: `${xs[1] - xs[0]}px`, height: `${ys[1] - ys[0]}px` });
    selection.hidden = false;
    this.selected = { low: { clientX: map.left + xs[0], clientY: map.top + ys[1] }, high: { clientX: map.left + xs[1], clientY: map.top + ys[0] },
      enough: Math.min(xs[1] - xs[0], ys[1] - ys[0]) >= SMALLEST };
  }

  lifted(event) {
    const { down, picture, busy, selected, view } = this;
    this.letGo();
    if (busy) {
      if (selected?.enough) {
        const [low, high] = [this.contour.under(selected.low), this.contour.under(selected.high)];
        view.lens.want([low.a, high.a, low.b, high.b]);
      }
      return;
    }
    const still = down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < STILL && down.button === 0;
    const place = still && this.under(event, picture);
    if (place) this.start(place, picture);
  }

  letGo() {
    this.down = this.picture = this.pinch = this.selected = undefined;
    this.busy = this.boxed = false;
    this.view.root.classList.remove('lv-panning');
    if (this.contour) this.contour.selection.hidden = true;
  }

  start({ a, b }, picture) {
    if (this.view.data?.clickable && Number.isFinite(a) && Number.isFinite(b)) this.view.send('placed', { picture: picture.key, a, b });
  }

  under(event, picture) {  // the point of the landscape under the pointer
    const place = picture?.under(event);
    return place?.inside === false ? undefined : place;
  }

  wheel(event, picture) {
    const zoomable = this.view.data?.zoomable;
    if (!event.ctrlKey && !event.metaKey) { event.stopPropagation(); return; }  // scrolling the page must not zoom
    if (!zoomable || !this.holds(picture)) return;
    event.preventDefault();
    event.stopPropagation();
    const turn = event.deltaY * (event.deltaMode === 1 ? 16 : 1), factor = Math.min(Math.max(Math.exp(turn * 0.01), 1 / NOTCH), NOTCH);  // a touchpad's steps are small
    this.view.lens.zoom(factor, this.under(event, picture));
  }

  fingers(event, picture) {
    if (event.touches.length !== 2 || !this.view.data?.zoomable || !this.view.lens.ready) return;
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
    if (event.ctrlKey || event.metaKey || event.altKey || !data || !lens.ready) return;
    const stride = event.shiftKey ? STRIDE : 1;
    const act = {
      ArrowLeft: () => this.step(-stride, 0), ArrowRight: () => this.step(stride, 0), ArrowDown: () => this.step(0, -stride), ArrowUp: () => this.step(0, stride),
      Enter: () => this.cross && this.start(this.cross, this.contour), Escape: this.cross && (() => this.aim()),
      '+': () => lens.zoom(1 / NOTCH, this.cross), '=': () => lens.zoom(1 / NOTCH, this.cross), '-': () => lens.zoom(NOTCH, this.cross), 0: () => lens.whole(),
    }[event.key];
    if (!act || (event.key.startsWith('Arrow') && !data.clickable)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  step(columns, rows) {  // the crosshair sets out from the start, and moves by cells of the grid
    const { lens } = this.view, [a_lo, a_hi, b_lo, b_hi] = lens.shown(), { x, y } = this.ground();
    const into = (value, low, high) => Number(Math.min(Math.max(value, low), high).toPrecision(12));  // no rounding's tail in a link
    if (!this.cross) {
      const path = this.contour.figure.data.find(trace => trace.meta?.role === 'path'), a = path?.x[0] ?? NaN, b = path?.y[0] ?? NaN;
      const seen = a >= a_lo && a <= a_hi && b >= b_lo && b <= b_hi;
      this.aim(seen ? { a, b } : lens.center());
      return;
    }
    const { a, b } = this.cross;
    this.aim({ a: into(a + (columns * (a_hi - a_lo)) / (x.length - 1), a_lo, a_hi), b: into(b + (rows * (b_hi - b_lo)) / (y.length - 1), b_lo, b_hi) });
  }

  aim(place) {  // the crosshair on the map, a dot on the relief, and the place in words for a screen reader
    this.cross = place;
    this.follow();
    const grid = this.ground(), loss = place && at(grid, grid.customdata, place);
    this.view.say(place ? [...this.names().entries()].map(([k, name]) => `${name} ${reading([place.a, place.b, Number.isFinite(loss) ? loss : 'NaN'][k])}`).join(', ') : '');
  }

  names() {  // of the plane's coordinates and of what is shown over it
    const { layout, data } = this.contour.figure, bar = data.find(trace => trace.meta?.role === 'ground').colorbar;
    return [layout.xaxis.title.text, layout.yaxis.title.text, this.relief?.item.figure.layout.scene.zaxis.title.text ?? bar.title.text];
  }

  follow() {  // put the crosshair where its point is seen now
    if (!this.contour) { this.show(); return; }
    const { cross, div } = this.contour, place = this.view.lens.ready ? this.cross : undefined;
    cross.hidden = !place;
    this.show(place, this.contour);
    if (!place) return;
    const { left, top, width, height } = frame(div), [x, y] = this.contour.spot(place);
    Object.assign(cross.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    cross.style.setProperty('--x', `${x - left}px`);
    cross.style.setProperty('--y', `${y - top}px`);
  }

  // ---- the same point on the other pictures -----------------------------------------------------------------------------------

  ground() {
    return (this.relief && ground(this.relief.div)) ?? ground(this.contour.div);
  }

  show(place, seen) {  // a dot on every other picture of the plane where one is hovered
    for (const picture of [...this.view.of('relief'), ...this.view.of('contour')]) {
      if (picture === seen || !picture.links.has('plane')) continue;
      const grid = place && picture.kind === 'relief' ? ground(picture.div) : undefined;
      const spot = place && picture.spot(place, grid && at(grid, grid.z, place));
      picture.dot.hidden = !spot;
      if (spot) picture.dot.style.transform = `translate(${spot[0]}px, ${spot[1]}px)`;
    }
  }
}

function at({ x, y }, table, { a, b }) {  // a table of a grid's points at any place, linear between them
  const [i, right] = between(x, a), [j, up] = between(y, b);
  if (!table?.[j + 1]) return NaN;
  return (1 - up) * ((1 - right) * table[j][i] + right * table[j][i + 1]) + up * ((1 - right) * table[j + 1][i] + right * table[j + 1][i + 1]);
}

function between(list, value) {  // the cell of an ascending list that a value is in, and how far along
  const k = Math.min(Math.max([...list].findLastIndex(low => low <= value), 0), list.length - 2);
  return [k, (value - list[k]) / (list[k + 1] - list[k])];
}
