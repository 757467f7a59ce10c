"""Finding out what is wrong with a delivery, with or without a database."""
