"""The Duogui service: HTTP, database, jobs and command line."""
