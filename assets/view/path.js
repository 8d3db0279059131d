// Paths in relief and contour: their traces as they are at a step, a line up to it and a head on it; told apart by their meta.

export const moves = trace => trace.meta?.role === 'path' || trace.meta?.role === 'head';

export function upTo(traces, step) {
  return traces.map(trace => {
    const { role, path } = trace.meta ?? {};
    if (role === 'path') return { ...trace, ...slice(trace, 0, step + 1) };
    if (role !== 'head') return trace;
    const line = traces.find(other => other.meta?.role === 'path' && other.meta.path === path), last = Math.min(step, line.x.length - 1);
    return { ...trace, ...slice(line, last, last + 1) };
  });
}

export function behind(div, now) {  // the indices of traces that move, if Plotly draws one of them elsewhere than `now` says
  const moving = [...now.keys()].filter(k => moves(now[k])), { data } = div;
  return moving.some(k => now[k].x.length !== data[k].x.length || !Object.is(now[k].x.at(-1), data[k].x.at(-1))) ? moving : [];
}

export function outline(count, at) {  // an SVG path through at(0), at(1), ..., broken where there is no place
  let text = '', open = false;
  for (let k = 0; k < count; k++) {
    const place = at(k);
    if (place) text += `${open ? 'L' : 'M'}${place}`;
    open = Boolean(place);
  }
  return text || 'M0,0';
}

function slice({ x, y, z }, from, to) {
  return { x: x.slice(from, to), y: y.slice(from, to), ...(z && { z: z.slice(from, to) }) };
}
