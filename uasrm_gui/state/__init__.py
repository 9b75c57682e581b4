"""What one window is about: the document, what is selected, the view, what is heard."""
