"""Exchange formats: readers and writers."""
