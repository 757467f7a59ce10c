"""Cases of idle land (闲置土地处置): opened from what a scan found, and followed move by move until they end."""
