"""The ledger: tables, chains, the file and its owner, and copying between ledgers."""
