"""The numbers of the whole district at a glance, each from what is stored already."""
