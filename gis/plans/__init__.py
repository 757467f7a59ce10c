"""Multi-plan integration (多规合一): what several plans say of the same ground, and where they contradict each other."""
