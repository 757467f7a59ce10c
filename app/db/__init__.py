"""The database: models, sessions, migrations and the private PostGIS cluster."""
