"""Filling and mending waveforms by models of their surroundings.

- Linear prediction: `ar` on `burg` and `toeplitz`, whose loops `kernels` holds and `loops` runs,
  compiled by numba or ahead of time (`compiled`).
- Gaps: `fills`, `consensus` of several models.
- Clicks: `declick` with `click_model`, `click_network` and `other_channel`. Clipping: `declip`.
- Sound that fell: `gain`, `falls`.
"""
