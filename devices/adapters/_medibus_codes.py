"""The parameters of MEDIBUS data page 1 that are read, by their code.

Source: Draeger MEDIBUS.X, parameter codes. Codes without a unit that is told are kept raw.
"""

from __future__ import annotations

from devices.vocabulary import Vital

AGE = "92"
"""Minutes since the cuff reading."""

PARAMETERS: dict[str, tuple[str, str, str | None]] = {
    "96": (Vital.NIBP_SYS, "", None),
    "8C": (Vital.NIBP_DIA, "", None),
    "91": (Vital.NIBP_MAP, "", None),
    "D2": (Vital.IBP_SYS, "ART", None),
    "C8": (Vital.IBP_DIA, "ART", None),
    "CD": (Vital.IBP_MAP, "ART", None),
    "EB": (Vital.SPO2, "", None),
    "E1": (Vital.SPO2_PR, "", None),
    "DC": (Vital.ECG_HR, "", None),
    "D6": (Vital.RESP_RATE, "", None),
    "D5": (Vital.CO2_RR, "", None),
    "B4": (Vital.RESP_RATE, "pressure", None),
    "D7": (Vital.AWRR, "", None),
    "E6": (Vital.ETCO2, "", None),
    "E5": (Vital.FICO2, "", None),
    "DB": ("local:medibus:etco2_percent", "", "%"),
    "E3": ("local:medibus:etco2_kpa", "", "kPa"),
    "DA": ("local:medibus:fico2_percent", "", "%"),
    "FF": ("local:medibus:fico2_kpa", "", "kPa"),
    "F0": (Vital.FIO2, "", None),
    "EF": ("local:medibus:eto2", "", "%"),
    "C3": (Vital.TEMP, "T1", None),
    "BE": (Vital.TEMP, "T2", None),
    "BD": ("local:medibus:apnoea", "", "s"),
}
"""Vital or local code, variant, unit of a local code."""

CUFF = tuple((PARAMETERS[code][0], "") for code in ("96", "8C", "91"))
"""The values of one cuff cycle, in the order in which they are compared."""
