"""Take apart the stream in which an engine sends a program's output.

The engine puts 8 bytes before each piece: stream number, three zeros, length as a big-endian u32
(https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach).
"""

HEADER_BYTES = 8
STDOUT = 1


class Demultiplexer:
    """Pick the standard output out of the stream; `discarded` counts the bytes of the rest."""

    def __init__(self) -> None:
        self.discarded = 0
        self._header = b""
        self._left = 0
        self._is_output = False

    def feed(self, data: bytes) -> bytes:
        """Return the standard output in `data`."""
        pieces = []
        at = 0
        while at < len(data):
            if not self._left:
                at = self._take_header(data, at)
                continue
            end = min(len(data), at + self._left)
            if self._is_output:
                pieces.append(data[at:end])
            else:
                self.discarded += end - at
            self._left -= end - at
            at = end
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _take_header(self, data: bytes, at: int) -> int:
        end = min(len(data), at + HEADER_BYTES - len(self._header))
        self._header += data[at:end]
        if len(self._header) == HEADER_BYTES:
            self._is_output = self._header[0] == STDOUT
            self._left = int.from_bytes(self._header[4:], "big")
            self._header = b""
        return end
