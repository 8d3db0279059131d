"""A ResNet-20 (He et al. 2016, section 4.2) on synthetic 32 x 32 images; on the command line, `benchmarks/resnet20.py:risk`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from landscape import EmpiricalRisk

IMAGES, CLASSES, SIDE = 256, 10, 32
EPOCHS, BATCH = 8, 64
BLOCKS = 3  # in each of three stages: 6 * BLOCKS + 2 layers


class Block(nn.Module):
    """Two convolutions with a shortcut; where the number of channels doubles, it is subsampled and zero-padded (option A of He et al.)."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.stride, self.missing = 1 + (before != after), after - before
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, self.stride, 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False),
            nn.BatchNorm2d(after),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return relu(body(x) + x)."""
        shortcut = nn.functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.missing // 2, self.missing // 2))
        return torch.relu(self.body(x) + shortcut)


def resnet20() -> nn.Module:
    """Return the network, with 269,722 parameters, initialized as by He et al."""
    widths = (16, *(width for width in (16, 32, 64) for _ in range(BLOCKS)))
    blocks = [Block(*pair) for pair in zip(widths[:-1], widths[1:], strict=True)]
    stem = [nn.Conv2d(3, widths[0], 3, 1, 1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    model = nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(widths[-1], CLASSES))
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return model


def images() -> tuple[Tensor, Tensor]:
    """Return images (N, 3, 32, 32) and classes (N,): a random pattern for each class, with random shifts and noise."""
    generator = torch.Generator().manual_seed(0)
    patterns = nn.functional.interpolate(torch.randn(CLASSES, 3, 5, 5, generator=generator), SIDE, mode="bicubic")
    classes = torch.arange(IMAGES) % CLASSES
    shifts = torch.randint(-6, 7, (IMAGES, 2), generator=generator).tolist()
    shifted = torch.stack([pattern.roll(shift, (1, 2)) for pattern, shift in zip(patterns[classes], map(tuple, shifts), strict=True)])
    return shifted + 0.7 * torch.randn(shifted.shape, generator=generator), classes


def trained(model: nn.Module, inputs: Tensor, targets: Tensor) -> nn.Module:
    """Return the model after a few epochs of SGD with momentum and weight decay, as by He et al."""
    generator = torch.Generator().manual_seed(1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
    for _ in range(EPOCHS):
        for batch in torch.randperm(IMAGES, generator=generator).split(BATCH):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs[batch]), targets[batch]).backward()
            optimizer.step()
    return settled(model, inputs)


def settled(model: nn.Module, inputs: Tensor) -> nn.Module:
    """Recompute the BatchNorm statistics with the final weights: running averages of a short training lag behind."""
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.reset_running_stats()
            layer.momentum = None  # the mean over batches
    with torch.no_grad():
        for batch in inputs.split(BATCH):
            model(batch)
    return model


def risk() -> EmpiricalRisk:
    """Return the risk of the trained network in float32; deterministic, and takes some seconds on two cores."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = resnet20()
    inputs, targets = images()
    loss = nn.CrossEntropyLoss(reduction="none")
    return EmpiricalRisk(trained(model, inputs, targets), loss, (inputs, targets), dtype=torch.float32)
