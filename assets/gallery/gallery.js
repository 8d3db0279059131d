// The gallery: a line of words, and a row of pictures that asks Python for the scene that is clicked. Each is a link of its own as well.
// "laid": the row has its place in the page; "folded": it has none; "over": it lies over the page.

const done = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector('.lg'), find = name => root.querySelector(name), button = find('.lg-open');
  const turn = state => {
    root.dataset.state = state;
    button.setAttribute('aria-expanded', String(state !== 'folded'));
  };
  const pick = key => event => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;  // another tab or window: the link's own way
    event.preventDefault();
    turn('folded');
    button.focus({ preventScroll: true });
    setTriggerValue('picked', key);
  };

  if (!done.has(root)) {
    const end = new AbortController(), on = (target, name, act) => target.addEventListener(name, act, { signal: end.signal });
    done.set(root, end);
    turn(data.unfolded ? 'laid' : 'folded');
    on(button, 'click', () => turn(root.dataset.state === 'folded' ? 'over' : 'folded'));
    on(root, 'keydown', event => { if (event.key === 'Escape' && root.dataset.state === 'over') { turn('folded'); button.focus(); } });
    on(root, 'focusout', event => { if (root.dataset.state === 'over' && event.relatedTarget && !root.contains(event.relatedTarget)) turn('folded'); });
    on(window, 'pointerdown', event => { if (root.dataset.state === 'over' && !root.contains(event.target)) turn('folded'); });
  }

  button.querySelector('span').textContent = data.words.open;
  root.setAttribute('aria-label', data.words.tiles);
  const words = find('.lg-words');
  words.replaceChildren(...(data.title ? [node('b', {}, data.title)] : []), data.line);
  words.title = data.line;
  renew(find('.lg-tiles'), data.tiles.map(item => {
    const picture = node('img', { src: new URL(item.picture, document.baseURI).href, alt: item.alt, width: 144, height: 72 });
    return Object.assign(anchor(item, data.shown, pick, picture, node('span', {}, item.title)), { className: 'lg-tile', title: item.note });
  }));
  return () => { done.get(root)?.abort(); done.delete(root); };
}

function anchor({ key, link }, shown, pick, ...content) {
  const element = node('a', { href: new URL(link, location.href.split(/[?#]/)[0]).href, onclick: pick(key) });
  if (key === shown) element.setAttribute('aria-current', 'true');
  element.append(...content);
  return element;
}

function renew(list, elements) {  // what is there already stays, and so does the focus
  while (list.children.length > elements.length) list.lastElementChild.remove();
  elements.forEach((element, k) => {
    const old = list.children[k];
    if (!old) return list.append(element);
    for (const { name, value } of element.attributes) old.setAttribute(name, value);
    if (!element.hasAttribute('aria-current')) old.removeAttribute('aria-current');
    if (old.innerHTML !== element.innerHTML) old.replaceChildren(...element.childNodes);
    return Object.assign(old, { onclick: element.onclick });
  });
}

function node(tag, properties = {}, text) {
  const element = Object.assign(document.createElement(tag), properties);
  if (text !== undefined) element.textContent = text;
  return element;
}
