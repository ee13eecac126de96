"""The record of a wave: samples of a device, one second at most."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from logger.kinds.base import Payload


class WaveScale(BaseModel):
    """How a sample becomes a value: ``offset + step * sample``, in *unit* (UCUM)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    unit: str
    step: float
    offset: float = 0.0


class Wave(Payload):
    """Samples of one wave, one behind the other, without a gap among them.

    *samples* are signed little-endian integers of *bits*, in base64; the least one stands for a sample that
    the device says it has not. The first was taken at *start*, by the logger's clock: arrival, less the
    samples that came after it. *follows*: it is the next one after the last of the block before; where not,
    samples are missing between, or nothing says that none are. Without a *scale* a sample is a step without
    a unit. *capture*, *offset* and *length* say in which bytes of the raw capture they stand, among others.
    """

    source: str
    wave: str
    variant: str = ""
    start: AwareDatetime
    rate: float = Field(gt=0)
    scale: WaveScale | None = None
    count: int = Field(gt=0)
    samples: str
    bits: Literal[16, 32] = 16
    follows: bool = True
    capture: int
    offset: int
    length: int
    uncertain: str | None = None


WAVES: dict[str, type[Payload]] = {"wave": Wave}
