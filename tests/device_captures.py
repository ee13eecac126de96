"""The small captures in tests/captures: what they say, and how they were made.

``<adapter>.bin`` are the bytes, ``<adapter>.json`` what the sender meant by them, record by record: never
what a decoder read. ``protection`` says what one broken byte can do: ``checksum`` (no frame), ``width``
(no frame with other numbers), ``none`` (a number may lose a digit; only its range is left).

``python tests/device_captures.py [ADAPTER...]`` makes them again by the simulated devices. The
builders of single records here are for the tests of a device's quirks.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from devices.contract import Reading

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).resolve().parent / "captures"
REAL = ROOT.parent / "shared" / "captures"
PROTECTION = {
    "capnostream": "checksum",
    "capnostream_report": "none",
    "accutorr3": "none",
    "alaris_asena": "checksum",
    "bbraun_bcc": "checksum",
    "berry_bci": "none",
    "contec_08a": "none",
    "contec_cms50": "none",
    "contec_cms50_v5": "none",
    "datex_dri": "checksum",
    "dinamap": "checksum",
    "fresenius": "checksum",
    "harvard": "none",
    "hl7_oru": "none",
    "hl7_query": "none",
    "intellivue": "checksum",
    "intellivue_lan": "none",
    "ivy_ansarb": "none",
    "medibus": "checksum",
    "nonin": "checksum",
    "nonin_13": "checksum",
    "suntech": "checksum",
}
SECONDS = {
    "capnostream": 9.0,
    "capnostream_report": 300.0,
    "accutorr3": 60.0,
    "dinamap": 60.0,
    "alaris_asena": 41.0,
    "bbraun_bcc": 60.0,
    "berry_bci": 9.0,
    "contec_cms50": 9.0,
    "contec_cms50_v5": 9.0,
    "datex_dri": 60.0,
    "hl7_oru": 60.0,
    "hl7_query": 60.0,
    "ivy_ansarb": 9.0,
    "medibus": 40.0,
    "nonin": 9.0,
    "nonin_13": 240.0,
}

WITHOUT_PROBE = {"contec_08a", "dinamap", "stx_nibp", "suntech"}
PUMPS = {"alaris_asena", "bbraun_bcc", "fresenius", "harvard", "ne1000"}

Told = dict[str, Any]


@dataclass(frozen=True)
class Capture:
    """One capture: its records' bytes, what each says, and how well they are protected."""

    records: list[bytes]
    told: list[list[Told]]
    protection: str

    @property
    def raw(self) -> bytes:
        return b"".join(self.records)


def capture(name: str) -> Capture:
    """Return an adapter's capture; fail with the way out where it has none."""
    files = FOLDER / f"{name}.bin", FOLDER / f"{name}.json"
    for file in files:
        if not file.exists():
            pytest.fail(f"adapter {name} has no capture: add tests/captures/{file.name}, see {__file__}")
    raw, said = files[0].read_bytes(), json.loads(files[1].read_text(encoding="utf-8"))
    records, at = [], 0
    for record in said["records"]:
        records.append(raw[at : at + record["length"]])
        at += record["length"]
    assert at == len(raw), f"{files[1].name} tells of {at} bytes, {files[0].name} has {len(raw)}"
    return Capture(records, [record["readings"] for record in said["records"]], said["protection"])


def real(path: str) -> Path:
    """Return a recording of a real device, or skip where the folder of recordings is absent."""
    if not REAL.is_dir():
        pytest.skip(f"the folder of real devices' recordings is absent: {REAL}")
    return REAL / path


def nonin_packet(
    rate: int = 72, spo2: int = 97, status: int = 0x80, firmware: int = 48, form: int = 2
) -> bytes:
    """Return one packet of format #2 or #7 in which all averages are equal."""
    values = [0] * 25
    for index in (0, 13, 19, 21):
        values[index], values[index + 1] = rate >> 7, rate & 0x7F
    for index in (2, 8, 9, 10, 15, 16):
        values[index] = spo2
    values[3] = firmware
    heads = [
        bytes([1, status | (not at), 100 + at] if form == 2 else [status | (not at), 1, at])
        for at in range(25)
    ]
    frames = [head + bytes([value]) for head, value in zip(heads, values, strict=True)]
    return b"".join(frame + bytes([sum(frame) & 0xFF]) for frame in frames)


def ivy_record(nibp: tuple[int, int, int, int] | None = (118, 71, 87, 66), text: str = "") -> bytes:
    """Return one Ansar-B record."""
    cuff = ";".join(map(str, nibp)) if nibp else ";;;"
    lines = text or (
        "HR=1;66;ECG-II-DIAG;\rRR=1;14;;\rETCO2=1;;;\rSPO2=1;98;PR=66 ;\r"
        f"NIBP=4;{cuff};;\rP1=3;;;;NO TRANSDUCER;\rP2=3;;;;NO TRANSDUCER;\rT1=1;;;\rT2=1;;;\r"
    )
    return b"\xffANSAR-B " + b"d" * 400 + lines.encode("ascii") + b"\xfe"


def simulated(name: str) -> list[tuple[bytes, list[Told]]]:
    """What a simulated device sends, and means: a held cuff value; its probe off, or a pump occluded."""
    from devices.simulators.faults import parse_faults
    from devices.simulators.plan import Plan
    from devices.simulators.rehearsal import rehearse

    seconds = SECONDS.get(name, 30.0)
    off = f"{'occlusion' if name in PUMPS else 'probe_off'}@{seconds // 3:g}+{seconds // 2:g}"
    faults = parse_faults([off] if name not in WITHOUT_PROBE else [])
    infusion_at = 5.0 if name in PUMPS else 900.0
    says = rehearse(Plan(name, seed=2, faults=faults, held=(118, 71), infusion_at=infusion_at), seconds)
    return [(said.raw, [_told(reading) for reading in said.readings]) for said in says]


def _told(reading: Reading) -> Told:
    said = {
        "vital": reading.vital,
        "variant": reading.variant,
        "value": reading.value,
        "reason": reading.reason,
    }
    return {key: value for key, value in said.items() if value not in ("", None) or key == "value"}


def make() -> None:
    """Write the captures of the named adapters again, or all."""
    from devices.simulators.plan import devices

    for name in sys.argv[1:] or devices():
        records = simulated(name)
        (FOLDER / f"{name}.bin").write_bytes(b"".join(raw for raw, _ in records))
        rows = [json.dumps({"length": len(raw), "readings": said}) for raw, said in records]
        head = json.dumps({"protection": PROTECTION.get(name, "width")})[:-1]
        text = f'{head}, "records": [\n' + ",\n".join(rows) + "\n]}\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    make()
