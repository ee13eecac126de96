"""What tests of forwarding share: a recorder service in one folder, a server in another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rooms import Service, service
from server import Server, forwarder_of, server_at

from devices.simulators.running import stop_simulators
from logger.forwarding.sending import Forwarder


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Service]:
    """A recorder service at work."""
    with service(tmp_path / "room" / "recorder.db") as made:
        yield made
    stop_simulators()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with server_at(tmp_path / "clinic" / "clinic.db") as made:
        yield made


@pytest.fixture
def told() -> list[str]:
    """What the forwarder tells people."""
    return []


@pytest.fixture
def forwarder(clinic: Service, server: Server, told: list[str]) -> Iterator[Forwarder]:
    made = forwarder_of(clinic, server, told)
    yield made
    made.close()
