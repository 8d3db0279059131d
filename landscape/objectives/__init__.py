"""Objectives: analytic functions and empirical risks, and what they are evaluated from."""
