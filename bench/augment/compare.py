#!/usr/bin/env python3
"""Describes the pixels of one contestant, so that contestants can be seen to do the same thing.

    compare.py DUMP [--still DUMP] [--sheet PNG]

DUMP is views, uint8 [N,16,112,112,3]. Their draws differ, so it is means over many views that are
compared: colour, spread within a frame (contrast), mean step between neighbours in a row (blur), mean step between
neighbours in time, and the share of grey views. --still is views of clips whose frames are all equal: every
frame of a view must be equal too, or its draw was not one for the whole clip. --sheet draws frame 0, 8 and 15 of
the first 12 views. Prints JSON.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image

SHAPE = (16, 112, 112, 3)
COLUMNS, SHOWN = 12, (0, 8, 15)


def views(path: Path) -> np.ndarray:
    return np.memmap(path, np.uint8, mode="r").reshape(-1, *SHAPE)


def grey(view: np.ndarray) -> bool:
    """Red, green and blue are equal, but for rounding."""
    signed = view.astype(np.int16)
    return bool(np.abs(signed[..., :1] - signed[..., 1:]).max() <= 2)


def describe(dump: np.ndarray) -> dict:
    rows = []
    for view in dump:
        signed = view.astype(np.float32)
        rows.append((
            *signed.mean((0, 1, 2)),
            signed.std((1, 2)).mean(),
            np.abs(np.diff(signed, axis=2)).mean(),
            np.abs(np.diff(signed, axis=0)).mean(),
            grey(view),
        ))
    names = ("red", "green", "blue", "spread", "step_in_row", "step_in_time", "grey_share")
    means = np.mean(np.array(rows, np.float64), 0)
    errors = np.std(np.array(rows, np.float64), 0) / np.sqrt(len(rows))
    figures = {name: round(float(mean), 2) for name, mean in zip(names, means)}
    return {"views": len(dump), **figures, "standard_errors": [round(float(error), 2) for error in errors]}


def consistent(dump: np.ndarray) -> bool:
    return all(bool((view == view[0]).all()) for view in dump)


def draw(dump: np.ndarray, path: Path) -> None:
    rows = [np.concatenate([view[t] for view in dump[:COLUMNS]], axis=1) for t in SHOWN]
    Image.fromarray(np.concatenate(rows, axis=0)).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("dump", type=Path)
    parser.add_argument("--still", type=Path)
    parser.add_argument("--sheet", type=Path)
    args = parser.parse_args()
    dump = views(args.dump)
    found = describe(dump)
    if args.still:
        found["one_draw_for_all_frames"] = consistent(views(args.still))
    if args.sheet:
        draw(dump, args.sheet)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
