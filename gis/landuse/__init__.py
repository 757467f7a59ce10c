"""Land-use code tables, zones of control areas and their colours."""
