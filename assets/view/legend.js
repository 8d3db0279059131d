// The legend: each path with its loss now, then what the marks on the map mean.

import { drawing, node } from './element.js';
import { reading } from './numbers.js';

const SHAPES = {
  circle: 'M6 1a5 5 0 1 0 .01 0z', 'circle-dot': 'M6 1a5 5 0 1 0 .01 0zM6 5.5v1', 'circle-cross': 'M6 1a5 5 0 1 0 .01 0zM6 1v10M1 6h10',
  diamond: 'M6 .6L11.4 6 6 11.4.6 6z', 'diamond-x': 'M6 .6L11.4 6 6 11.4.6 6zM3.5 3.5l5 5M3.5 8.5l5-5', 'square-x': 'M1.5 1.5h9v9h-9zM1.5 1.5l9 9M1.5 10.5l9-9',
  'x-thin': 'M2 2l8 8M2 10l8-8', square: 'M1.5 1.5h9v9h-9z', star: 'M6 .5l1.4 3.9 4.1.1-3.3 2.5 1.2 4L6 8.7 2.6 11l1.2-4L.5 4.5l4.1-.1z',
};

export class Legend {
  constructor(list) {
    this.list = list;
  }

  show(chips, paths, map, hint) {  // `map` is the figure whose marks it explains, if there is one
    const marks = (map?.data ?? []).filter(trace => trace.meta?.role === 'mark' && trace.name);
    const said = JSON.stringify([chips.map(({ value, ...chip }) => chip), paths.map(({ losses, ...path }) => path), hint, marks.map(({ name, marker }) => [name, marker])]);
    this.paths = paths;
    if (said !== this.said) this.build(chips, marks, hint);  // left alone while only its numbers change, as they do under a hand
    this.said = said;
    chips.forEach(({ value }, k) => { if (this.values[k].textContent !== value) this.values[k].textContent = value; });
  }

  build(chips, marks, hint) {
    [this.values, this.losses] = [chips, this.paths].map(list => list.map(() => node('b')));
    this.list.replaceChildren(
      ...chips.map((chip, k) => this.path(chip, this.values[k])), ...this.paths.map((path, k) => this.path(path, this.losses[k])), node('span', { className: 'lv-gap' }),
      ...(hint ? [node('span', { className: 'lv-chip lv-mark' }, hint)] : []), ...marks.map(trace => this.mark(trace)));
  }

  path(path, loss) {
    const chip = node('span', { className: 'lv-chip' }), icon = drawing('0 0 28 8', 'M1 4H27');
    icon.style.stroke = path.color;
    icon.firstChild.style.strokeDasharray = path.dash === 'solid' ? 'none' : path.dash.replaceAll('px', '');
    chip.append(icon, node('span', {}, path.label), loss);
    return chip;
  }

  mark(trace) {
    const chip = node('span', { className: 'lv-chip lv-mark' }), { symbol, color, line } = trace.marker, icon = drawing('0 0 12 12', SHAPES[symbol] ?? SHAPES.circle);
    const hollow = color.startsWith('rgba');
    icon.style.fill = hollow ? 'none' : color;
    icon.style.stroke = hollow ? 'currentColor' : line.color;
    chip.append(icon, node('span', {}, trace.name));
    return chip;
  }

  at(step) {
    this.paths.forEach((path, k) => { this.losses[k].textContent = reading(path.losses[Math.min(step, path.losses.length - 1)]); });
  }
}
