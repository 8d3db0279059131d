// The page's theme, and a figure's layout in it.

export function readTheme(root) {
  const style = getComputedStyle(root), get = (name, other) => style.getPropertyValue(name).trim() || other;
  const text = get('--st-text-color', '#31333f'), page = get('--st-background-color', '#ffffff');
  return { text, page, font: get('--st-font', 'sans-serif'), grid: blend(text, page, 0.1), line: blend(text, page, 0.3), soft: blend(text, page, 0.74) };
}

export function themed(layout, { text, page, font, grid, line, soft }) {
  const out = { ...layout }, axis = old => ({ ...old, gridcolor: grid, zerolinecolor: line, linecolor: line, color: soft });
  out.font = { ...layout.font, family: font, color: soft };
  out.hoverlabel = { bgcolor: page, bordercolor: line, font: { color: text, family: font, size: 12 }, align: 'left' };
  for (const name of Object.keys(layout)) if (/^[xy]axis\d*$/.test(name)) out[name] = axis(layout[name]);
  if (layout.scene) out.scene = { ...layout.scene, ...Object.fromEntries(['xaxis', 'yaxis', 'zaxis'].map(name => [name, axis(layout.scene[name])])) };
  return out;
}

function blend(ink, page, share) {  // opaque, because WebGL axes ignore transparency
  const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  for (const [color, alpha] of [[page, 1], [ink, share]]) {
    paint.globalAlpha = alpha;
    paint.fillStyle = color;
    paint.fillRect(0, 0, 1, 1);
  }
  const [r, g, b] = paint.getImageData(0, 0, 1, 1).data;
  return `rgb(${r},${g},${b})`;
}
