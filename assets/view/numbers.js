// Numbers as a reader writes them: the rules of figures/numbers.py, with three digits.

export function reading(value) {
  if (typeof value === 'string') return value;  // not finite
  if (value === 0) return '0';
  const [mantissa, power] = value.toExponential(2).split('e');  // rounded first: 0.99996 counts as 1
  if (power < -3 || power >= 5) return `${bare(mantissa)}e${Number(power)}`;
  return bare(value.toFixed(Math.max(0, 2 - power)));
}

function bare(decimal) {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal;
}
