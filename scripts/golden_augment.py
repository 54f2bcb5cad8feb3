#!/usr/bin/env python3
"""Reference pictures for the tests of package augment, made by torchvision, OpenCV and published formulas.

    golden_augment.py [--output augment/testdata/golden]

Needs torch, torchvision, opencv-python-headless and numpy. The output is a function of their versions, which every file
records; nothing else is random.

NAME.json lists cases: what is done (the op and its parameters, or a view, or settings of transforms), to which input, by
which reference, and how far from it a result may be: the greatest difference of a value (of 255) and the mean one.
NAME.png holds the expected pixels: case after case from the top, frame under frame. input.png holds the clips that go in.
draws.json holds quantiles of what torchvision draws, and frame numbers that follow published formulas.
"""

import argparse
import json
from pathlib import Path
from typing import Callable

import cv2
import numpy as np
import torch
import torchvision
from torchvision.transforms import InterpolationMode, v2
from torchvision.transforms.v2 import functional as F

BILINEAR = InterpolationMode.BILINEAR
TORCHVISION = "torchvision"
Clip = np.ndarray  # uint8 [T, H, W, 3], RGB

# How far each kind of result may be from its reference: (greatest, mean) difference in levels of 255.
EXACT = (0, 0.0)
ROUNDED = (1, 0.05)  # both round to nearest, from other intermediate precision
CUT = (1, 0.6)  # the reference cuts off where we round: half a level on average
CUT_TWICE = (2, 1.0)  # and also the luma that it blends with


