// The table: what is known of each line, between the rows of pictures; every column explains itself when asked.

import { drawing, node } from './element.js';

export class Table {
  constructor(bubble) {
    this.bubble = bubble;
    this.box = node('section', { className: 'lv-sheet' });
  }

  take(table, words) {  // left alone where it says the same: a reader may have one of its explanations open
    this.before = table?.before;
    const said = JSON.stringify(table);
    if (said === this.said) return;
    this.said = said;
    this.there = Boolean(table);
    if (!table) { this.box.remove(); return; }
    const grid = node('table'), head = node('tr');
    head.append(node('td'), ...table.columns.map(column => this.column(column, words)));
    grid.append(node('thead'), node('tbody'));
    grid.tHead.append(head);
    grid.tBodies[0].append(...table.rows.map(row => this.row(row)));
    const wide = node('div', { className: 'lv-wide', tabIndex: 0 });
    wide.setAttribute('role', 'region');
    wide.setAttribute('aria-label', table.title);
    wide.append(grid);
    this.box.replaceChildren(node('h3', { className: 'lv-row' }, table.title), wide, node('div', { className: 'lv-panel-note' }, table.note));
    this.bubble.part();
  }

  column([label, info], words) {
    const cell = node('th', { scope: 'col' }), inner = node('span', {}, label), ask = node('button', { type: 'button', className: 'lv-info' }, 'i');
    ask.setAttribute('aria-label', `${words.info} ${label}`);
    this.bubble.on(ask, () => info);
    inner.append(ask);
    cell.append(inner);
    return cell;
  }

  row({ label, cells, color, dash }) {
    const row = node('tr'), name = node('th', { scope: 'row' }), chip = node('span', { className: 'lv-chip' });
    if (color) {
      const icon = drawing('0 0 28 8', 'M1 4H27');
      icon.style.stroke = color;
      icon.firstChild.style.strokeDasharray = dash === 'solid' ? 'none' : dash.replaceAll('px', '');
      chip.append(icon);
    }
    chip.append(node('span', {}, label));
    name.append(chip);
    row.append(name, ...cells.map(([text, tone]) => {
      const cell = node('td', {}, text);
      cell.dataset.tone = tone;
      return cell;
    }));
    return row;
  }
}
