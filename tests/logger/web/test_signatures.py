"""A signature takes the password once in a continuous period, and then the PIN."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from clinic import NURSE, PHYSICIAN, password
from web_clinic import ClinicOnTheWeb

from logger.errors import NotSignedIn
from logger.people.accounts import NEW
from logger.web.guards import visitor_of
from logger.web.signatures import sign

PIN = "2468"


class Signer:
    """A physician before a screen, and an ended session."""

    def __init__(self, clinic_web: ClinicOnTheWeb) -> None:
        self.clinic_web, self.state = clinic_web, clinic_web.app.state
        secrets = clinic_web.secrets(PHYSICIAN) | {NEW: PIN}
        clinic_web.desk.append(
            "system", "user.secret", PHYSICIAN, {"user": PHYSICIAN, "what": "pin"}, secrets
        )
        clinic_web.accepts_policy(PHYSICIAN)
        clinic_web.says(NURSE, "session.end")
        self.cookie = self.state.visits.begin(clinic_web.desk.people.still(PHYSICIAN))

    def signs(self, secret: str) -> Any:
        cookies = {self.state.cookie: self.cookie}
        request: Any = SimpleNamespace(app=self.clinic_web.app, cookies=cookies, client=None)
        visitor = visitor_of(request, self.state.visits.find(self.cookie))
        form = {"meaning": "review", "reason": "DEMO", "password": secret}
        return sign(request, self.clinic_web.web, visitor, self.clinic_web.session, form)


@pytest.fixture
def signer(clinic_web: ClinicOnTheWeb) -> Signer:
    return Signer(clinic_web)


@pytest.mark.parametrize("secret", ["", PIN, "a wrong one"])
def test_the_first_signature_takes_the_password(signer: Signer, secret: str) -> None:
    with pytest.raises(NotSignedIn):
        signer.signs(secret)
    assert "sign" not in [record.kind for record in signer.clinic_web.records()]


def test_later_ones_take_the_pin(signer: Signer) -> None:
    signer.signs(password(PHYSICIAN))
    assert signer.signs(PIN).kind == "sign"
    with pytest.raises(NotSignedIn):
        signer.signs("")


def test_a_lock_ends_the_period(signer: Signer) -> None:
    signer.signs(password(PHYSICIAN))
    signer.state.visits.lock(signer.cookie)
    user = signer.clinic_web.desk.people.still(PHYSICIAN)
    signer.cookie = signer.state.visits.take_over(signer.cookie, user, by_password=False)
    with pytest.raises(NotSignedIn):
        signer.signs(PIN)
