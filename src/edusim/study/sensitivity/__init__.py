"""Sensitivity of a stochastic model."""
