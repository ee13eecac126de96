"""Simulated devices at work: placeholder until the actors are there."""

from devices.errors import BadAddress


def plan_of(url: str) -> None:
    """Raise `BadAddress`: being written."""
    raise BadAddress(f"{url}: the simulators are being written")


def simulated(url: str) -> str:
    """Raise `BadAddress`: being written."""
    raise BadAddress(f"{url}: the simulators are being written")
