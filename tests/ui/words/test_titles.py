"""A scene's short name: everything it is made of, or the first of very many."""

from landscape.scene.replication import ReplicationScene
from landscape.scene.saddles import SaddlesScene
from landscape.scene.scene import Scene
from ui.words.titles import title_of
from ui.words.translator import Translator


def test_a_title_names_everything_or_the_first_of_many():
    t = Translator("en")
    assert title_of(Scene.from_query("function=himmelblau&opt=adam&opt2=sgd"), t) == "Himmelblau · Adam · SGD"
    assert title_of(ReplicationScene(), t) == "Edge of stability · Skip connections · Mode connectivity · …"
    assert title_of(ReplicationScene().of(("sam",)), t) == "Sharpness-aware minimization"


def test_a_scene_of_saddles_is_called_by_its_part_and_its_landscape():
    t = Translator("en")
    assert title_of(SaddlesScene.from_query("function=himmelblau"), t) == "Himmelblau"
    assert title_of(SaddlesScene().with_network(), t) == t("saddles.landscape.noisy_line")
    assert title_of(SaddlesScene.from_query("part=networks&net=deep_linear"), t) == "Nets · deep linear"
    assert title_of(SaddlesScene.from_query("part=dimension"), t) == "D grows"
