"""The models of package model/nn in PyTorch, and numbers that both sides can compute.

torchvision's own models at width and depth 1 with their own stems; at others the same models put together from torchvision's
blocks; PyTorchVideo's slow_r50 and our c3d and tiny3d written out. Names are those of package model/nn throughout.
"""

import functools
import math
from collections import OrderedDict
from functools import partial

import numpy as np
import torch
from torch import nn
from torchvision.models import resnet, resnet18, resnet50
from torchvision.models.video import r2plus1d_18, r3d_18, s3d
from torchvision.models.video import resnet as video
from torchvision.models.video.s3d import S3D, Conv3dNormActivation, SepInceptionBlock3D, TemporalSeparableConv


def numbers(name: str, n: int) -> np.ndarray:
    """n numbers from -1 to 1, from a hash of the name and the place."""
    h = 2166136261
    for c in name.encode():
        h = (h ^ c) * 16777619 & 0xFFFFFFFF
    x = np.arange(n, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(h)
    x = (x ^ x >> np.uint32(16)) * np.uint32(0x7FEB352D)
    x = (x ^ x >> np.uint32(15)) * np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**23 - 1


@functools.lru_cache(200)
def value(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """The value of a parameter or buffer in the tests, float32."""
    v = numbers(name, math.prod(shape)).reshape(shape)
    if name.endswith(("running_mean", "bias")):
        v = 0.1 * v
    elif name.endswith("running_var"):
        v = 1 + 0.5 * v
    elif len(shape) == 1:
        v = 1 + 0.25 * v
    else:
        v = v * math.sqrt(6 / math.prod(shape[1:]))
    return v.astype(np.float32)


def fill(model: nn.Module) -> nn.Module:
    """Gives all parameters and buffers the values of the tests, as float64."""
    model.double()
    with torch.no_grad():
        for name, t in model.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                t.copy_(torch.from_numpy(value(name, tuple(t.shape))))
    return model


def times(n: int, by: float) -> int:
    return max(1, math.floor(n * by + 0.5))


def build(arch: str, width: float = 1, depth: float = 1, stem: str = "", classes: int = 10) -> nn.Module:
    """A model as package model/nn builds it."""
    ch, blocks, small = partial(times, by=width), partial(times, by=depth), stem == "small"
    if (width, depth, stem) == (1, 1, "") and arch in PUBLISHED:
        model = PUBLISHED[arch](num_classes=classes)
        if isinstance(model, S3D):
            model.classifier[0].p = 0.0
            model.avgpool = Window()
        return model
    if arch in ("r3d_18", "r2plus1d_18"):
        return video_resnet(arch, ch, blocks, small, classes)
    if arch in ("resnet18", "resnet50"):
        return image_resnet(arch, ch, blocks, small, classes)
    return {"s3d": inception, "slow_r50": slow, "c3d": c3d, "tiny3d": Tiny}[arch](ch, blocks, small, classes)


PUBLISHED = {"r3d_18": r3d_18, "r2plus1d_18": r2plus1d_18, "s3d": s3d, "resnet18": resnet18, "resnet50": resnet50}


def empty(cls: type) -> nn.Module:
    """A module whose own __init__, with its fixed sizes, does not run."""
    model = cls.__new__(cls)
    nn.Module.__init__(model)
    return model


def conv(i: int, o: int, kernel: tuple, stride: tuple = (1, 1, 1)) -> nn.Conv3d:
    return nn.Conv3d(i, o, kernel, stride, tuple(k // 2 for k in kernel), bias=False)


def video_resnet(arch, ch, blocks, small, classes):
    m = empty(video.VideoResNet)
    m.inplanes = ch(64)
    k, s = (3, 1) if small else (7, 2)
    if arch == "r3d_18":
        make = video.Conv3DSimple
        m.stem = nn.Sequential(conv(3, ch(64), (3, k, k), (1, s, s)), nn.BatchNorm3d(ch(64)), nn.ReLU())
    else:
        make = video.Conv2Plus1D
        m.stem = nn.Sequential(
            conv(3, ch(45), (1, k, k), (1, s, s)), nn.BatchNorm3d(ch(45)), nn.ReLU(),
            conv(ch(45), ch(64), (3, 1, 1)), nn.BatchNorm3d(ch(64)), nn.ReLU(),
        )  # fmt: skip
    for n, planes in enumerate((64, 128, 256, 512)):
        layer = m._make_layer(video.BasicBlock, make, ch(planes), blocks(2), 2 if n else 1)
        setattr(m, f"layer{n + 1}", layer)
    m.avgpool = nn.AdaptiveAvgPool3d(1)
    m.fc = nn.Linear(m.inplanes, classes)
    return m


def image_resnet(arch, ch, blocks, small, classes):
    m = empty(resnet.ResNet)
    m.inplanes, m.dilation, m.groups, m.base_width, m._norm_layer = ch(64), 1, 1, 64, nn.BatchNorm2d
    k, s = (3, 1) if small else (7, 2)
    m.conv1 = nn.Conv2d(3, ch(64), k, s, k // 2, bias=False)
    m.bn1, m.relu = nn.BatchNorm2d(ch(64)), nn.ReLU(inplace=True)
    m.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
    block, counts = (resnet.BasicBlock, (2, 2, 2, 2)) if arch == "resnet18" else (resnet.Bottleneck, (3, 4, 6, 3))
    for n, count in enumerate(counts):
        setattr(m, f"layer{n + 1}", m._make_layer(block, ch(64 << n), blocks(count), 2 if n else 1))
    m.avgpool = nn.AdaptiveAvgPool2d(1)
    m.fc = nn.Linear(m.inplanes, classes)
    return m


class Window(nn.Module):
    """torchvision's pooling of S3D, of what there is where the map is smaller than its window."""

    def forward(self, x):
        window = [min(a, b) for a, b in zip((2, 7, 7), x.shape[2:], strict=True)]
        return nn.functional.avg_pool3d(x, window, stride=1)


GROUPS = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    ((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64), (112, 144, 288, 32, 64, 64),
     (256, 160, 320, 32, 128, 128)),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)  # fmt: skip


def inception(ch, blocks, small, classes):
    norm = partial(nn.BatchNorm3d, eps=0.001, momentum=0.001)
    pool = partial(nn.MaxPool3d, kernel_size=(1, 3, 3), stride=(1, 2, 2), padding=(0, 1, 1))
    k, s = (3, 1) if small else (7, 2)
    layers = [
        TemporalSeparableConv(3, ch(64), k, s, k // 2, norm),
        nn.Identity() if small else pool(),
        Conv3dNormActivation(ch(64), ch(64), kernel_size=1, stride=1, norm_layer=norm),
        TemporalSeparableConv(ch(64), ch(192), 3, 1, 1, norm),
        pool(),
    ]
    at = ch(192)
    for n, group in enumerate(GROUPS):
        if n:
            layers.append(nn.MaxPool3d(3, 2, 1) if n == 1 else nn.MaxPool3d(2, 2))
        for k in range(blocks(len(group))):
            c = [ch(v) for v in group[min(k, len(group) - 1)]]
            layers.append(SepInceptionBlock3D(at, *c, norm))
            at = c[0] + c[2] + c[4] + c[5]
    m = empty(S3D)
    m.features, m.avgpool = nn.Sequential(*layers), Window()
    m.classifier = nn.Sequential(nn.Identity(), nn.Conv3d(at, classes, 1))
    return m


class Bottleneck(nn.Module):
    """A residual block of PyTorchVideo's slow_r50."""

    def __init__(self, i, inner, time, stride):
        super().__init__()
        o, s = 4 * inner, (1, stride, stride)
        if i != o or stride != 1:
            self.branch1_conv, self.branch1_norm = conv(i, o, (1, 1, 1), s), nn.BatchNorm3d(o)
        self.branch2 = nn.Sequential(OrderedDict(
            conv_a=conv(i, inner, (time, 1, 1)), norm_a=nn.BatchNorm3d(inner), act_a=nn.ReLU(),
            conv_b=conv(inner, inner, (1, 3, 3), s), norm_b=nn.BatchNorm3d(inner), act_b=nn.ReLU(),
            conv_c=conv(inner, o, (1, 1, 1)), norm_c=nn.BatchNorm3d(o),
        ))  # fmt: skip

    def forward(self, x):
        short = self.branch1_norm(self.branch1_conv(x)) if hasattr(self, "branch1_conv") else x
        return torch.relu(short + self.branch2(x))


def slow(ch, blocks, small, classes):
    k, s = (3, 1) if small else (7, 2)
    stem = OrderedDict(conv=conv(3, ch(64), (1, k, k), (1, s, s)), norm=nn.BatchNorm3d(ch(64)), activation=nn.ReLU())
    if not small:
        stem["pool"] = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))
    stages, at = [nn.Sequential(stem)], ch(64)
    for n, count in enumerate((3, 4, 6, 3)):
        made = []
        for k in range(blocks(count)):
            made.append(Bottleneck(at, ch(64 << n), 3 if n >= 2 else 1, 2 if n and not k else 1))
            at = 4 * ch(64 << n)
        stages.append(nn.Sequential(OrderedDict(res_blocks=nn.Sequential(*made))))
    head = OrderedDict(pool=nn.AdaptiveAvgPool3d(1), flatten=nn.Flatten(), proj=nn.Linear(at, classes))
    return nn.Sequential(OrderedDict(blocks=nn.Sequential(*stages, nn.Sequential(head))))


def c3d(ch, blocks, small, classes):
    layers, at = OrderedDict(), 3
    for n, (planes, count) in enumerate(((64, 1), (128, 1), (256, 2), (512, 2), (512, 2))):
        if n > 1 or (n == 1 and not small):
            layers[f"pool{n}"] = nn.MaxPool3d((1, 2, 2) if n == 1 else 2)
        for k in range(blocks(count)):
            name = f"{n + 1}" + ("abcdefgh"[k] if count > 1 or k else "")
            layers[f"conv{name}"], layers[f"bn{name}"] = conv(at, ch(planes), (3, 3, 3)), nn.BatchNorm3d(ch(planes))
            layers[f"relu{name}"] = nn.ReLU()
            at = ch(planes)
    layers["pool"], layers["flatten"], layers["fc"] = nn.AdaptiveAvgPool3d(1), nn.Flatten(), nn.Linear(at, classes)
    return nn.Sequential(layers)


class Tiny(nn.Module):
    """Our tiny3d."""

    def __init__(self, ch, blocks, small, classes):
        super().__init__()
        self.layers, at = nn.ModuleList(), 3
        for n, (planes, stride) in enumerate(((16, (1, 2, 2)), (32, (2, 2, 2)), (64, (1, 2, 2)), (128, (2, 1, 1)))):
            for k in range(blocks(1)):
                first = (1, 1, 1) if k or (small and not n) else stride
                pair = OrderedDict(conv=conv(at, ch(planes), (3, 3, 3), first), bn=nn.BatchNorm3d(ch(planes)))
                self.layers.append(nn.Sequential(pair))
                at = ch(planes)
        self.fc = nn.Linear(at, classes)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.fc(x.mean((2, 3, 4)))
