"""What an administrator does with a ledger: check it, copy it, remove from it, and see who looked."""
