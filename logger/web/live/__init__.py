"""What a live page shows of a session: a pure fold of its records, shared by all who watch it."""
