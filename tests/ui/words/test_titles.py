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


def test_a_part_without_a_function_is_named_by_what_it_is_about():
    t = Translator("en")
    assert title_of(SaddlesScene(), t) == "Saddle"
    assert title_of(SaddlesScene(part="networks"), t) == "Nets · tanh"
    assert title_of(SaddlesScene(part="dimension"), t) == "D grows"
    assert title_of(SaddlesScene().with_network(), t) == t("saddles.landscape.noisy_line")
