"""The path of a repair: Gap → condition() → [Guess, …] → mix() → splice() → Patch.

- The path: `job`, `runner`, `router` with `trials`; `repair` with `cutting`, `gap`, `channels`,
  `search`, `condition`, `network_input`, `sanity` and `splice`.
- The engines: `engine` and `registry`; `network` with `guesses`, `mix` and `kind`; `prediction`,
  `exemplar`, `fade`, `attenuate`, `detone`, `raising`, `declick`, `declip`, `notebook`.
- What lies over a programme that still sounds: `overlay`, `noise`, `damage`, `variation`.
- Learning: `adapt`, `finetune`, `examples`.
"""
