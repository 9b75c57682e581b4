"""What the actions do: small functions that take the few things they use."""
