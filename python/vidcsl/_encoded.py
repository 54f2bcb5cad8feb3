"""Columns whose pixels are coded with loss: the extension type ``vidcsl.encoded_clip``.

Every row is decoded when it is asked for, by FFmpeg through PyAV, to the very pixels that vidcsl itself decodes. Others give
others: libjpeg (Pillow, OpenCV, torchvision) interpolates chroma, which changes pixels at colour edges by up to 60 levels.
"""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .errors import MissingPackageError

EXTENSION = b"vidcsl.encoded_clip"

_STORAGE = {"jpeg": pa.list_(pa.binary()), "h264": pa.binary()}
_FORMATS = {"jpeg": ("yuvj420p", "yuvj444p"), "h264": ("yuv420p", "yuv444p")}
_STRICT = {"err_detect": "explode+bitstream+buffer+crccheck"}


def is_encoded(field: Any) -> bool:
    """Whether a field is one of encoded clips; to pyarrow, which does not know the type, it has the type of its storage."""
    return (field.metadata or {}).get(b"ARROW:extension:name") == EXTENSION


class EncodedType:
    """What the field of a column says: the codec, and the shape of the decoded rows.

    Raises ValueError if it is damaged, and MissingPackageError without PyAV.
    """

    def __init__(self, field: Any) -> None:
        meta = json.loads(field.metadata.get(b"ARROW:extension:metadata", b"null"))
        try:
            self.codec: str = meta["codec"]
            t, h, w, c = meta["shape"]
            good = all(type(n) is int and n >= 1 for n in (t, h, w)) and c == 3 and t * h * w * c < 1 << 31
        except (TypeError, KeyError, ValueError):
            good = False
        if not good:
            raise ValueError(f"{field.name} is an encoded clip of {meta}, want a codec and a shape [T,H,W,3]")
        if self.codec not in _STORAGE:
            raise ValueError(f"{field.name} is coded as {self.codec!r}, this package reads {' and '.join(_STORAGE)}")
        if not _same(field.type, _STORAGE[self.codec]):
            raise ValueError(f"{field.name} of codec {self.codec} is {field.type}, want {_STORAGE[self.codec]}")
        self.shape: tuple[int, int, int, int] = (t, h, w, 3)
        _av()


class EncodedColumn:
    """A column of encoded clips. Rows are decoded into memory of their own."""

    def __init__(self, field: Any, array: Any) -> None:
        self._type = EncodedType(field)
        if array.null_count:
            raise ValueError(f"nulls in {field.name}")
        self._array = array

    @property
    def shape(self) -> tuple[int, ...]:
        """T, H, W, C of every row."""
        return self._type.shape

    def row(self, i: int) -> npt.NDArray[np.uint8]:
        """Decodes row i; raises ValueError if it is damaged or is not what the type says."""
        av, data = _av(), self._array[i].as_py()
        try:
            frames = self._jpeg(av, data) if self._type.codec == "jpeg" else self._h264(av, data)
            return _clip(frames, self._type)
        except av.error.FFmpegError as error:
            raise ValueError(f"{self._type.codec}: {error}") from None

    def _jpeg(self, av: Any, files: list[bytes]) -> list[Any]:
        frames = []
        for data in files:
            decoder = av.CodecContext.create("mjpeg", "r")
            self._set(decoder)
            frames += decoder.decode(av.Packet(data))
        return frames

    def _h264(self, av: Any, file: bytes) -> list[Any]:
        with av.open(io.BytesIO(file), format="mp4") as container:
            decoders = [stream.codec_context for stream in container.streams.video]
            if [getattr(d, "name", None) for d in decoders] != ["h264"]:  # None: a codec that FFmpeg does not know
                raise ValueError("not one stream of H.264 in MP4")
            self._set(decoders[0])
            return list(container.decode(video=0))

    def _set(self, decoder: Any) -> None:
        # One thread: damaged streams decode differently from run to run with more. Nothing larger than the row is allocated.
        decoder.thread_count = 1
        _, h, w, _ = self._type.shape
        decoder.options = {**_STRICT, "max_pixels": str((w + 64) * (h + 64))}


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise MissingPackageError("the clips are stored as jpeg or h264: pip install av") from error
    return av


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, pa.ListType) and isinstance(b, pa.ListType):
        return bool(a.value_type == b.value_type)
    return bool(a == b)


def _clip(frames: list[Any], kind: EncodedType) -> npt.NDArray[np.uint8]:
    """Puts the frames together as RGB, or raises ValueError if they are not those of the type."""
    t, h, w, _ = kind.shape
    if len(frames) != t:
        raise ValueError(f"{len(frames)} frames, want {t}")
    name = frames[0].format.name
    if name not in _FORMATS[kind.codec]:
        raise ValueError(f"pixels are {name}, want {' or '.join(_FORMATS[kind.codec])}")
    half = "420" in name
    size = (h + h % 2, w + w % 2) if half and kind.codec == "h264" else (h, w)
    for f in frames:
        if (f.height, f.width) != size or f.format.name != name or getattr(f, "is_corrupt", False):
            raise ValueError(
                f"a frame of {f.format.name} {f.width}x{f.height}, or a damaged one, want {name} {size[1]}x{size[0]}"
            )
    y, u, v = (np.stack([_plane(f.planes[k]) for f in frames]) for k in range(3))
    return _rgb(y[:, :h, :w], u, v, full=kind.codec == "jpeg", half=half)


def _plane(plane: Any) -> npt.NDArray[np.uint8]:
    rows = np.frombuffer(plane, np.uint8)[: plane.line_size * plane.height]
    return rows.reshape(plane.height, plane.line_size)[:, : plane.width]


def _fix(x: float) -> int:
    return int(x * 65536 + (-0.5 if x < 0 else 0.5))


_KR, _KB = 0.299, 0.114
_KG = 1 - _KR - _KB


def _rgb(
    y: npt.NDArray[np.uint8], u: npt.NDArray[np.uint8], v: npt.NDArray[np.uint8], full: bool, half: bool
) -> npt.NDArray[np.uint8]:
    """BT.601 to RGB by the integers that vidcsl uses: 16 bits of fraction, a chroma sample for each of its pixels.

    y [T,H,W]; u and v likewise, or at least [T,ceil(H/2),ceil(W/2)] if half. Returns [T,H,W,3].
    """
    gain, c = (1.0, 1.0) if full else (255 / 219, 255 / 224)
    light = y.astype(np.int32)
    light -= 0 if full else 16
    light *= _fix(gain)
    light += 1 << 15
    cu, cv = u.astype(np.int32) - 128, v.astype(np.int32) - 128
    parts = (
        cv * _fix((2 - 2 * _KR) * c),
        cu * _fix(-_KB * (2 - 2 * _KB) / _KG * c) + cv * _fix(-_KR * (2 - 2 * _KR) / _KG * c),
        cu * _fix((2 - 2 * _KB) * c),
    )
    out = np.empty((*y.shape, 3), np.uint8)
    for k, part in enumerate(parts):
        if half:
            part = part.repeat(2, axis=1).repeat(2, axis=2)[:, : y.shape[1], : y.shape[2]]
        value = light + part
        value >>= 16
        out[..., k] = np.clip(value, 0, 255, out=value)
    return out
