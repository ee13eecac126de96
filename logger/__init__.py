"""The application: sessions, the ledger, and the doors to it."""
