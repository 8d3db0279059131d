"""Regression: lines fitted under any loss of the residual, lines that outliers cannot move, and what each sample did to them."""
