"""The few dialogs: export, preferences, shortcuts, unsaved work."""
