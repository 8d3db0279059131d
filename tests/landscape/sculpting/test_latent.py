import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm
from sklearn.decomposition import PCA

from landscape.sculpting.latent import LATENT, SAMPLES
from landscape.sculpting.sculptures import make_sculpture

SEEDS = (0, 1, 2)


@pytest.fixture(scope="module", params=SEEDS)
def trained(request):
    sculpture = make_sculpture("vae", seed=request.param)
    thetas = sculpture.fits(sculpture.strengths)
    return sculpture, thetas, sculpture.effect(sculpture.strengths, thetas)


def of(measures, name, part):
    return next(measure.values for measure in measures if (measure.name, measure.part) == (name, part))


def generic(sculpture):
    theta = sculpture.objective(1.0).theta
    return theta + 0.1 * np.random.default_rng(7).standard_normal(theta.shape)


def test_distortion_is_the_mean_over_many_drawn_codes():
    sculpture = make_sculpture("vae")
    theta, images = generic(sculpture), sculpture._images[:20]
    outputs = torch.from_numpy(sculpture._risk.outputs(theta, images))
    pixels = images.shape[1]
    mean, log_variance = outputs[:, pixels + LATENT : pixels + 2 * LATENT], outputs[:, pixels + 2 * LATENT :]
    # theta ends with the decoder's weight (pixels, LATENT) and bias (pixels,)
    weight = theta[-pixels * (LATENT + 1) : -pixels].reshape(pixels, LATENT)
    noise = np.random.default_rng(0).standard_normal((4000, len(images), LATENT))
    codes = mean.numpy() + np.exp(log_variance.numpy() / 2) * noise
    drawn = ((images - codes @ weight.T - theta[-pixels:]) ** 2).sum(axis=2)
    distortion, _ = sculpture.distortion_and_rate(theta, images)
    assert distortion == pytest.approx(drawn.mean(), abs=5 * drawn.mean(axis=1).std() / 4000**0.5)


def test_rate_is_the_divergence_by_numeric_integration():
    sculpture = make_sculpture("vae")
    theta, images = generic(sculpture), sculpture._images[:3]
    codes = sculpture._risk.outputs(theta, images)[:, -2 * LATENT :]

    def divergence(mean, log_variance):
        code = norm(mean, np.exp(log_variance / 2))
        return quad(lambda z: code.pdf(z) * (code.logpdf(z) - norm.logpdf(z)), mean - 15, mean + 15, limit=200)[0]

    expected = np.mean([sum(divergence(row[j], row[LATENT + j]) for j in range(LATENT)) for row in codes])
    assert sculpture.distortion_and_rate(theta, images)[1] == pytest.approx(expected, rel=1e-8)


def test_objective_is_distortion_plus_beta_times_rate():
    sculpture = make_sculpture("vae")
    theta = generic(sculpture)
    distortion, rate = sculpture.distortion_and_rate(theta, sculpture._images)
    assert sculpture.objective(0.7).value(theta) == pytest.approx(distortion + 0.7 * rate, rel=1e-12)


def test_training_reaches_the_minimum_that_principal_components_give(trained):
    sculpture, _, effect = trained
    variances = PCA(svd_solver="full").fit(sculpture._images).explained_variance_ * (SAMPLES - 1) / SAMPLES
    for k, beta in enumerate(sculpture.strengths):
        if beta < 0.1:  # not settled so near to a loss without a minimum
            continue
        rate = sum(max(0.0, 0.5 * np.log(2 * variance / beta)) for variance in variances[:LATENT])
        distortion = variances[LATENT:].sum() + sum(min(beta / 2, variance) for variance in variances[:LATENT])
        assert of(effect.aims, "rate", "train")[k] == pytest.approx(rate, abs=0.02)
        assert of(effect.prices, "distortion", "train")[k] == pytest.approx(distortion, abs=0.01)
    assert effect.check.holds


def test_a_dearer_code_says_less_and_gives_back_less(trained):
    _, _, effect = trained
    for part in ("train", "test"):
        assert (np.diff(of(effect.aims, "rate", part)) < 0).all()
        assert (np.diff(of(effect.prices, "distortion", part)) > -1e-3).all()


def test_codes_collapse_at_the_largest_beta(trained):
    sculpture, _, effect = trained
    codes, tiles = effect.pictures
    assert codes.points.shape == (len(sculpture.strengths), SAMPLES, LATENT) and codes.classes.shape == (SAMPLES,)
    assert codes.points[-1].std(axis=0).max() < 0.05 < 0.5 < codes.points[1].std(axis=0).min()
    assert tiles.images.shape == (len(sculpture.strengths), 2, 10, 8, 8)
    assert np.ptp(tiles.images[-1, 1], axis=0).max() < 0.1  # all ten digits are given back as their mean
    assert np.array_equal(tiles.images[0, 0], tiles.images[-1, 0])


def test_check_is_left_out_of_a_short_film():
    sculpture = make_sculpture("vae")
    thetas = np.stack([generic(sculpture)] * 2)
    assert sculpture.effect(np.array([0.1, 1.0]), thetas).check is None
