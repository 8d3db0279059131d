"""The small panels in a browser: what one scene's axes were must not show through in the next one's."""

from __future__ import annotations

from tests.browser.explore import drawn, pick, redrawn

AXES = """() => [...document.querySelectorAll('.lv-panel')].flatMap(panel => {
  const { xaxis, yaxis } = panel.querySelector('.lv-plot')._fullLayout ?? {};
  const title = panel.querySelector('.lv-panel-title').textContent;
  return [xaxis, yaxis].filter(Boolean).map(({ type, range, autorange }) => ({ title, type, range, auto: autorange }));
})"""
# Where the curves of the loss are drawn, as shares of the panel's height from its lower edge: an empty panel has none.
CURVES = """() => {
  const plot = document.querySelector('.lv-panel .lv-plot'), { yaxis } = plot._fullLayout, [low, high] = yaxis.range;
  return plot.data.flatMap(trace => [...trace.y].filter(Number.isFinite).map(y => (yaxis.d2r(y) - low) / (high - low)));
}"""


def test_the_loss_stays_in_sight_through_scenes_whose_axis_is_logarithmic_and_linear_in_turn(open_page):
    """A range that was kept in exponents was read as losses, from -1, or losses as exponents, and the panel was blank."""
    page = open_page("function=rosenbrock&start=auto&window=auto&resolution=31&opt=gd&opt.lr=0.0007&steps=60")
    drawn(page)
    kinds = []
    for title in ("Beale", "Booth", "Six-hump camel", "Rosenbrock's valley", "Booth"):
        redrawn(page, lambda title=title: pick(page, "function", title))
        axes = page.evaluate(AXES)
        assert len(axes) >= 4 and not any(axis["auto"] for axis in axes)
        assert all(abs(end) < 1e6 for axis in axes for end in axis["range"])
        shares = page.evaluate(CURVES)
        assert shares and all(0 <= share <= 1 for share in shares), title
        assert max(shares) > 0.8
        kinds.append(next(axis["type"] for axis in axes if axis["title"] == "Loss" and axis is not axes[0]))
    assert set(kinds) == {"linear", "log"}, kinds
