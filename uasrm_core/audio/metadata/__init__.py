"""What a file says of a recording: read from one format, kept in another, or named as lost."""
