"""What forms choose from: the code tables of land use, and the fields that a delivery of each kind should have."""
