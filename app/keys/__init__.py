"""Keys: who may read, check or write, and the name under which a change is stored."""
