"""Plotly figures of results: pure functions that compute no results; every visible text comes from the caller, as `words`."""
