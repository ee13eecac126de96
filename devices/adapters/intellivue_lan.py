"""Philips IntelliVue data export on the monitor's network socket: the dialogue of `intellivue`, no frames.

Source: Philips IntelliVue Data Export Interface; recorded sessions of a monitor in its demonstration mode.
Line:   UDP, port 24105 of the monitor; a datagram is a message. In a file they stand one behind the other:
        each says its own length, and is believed where the next one begins at its end. The network checks a
        datagram, a file does not: so this form is an adapter of its own, and a serial frame with a wrong
        check is never read from its middle.
Gaps:   as in `intellivue`. Its announcement on port 24005 is only listed: an address has to be given.
"""

from __future__ import annotations

from dataclasses import replace

from devices.adapters import intellivue
from devices.adapters._intellivue_dialogue import ON_NETWORK, WAVES_ON_NETWORK
from devices.adapters._intellivue_frames import NEXT, cut_datagrams
from devices.adapters._intellivue_waves import WaveObjects
from devices.contract import Event, ReadsWaves

NAME = "intellivue_lan"


class IntellivueLanDecoder(intellivue.IntellivueDecoder):
    """Reads one connection; the last message is known to be whole when the next one begins, or at the end."""

    def __init__(self, waves: WaveObjects | None = None) -> None:
        super().__init__(NAME, cut_datagrams, bytes, waves)

    def end(self) -> list[Event]:
        """Return the last message, if the input ends with it."""
        events = self.feed(NEXT)
        self._held = self._held.removesuffix(NEXT)
        return events


ADAPTER = replace(
    intellivue.ADAPTER,
    name=NAME,
    protocol="Philips IntelliVue data export (network)",
    decoder=IntellivueLanDecoder,
    may_send=ON_NETWORK,
    waves=ReadsWaves(lambda: IntellivueLanDecoder(WaveObjects()), WAVES_ON_NETWORK),
)
