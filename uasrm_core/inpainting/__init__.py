"""The path of a repair: Gap → condition() → [Guess, …] → mix() → splice() → Patch."""
