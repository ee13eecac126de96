"""What a form sends twice is one record: each form draws a key, which stands in the record it became.

The key is looked for in the records themselves, so it holds across a restart of the program.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from logger.entering.checks import parsed
from logger.errors import SavedDifferently
from logger.kinds import text_of
from logger.ledger.finding import keyed
from logger.ledger.models import Written
from logger.ledger.store import Store

ANEW = frozenset({"happened_at", "not_recorded", "authenticated"})
"""What differs where one form is sent twice ("5 minutes ago"), and what the desk adds to what was typed."""


def saved_before(
    store: Store, session: str, kind: str, author: str, payload: Mapping[str, Any]
) -> Written | None:
    """Return the record that the form with *payload*'s ``key`` has become; None before, or without a key.

    Raises:
        SavedDifferently: the form was saved, and then changed and sent again.
        BadEntry: what it says now is of no form.
    """
    key = payload.get("key")
    if not isinstance(key, str) or not (found := keyed(store, session, key)):
        return None
    if (found.kind, found.author) != (kind, author) or not _says(found, payload):
        raise SavedDifferently(
            f"this form was saved before, as {found.ref}, and says something else now; "
            "what it says now is not saved: save it as a new entry, or correct the saved one"
        )
    return found


def _says(found: Written, payload: Mapping[str, Any]) -> bool:
    saved = json.loads(found.payload)
    if found.kind == "sign":  # the desk makes all but these of a signature
        return all(saved.get(field) == payload.get(field) for field in ("meaning", "reason"))
    typed = json.loads(text_of(parsed(found.kind, payload)))
    return bool(_stated(saved) == _stated(typed))


def _stated(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stated(one) for name, one in value.items() if name not in ANEW}
    return [_stated(one) for one in value] if isinstance(value, list) else value
