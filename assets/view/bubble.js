// The bubble: one box for all explanations, beside the button that asks for it; on hover, on focus, and on a tap to stay.

export class Bubble {
  constructor(root, signal) {
    this.root = root;
    this.box = root.querySelector('.lv-bubble');
    document.addEventListener('keydown', event => { if (event.key === 'Escape') this.hide(); }, { signal });
    document.addEventListener('pointerdown', event => { if (!this.owner?.contains(event.target) && !this.box.contains(event.target)) this.hide(); }, { signal });
  }

  on(button, text) {  // `button` explains itself with what text() gives
    if (this.owner !== button) button.setAttribute('aria-expanded', 'false');
    button.onclick = () => { if (this.owner === button && this.stays) this.hide(); else this.show(button, text(), true); };
    button.onpointerenter = event => { if (event.pointerType === 'mouse' && !this.stays) this.show(button, text()); };
    button.onpointerleave = () => { if (this.owner === button && !this.stays) this.hide(); };
    button.onfocus = () => { if (button.matches(':focus-visible')) this.show(button, text()); };
    button.onblur = () => { if (this.owner === button) this.hide(); };
  }

  show(button, text, stays = false) {
    this.hide();
    Object.assign(this, { owner: button, stays });
    this.box.textContent = text;
    this.box.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    button.setAttribute('aria-describedby', this.box.id);
    const page = this.root.getBoundingClientRect(), asked = button.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = this.box;
    const left = Math.min(Math.max(asked.left + asked.width / 2 - page.left - width / 2, 0), page.width - width);
    const above = asked.top - height - 8;
    this.box.style.left = `${left}px`;
    this.box.style.top = `${(above >= 0 ? above : asked.bottom + 8) - page.top}px`;
  }

  part() {  // from a button that has left the page
    if (this.owner && !this.owner.isConnected) this.hide();
  }

  hide() {
    this.owner?.setAttribute('aria-expanded', 'false');
    this.owner?.removeAttribute('aria-describedby');
    this.owner = undefined;
    this.stays = false;
    this.box.hidden = true;
  }
}
