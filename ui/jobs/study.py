"""Studies that share the memory of all sessions."""

from __future__ import annotations

from collections.abc import Iterator

from landscape.scene.exploration import Exploration, explore
from landscape.scene.minima import MinimaScene
from landscape.scene.race import RaceScene
from landscape.scene.racing import RaceStudy
from landscape.scene.replication import Replication, ReplicationScene, replicated
from landscape.scene.saddle_counts import count_stages
from landscape.scene.saddle_networks import network_stages
from landscape.scene.saddle_race import race_stages
from landscape.scene.saddles import SaddlesScene
from landscape.scene.scene import Scene
from landscape.scene.sculpt import SculptScene, sculpted
from landscape.scene.stages import STAGES
from landscape.scene.study import Study
from landscape.sculpting.film import Film
from ui.jobs.job import Hooks, Stages, memory
from ui.session.files import Files


def study_of(scene: Scene, files: Files) -> Study:
    """Return a study for the cheap questions that controls ask."""
    return Study(scene, memory=memory(), tables=files.tables, weights=files.weights)


def explored(scene: Scene, files: Files, hooks: Hooks) -> Iterator[Exploration]:
    """Explore the scene in a job; `files` must not change meanwhile."""
    return explore(Study(scene, **_brought(files, hooks)))


def raced(scene: RaceScene, files: Files, hooks: Hooks) -> Iterator[object]:
    """Run the topic of a race's scene in a job; `files` must not change meanwhile."""
    return STAGES[scene.topic](RaceStudy(scene, **_brought(files, hooks)))


def _brought(files: Files, hooks: Hooks) -> dict[str, object]:
    told = {"report": hooks.report, "should_stop": hooks.should_stop}
    return {"memory": hooks.memory, "tables": files.tables, "weights": files.weights, **told}


def carved(scene: SculptScene) -> Stages:
    """Return the stages of the Sculpt page's scene."""

    def stages(hooks: Hooks) -> Iterator[Film]:
        return sculpted(scene, hooks.report, hooks.should_stop)

    return stages


def beside_saddles(scene: SaddlesScene) -> Stages:
    """Return the stages of the Saddles page's scene."""

    def stages(hooks: Hooks) -> Iterator[object]:
        if scene.part != "race":
            return {"networks": network_stages, "dimension": count_stages}[scene.part](scene, hooks.report, hooks.should_stop)
        return race_stages(scene, hooks.memory, hooks.report, hooks.should_stop)

    return stages


def studied(scene: MinimaScene) -> Stages:
    """Return the stages of the Minima page's scene."""

    def stages(hooks: Hooks) -> Iterator[object]:
        return scene.stages(hooks.report, hooks.should_stop)

    return stages


def replicating(scene: ReplicationScene) -> Stages:
    """Return the stages that run the claims of the replication page's scene."""

    def stages(hooks: Hooks) -> Iterator[Replication]:
        return replicated(scene, hooks.memory, hooks.report, hooks.should_stop)

    return stages
