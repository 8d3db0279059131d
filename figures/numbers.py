"""Numbers as text with few significant digits: 0.083, 1.2e-7, 97 %."""

from __future__ import annotations

import math
from numbers import Integral


def number(x: float, digits: int = 3) -> str:
    """Write `x` with `digits` significant digits and no trailing zeros.

    A whole part of up to five digits is written out in full; from 100000 up and below 0.001 the number is written like 1.2e-7. An int is
    written out in full up to nine digits.
    """
    if isinstance(x, Integral) and abs(x) < 10**9:
        return str(int(x))
    x = float(x)
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "∞" if x > 0 else "-∞"
    if x == 0:
        return "0"
    mantissa, exponent = f"{x:.{digits - 1}e}".split("e")
    power = int(exponent)  # of the rounded number, so that 0.99996 counts as 1
    if -3 <= power < 5:
        return _bare(f"{x:.{max(0, digits - 1 - power)}f}")
    return f"{_bare(mantissa)}e{power}"


def percent(share: float, digits: int = 3) -> str:
    """Write the share `share` of 1 in percent, 0.97 as "97 %"."""
    return f"{number(100 * float(share), digits)} %"


def _bare(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal
