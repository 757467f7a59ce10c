"""Long work: queued in PostgreSQL, run by a worker process, followed by its job."""
