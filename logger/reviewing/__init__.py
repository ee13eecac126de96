"""Records as tables, verdicts and copies: the hand-over to analysis."""
