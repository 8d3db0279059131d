// The relief: a surface in space with its paths; all reliefs of a page are looked at from one side.

import { behind, moves, upTo } from './path.js';
import { Picture } from './picture.js';
import { amend, camera, ground, look, moveInSpace, space } from './plotly.js';
import { projector, struck } from './ray.js';

const BREATH = 400;  // ms between two pictures of the relief while it plays, where the processor has to draw it
const LOST = 250;  // ms after the loss of the graphics card until it is asked for again

export function webGL() {  // null without WebGL, else how many pixels to draw for one of the page
  const gl = document.createElement('canvas').getContext('webgl');
  if (!gl) return null;
  const known = gl.getExtension('WEBGL_debug_renderer_info');
  const software = /swiftshader|llvmpipe|software|basic render/i.test(gl.getParameter(known ? known.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
  gl.getExtension('WEBGL_lose_context')?.loseContext();  // browsers allow only a handful of contexts a page
  return software ? 1 : 2;  // twice as many smooth the edges
}

export class Relief extends Picture {
  constructor(view, item) {
    super(view, item);
    this.dot = this.over('i', 'lv-dot');
    view.hands.adopt(this);
  }

  get able() { return Boolean(this.view.sharpness); }

  async draw(Plotly, figure) {
    if (!this.able) return;
    await super.draw(Plotly, figure);
    if (!this.closed) amend(this.div, () => this.revive());
  }

  traces(step) { return upTo(this.figure.data, step); }

  layout(layout) {
    const kept = [this, ...this.others()].map(({ div }) => camera(div)).find(Boolean) ?? this.seen;
    return kept ? { ...layout, scene: { ...layout.scene, camera: kept } } : layout;
  }

  others() { return this.view.of('relief').filter(other => other !== this); }

  listen() {
    const turn = () => { for (const other of this.others()) look(other.div, camera(this.div)); };
    for (const name of ['plotly_relayout', 'plotly_relayouting']) this.div.on(name, turn);
    this.view.hands.listen(this);
  }

  at(step) {
    if (!this.shows || this.rest()) return;
    moveInSpace(this.div, [...this.traces(step).entries()].filter(([, trace]) => moves(trace)));
  }

  rest() {  // between two pictures while it plays
    const { sharpness, playhead } = this.view, now = performance.now();
    if (sharpness === 1 && playhead.playing && now - (this.drawn ?? 0) < BREATH) return true;
    this.drawn = now;
    return false;
  }

  settle(step) {
    if (!this.shows) return;
    const now = this.traces(step), moving = behind(this.div, now);
    if (moving.length) this.restyle(Object.fromEntries([...'xyz'].map(side => [side, moving.map(k => now[k][side])])), moving);
  }

  restyle(values, traces) {
    const seen = camera(this.div);
    if (seen) this.div.layout.scene.camera = seen;
    return super.restyle(values, traces);
  }

  reset() {
    if (this.shows) window.Plotly.relayout(this.div, { 'scene.camera': structuredClone(this.figure.layout.scene.camera) });
  }

  revive() {  // the browser took the graphics card away, as after sleep; only a new canvas brings the relief back
    setTimeout(() => {
      if (this.closed) return;
      this.seen = camera(this.div) ?? this.seen;
      this.purge();
      this.view.redraw();
    }, LOST);
  }

  // ---- where things are on it -------------------------------------------------------------------------------------------------

  under({ clientX, clientY }) {  // the point of the landscape under the pointer
    const seen = space(this.div), surface = ground(this.div), box = this.div.getBoundingClientRect();
    return seen && surface && struck(surface, projector(seen, this.div), seen.bounds, clientX - box.left, clientY - box.top);
  }

  spot({ a, b }, height) {  // the pixel of a point of the surface
    const seen = space(this.div);
    if (!seen || !Number.isFinite(height)) return undefined;
    const [x, y, w] = projector(seen, this.div)(a, b, height);
    return w > 0 ? [x, y] : undefined;
  }
}
