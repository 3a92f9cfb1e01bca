"""Pack bytes into JSON and unpack them."""

import base64
import binascii

# {"text": …} where the bytes are UTF-8, else {"base64": …}. No text holds a zero byte, which
# PostgreSQL's JSON refuses.
Bytes = dict[str, str]


def pack_bytes(data: bytes) -> Bytes:
    """Pack bytes so that JSON can hold them."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    return {"base64": base64.b64encode(data).decode()} if "\0" in text else {"text": text}


def unpack_text(packed: Bytes) -> str | None:
    """Return the text that was packed, or None when the bytes were not text."""
    return packed.get("text")


def unpack_bytes(packed: Bytes) -> bytes:
    """Return the bytes that were packed."""
    return packed["text"].encode() if "text" in packed else binascii.a2b_base64(packed["base64"])


def packed_size(packed: Bytes) -> int:
    """Count the bytes that were packed."""
    return len(unpack_bytes(packed))
