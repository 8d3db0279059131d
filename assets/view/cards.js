// Cards: the numbers under the pictures, some with an explanation to be asked for.

import { node } from './element.js';

function unbroken(text) {  // its parts, where no line ends within a number such as 8.2e-4
  return text.split(/([\d.]+e-\d+)/).map((part, k) => (k % 2 ? node('span', { className: 'lv-whole' }, part) : part));
}

export class Cards {
  constructor(list, bubble) {
    this.list = list;
    this.bubble = bubble;
  }

  show(facts, words) {  // left alone where they say the same: a reader may have one of their explanations open
    const said = JSON.stringify([facts, words.info]), asks = () => [...this.list.querySelectorAll('.lv-info')];
    if (said === this.said) return;
    this.said = said;
    const focused = asks().indexOf(document.activeElement);
    this.list.replaceChildren(...facts.map(fact => this.card(fact, words)));
    this.bubble.part();
    asks()[focused]?.focus({ preventScroll: true });
  }

  card(fact, words) {
    const card = node('div', { className: 'lv-fact' }), label = node('span', { className: 'lv-fact-label' }, fact.label);
    card.dataset.tone = fact.tone;
    if (fact.info) {
      const ask = node('button', { type: 'button', className: 'lv-info' }, 'i');
      ask.setAttribute('aria-label', `${words.info} ${fact.label}`);
      this.bubble.on(ask, () => fact.info);
      label.append(ask);
    }
    const note = node('span', { className: 'lv-fact-note' });
    note.append(...unbroken(fact.note));
    card.append(label, node('span', { className: 'lv-fact-value' }, fact.value), note);
    return card;
  }
}
