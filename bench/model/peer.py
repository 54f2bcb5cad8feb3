"""The peer of main.go: the same training step in PyTorch. Usage: peer.py [contig|cl3d] [f32|bf16] [threads] [steps]"""

import resource
import sys
import time

import torch
from torch import nn

layout, dtype, threads, steps = (sys.argv[1:] + ["cl3d", "f32", "2", "6"][len(sys.argv) - 1 :])[:4]
torch.set_num_threads(int(threads))


def conv(i, o, k, s, p):
    return nn.Conv3d(i, o, k, s, p, bias=False)


class Block(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.conv1, self.bn1 = conv(i, o, 3, s, 1), nn.BatchNorm3d(o)
        self.conv2, self.bn2 = conv(o, o, 3, 1, 1), nn.BatchNorm3d(o)
        self.relu = nn.ReLU(inplace=True)
        self.down = nn.Sequential(conv(i, o, 1, s, 0), nn.BatchNorm3d(o)) if s > 1 else nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.down(x))


net = nn.Sequential(
    nn.Conv3d(3, 64, (3, 7, 7), (1, 2, 2), (1, 3, 3), bias=False),
    nn.BatchNorm3d(64),
    nn.ReLU(inplace=True),
    *[Block(i, o, s) for i, o, s in [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2), (512, 512, 1)]],
    nn.AdaptiveAvgPool3d(1),
    nn.Flatten(),
    nn.Linear(512, 128, bias=False),
)
x = torch.randn(4, 3, 16, 112, 112)
if layout == "cl3d":
    net, x = net.to(memory_format=torch.channels_last_3d), x.to(memory_format=torch.channels_last_3d)
sgd = torch.optim.SGD(net.parameters(), 0.01, momentum=0.9, weight_decay=1e-4)
best = best_cpu = best_forward = 1e9
for _ in range(int(steps)):
    start, used = time.perf_counter(), time.process_time()
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bf16"):
        y = net(x)
    forward = time.perf_counter() - start
    loss = (y.float() ** 2).mean()
    sgd.zero_grad()
    loss.backward()
    sgd.step()
    best, best_forward = min(best, time.perf_counter() - start), min(best_forward, forward)
    best_cpu = min(best_cpu, time.process_time() - used)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
print(f"R3D-18 PyTorch {torch.__version__} {layout} {dtype} threads {threads}: step {best:.3f} s ({best_cpu:.3f} s of CPU), forward {best_forward:.3f} s, peak {peak} MB")
