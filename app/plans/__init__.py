"""Multi-plan integration (多规合一) over stored layers: comparisons of plans and their difference patches."""
