// Tools: the buttons that lie on the relief, and the sentence that stands where it cannot be drawn.

export class Tools {
  constructor(view) {
    this.view = view;
    [this.message, this.bar] = ['.lv-message', '.lv-tools'].map(view.find);  // each lies on a picture that may come and go
    [this.help, this.whole, this.camera] = this.bar.children;
    const on = (button, act) => button.addEventListener('click', act, { signal: view.done.signal });
    on(this.camera, () => { for (const relief of view.of('relief')) relief.reset(); });
    on(this.whole, () => view.lens.whole());
  }

  close() {  // back to where they came from
    this.view.root.prepend(this.message, this.bar);
  }

  hold(contour, relief) {  // on the relief, or else where there is room for them
    const host = [relief, contour].find(picture => picture?.size === 'large')?.frame;
    this.pictures = contour ? [contour, relief].filter(Boolean) : [];  // that keys do something on
    if (host && this.bar.parentElement !== host) host.append(this.bar);
    if (!host) this.bar.remove();
    if (relief?.size === 'large') this.bar.before(this.message);
    else this.view.root.prepend(this.message);
  }

  take({ words, clickable }) {
    for (const [button, word] of [[this.camera, words.reset_camera], [this.whole, words.whole]]) {
      button.title = word;
      button.setAttribute('aria-label', word);
    }
    this.help.setAttribute('aria-label', words.help);
    this.help.hidden = !clickable;
    this.view.bubble.on(this.help, () => words.hands);
    for (const picture of this.pictures) picture.div.setAttribute('aria-description', clickable ? words.keys : '');
    this.view.root.classList.toggle('lv-clickable', Boolean(clickable));
    this.able();
    this.show();
  }

  show() {
    const { data, lens, sharpness } = this.view;
    this.whole.hidden = !data.zoomed && !lens.wanted;
    this.camera.hidden = !sharpness || !this.view.of('relief').length;
  }

  able() {  // the message is there where a relief cannot be drawn
    const { sharpness, data: { words } } = this.view;
    this.message.hidden = Boolean(sharpness) || !this.view.of('relief').length;
    if (!this.message.hidden && this.message.textContent !== words.no_webgl) this.message.textContent = words.no_webgl;  // another sentence may be there
  }

  say(sentence) {
    this.message.textContent = sentence;
    this.message.hidden = false;
  }
}
