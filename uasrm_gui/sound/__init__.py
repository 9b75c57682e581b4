"""What is heard: programmes, the thread that plays them, and the sound device."""
