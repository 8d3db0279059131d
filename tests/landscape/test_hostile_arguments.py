"""Hostile arguments of the public functions: each is refused in one sentence, and what is a number or an array in other clothes works."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

import landscape
from landscape.errors import LandscapeError
from landscape.planes.directions import Situation

NAN, INF = float("nan"), float("inf")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 2))
Y = X @ [1.0, 2.0] + 0.1 * RNG.normal(size=20)
THETA = np.array([1.0, 2.0])
HIMMELBLAU = landscape.make_function("himmelblau")
MODEL = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
RISK = landscape.EmpiricalRisk(MODEL, lambda outputs, targets: (outputs[:, 0] - targets) ** 2, (X, Y))
PLANE = landscape.coordinate_plane(THETA, 0, 1)
WINDOW = ((-1.0, 1.0), (-1.0, 1.0))
RUN = landscape.descend(HIMMELBLAU, landscape.make_optimizer("gd", lr=0.01), THETA, steps=3)
LINE = landscape.make_dataset("line")
FIT = landscape.fit_linear(X, Y, "huber")

NO_WHOLE = {"not_whole": (2.5, "3", True, NAN, None, np.array([2, 3]), 1j), "out_of_range": (0, -1)}
NO_SEED = {"not_whole": (2.5, "3", True, NAN, None, np.array([2, 3])), "out_of_range": (10**30,)}
NO_NUMBER = {"not_a_number": ("1", True, NAN, INF, None, np.array([1.0, 2.0]), 1j), "out_of_range": (-1.0,)}
NO_NAME = {"unknown_name": (3, None, "nope", ["LA"], b"LA")}
NO_VECTORS = (None, "x", ["a", "b"], {}, [None, 2.0], THETA + 1j, MODEL, [[1.0], [2.0, 3.0]])
NO_THETA = {"no_array": NO_VECTORS, "wrong_shape": ([1, 2, 3], [[1.0, 2.0]], 3.0)}
NO_OBJECTIVE = {"no_objective_given": (None, 3, "himmelblau", MODEL)}
NO_WINDOW = {
    "no_window": (
        None, "ab", 3, (-1, 1), ((-1, 1),), ((1, -1), (0, 1)), ((0, 0), (0, 1)), ((NAN, 1), (0, 1)), ((0, INF), (0, 1)),
        ((-1e308, 1e308), (0, 1)), ((0, 1), (0, 1), (0, 1)), (("0", "1"), (0, 1)), ((True, 2), (0, 1)), ((0, 1, 2), (0, 1)),
    )
}  # fmt: skip
NO_SIDES = {
    "not_whole": (2.5, True, "51", NAN, None, (2, 3.5), (2, "3")),
    "out_of_range": (0, -3, 10**9, 10**400, (2, 1)),
    "wrong_shape": ((2, 3, 4),),
}
NO_FEATURES = {"no_array": (None, "x", [[1, "a"]], [[1, 2], [3]], X + 1j), "wrong_shape": (X[:5], X[:, :, None]), "no_points": (X[:0],)}
NO_TARGETS = {"no_array": (None, "x", ["a"] * 20, [[1, 2], [3]], Y + 1j), "wrong_shape": (Y[:5], 3.0)}
NO_RUN = {"no_such_record": (None, THETA, "x")}
NO_PLANE = {"no_such_record": (None, WINDOW)}

surface = partial(landscape.sample_surface, HIMMELBLAU, PLANE, WINDOW, resolution=2)
maps = partial(landscape.sample_quantities, RISK, landscape.random_plane(RISK, RISK.theta), WINDOW, ["loss"], resolution=2)
slices = partial(landscape.slice_points, HIMMELBLAU, PLANE, WINDOW)
critical = partial(landscape.find_critical_points, HIMMELBLAU)
around = partial(landscape.random_plane, RISK, RISK.theta)
walk = partial(landscape.random_walk_variance, 10, 5)
descended = partial(landscape.descend, HIMMELBLAU, landscape.make_optimizer("gd"), steps=2)
density = partial(landscape.spectral_density, HIMMELBLAU, THETA, probes=2, steps=2)
trace = partial(landscape.hessian_trace, HIMMELBLAU, THETA, probes=2)
joined = partial(landscape.connect, RISK, RISK.theta, RISK.theta + 1, steps=2, resolution=5)
blocks = partial(landscape.block_curvatures, RISK, RISK.theta, probes=2)
saved = partial(landscape.save_result, "/nowhere/at/all.npz")

# A function of the hostile argument, and what it refuses by code. Named after the public function and the argument.
TABLE = {
    "sample_surface objective": (lambda v: landscape.sample_surface(v, PLANE, WINDOW), NO_OBJECTIVE),
    "sample_surface plane": (lambda v: landscape.sample_surface(HIMMELBLAU, v, WINDOW), NO_PLANE),
    "sample_surface window": (lambda v: landscape.sample_surface(HIMMELBLAU, PLANE, v, resolution=2), NO_WINDOW),
    "sample_surface resolution": (lambda v: surface(resolution=v), NO_SIDES),
    "sample_surface narrow": (
        lambda v: landscape.sample_surface(HIMMELBLAU, PLANE, (v, (0, 1)), resolution=5),
        {"narrow_window": ((1.0, np.nextafter(1.0, 2.0)),)},
    ),
    "sample_surface tolerance": (lambda v: surface(tolerance=v), {"not_a_number": ("1", True, NAN, 1j), "out_of_range": (-1, 0, 2)}),
    "sample_surface engine": (lambda v: surface(engine=v), NO_NAME),
    "sample_quantities risk": (
        lambda v: landscape.sample_quantities(v, PLANE, WINDOW, ["loss"]),
        {"not_a_risk": (None, MODEL, HIMMELBLAU)},
    ),
    "sample_quantities plane": (lambda v: landscape.sample_quantities(RISK, v, WINDOW, ["loss"]), NO_PLANE),
    "sample_quantities window": (lambda v: landscape.sample_quantities(RISK, PLANE, v, ["loss"]), NO_WINDOW),
    "sample_quantities quantities": (
        lambda v: landscape.sample_quantities(RISK, PLANE, WINDOW, v),
        {"unknown_name": (None, 3, ["beauty"], [3], [["loss"]], "beauty")},
    ),
    "sample_quantities resolution": (lambda v: maps(resolution=v), NO_SIDES),
    "sample_quantities curvature": (
        lambda v: landscape.sample_quantities(RISK, PLANE, WINDOW, ["largest_eigenvalue"], curvature_resolution=v),
        NO_SIDES,
    ),
    "sample_quantities of_outputs": (lambda v: maps(of_outputs=v), {"no_functions": (3, ["a"], {"a": 3}, {3: len})}),
    "sample_quantities of_theta": (lambda v: maps(of_theta=v), {"no_functions": (3, {"a": "len"})}),
    "sample_quantities threshold": (lambda v: maps(threshold=v), {"not_a_number": ("0.5", True, NAN, INF)}),
    "sample_quantities ignore_index": (lambda v: maps(ignore_index=v), {"not_whole": ("a", True, NAN, 2.5)}),
    "slice_points objective": (lambda v: landscape.slice_points(v, PLANE, WINDOW), NO_OBJECTIVE),
    "slice_points plane": (lambda v: landscape.slice_points(HIMMELBLAU, v, WINDOW), NO_PLANE),
    "slice_points window": (lambda v: landscape.slice_points(HIMMELBLAU, PLANE, v), NO_WINDOW),
    "slice_points seed": (lambda v: slices(seed=v), NO_SEED),
    "find_critical_points objective": (landscape.find_critical_points, NO_OBJECTIVE),
    "find_critical_points window": (lambda v: critical(window=v), {"no_window": NO_WINDOW["no_window"][1:]}),
    "find_critical_points starts": (lambda v: critical(starts=v), {"no_array": NO_VECTORS[1:], "wrong_shape": ([1, 2], 3.0)}),
    "find_critical_points seed": (lambda v: critical(seed=v), NO_SEED),
    "find_critical_points steps": (lambda v: critical(steps=v), NO_WHOLE),
    "Plane origin": (lambda v: landscape.Plane(v, [1.0, 0.0], [0.0, 1.0]), NO_THETA | {"not_finite": ([NAN, 1.0],)}),
    "Plane u": (lambda v: landscape.Plane(THETA, v, [0.0, 1.0]), NO_THETA | {"not_finite": ([INF, 1.0],), "collinear": ([0, 0], [0, 2])}),
    "Plane.embed": (lambda v: PLANE.embed(v, [1.0, 2.0]), {"no_array": ("x", None, 1j), "wrong_shape": ([1, 2, 3],)}),
    "Plane.project": (PLANE.project, {"no_array": ("x", None, THETA + 1j), "wrong_shape": (3.0, [1, 2, 3])}),
    "Plane.distance": (PLANE.distance, {"no_array": ("x", None, THETA + 1j), "wrong_shape": (3.0, [1, 2, 3])}),
    "coordinate_plane theta": (
        lambda v: landscape.coordinate_plane(v, 0, 1),
        {"no_array": NO_VECTORS, "wrong_shape": ([[1.0, 2.0]], 3.0), "not_finite": ([NAN, 1.0],)},
    ),
    "coordinate_plane i": (
        lambda v: landscape.coordinate_plane(THETA, v, 1),
        {"not_whole": ("0", 0.5, True, NAN, None), "out_of_range": (-1, 2), "collinear": (1,)},
    ),
    "plane_through p": (
        lambda v: landscape.plane_through(v, [1.0, 0.0], [0.0, 1.0]),
        {"no_array": NO_VECTORS, "wrong_shape": NO_THETA["wrong_shape"], "not_finite": ([NAN, 1.0],)},
    ),
    "plane_through q": (lambda v: landscape.plane_through(THETA, v, [0.0, 1.0]), NO_THETA),
    "random_plane objective": (lambda v: landscape.random_plane(v, THETA), NO_OBJECTIVE),
    "random_plane theta": (lambda v: landscape.random_plane(RISK, v), NO_THETA),
    "random_plane seed": (lambda v: around(seed=v), NO_SEED),
    "random_plane normalization": (lambda v: around(normalization=v), NO_NAME),
    "random_plane vectors": (lambda v: around(vectors=v), NO_NAME),
    "hessian_plane objective": (lambda v: landscape.hessian_plane(v, THETA), NO_OBJECTIVE),
    "hessian_plane theta": (lambda v: landscape.hessian_plane(HIMMELBLAU, v), NO_THETA),
    "hessian_plane which": (lambda v: landscape.hessian_plane(HIMMELBLAU, THETA, which=v), NO_NAME),
    "pca_plane trajectory": (landscape.pca_plane, NO_RUN),
    "pca_plane others": (lambda v: landscape.pca_plane(RUN, v), NO_RUN),
    "make_plane name": (lambda v: landscape.make_plane(v, Situation(HIMMELBLAU, (RUN,), 0)), NO_NAME),
    "make_plane situation": (lambda v: landscape.make_plane("pca", v), {"no_such_record": (None, HIMMELBLAU)}),
    "explained_variance plane": (lambda v: landscape.explained_variance(v, RUN.thetas), NO_PLANE),
    "explained_variance thetas": (
        lambda v: landscape.explained_variance(PLANE, v),
        {"no_array": NO_VECTORS, "wrong_shape": ([1, 2], 3.0)},
    ),
    "random_walk_share plane": (lambda v: landscape.random_walk_share(v, 9, 5), NO_NAME),
    "random_walk_share steps": (lambda v: landscape.random_walk_share("pca", v, 5), NO_WHOLE | {"out_of_range": (-1,)}),
    "random_walk_share dim": (lambda v: landscape.random_walk_share("hessian", 9, v), NO_WHOLE),
    "random_walk_variance walks": (lambda v: walk(walks=v), NO_WHOLE),
    "random_walk_variance seed": (lambda v: walk(seed=v), NO_SEED),
    "top_eigenpairs objective": (lambda v: landscape.top_eigenpairs(v, THETA), NO_OBJECTIVE),
    "top_eigenpairs theta": (lambda v: landscape.top_eigenpairs(HIMMELBLAU, v), NO_THETA),
    "top_eigenpairs k": (lambda v: landscape.top_eigenpairs(HIMMELBLAU, THETA, k=v), NO_WHOLE),
    "top_eigenpairs which": (lambda v: landscape.top_eigenpairs(HIMMELBLAU, THETA, which=v), NO_NAME),
    "dense_hessian objective": (lambda v: landscape.dense_hessian(v, THETA), NO_OBJECTIVE),
    "dense_hessian theta": (lambda v: landscape.dense_hessian(HIMMELBLAU, v), NO_THETA),
    "curvature_along direction": (lambda v: landscape.curvature_along(HIMMELBLAU, THETA, v), NO_THETA),
    "rayleigh_quotient direction": (
        lambda v: landscape.rayleigh_quotient(HIMMELBLAU, THETA, v),
        NO_THETA | {"no_direction": ([0.0, 0.0],)},
    ),
    "spectral_density objective": (lambda v: landscape.spectral_density(v, THETA, probes=2, steps=2), NO_OBJECTIVE),
    "spectral_density probes": (lambda v: density(probes=v), NO_WHOLE),
    "spectral_density steps": (lambda v: density(steps=v), NO_WHOLE),
    "spectral_density seed": (lambda v: density(seed=v), NO_SEED),
    "hessian_trace objective": (lambda v: landscape.hessian_trace(v, THETA, probes=2), NO_OBJECTIVE),
    "hessian_trace probes": (lambda v: trace(probes=v), NO_WHOLE),
    "hessian_trace seed": (lambda v: trace(seed=v), NO_SEED),
    "block_curvatures objective": (lambda v: landscape.block_curvatures(v, THETA), NO_OBJECTIVE),
    "block_curvatures k": (lambda v: blocks(k=v), NO_WHOLE),
    "block_curvatures by": (lambda v: blocks(by=v), NO_NAME),
    "box_sharpness steps": (lambda v: landscape.box_sharpness(HIMMELBLAU, THETA, steps=v), NO_WHOLE),
    "box_sharpness epsilon": (lambda v: landscape.box_sharpness(HIMMELBLAU, THETA, epsilon=v), NO_NUMBER),
    "ball_sharpness objective": (lambda v: landscape.ball_sharpness(v, THETA), NO_OBJECTIVE),
    "ball_sharpness rho": (lambda v: landscape.ball_sharpness(HIMMELBLAU, THETA, rho=v), NO_NUMBER),
    "measure_sharpness probes": (lambda v: landscape.measure_sharpness(HIMMELBLAU, THETA, probes=v), NO_WHOLE),
    "descend objective": (lambda v: landscape.descend(v, landscape.make_optimizer("gd"), steps=2), NO_OBJECTIVE),
    "descend optimizer": (lambda v: landscape.descend(HIMMELBLAU, v, steps=2), {"no_such_record": (None, "gd", torch.optim.SGD)}),
    "descend start": (lambda v: descended(v), {"no_array": NO_VECTORS[1:], "wrong_shape": NO_THETA["wrong_shape"]}),
    "descend steps": (lambda v: descended(steps=v), NO_WHOLE),
    "descend batch_size": (
        lambda v: descended(batch_size=v),
        {"not_whole": (2.5, "3", True, NAN, np.array([2, 3])), "out_of_range": (0, -1)},
    ),
    "descend seed": (lambda v: descended(seed=v), NO_SEED),
    "sharpness_along trajectory": (lambda v: landscape.sharpness_along(HIMMELBLAU, v), NO_RUN),
    "sharpness_along every": (lambda v: landscape.sharpness_along(HIMMELBLAU, RUN, every=v), NO_WHOLE),
    "connect objective": (lambda v: landscape.connect(v, THETA, THETA), NO_OBJECTIVE),
    "connect end": (lambda v: landscape.connect(RISK, RISK.theta, v), NO_THETA),
    "connect kind": (lambda v: joined(kind=v), NO_NAME),
    "connect bends": (lambda v: joined(bends=v), NO_WHOLE),
    "connect steps": (lambda v: joined(steps=v), NO_WHOLE),
    "connect lr": (lambda v: joined(lr=v), NO_NUMBER),
    "connect resolution": (lambda v: joined(resolution=v), NO_WHOLE),
    "connect seed": (lambda v: joined(seed=v), NO_SEED),
    "barrier_of losses": (lambda v: landscape.barrier_of([0.0, 1.0], v), NO_THETA),
    "match objective": (lambda v: landscape.match(v, THETA, THETA), NO_OBJECTIVE),
    "match reference": (lambda v: landscape.match(RISK, RISK.theta, v), NO_THETA),
    "count_points dim": (landscape.count_points, NO_WHOLE),
    "count_points balls": (lambda v: landscape.count_points(2, balls=v), NO_WHOLE),
    "count_points seed": (lambda v: landscape.count_points(2, balls=2, seed=v), NO_SEED),
    "expected_points dim": (landscape.expected_points, NO_WHOLE),
    "expected_points matrices": (lambda v: landscape.expected_points(2, matrices=v), NO_WHOLE),
    "index_by_loss objective": (lambda v: landscape.index_by_loss(objective=v), {"no_objective_given": (3, MODEL)}),
    "index_by_loss starts": (lambda v: landscape.index_by_loss(objective=RISK, starts=v), NO_WHOLE),
    "orbits points": (lambda v: landscape.orbits(v, MODEL), {"no_such_record": ([3], [THETA])}),
    "orbits model": (lambda v: landscape.orbits([], v), {"no_such_record": (None, 3, RISK)}),
    "fit_linear inputs": (lambda v: landscape.fit_linear(v, Y, "mse"), NO_FEATURES),
    "fit_linear targets": (lambda v: landscape.fit_linear(X, v, "mse"), NO_TARGETS),
    "fit_linear loss": (lambda v: landscape.fit_linear(X, Y, v), NO_NAME),
    "fit_linear scale": (lambda v: landscape.fit_linear(X, Y, "huber", scale=v), {"not_a_scale": (None, "x", True, NAN, -1, 1j, Y)}),
    "fit_linear start": (lambda v: landscape.fit_linear(X, Y, "tukey", start=v), {"no_array": ("x", ["a"] * 3), "wrong_shape": ([1, 2],)}),
    "fit_high_breakdown inputs": (lambda v: landscape.fit_high_breakdown(v, Y), NO_FEATURES),
    "fit_high_breakdown seed": (lambda v: landscape.fit_high_breakdown(X, Y, seed=v), NO_SEED),
    "fit_score inputs": (lambda v: landscape.fit_score(v, Y > 0, "logistic"), NO_FEATURES),
    "tukey_minima targets": (lambda v: landscape.tukey_minima(X, v), NO_TARGETS),
    "tukey_minima seed": (lambda v: landscape.tukey_minima(X, Y, seed=v), NO_SEED),
    "breakdown_point inputs": (lambda v: landscape.breakdown_point(v, Y, "mse"), NO_FEATURES),
    "breakdown_point shares": (
        lambda v: landscape.breakdown_point(X, Y, "mse", shares=v),
        {"no_array": (None, "x", ["a"]), "wrong_shape": (3, [[0.1]]), "out_of_range": ([2.0],), "not_a_number": ([NAN],)},
    ),
    "breakdown_point seed": (lambda v: landscape.breakdown_point(X, Y, "mse", seed=v), NO_SEED),
    "residual_outliers fit": (lambda v: landscape.residual_outliers(X, Y, v), {"no_such_record": (None, 3)}),
    "residual_outliers threshold": (lambda v: landscape.residual_outliers(X, Y, FIT, threshold=v), NO_NUMBER),
    "detect outliers": (lambda v: landscape.detect(v, Y > 0), {"no_such_record": (None, 3)}),
    "detect bad": (
        lambda v: landscape.detect(landscape.residual_outliers(X, Y, FIT), v),
        {"no_array": (None, "x"), "wrong_shape": ([1, 2], True)},
    ),
    "make_dataset name": (landscape.make_dataset, NO_NAME),
    "make_dataset seed": (lambda v: landscape.make_dataset("line", seed=v), {"not_a_number": (None, "3", True), "not_whole": (2.5,)}),
    "make_dataset n": (lambda v: landscape.make_dataset("line", n=v), {"not_a_number": (None, "3", True), "not_whole": (12.5,)}),
    "make_dataset parameter": (lambda v: landscape.make_dataset("line", **{v: 1}), {"unknown_parameter": ("size",)}),
    "make_function name": (landscape.make_function, NO_NAME),
    "make_loss delta": (lambda v: landscape.make_loss("huber", delta=v), {"not_a_number": (None, "1", True, NAN), "out_of_range": (0.0,)}),
    "make_optimizer lr": (lambda v: landscape.make_optimizer("gd", lr=v), {"not_a_number": (None, "1", True), "out_of_range": (-1.0,)}),
    "make_optimizer flag": (lambda v: landscape.make_optimizer("muon", nesterov=v), {"not_a_flag": (None, "1", 2, NAN, Y)}),
    "make_model dataset": (lambda v: landscape.make_model("mlp", v), {"no_such_record": (None, (X, Y))}),
    "make_model widths": (
        lambda v: landscape.make_model("mlp", LINE, widths=v),
        {"not_widths": (3, "3", [3.5], [True], None, [[4]]), "out_of_range": ([0],)},
    ),
    "put_weights weights": (lambda v: landscape.put_weights(MODEL, v), {"no_such_record": (None, {})}),
    "read_weights content": (landscape.read_weights, {"no_such_record": (None, "weights.safetensors", 3)}),
    "save_result parts": (
        lambda v: saved(**v),
        {"no_such_record": ({"surface": 3}, {"plane": WINDOW}, {"trajectory": THETA}, {"critical": [3]})},
    ),
    "save_result estimates": (
        lambda v: saved(**v),
        {"no_such_record": ({"trace": 1.0}, {"spectrum": THETA}, {"density": 3}, {"quantities": {"loss": 3}})},
    ),
    "save_result path": (landscape.save_result, {"no_path": (None, 3, b"x.npz")}),
    "Recorder path": (lambda v: landscape.Recorder(MODEL, v), {"no_path": (None, 3)}),
    "Journal path": (lambda v: landscape.Journal(v, "key"), {"no_path": (None, 3)}),
    "explore study": (lambda v: next(landscape.explore(v)), {"no_such_record": (None, landscape.Scene())}),
    "Recorder model": (lambda v: landscape.Recorder(v, "never.npz"), {"no_such_record": (None, RISK)}),
    "Journalled objective": (lambda v: landscape.Journalled(v, []), NO_OBJECTIVE),
    "Journalled most_bytes": (lambda v: landscape.Journalled(HIMMELBLAU, [], most_bytes=v), NO_NUMBER | {"out_of_range": (-1,)}),
    "EmpiricalRisk penalty": (
        lambda v: landscape.EmpiricalRisk(MODEL, lambda o, t: (o[:, 0] - t) ** 2, (X, Y), penalty=v),
        {"no_scalar": (3, "l2")},
    ),
    "EmpiricalRisk.value": (RISK.value, NO_THETA),
    "EmpiricalRisk.values": (RISK.values, {"no_array": NO_VECTORS, "wrong_shape": ([1, 2], 3.0)}),
    "EmpiricalRisk.gradient batch": (
        lambda v: RISK.gradient(RISK.theta, v),
        {"no_array": ("x", [None]), "wrong_shape": (3, [[1]]), "no_indices": ([99], [0.5], [-21], [True])},
    ),
    "EmpiricalRisk.hessian_vector v": (lambda v: RISK.hessian_vector(RISK.theta, v), NO_THETA),
}
ROWS = [(name, code, value) for name, (_, refused) in TABLE.items() for code, values in refused.items() for value in values]


@pytest.mark.parametrize(("name", "code", "value"), ROWS, ids=lambda part: str(part)[:24].replace("\n", " "))
def test_a_hostile_argument_is_refused_in_one_sentence(name, code, value):
    with pytest.raises(LandscapeError, match=r"^[^\n]+: [^\n]+; got [^\n]+\. [A-Z][^\n]+\.$") as raised:
        TABLE[name][0](value)
    assert raised.value.code == code
    assert len(str(raised.value)) < 400


CLOTHES = {
    "an int32": np.int32,
    "a float64": np.float64,
    "a float32": np.float32,
    "an array without axes": np.array,
    "a tensor without axes": torch.tensor,
}


@pytest.mark.parametrize("number", CLOTHES.values(), ids=CLOTHES)
def test_a_number_in_other_clothes_is_a_number(number):
    assert surface(resolution=number(3)).values.shape == (3, 3)
    assert surface(resolution=(number(3), 4)).values.shape == (4, 3)
    assert len(landscape.top_eigenpairs(HIMMELBLAU, THETA, k=number(1)).eigenvalues) == 1
    assert len(descended(steps=number(2), batch_size=number(1), seed=number(3))) == 3
    np.testing.assert_array_equal(around(seed=number(3)).u, around(seed=3).u)
    assert trace(probes=number(2), seed=number(1)).value == trace(probes=2, seed=1).value
    np.testing.assert_array_equal(landscape.coordinate_plane(THETA, number(1), 0).u, [0, 1])
    assert landscape.make_optimizer("gd", lr=number(2)).lr == 2
    assert len(landscape.make_dataset("line", n=number(12), seed=number(1)).targets) == 12
    assert landscape.fit_linear(X, Y, "huber", scale=number(2)).scale == 2


ARRAYS = {
    "a list": lambda values: np.asarray(values).tolist(),
    "float32": lambda values: np.asarray(values, dtype=np.float32),
    "a read-only array": lambda values: np.broadcast_to(values, np.shape(values)),
    "a tensor": torch.tensor,
    "a tensor with a gradient": lambda values: torch.tensor(values, dtype=torch.float64, requires_grad=True),
    "integers": lambda values: np.asarray(values, dtype=np.int64),
    "every second entry": lambda values: np.repeat(values, 2, axis=-1)[..., ::2],
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_an_array_in_other_clothes_is_an_array(array):
    theta, plain = array([2.0, -1.0]), np.array([2.0, -1.0])
    assert HIMMELBLAU.value(theta) == HIMMELBLAU.value(plain)
    assert HIMMELBLAU.values(array([[2.0, -1.0]])).tolist() == [HIMMELBLAU.value(plain)]
    np.testing.assert_array_equal(landscape.dense_hessian(HIMMELBLAU, theta), landscape.dense_hessian(HIMMELBLAU, plain))
    assert landscape.curvature_along(HIMMELBLAU, theta, theta) == landscape.curvature_along(HIMMELBLAU, plain, plain)
    for made in (
        landscape.coordinate_plane(theta, 0, 1),
        landscape.Plane(theta, array([1.0, 0.0]), array([0.0, 1.0])),
        landscape.plane_through(theta, array([3.0, -1.0]), array([2.0, 0.0])),
    ):
        np.testing.assert_array_equal([made.origin, made.u, made.v], [[2, -1], [1, 0], [0, 1]])
        assert made.project(theta).tolist() == [0, 0] and made.distance(theta) == 0
        assert landscape.explained_variance(made, array([[0.0, 1.0], [2.0, 3.0]])) == 1
        np.testing.assert_array_equal(made.embed(array([1.0, 2.0]), array([0.0, 1.0])), [[3, -1], [4, 0]])
    np.testing.assert_array_equal(descended(theta).thetas[0], plain)
    inputs, targets = [0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0]
    fit = landscape.fit_linear(array(inputs), array(targets), "mse")
    assert (float(fit.coefficients[0]), fit.intercept) == pytest.approx((2.0, 1.0))
    assert not isinstance(theta, np.ndarray) or np.array_equal(theta, plain)
