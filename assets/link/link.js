// Copy link: the address of this scene, to the clipboard.

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector('.ll');
  const words = button.querySelector('span');
  words.textContent = data.copy;
  let timer;
  button.onclick = async () => {
    await copy(new URL(data.query, location.href.split('?')[0]).href);
    words.textContent = data.copied;
    button.classList.add('ll-copied');
    clearTimeout(timer);
    timer = setTimeout(() => { words.textContent = data.copy; button.classList.remove('ll-copied'); }, 1600);
  };
  return () => clearTimeout(timer);
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');  // a page served without https has no clipboard object
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}
