"""The window: everything that needs Qt or a sound device."""
