// The playhead: which step all pictures show, and the bar that plays it, without a rerun.

import { node } from './element.js';

const SPEEDS = [0.5, 1, 2, 4];
const SHORTEST = 3, LONGEST = 8, STEPS_A_SECOND = 40;  // seconds a whole run takes at speed 1, by its length
const WORDS = { reset: 'reset', back: 'back', forward: 'forward' };

export class Playhead {
  constructor(bar, signal, moved) {  // moved(step) shows another step
    this.bar = bar;
    this.moved = moved;
    this.find = name => bar.querySelector(name);
    this.step = this.steps = 0;
    this.speed = 1;
    this.playing = false;
    this.wire(signal);
  }

  close() {
    this.closed = true;
    cancelAnimationFrame(this.frame);
  }

  take(timeline, words) {
    const { run = '', steps = 0, rest = steps, name = '', labels = [] } = timeline ?? {}, first = !this.words, anew = this.run !== run;
    Object.assign(this, { run, steps, rest, name, labels, words, still: !steps });
    if (first) {
      this.wantsPlay = !matchMedia('(prefers-reduced-motion: reduce)').matches && steps > 0;
      this.step = this.wantsPlay ? 0 : rest;
    } else if (anew) {
      this.step = this.playing || this.wantsPlay ? 0 : rest;
      this.began = undefined;
    }
    this.step = Math.min(this.step, steps);
    if (!steps) this.playing = false;
    this.label();
    this.readout();
  }

  // ---- the bar ----------------------------------------------------------------------------------------------------------------

  wire(signal) {
    const on = (target, name, act) => target.addEventListener(name, act, { signal });
    const acts = { reset: () => this.go(0), back: () => this.go(this.step - 1), forward: () => this.go(this.step + 1), play: () => (this.playing ? this.pause() : this.play()) };
    for (const [act, does] of Object.entries(acts)) on(this.find(`[data-do="${act}"]`), 'click', does);
    on(this.find('.lv-scrubber'), 'input', event => this.go(Number(event.target.value)));
    on(this.bar, 'keydown', event => {
      const act = { ' ': acts.play, ArrowLeft: acts.back, ArrowRight: acts.forward }[event.key];
      if (!act || this.still || event.ctrlKey || event.metaKey || event.altKey || (event.key === ' ' && event.target.matches('button'))) return;
      event.preventDefault();
      act();
    });
    this.find('.lv-speeds').replaceChildren(...SPEEDS.map(speed => {
      const button = node('button', { type: 'button', value: speed }, `${speed}×`);
      button.onclick = () => { this.speed = speed; this.began = undefined; this.buttons(); };
      return button;
    }));
  }

  label() {
    const { words } = this, name = (element, word) => element.setAttribute('aria-label', word);
    for (const [act, word] of Object.entries(WORDS)) {
      const button = this.find(`[data-do="${act}"]`);
      button.title = words[word];
      name(button, words[word]);
    }
    name(this.find('.lv-scrubber'), words.scrubber);
    name(this.find('.lv-speeds'), words.speed);
    name(this.bar, words.transport_label);
    this.bar.classList.toggle('lv-still', this.still);  // without a step nothing but the legend is left of it
    this.bar.tabIndex = this.still ? -1 : 0;
    this.buttons();
  }

  buttons() {
    const play = this.find('.lv-play'), word = this.words[this.playing ? 'pause' : 'play'];
    play.dataset.playing = this.playing;
    play.setAttribute('aria-label', word);
    play.title = word;
    for (const button of this.find('.lv-speeds').children) button.setAttribute('aria-pressed', String(Number(button.value) === this.speed));
  }

  readout() {
    const { step, steps, words, labels } = this, bar = this.find('.lv-scrubber'), width = String(steps).length;
    bar.max = steps;
    bar.value = step;
    const said = labels.length ? `${this.name} = ${labels[step]}` : undefined;
    bar.setAttribute('aria-valuetext', said ?? `${words.step} ${step}/${steps}`);
    bar.style.setProperty('--lv-done', `${steps ? (100 * step) / steps : 0}%`);
    this.find('.lv-step').textContent = said ?? `${words.step} ${String(step).padStart(width, '\u2007')}/${steps}`;
    this.find('.lv-step').style.minWidth = labels.length ? `${this.name.length + 3 + Math.max(...labels.map(label => label.length))}ch` : '';
  }

  // ---- its motion -------------------------------------------------------------------------------------------------------------

  place(step) {
    this.step = step;
    this.readout();
    this.moved(step);
  }

  begin() {  // what the first pictures have waited for
    if (this.wantsPlay) this.play(this.rest);
    this.wantsPlay = false;
  }

  play(until = this.steps) {
    if (this.steps === 0) return;
    this.until = until;
    if (this.step >= this.steps) this.step = 0;
    this.playing = true;
    this.began = undefined;
    this.buttons();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(now => this.tick(now));
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
    this.buttons();
  }

  tick(now) {
    if (!this.playing || this.closed) return;
    const { steps } = this, until = Math.min(this.until, steps), rate = (steps * this.speed) / (Math.min(Math.max(steps / STEPS_A_SECOND, SHORTEST), LONGEST) * 1000);
    this.began ??= now - this.step / rate;
    const step = Math.min(until, Math.max(0, Math.floor((now - this.began) * rate)));
    if (step >= until) this.pause();
    if (step !== this.step) this.place(step);
    if (this.playing) this.frame = requestAnimationFrame(later => this.tick(later));
  }

  go(step) {
    this.wantsPlay = false;
    this.pause();
    this.place(Math.min(Math.max(step, 0), this.steps));
  }
}
