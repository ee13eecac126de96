"""The pages: what a nurse, a physician, QA and an administrator see of a ledger in a browser."""
