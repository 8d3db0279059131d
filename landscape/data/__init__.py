"""The data: data sets, a visitor's own table, and what suits them."""
