"""Which records leave what was signed as it was."""

UNCHANGING = (
    "sign", "close", "session.close_without", "session.pause", "session.resume", "clock", "link", "device",
    "unread", "storage", "pump.", "followup", "rems.submitted",
)  # fmt: skip
"""Kinds, by their beginning: the recorder's own, and what is meant to come after a signature."""
