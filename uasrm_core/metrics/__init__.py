"""How near a repair comes to what was lost, and whether it is heard."""
