// Numbers as a reader writes them.

export function reading(value) {  // the rules of figures.style.number
  if (typeof value === 'string') return value;  // not finite
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 9.995e-4 && size < 99999.5) return size >= 999.5 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
  return value.toExponential(1).replace('.0e', 'e').replace('e+', 'e');
}
