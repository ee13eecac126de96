"""Why published rises of the blood pressure differ: the same simulated patients, looked at in their ways.

Simulated cohorts are measured as the studies measured, and what is measured goes through the project's own
metrics. docs/literature.md is what comes out, with what it means.
"""

from __future__ import annotations

from analysis.literature.picture import draw
from analysis.literature.simulated import Simulated, simulated
from analysis.literature.telling import as_json, findings, lines

__all__ = ["Simulated", "as_json", "draw", "findings", "lines", "simulated"]
