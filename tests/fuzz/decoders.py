"""Asks the decoders' laws of bytes that a coverage-guided fuzzer (atheris) makes, adapter by adapter.

``python3 dev.py fuzz [SECONDS] [ADAPTER ...]``: so many seconds each, of every adapter that the registry
finds unless some are named. What was found to reach new code stays in .fuzz/<adapter>/ and is where the
next run goes on; bytes that broke a law are kept beside it in .fuzz/broken/, one file each. Where atheris
does not run, the conformance tests run instead, with very many examples.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
KEPT = ROOT / ".fuzz"
SECONDS = 20
NOT_HERE = "Fuzzing needs Linux on x86-64 and Python up to 3.14; here the tests run with very many examples."
LIMITS = ("-max_len=4096", "-timeout=20", "-rss_limit_mb=1024", "-print_final_stats=1")
"""A decoder takes milliseconds for 4 kB; 20 s is a pattern that never ends. Python alone takes 200 MB."""

CHATTER = re.compile(r"#|INFO:|WARNING:|stat::|MS: |$")


def main() -> int:
    """Fuzz the adapters that the command line names, or all; return 1 where a law was broken."""
    if importlib.util.find_spec("atheris") is None:
        print(NOT_HERE, flush=True)
        return subprocess.run(
            [sys.executable, "-m", "pytest", "--hypothesis-profile=fuzz", "tests/devices"],
            cwd=ROOT,
            check=False,
        ).returncode
    from devices import registry

    words = sys.argv[1:]
    seconds = int(words.pop(0)) if words and words[0].isdecimal() else SECONDS
    unknown = set(words) - set(registry.names())
    if unknown:
        print(f"no such adapter: {', '.join(sorted(unknown))}; `infusionlog devices` lists them")
        return 2
    broken = [name for name in words or registry.names() if not holds(name, seconds)]
    print(f"laws broken by: {', '.join(broken)}" if broken else "every law held")
    return 1 if broken else 0


def holds(name: str, seconds: int) -> bool:
    """Fuzz one adapter in a process of its own, print what came of it, and return whether its laws held."""
    known, broken = KEPT / name, KEPT / "broken"
    known.mkdir(parents=True, exist_ok=True)
    broken.mkdir(exist_ok=True)
    mine = [sys.executable, __file__, "--one", name]
    fuzzer = [f"-max_total_time={seconds}", f"-artifact_prefix={broken}/{name}-", *LIMITS, str(known)]
    ran = subprocess.run([*mine, *fuzzer], cwd=ROOT, capture_output=True, text=True, check=False)
    said = ran.stdout + ran.stderr
    inputs = re.search(r"number_of_executed_units: (\d+)", said)
    reached = re.findall(r"cov: (\d+)", said)
    told = f"{inputs[1] if inputs else '?'} inputs, {reached[-1] if reached else '?'} branches reached"
    print(f"{name:20} {told}, {'broken' if ran.returncode else 'held'}", flush=True)
    if ran.returncode:
        print("\n".join(line for line in said.splitlines() if not CHATTER.match(line)), flush=True)
    return ran.returncode == 0


def fuzz_one(name: str, fuzzer: list[str]) -> None:
    """Run the fuzzer in this process, which it ends."""
    import atheris

    with atheris.instrument_imports(include=["devices"]):
        from devices import registry

        adapter = registry.adapter(name).wanting_waves()  # all that it reads otherwise, and more
    import decoder_laws

    for choice in range(4):
        start = KEPT / name / f"capture-{choice}"
        start.write_bytes(bytes([choice, 0, 9]) + b"".join(decoder_laws.opening(name)))
    atheris.Setup([name, *fuzzer], lambda told: decoder_laws.assert_law_chosen_by(told, adapter))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    if sys.argv[1:2] == ["--one"]:
        fuzz_one(sys.argv[2], sys.argv[3:])
    sys.exit(main())
