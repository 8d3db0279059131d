"""Methods of matrices: the update of a whole weight matrix is made orthogonal, so that all of its directions are learned alike."""

from __future__ import annotations

from types import MappingProxyType

import torch
from torch import Tensor

from landscape.catalogue import Catalogue, Parameter, Value
from landscape.descent.method import Descent, Optimizer, Slope, decay, rate
from landscape.errors import LandscapeError, Phrase
from landscape.objective import ArrayLike, Block, Objective

matrix_methods = Catalogue("optimizers")


def is_matrix(block: Block) -> bool:
    """Return whether the parameter is a matrix of weights."""
    return block.kind == "filters" and len(block.shape) == 2


class _Muon(Descent):
    """torch.optim.Muon on each matrix of weights; what is none, such as a bias, goes by AdamW with the same rate and decay (Jordan 2024).

    The orthogonalization computes in bfloat16, as torch does it: singular values of an update lie between about 0.7 and 1.2, not at 1.
    """

    def __init__(self, optimizer: Optimizer, objective: Objective, theta: ArrayLike, seed: int = 0):
        if not any(is_matrix(block) for block in objective.blocks):
            raise LandscapeError("no_matrices", owner=optimizer.name, got=Phrase("none"))
        super().__init__(optimizer, objective, theta, seed)
        settings = dict(optimizer.settings)
        matrices, others = ([block for block in objective.blocks if is_matrix(block) == wanted] for wanted in (True, False))
        self._matrices = {block: self._part(self._theta, block) for block in matrices}
        self._others = {block: self._part(self._theta, block) for block in others}
        self._methods: list[torch.optim.Optimizer] = [torch.optim.Muon(list(self._matrices.values()), **settings)]
        if self._others:
            adam = {"lr": settings["lr"], "weight_decay": settings["weight_decay"]}
            self._methods.append(torch.optim.AdamW(list(self._others.values()), foreach=False, **adam))

    @staticmethod
    def _part(vector: Tensor, block: Block) -> Tensor:
        return vector[block.start : block.stop].view(block.shape)

    def _move(self, gradient: Tensor, lr: float, slope: Slope) -> dict[str, Tensor]:
        for block, part in (self._matrices | self._others).items():
            part.grad = self._part(gradient, block)
        for method in self._methods:
            method.param_groups[0]["lr"] = lr
            method.step()
        memory = torch.zeros_like(gradient)
        for key, method, parts in zip(("momentum_buffer", "exp_avg"), self._methods, (self._matrices, self._others), strict=False):
            for block, part in parts.items():
                self._part(memory, block).copy_(method.state[part][key])
        return {"m": memory}


@matrix_methods.entry(
    "muon",
    "Muon",
    rate(1e-3),
    Parameter("momentum", 0.95, "momentum", low=0.0, high=0.9999),
    Parameter("nesterov", True, "Nesterov's momentum"),
    Parameter("ns_steps", 5, "Newton-Schulz steps", low=1, high=20),
    Parameter("adjust_lr_fn", "original", "scale by shape", choices=("original", "match_rms_adamw")),
    decay(0.1),
    Parameter("eps", 1e-7, "epsilon", low=1e-16, high=1.0, scale="log"),
    formula=(
        r"M \leftarrow \mu M + (1 - \mu)\, G,\quad W \leftarrow (1 - \eta \lambda) W"
        r" - \eta \sqrt{\max(1, \tfrac{n}{m})}\; U V^\top,\quad U \Sigma V^\top = \mu M + (1 - \mu)\, G"
    ),
    source="Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks",
    order=1,
    full_batch=False,
    matrices=True,
)
def _muon(**settings: Value) -> Optimizer:
    return Optimizer(matrix_methods["muon"], MappingProxyType(settings), _Muon)
