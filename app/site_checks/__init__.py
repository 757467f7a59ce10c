"""May this land be used for that: checks of single sites, stored so that they can be repeated."""
