"""Measures every figure of infusionlog against its yardstick; prints them and writes bench.json.

Run it with ``python3 dev.py bench``; with the name of one it measures that one only and writes nothing.
The exit status is 1 where a target is not met.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from figures import (
    appending,
    archiving,
    auditing,
    decoding,
    drawing,
    live,
    many_sessions,
    pages,
    proving,
    reading_back,
    waves,
)
from measuring import Figure, Target, in_turns

ROOT = Path(__file__).resolve().parents[2]


def help_of_the_command(_: Path) -> Iterator[Figure]:
    """``infusionlog --help`` against a Python that does nothing."""
    program = Path(sys.executable).with_name("infusionlog")

    def run(*command: str | Path) -> Callable[[], object]:
        return lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    ours, bare = in_turns(7, run(program, "--help"), run(sys.executable, "-c", "pass"))
    yield Figure(
        "infusionlog --help", ours, "ms", "python -c pass", bare, ours / bare, Target("ratio", "<=", 10)
    )


MEASURED: dict[str, Callable[[Path], Iterator[Figure]]] = {
    "append": appending.durable_append,
    "chain": proving.chaining,
    "verify": proving.verifying,
    "decode": decoding.faster_than_the_line,
    "lines": decoding.line_profiles,
    "rooms": many_sessions.in_one_recorder,
    "live": live.from_the_line_to_the_browser,
    "pages": pages.of_ten_thousand_sessions,
    "waves": waves.faster_than_the_line,
    "read": reading_back.two_hours_as_tables,
    "archive": archiving.copies_of_sessions,
    "rules": auditing.sixty_rules,
    "page": drawing.session_page,
    "screen": drawing.screen_chart,
    "help": help_of_the_command,
}


def main() -> int:
    """Measure, print, write bench.json, and say whether every target is met."""
    wanted = sys.argv[1] if sys.argv[1:] else ""
    found: list[Figure] = []
    # On the project's own disk: /tmp may be memory, where a durable write costs nothing.
    with tempfile.TemporaryDirectory(dir=ROOT, prefix=".bench-") as folder:
        for name, measure in MEASURED.items():
            if wanted not in name:
                continue
            place = Path(folder) / name
            place.mkdir()
            for figure in measure(place):
                print(figure, flush=True)
                found.append(figure)
    if not found:
        print(
            f"nothing measured: no figure is called {wanted!r}; known: {', '.join(MEASURED)}", file=sys.stderr
        )
        return 2
    if not wanted:
        text = json.dumps([figure.as_json() for figure in found], indent=1)
        (ROOT / "bench.json").write_text(text + "\n", encoding="utf-8")
    return 0 if all(figure.met for figure in found) else 1


if __name__ == "__main__":
    sys.exit(main())
