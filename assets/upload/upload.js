// The upload: a file chosen or dropped goes to Python as base64, but one that is too large is only named: it never leaves the browser.

export default function ({ data, parentElement, setTriggerValue }) {
  const label = parentElement.querySelector('.lu');
  const input = label.querySelector('input');
  label.querySelector('.lu-words').textContent = data.words;
  label.querySelector('.lu-rule').textContent = data.rule;

  const send = async file => {
    if (!file) return;
    const { name, size } = file;
    if (size > data.most) return setTriggerValue('file', { name, size, bytes: null });
    const reader = new FileReader();
    reader.onload = () => setTriggerValue('file', { name, size, bytes: reader.result.split(',')[1] ?? '' });
    reader.readAsDataURL(file);
  };
  input.onchange = () => { send(input.files[0]); input.value = ''; };
  label.ondragover = event => { event.preventDefault(); label.classList.add('lu-over'); };
  label.ondragleave = () => label.classList.remove('lu-over');
  label.ondrop = event => { event.preventDefault(); label.classList.remove('lu-over'); send(event.dataTransfer.files[0]); };
}
