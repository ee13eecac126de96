"""How the tests run: the same examples every time; `python3 dev.py fuzz` looks for new ones, and for long."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# No deadline: how long something takes is measured in tests/benchmarks, and asserted nowhere.
settings.register_profile("test", deadline=None, derandomize=True)
settings.register_profile(
    "fuzz", deadline=None, max_examples=20_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("test")