def scene(t: int, h: int, w: int) -> Clip:
    """Gradients, a fine grating, hard edges, colours at both ends of the range, noise in one half; edges move with time."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:h, 0:w].astype(float)
    out = np.zeros((t, h, w, 3))
    for k in range(t):
        f = out[k]
        f[..., 0] = 40 + 190 * x / w
        f[..., 1] = 30 + 150 * y / h + 25 * np.sin((x + k) * 1.3)
        f[..., 2] = 200 - 140 * (x + y) / (w + h)
        f[h // 4 : h // 2, 5 + 3 * k : 17 + 3 * k] = (250, 240, 20)
        f[(x - w * 0.7 + 2 * k) ** 2 + (y - h * 0.4) ** 2 < (h / 5) ** 2] = (15, 60, 235)
        f[h - 8 : h - 5, :] = (255, 255, 255)
        f[h - 5 :, : w // 3] = (0, 0, 0)
    out[:, h // 2 :, w // 2 :] += rng.normal(0, 9, (h - h // 2, w - w // 2, 3))
    return np.clip(np.round(out), 0, 255).astype(np.uint8)


def smooth(t: int, h: int, w: int) -> Clip:
    """Low frequencies in the middle of the range: no value is clamped by a moderate change of colour."""
    k, y, x = np.mgrid[0:t, 0:h, 0:w].astype(float)
    waves = [np.sin(x / 9 + k / 2), np.cos(y / 7 - k / 3), np.sin((x + y) / 13)]
    return np.round(np.stack([120 + 45 * v for v in waves], -1)).astype(np.uint8)


INPUTS = {"scene": scene(3, 40, 52), "smooth": smooth(2, 37, 51)}


def tensor(c: Clip) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(c)).permute(0, 3, 1, 2).contiguous()


def pixels(t: torch.Tensor) -> Clip:
    return t.permute(0, 2, 3, 1).contiguous().numpy()


def tall(c: Clip) -> Clip:
    """The frames under one another as one picture, for references that take statistics of a picture."""
    return c.reshape(1, -1, *c.shape[2:])


def by_torchvision(f: Callable[[torch.Tensor], torch.Tensor], whole: bool = False) -> Callable[[Clip], Clip]:
    def run(c: Clip) -> Clip:
        return pixels(f(tensor(tall(c)))).reshape(c.shape) if whole else pixels(f(tensor(c)))

    return run


class Golden:
    """The cases of one file."""

    def __init__(self, name: str) -> None:
        self.name, self.cases, self.strips, self.row = name, [], [], 0

    def add(self, want: Clip, tolerance: tuple, reference: str, source: str, frames: int, **what: object) -> None:
        t, h, w, _ = want.shape
        self.cases.append(
            {**what, "input": source, "frames": frames, "width": w, "height": h, "row": self.row,
             "reference": reference, "max": tolerance[0], "mean": tolerance[1]}
        )  # fmt: skip
        self.strips.append(want.reshape(t * h, w, 3))
        self.row += t * h

    def op(self, name: str, params: dict, f: Callable[[Clip], Clip], tolerance: tuple = ROUNDED,
           reference: str = TORCHVISION, source: str = "scene", frames: int = 1) -> None:  # fmt: skip
        """A pixel op on the first frames of an input."""
        want = f(INPUTS[source][:frames])
        self.add(want, tolerance, reference, source, frames, op={"name": name, "params": params})

    def write(self, folder: Path) -> None:
        wide = max(s.shape[1] for s in self.strips)
        sheet = np.concatenate([np.pad(s, ((0, 0), (0, wide - s.shape[1]), (0, 0))) for s in self.strips])
        write_png(folder / f"{self.name}.png", sheet)
        write_json(folder / f"{self.name}.json", {"cases": self.cases})


def write_png(path: Path, sheet: np.ndarray) -> None:
    if not cv2.imwrite(str(path), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9]):
        raise OSError(f"cannot write {path}")


def write_json(path: Path, content: dict) -> None:
    versions = {m.__name__: m.__version__ for m in (torch, torchvision, cv2, np)}
    head = {"made_by": "scripts/golden_augment.py", "versions": versions}
    lines = []
    for key, value in {**head, **content}.items():
        if isinstance(value, list):
            value = "[\n  " + ",\n  ".join(json.dumps(v) for v in value) + "\n]"
        else:
            value = json.dumps(value)
        lines.append(f"{json.dumps(key)}: {value}")
    path.write_text("{" + ",\n".join(lines) + "}\n")


# Colour, computed without clamping in float64: what one matrix must give.
LUMA = np.array([0.2989, 0.587, 0.114])
YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def turned(c: np.ndarray, h: float) -> np.ndarray:
    """NVIDIA DALI's Hue: the chroma plane of YIQ turned, in the direction of HSV's hue."""
    sin, cos = np.sin(2 * np.pi * h), np.cos(2 * np.pi * h)
    return c @ (np.linalg.inv(YIQ) @ np.array([[1, 0, 0], [0, cos, sin], [0, -sin, cos]]) @ YIQ).T


def linear(order: list, b: float, k: float, s: float, h: float) -> Callable[[Clip], Clip]:
    def run(c: Clip) -> Clip:
        c = c.astype(float)
        for i in order:
            if i == 0:
                c = b * c
            elif i == 1:
                c = k * c + (1 - k) * (c @ LUMA).mean()
            elif i == 2:
                c = s * c + (1 - s) * (c @ LUMA)[..., None]
            else:
                c = turned(c, h)
        return np.clip(np.rint(c), 0, 255).astype(np.uint8)

    return run


def jittered(order: list, b: float, k: float, s: float, h: float) -> Callable[[Clip], Clip]:
    steps = [(F.adjust_brightness, b, 1), (F.adjust_contrast, k, 1), (F.adjust_saturation, s, 1), (F.adjust_hue, h, 0)]

    def run(t: torch.Tensor) -> torch.Tensor:
        for i in order:
            f, v, neutral = steps[i]
            if v != neutral:
                t = f(t, v)
        return t

    return by_torchvision(run, whole=True)


def color_jitter() -> Golden:
    g = Golden("color_jitter")

    def case(order: list, b: float, k: float, s: float, h: float, tolerance: tuple | None, **where: object) -> None:
        p = {"order": order, "brightness": b, "contrast": k, "saturation": s, "hue": h}
        g.op("color_jitter", p, linear(order, b, k, s, h), ROUNDED, "formula", **where)
        if tolerance:
            g.op("color_jitter", p, jittered(order, b, k, s, h), tolerance, **where)

    plain = [0, 1, 2, 3]
    for v in (0.0, 0.6, 1.4):
        case(plain, v, 1, 1, 0, CUT)
        case(plain, 1, v, 1, 0, CUT_TWICE if v else (2, 2.0))  # a picture of one level, 2 off
        case(plain, 1, 1, v, 0, CUT_TWICE)
    case(plain, 1, 0.5, 1, 0, CUT_TWICE, frames=3)  # one mean for all frames
    for h, apart in ((-0.1, (40, 7.4)), (0.1, (43, 6.9)), (0.5, (49, 12.9))):  # a turn in YIQ against a shift in HSV
        case(plain, 1, 1, 1, h, apart, source="smooth")
    # all together: torchvision clamps and cuts after each
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]):
        case(order, 0.8, 1.2, 0.7, 0, (3, 1.6), source="smooth")  # nothing to clamp
        case(order, 1.3, 0.7, 1.4, 0, (45, 7.2))  # bright colours beyond 255
    return g


def simple() -> Golden:
    g = Golden("simple")
    g.op("grayscale", {}, by_torchvision(lambda t: F.rgb_to_grayscale(t, num_output_channels=3)), CUT, frames=3)
    for v in (0, 100, 128, 255, 256):
        g.op("solarize", {"threshold": v}, by_torchvision(lambda t, v=v: F.solarize(t, v) if v < 256 else t), EXACT)
    for x, y, w, h, color in ((3, 5, 20, 11, (0, 0, 0)), (0, 0, 52, 40, (9, 80, 255)), (50, 39, 2, 1, (1, 2, 3))):
        fill = torch.tensor(color, dtype=torch.uint8).view(3, 1, 1)
        erased = by_torchvision(lambda t, a=(y, x, h, w), fill=fill: F.erase(t, *a, fill))
        params = {"region": {"x": x, "y": y, "w": w, "h": h}, "value": color}
        g.op("random_erasing", params, erased, EXACT, frames=2)
        g.op("cutout", params, erased, EXACT)
    return g


def gaussian_blur() -> Golden:
    g = Golden("gaussian_blur")
    for sigma, size in ((0.1, 3), (0.5, 3), (1.0, 5), (1.3, 23), (2.0, 11)):
        p = {"sigma": sigma, "kernel_size": size}
        g.op("gaussian_blur", p, by_torchvision(lambda t, s=sigma, k=size: F.gaussian_blur(t, [k, k], [s, s])))
    for sigma, size, source in ((0.8, 7, "smooth"), (3.0, 31, "scene"), (12.0, 63, "smooth")):

        def blur(c: Clip, k: int = size, s: float = sigma) -> Clip:
            # in float32: OpenCV's own 8-bit path rounds its weights
            out = [cv2.GaussianBlur(f.astype(np.float32), (k, k), s, borderType=cv2.BORDER_REFLECT_101) for f in c]
            return np.rint(np.stack(out)).astype(np.uint8)

        g.op("gaussian_blur", {"sigma": sigma, "kernel_size": size}, blur, ROUNDED, "opencv", source, 2)
    return g


def warp(matrix: list, fill: tuple) -> Callable[[Clip], Clip]:
    """Bilinear sampling in float64 at a map from result to source, pixel i centred at i; outside is fill."""

    def run(c: Clip) -> Clip:
        _, h, w, _ = c.shape
        a = np.array(matrix, float).reshape(2, 3)
        padded = np.pad(c.astype(float), ((0, 0), (1, 1), (1, 1), (0, 0)))
        padded[:, [0, -1]], padded[:, :, [0, -1]] = fill, fill
        y, x = np.mgrid[0:h, 0:w].astype(float)
        sx = np.clip(a[0, 0] * x + a[0, 1] * y + a[0, 2], -1, w)
        sy = np.clip(a[1, 0] * x + a[1, 1] * y + a[1, 2], -1, h)
        x0, y0 = np.minimum(np.floor(sx).astype(int), w - 1), np.minimum(np.floor(sy).astype(int), h - 1)
        u, v = (sx - x0)[..., None], (sy - y0)[..., None]
        top = (1 - u) * padded[:, y0 + 1, x0 + 1] + u * padded[:, y0 + 1, x0 + 2]
        low = (1 - u) * padded[:, y0 + 2, x0 + 1] + u * padded[:, y0 + 2, x0 + 2]
        return np.rint((1 - v) * top + v * low).astype(np.uint8)

    return run


def warped_by_opencv(degrees: float, fill: tuple) -> Callable[[Clip], Clip]:
    def run(c: Clip) -> Clip:
        _, h, w, _ = c.shape
        m = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), degrees, 1)
        border = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_CONSTANT, "borderValue": fill}
        return np.stack([cv2.warpAffine(f, m, (w, h), **border) for f in c])

    return run


def rotate() -> Golden:
    g = Golden("rotate")
    for degrees, source in ((10.0, "scene"), (-33.5, "smooth"), (90.0, "smooth"), (180.0, "scene"), (0.0, "scene")):
        p = {"degrees": degrees, "fill": (0, 0, 0)}
        g.op("rotate", p, by_torchvision(lambda t, d=degrees: F.rotate(t, d, interpolation=BILINEAR)), source=source)
    fill = (250, 20, 90)
    for degrees in (7.0, -120.0):
        p = {"degrees": degrees, "fill": fill}
        g.op("rotate", p, warped_by_opencv(degrees, fill), ROUNDED, "opencv", "smooth")
        sin, cos = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
        _, h, w, _ = INPUTS["smooth"].shape
        cx, cy = (w - 1) / 2, (h - 1) / 2
        m = [cos, -sin, cx - cos * cx + sin * cy, sin, cos, cy - sin * cx - cos * cy]
        g.op("rotate", p, warp(m, fill), ROUNDED, "formula", "smooth", 2)
    return g


def affine(**what: object) -> Callable[[torch.Tensor], torch.Tensor]:
    args = {"angle": 0.0, "translate": [0, 0], "scale": 1.0, "shear": [0.0, 0.0], "interpolation": BILINEAR, **what}
    return lambda t: F.affine(t, **args)


def rand_augment() -> Golden:
    g = Golden("rand_augment")

    def case(name: str, value: float, f: Callable[[torch.Tensor], torch.Tensor], tolerance: tuple,
             source: str = "scene", frames: int = 1, whole: bool = False) -> None:  # fmt: skip
        params = {"ops": [{"name": name, "value": value}], "fill": (0, 0, 0)}
        g.op("rand_augment", params, by_torchvision(f, whole), tolerance, source=source, frames=frames)

    case("identity", 0, lambda t: t, EXACT)
    for v in (-0.3, 0.09, 0.21):
        degrees = float(np.degrees(np.arctan(v)))
        case("shear_x", v, affine(shear=[degrees, 0.0], center=[0, 0]), ROUNDED)
        case("shear_y", v, affine(shear=[0.0, degrees], center=[0, 0]), ROUNDED)
    for v in (-23, 7):
        case("translate_x", v, affine(translate=[v, 0]), EXACT)
        case("translate_y", v, affine(translate=[0, v]), EXACT)
    for v in (-30.0, 9.0):
        case("rotate", v, lambda t, v=v: F.rotate(t, v, interpolation=BILINEAR), ROUNDED)
    for v in (0.1, 0.73, 1.9):
        case("brightness", v, lambda t, v=v: F.adjust_brightness(t, v), CUT)
        case("color", v, lambda t, v=v: F.adjust_saturation(t, v), CUT_TWICE)
        case("contrast", v, lambda t, v=v: F.adjust_contrast(t, v), CUT_TWICE, source="smooth")
        case("sharpness", v, lambda t, v=v: F.adjust_sharpness(t, v), CUT)
    case("sharpness", 1.9, lambda t: F.adjust_sharpness(t, 1.9), CUT, source="smooth")
    for bits in (4, 7):
        case("posterize", bits, lambda t, b=bits: F.posterize(t, b), EXACT)
    for v in (255.0, 178.5, 0.0):
        case("solarize", v, lambda t, v=v: F.solarize(t, v), EXACT)
    for source, frames in (("scene", 1), ("smooth", 1), ("smooth", 2)):  # statistics of all frames together
        case("autocontrast", 0, F.autocontrast, EXACT, source, frames, whole=True)
        case("equalize", 0, F.equalize, EXACT, source, frames, whole=True)
    return g


def rect(x: int, y: int, w: int, h: int) -> dict:
    return {"x": x, "y": y, "w": w, "h": h}


def geometry() -> Golden:
    """Views of the scene, and the op that does the same after a pixel op."""
    g = Golden("geometry")
    regions = [  # region, size, mirrored
        ((0, 0, 52, 40), (20, 26), False), ((4, 2, 32, 32), (16, 16), False), ((10, 6, 30, 20), (24, 24), True),
        ((2, 0, 12, 14), (24, 24), False), ((8, 8, 24, 18), (18, 24), True), ((0, 0, 50, 2), (7, 9), False),
    ]  # fmt: skip
    for (x, y, w, h), size, flip in regions:

        def crop(t: torch.Tensor, a: tuple = (y, x, h, w), size: tuple = size, flip: bool = flip) -> torch.Tensor:
            t = F.resized_crop(t, *a, list(size), interpolation=BILINEAR, antialias=True)
            return F.horizontal_flip(t) if flip else t

        what = {"crop": rect(x, y, w, h), "width": size[1], "height": size[0], "flip": flip}
        want = by_torchvision(crop)(INPUTS["scene"])
        g.add(want, ROUNDED, TORCHVISION, "scene", 3, view=what)
        g.cases.append({**g.cases[-1], "op": {"name": "resample", "params": what}})
        del g.cases[-1]["view"]
    chains = [  # settings of transforms, in torchvision's words and in ours
        ([v2.CenterCrop(20)], [{"center_crop": {"size": 20}}], EXACT),
        ([v2.RandomHorizontalFlip(1)], [{"horizontal_flip": {"p": 1}}], EXACT),
        ([v2.Resize(20, antialias=True), v2.CenterCrop(18)],
         [{"resize": {"size": 20}}, {"center_crop": {"size": 18}}], (23, 0.4)),  # the edge: we cut before scaling
    ]  # fmt: skip
    for steps, ours, tolerance in chains:
        want = pixels(v2.Compose(steps)(tensor(INPUTS["scene"])))
        g.add(want, tolerance, TORCHVISION, "scene", 3, transforms=ours)
    return g


def quantiles(values: list) -> list:
    return [round(float(q), 5) for q in np.quantile(values, np.linspace(0, 1, 33))]


def draws() -> dict:
    """What torchvision draws, as quantiles, and the frames of PyTorchVideo's uniform_temporal_subsample."""
    torch.manual_seed(1)
    n, h, w = 20000, 240, 320
    picture = torch.zeros(3, h, w)
    out = []
    crop, erase = torchvision.transforms.RandomResizedCrop.get_params, torchvision.transforms.RandomErasing.get_params
    crops = np.array([crop(picture, [0.08, 1], [3 / 4, 4 / 3]) for _ in range(n)])
    erased = np.array([erase(picture, (0.02, 0.33), (0.3, 3.3), [0])[:4] for _ in range(n)])
    for name, (y, x, rh, rw) in (("random_resized_crop", crops.T), ("random_erasing", erased.T)):
        ok = (rh < h) | (rw < w) | (name == "random_resized_crop")
        y, x, rh, rw = y[ok], x[ok], rh[ok], rw[ok]
        out.append({"transform": name, "width": w, "height": h, "area": quantiles(rh * rw / (h * w)),
                    "log_ratio": quantiles(np.log(rw / rh)), "x": quantiles(x), "y": quantiles(y)})  # fmt: skip
    lines = []
    for total in (1, 2, 7, 16, 100, 301):
        for frames in (1, 2, 8, 16):
            # torch.linspace(0, t - 1, num_samples), clamped, cut to whole numbers
            at = torch.linspace(0, total - 1, frames, dtype=torch.float64).clamp(0, total - 1).long().tolist()
            lines.append({"frames": total, "samples": frames, "index": at})
    return {"draws": out, "uniform_temporal_subsample": lines}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent.parent / "augment/testdata/golden")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    inputs = Golden("input")
    for name, c in INPUTS.items():
        inputs.add(c, EXACT, "none", name, len(c))
    for g in (inputs, geometry(), color_jitter(), simple(), gaussian_blur(), rotate(), rand_augment()):
        g.write(folder)
    write_json(folder / "draws.json", draws())
    print(sum(f.stat().st_size for f in folder.iterdir()), "bytes in", folder)


if __name__ == "__main__":
    main()
