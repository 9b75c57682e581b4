"""What is heard: plans of playback, the thread that follows them, and the sound device."""
