// Rows: small pictures that stand side by side under one heading, whatever the width of the page would have room for.

import { node } from './element.js';

const COLUMNS = 12;  // that the pictures of a row share

export function inRows(pictures, list) {  // the elements of a list: the boxes of its pictures, with the headings of their rows
  const headings = new Map([...list.querySelectorAll('.lv-row')].map(heading => [heading.textContent, heading])), kept = new Set();
  list.classList.toggle('lv-rows', pictures.some(({ item }) => item.row));
  const elements = pictures.flatMap(({ box, item: { row } }) => {
    if (!row) return [box];
    box.style.setProperty('--span', COLUMNS / pictures.filter(other => other.item.row === row).length);
    if (kept.has(row)) return [box];
    kept.add(row);
    return [headings.get(row) ?? node('h3', { className: 'lv-row' }, row), box];
  });
  for (const [row, heading] of headings) if (!kept.has(row)) heading.remove();
  return elements;
}
