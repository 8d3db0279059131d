"""A visitor without a browser: one session over Streamlit's own protocol."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect

VIEW = "view"  # how the id of the component with the pictures ends


@dataclass
class Session:
    """One visit: when it began, when pictures came (seconds after that), a mark of the last, the bytes received, what went wrong."""

    url: str
    query: str
    began: float = 0.0
    pictures: list[float] = field(default_factory=list)
    settled: float | None = None
    shown: int = 0
    received: int = 0
    faults: list[str] = field(default_factory=list)
    page: str = ""
    running: bool = False
    _known: dict[str, ForwardMsg] = field(default_factory=dict)
    _socket: ClientConnection | None = None

    async def visit(self, patience: float, *, stay: float = 0.0) -> Session:
        """Open the page and return when its last picture is there, or when `patience` seconds are over; stay a while then."""
        self.began = time.monotonic()
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        try:
            async with (
                asyncio.timeout(patience),
                connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=patience) as self._socket,
            ):
                await self.ask()
                await self._listen()
                await asyncio.sleep(stay)
        except TimeoutError:
            self.faults.append(f"not settled after {patience:.0f} s")
        except OSError as error:
            self.faults.append(f"connection: {error}")
        return self

    async def ask(self, widgets: Iterable[WidgetState] = ()) -> None:
        """Ask for a run, as a browser does for a changed widget."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash = self.query, self.page
        state.widget_states.CopyFrom(WidgetStates(widgets=list(widgets)))
        state.cached_message_hashes.extend(self._known)
        state.context_info.locale, state.context_info.timezone, state.context_info.url = "en-US", "UTC", self.url
        self.running = True
        await self._socket.send(message.SerializeToString())

    async def _listen(self) -> None:
        async for frame in self._socket:
            self.received += len(frame)
            self._take(ForwardMsg.FromString(frame))
            if self.settled is not None:
                return

    def _take(self, message: ForwardMsg) -> None:
        if message.ref_hash:
            if message.ref_hash not in self._known:
                self.faults.append("Cached ForwardMsg MISS")
                return
            message = self._known[message.ref_hash]
        elif message.metadata.cacheable:
            self._known[message.hash] = message
        match message.WhichOneof("type"):
            case "new_session":
                self.page = message.new_session.page_script_hash
            case "delta":
                self._see(message)
            case "script_finished":
                self.running = False
                early = message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN
                if self.pictures and not early:
                    self.settled = time.monotonic() - self.began

    def _see(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and element.bidi_component.id.endswith(VIEW):
            self.pictures.append(time.monotonic() - self.began)
            self.shown = hash(element.bidi_component.bytes or element.bidi_component.json)
        elif kind == "exception":
            self.faults.append(f"{element.exception.type}: {element.exception.message}")
