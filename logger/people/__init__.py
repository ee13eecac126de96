"""Who may use a ledger, and as what."""
