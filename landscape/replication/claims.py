"""The catalogue of claims: each builds a `Verdict` from a `Run`."""

from __future__ import annotations

from landscape.catalogue import Catalogue
from landscape.replication.bezier import bezier
from landscape.replication.claim import Run, Verdict
from landscape.replication.dauphin import dauphin
from landscape.replication.edge_of_stability import edge_of_stability
from landscape.replication.hessian_outliers import hessian_outliers
from landscape.replication.initial_line import initial_line
from landscape.replication.keskar import keskar
from landscape.replication.pca_share import pca_share
from landscape.replication.river_valley import river_valley
from landscape.replication.sam import sam
from landscape.replication.skip_connections import skip_connections

claims = Catalogue("claims").extended(
    edge_of_stability,
    skip_connections,
    bezier,
    sam,
    hessian_outliers,
    initial_line,
    pca_share,
    dauphin,
    river_valley,
    keskar,
)


def replicate(name: str, run: Run | None = None) -> Verdict:
    """Run the claim `name` of the catalogue."""
    return claims.make(name, run or Run())
