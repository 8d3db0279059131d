"""What the package refuses, in four parts: what was asked, the rule, what was got, and the remedy.

`REFUSALS` is the one table of these sentences. The app translates them by their code, so a refusal reads the same
in every language and is never built from loose strings. Where a part of one is prose of its own, such as what was got,
it is a `Phrase`, which is translated by its code too; `PHRASES` is the table of those.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial, reduce
from numbers import Real
from string import Formatter

# Pieces of sentences: what stands for {owner}, {noun} or {got} in a refusal, and what was done to a visitor's table.
PHRASES: dict[str, str] = {
    # who refuses, where that is no id: an {owner} or a {noun} found here is made a phrase
    **{word: word for word in ("activations", "datasets", "functions", "losses", "models", "optimizers", "penalties", "planes")},
    **{word: word for word in ("data", "dataset", "link", "objective", "plane", "scene", "schedules", "table", "target column", "task")},
    "line fit": "the fit of a line",
    "matching": "matching",
    "bisection": "the bisection",
    "workers": "the parallel run",
    **{word: word for word in ("dense Hessian", "empirical risk", "plane of the path", "random plane", "weights")},
    "expression": "the loss typed",
    "of_plane": "plane {name}",
    "of_steps": "{steps} steps",
    # tasks, and how several are joined
    "listed": "{first}, {second}",
    "listed_of": "{names}, … ({count})",
    "binary": "binary",
    "multiclass": "multiclass",
    "ranking": "ranking",
    "regression": "regression",
    # what the rows, columns and classes of the data sets are called
    **{word: word for word in ("amount", "calls", "grade", "usual amount", "year")},
    **{word: word for word in ("log body", "log brain", "log light", "log temperature")},
    **{word: word for word in ("acid concentration", "air flow", "stack loss", "water temperature")},
    **{word: word for word in ("Chins", "Situps", "Jumps", "Weight", "Waist", "Pulse")},
    **{word: word for word in ("ordinary", "rare", "helix", "strand", "coil")},
    **{word: word for word in ("dog", "wolf", "cat", "lion", "eagle", "hawk", "duck", "goose")},
    **{word: word for word in ("salmon", "trout", "shark", "ray", "frog", "toad", "lizard", "snake")},
    **{word: word for word in ("Mountain beaver", "Cow", "Grey wolf", "Goat", "Guinea pig", "Diplodocus", "Asian elephant", "Donkey")},
    **{word: word for word in ("Horse", "Potar monkey", "Cat", "Giraffe", "Gorilla", "Human", "African elephant", "Triceratops")},
    **{word: word for word in ("Rhesus monkey", "Kangaroo", "Golden hamster", "Mouse", "Rabbit", "Sheep", "Jaguar", "Chimpanzee")},
    **{word: word for word in ("Rat", "Brachiosaurus", "Mole", "Pig")},
    # what was got
    "batch_of": "a batch of {count}",
    "kept_in": "the same command then takes up what is in {path}",
    "kept_nothing": "nothing had been computed yet",
    "no_file": "no file {name}",
    "no_module": "no module {name}",
    "no_name": "no name",
    "page_of": "one of the page {name}",
    # journals, and what is where a result is to go
    "a_device": "what is no ordinary file",
    "a_folder": "a folder",
    "file_from": "one of {size} bytes of {saved}",
    "force_option": "Give --force",
    "journal": "the journal",
    "journal_of": "the journal {path}",
    "overwrite_argument": "Pass overwrite=True",
    "not_finite_numbers": "{count} that are not",
    "equal_points": "{count} equal points",
    "flat_features": "{count} flat features",
    "none": "none",
    "zero_direction": "a direction that is zero",
    "vectors_stay": "only 1-D parameters, which stay",
    "zero_filters": "all filters are zero",
    # what the self-check of a risk got
    "check_two_values": "{first}, and then {second}",
    "check_values_of_buffers": "{values}, with the buffers {names} changed",
    "check_two_losses": "a loss of {value} where a copy of the model with the same weights has {true}",
    "check_unregistered": "a trainable parameter that model.parameters() does not have",
    "check_in_loss": "{names} in the loss, too",
    "check_flat": "{value} wherever it was tried",
    "check_slopes": "a slope of {slope} where finite differences give {true}",
    "check_products": "a product with the Hessian that is off by {error} % of finite differences",
    # what it says of a risk that is not refused
    "check_not_finite": "The loss at theta is not finite.",
    "check_draws": "A forward pass draws from the global random number generator; the loss was the same.",
    "check_buffers": "A forward pass changes the buffers {names}; the loss was the same.",
    "check_coarse": "Derivatives were not tested: the model does not run in float64 ({error}).",
    "check_no_gradient": "There is no gradient ({error}).",
    "check_gradient_not_finite": "The gradient is not finite where the loss is.",
    "check_no_curvature": "There is no second derivative ({error}).",
    "check_curvature_not_finite": "Second derivatives are not finite where the loss is.",
    "check_estimate": "The gradient is an estimate, as of a straight-through estimator, and not the slope of the loss: "
    "{slope} where finite differences give {true}.",
    "check_no_slope": "The gradient is zero although the loss moves with theta, as on a staircase or a plateau: gradients, spectra and "
    "paths say nothing of how the loss falls.",
    "check_rough": "The gradient could not be tested: the loss is too rough for finite differences "
    "({slope} where the nearest gives {true}).",
    "check_rough_curvature": "Second derivatives could not be tested: the gradient is too rough for finite differences.",
    "check_kept": "Changing {names} does not change the loss: unused, or was something made of them kept in {kept}, which is no parameter?",
    "check_kinks": "The gradient has jumps or sharp bends, as of a ReLU: the Hessian is that between them.",
    "check_unused": "Changing {names} does not change the loss.",
    "check_loss_parameters": "The loss has trainable parameters of its own, which stay fixed.",
    "lacks_derivative": "{name}, of which torch lacks one",
    # what was got instead of a model, a loss or data
    "batch_kind": "a batch of type {name}",
    "batch_parts": "a batch of {count} parts",
    "class_itself": "the class {name} itself",
    "dtype_of": "{name} of {dtype}",
    "empty_batch": "an empty batch",
    "inputs_and_targets": "{inputs} inputs and {targets} targets",
    "no_batch": "no batch at all",
    "one_number": "a single number",
    "loss": "loss",
    "several": "({several})",
    "shape_of": "{shape} of {dtype}",
    "while_loss": "while the loss {name} was computed from outputs {outputs} and targets {targets}",
    "while_model": "while the model {name} was computed from inputs {inputs}",
    "rows_of_lengths": "rows of different lengths",
    "single_samples": "single samples, which are no batches",
    "tensor_of": "a tensor of kind {kind}",
    "object_of": "an object of class {name}",
    "with_none": "{name} with none",
    "without_numbers": "{name} on the device meta",
    "without_shape": "{name} without a shape",
    # what was got instead of a loss that is typed
    "at_character": "{sign} at character {place}",
    "larger_expression": "a larger one",
    "not_finite_anywhere": "one that is infinite or NaN wherever it was tried",
    "falls_without_end": "one that falls without end",
    "same_everywhere": "the same value wherever it was tried",
    # what was got instead of a table
    "archive": "a compressed file",
    "blanks_only": "white space only",
    "constant_columns": "only columns with one value: {names}",
    "empty_file": "an empty file",
    "long_cell": "line {line} with a cell that does not end",
    "no_column": "no column that is left",
    "no_text": "a file that is no text",
    "other_encoding": "another encoding, at line {line}",
    "pdf": "a PDF file",
    "picture": "a picture",
    "rows_left": "{rows} of {count} without blank cells",
    "separators_only": "separators only",
    "workbook": "a workbook or a zip file",
    # what was got instead of a result or of weights
    "array_content": "{name} with other content",
    "array_kind": "{name} of another dtype or shape",
    "array_size": "{name} of another size",
    "cut_short": "another kind of file, or one cut short",
    "dtype": "dtype {name}",
    "file_of": "a file of {name}",
    "from_to": "{first} to {last}",
    "foreign_zip": "a zip archive of another program",
    "header_kind": "a header of another kind",
    "header_no_json": "a header that is no JSON",
    "header_size": "a header of {size} bytes",
    "member_compressed": "the member {name} compressed or encrypted",
    "member_foreign": "a member called {name}",
    "member_twice": "the member {name} twice",
    "no_arrays": "a part without all its arrays",
    "no_facts": "a part without all its facts",
    "no_numbers": "{name} without a number",
    "no_recipe": "an archive without a recipe",
    "no_tensors": "no tensors",
    "no_zip": "no zip archive, or one cut short",
    "other_numbers": "other numbers",
    "recipe_arrays": "a recipe of other arrays",
    "recipe_kind": "a recipe of another kind",
    "recipe_no_json": "a recipe that is no JSON",
    "recipe_no_mapping": "a recipe that is no mapping",
    "recipe_size": "a recipe of {size} bytes",
    "shape": "shape {shape}",
    "several_spaces": "points of several",
    "unfit_tensors": "a header and tensors that do not fit each other",
    "unreadable": "content that cannot be read",
    "twin_name": "a name that is there twice",
    "zip_cut_short": "a zip archive cut short",
    "zip_members": "a zip archive of {count} members",
    # what a part of a result must be
    "a_scene": "a Scene or its query string",
    "ascending": "ascending",
    "finite_ascending": "finite and ascending",
    "json_bytes": "at most {most} bytes of JSON",
    "json_values": "made of names, texts, finite numbers, lists and mappings",
    "of_shape": "of shape ({shape})",
    "on_window": "on the window of {name}",
    "one_of": "one of {known}",
    "one_space": "points of one space",
    "real_numbers": "made of real numbers",
    "whole_number": "a whole number from 0 to {most}",
    "words": "a list of {count} words",
    # what papers claim, what is measured of it, and why it does not hold where it does not
    "claim_hessian_outliers": "Once k classes are learned, k − 1 to k eigenvalues of the Hessian stand apart; at the start none do.",
    "claim_initial_line": "Along the straight line from the start of training to its end the loss only falls.",
    "claim_pca_share": "Two principal components hold most of a training path, and more than they hold of a random walk.",
    "graph_components": "principal components",
    "graph_eigenvalue": "eigenvalue",
    "graph_loss": "loss",
    "graph_rank": "rank of the eigenvalue",
    "graph_share": "share of the variance",
    "graph_start_end": "from the start (0) to the end (1)",
    "measure_above_walk": "share above that of a random walk",
    "measure_first_gap": "largest ratio of neighbors at the start (median)",
    "measure_last_gap": "largest ratio of neighbors once learned (median)",
    "measure_outliers": "eigenvalues before the largest gap, minus k (median of 5 seeds)",
    "measure_rise": "largest rise from point to point, of the first loss",
    "measure_share": "share of two components",
    "of_seed": "seed {seed}",
    "random_walk": "random walk",
    "untrained": "Training had not come far enough for the claim to be about this run.",
    "why_hessian_outliers": "The gap lies elsewhere, or is none: with so few samples the bulk reaches up to the outliers.",
    "why_initial_line": "The line crosses a hill: it is known of large rates and modern networks (Lucas et al. 2021).",
    "why_pca_share": "The path is not flatter than a random walk of as many steps, which two components hold most of, too.",
    "claim_edge_of_stability": "The sharpness rises to 2/η, where gradient descent should become unstable, and hovers there.",
    "claim_bezier": "Two trained networks are connected by a simple curve of nearly constant loss; the straight line has a barrier.",
    "measure_hover": "sharpness · η / 2, mean of the last quarter",
    "measure_straight": "barrier of the straight line",
    "measure_curve": "barrier of the curve",
    "why_edge_of_stability": "A run that is too short for its rate shows the rise alone.",
    "why_bezier": "One bend does not lead around the barrier between these two.",
    "straight_line": "straight line",
    "bezier_curve": "Bezier curve",
    "graph_between": "from one network (0) to the other (1)",
    "graph_of_run": "share of the run",
    "graph_sharpness_rate": "sharpness · η / 2",
    "claim_sam": "The largest eigenvalue at the minimum that SAM ends in falls with its radius ρ.",
    "claim_keskar": "Large batches end in sharper minima than small ones.",
    "measure_sharpness_ratio": "λ_max, relative to the next smaller radius",
    "measure_largest_eigenvalue": "λ_max, largest batch over smallest",
    "measure_box": "Keskar's box measure, largest batch over smallest",
    "why_sam": "A larger radius did not lead to a smaller largest eigenvalue in the median of these seeds.",
    "why_keskar": "At one training loss not both measures grow with the batch: which minimum is sharper depends on how that is measured.",
    "median_of": "median of {seeds} seeds",
    "box_measure": "Keskar's box",
    "graph_radius": "radius ρ",
    "graph_batch": "batch size",
    "graph_beside_smallest": "relative to the smallest batch",
    "claim_dauphin": "Critical points of a higher loss have more negative eigenvalues; those with none, the minima, lie low.",
    "claim_river_valley": "A large rate goes far along a valley but rides above its floor; decay of the rate drops into it.",
    "measure_spearman": "rank correlation of index and loss",
    "measure_highest_minimum": "highest minimum, of the highest loss found",
    "measure_decay": "final loss with decay over that without (mean of the last tenth)",
    "measure_height": "height above the floor at the end, with decay over without",
    "measure_floor": "floor under the large rate over that under a small one",
    "why_dauphin": "The critical points found do not show it: too few kinds, or a minimum that is no good one.",
    "why_river_valley": "Here the small rate went as far, or the decay did not bring the loss down.",
    "few_points": "Too few distinct critical points were found for a rank correlation.",
    "of_points": "{points} points",
    "on_function": "function",
    "on_network": "network",
    "ride_constant": "large rate",
    "ride_decayed": "with decay",
    "ride_small": "small rate",
    "graph_negative": "share of negative eigenvalues",
    "graph_step": "step",
    "claim_skip_connections": "Without skip connections the loss around a deep network is sharp and rough; with them it is flat. "
    "Here each kind has initial weights of its own, from which it trains: they may be part of the difference. The Hessian's eigenvalues at "
    "the trained weights, where the two kinds end at different losses, do not show it.",
    "measure_radius": "radius of a rise by 1, with skip over without",
    "measure_highest": "highest loss of the slice, without over with",
    "measure_concave": "share of negative curvature on the slice, without over with",
    "why_skip_connections": "In the medians the slices of the two kinds of networks are not that far apart.",
    "layers_plain": "without skip connections",
    "layers_skip": "with skip connections",
    "graph_along": "along the first direction",
    # what was done to read a table
    "blank_columns": "blank columns left out: {names}",
    "encoded": "text encoded as columns of 0 and 1: {names}",
    "encoding": "read as {name}",
    "gap_columns": "columns with blank or unusable cells left out: {names}",
    "gap_rows": "rows with blank or unusable cells left out: {count}",
    "many_words": "text columns with more than {most} values left out: {names}",
    "mostly_blank": "mostly blank columns left out: {names}",
    "row_numbers": "row numbers and ids left out: {names}",
    "sampled": "a random sample of {most} of {rows} rows",
    "single_rows": "rows of classes met once left out: {names}",
    "text_columns": "text columns left out: {names}",
}


# Seeds of torch's generators have 64 bits, one of them for the sign.
MOST_SEED = 2**63 - 1
_SPEAKERS = {"owner", "noun"}


class Phrase(str):
    """A piece of a sentence in English, as PHRASES has it under `code`, that remembers what another language says it from.

    The `details` fill the braces, and may be phrases themselves.
    """

    code: str
    details: dict[str, object]

    def __new__(cls, code: str, **details: object) -> Phrase:
        phrase = super().__new__(cls, PHRASES[code].format(**details))
        phrase.code, phrase.details = code, details
        return phrase

    def __reduce__(self) -> tuple:
        """Pickle as it was made."""
        return partial(Phrase, self.code, **self.details), ()


def fields_of(code: str) -> set[str]:
    """Return the names of the details that the phrase `code` has."""
    return {name for _, name, _, _ in Formatter().parse(PHRASES[code]) if name}


@dataclass(frozen=True)
class Refusal:
    """The templates of one kind of refusal; the fields in braces are filled from the error's details."""

    what: str
    rule: str
    remedy: str


REFUSALS: dict[str, Refusal] = {
    "unknown_name": Refusal("{noun}", "the name must be one of {known}", "Pick a name from that list."),
    "unknown_parameter": Refusal("{owner}", "its parameters are {known}", "Leave the parameter out or pick one of these."),
    "not_a_number": Refusal("{owner}", "{name} must be a finite number", "Give a number such as {example}."),
    "not_a_risk": Refusal("{owner}", "such maps need an EmpiricalRisk: a model, a loss and data", "Leave them out."),
    "not_whole": Refusal("{owner}", "{name} must be a whole number", "Give a whole number such as {example}."),
    "not_a_flag": Refusal("{owner}", "{name} must be 1 (on) or 0 (off)", "Give 1 or 0."),
    "not_widths": Refusal("{owner}", "{name} must be at most {most} whole numbers joined by -", "Write them as {example}."),
    "out_of_range": Refusal("{owner}", "{name} must be between {low} and {high}", "Choose a value in that range."),
    "no_array": Refusal("{owner}", "{name} must be an array of real numbers", "Pass a numpy array, a tensor or a list of numbers."),
    "no_path": Refusal("{owner}", "it must be given by a path", "Pass a string or a pathlib.Path."),
    "no_functions": Refusal("{owner}", "{name} must map names to functions", "Pass a dict of names and functions."),
    "no_indices": Refusal("{owner}", "{name} must hold indices of samples, from 0 to {most}", "Pass whole numbers in that range."),
    "no_objective_given": Refusal(
        "{owner}", "it needs an Objective", "Pass EmpiricalRisk(model, loss, data), or make_function(name) for a test function."
    ),
    "no_such_record": Refusal("{owner}", "{name} must be made by {maker}", "Pass what that returns."),
    "wrong_shape": Refusal("{owner}", "{name} must have shape {expected}", "Reshape it, or pass the matching array."),
    "not_finite": Refusal("{owner}", "{name} must hold finite numbers only", "Remove the NaN and infinite entries."),
    "no_points": Refusal("{owner}", "there must be at least one sample, of at least one feature", "Add a point."),
    "not_of_residual": Refusal("{owner}", "the loss must be one of the residual, such as {known}", "Choose such a loss."),
    "not_of_margin": Refusal("{owner}", "the loss must be one of {known}", "Choose one of these."),
    "not_a_scale": Refusal("{owner}", 'the scale must be a positive number or "mad"', "Give 1 for the targets' own unit."),
    "collinear": Refusal("{owner}", "u and v must not be collinear", "Choose points or directions that span a plane."),
    "unpaired_data": Refusal("{owner}", "inputs and targets must have the same, non-zero length", "Pass one target for each sample."),
    "lone_documents": Refusal("{owner}", "a query must have two documents or more", "Add documents to each query, or drop such queries."),
    "no_targets": Refusal(
        "{owner}",
        "a batch must be a pair (inputs, targets), or a mapping with its targets under 'targets' or 'labels'",
        "Pass a tuple (inputs, targets), a Dataset of such pairs, or a DataLoader.",
    ),
    "not_an_array": Refusal(
        "{owner}",
        "{name} must be an array of numbers with an entry for each sample",
        "Encode text and gaps as numbers; pad rows to one length.",
    ),
    "not_dense": Refusal("{owner}", "{name} must be dense", "Convert them by to_dense(), to_padded_tensor(0), dequantize() or toarray()."),
    "dropped_samples": Refusal(
        "{owner}", "the loader must give all of its {count} samples", "Make it with drop_last=False, or pass loader.dataset."
    ),
    "ragged_batches": Refusal(
        "{owner}", "the {name} of all batches must have the same shape but for their number", "Pad them to one length."
    ),
    "no_test_part": Refusal("{owner}", "test quantities need the risk on other data", "Pass test=risk.on(inputs, targets)."),
    "no_classes": Refusal("{owner}", "the targets must be class indices, or 0 and 1, or -1 and 1", "Ask for the loss instead."),
    "foreign_class": Refusal(
        "{owner}", "a target must be a class from 0 to {most}", "Pass ignore_index={value} where such targets are not to count."
    ),
    "unclear_axis": Refusal(
        "{owner}", "one axis of the outputs must be that of the classes", "Pass the accuracy as a function of your own, by of_outputs."
    ),
    "unclear_threshold": Refusal(
        "{owner}",
        "the loss must say above which output a sample is of class 1, since these may be probabilities or scores",
        "Pass threshold=0.5 for probabilities, or threshold=0.0 for scores.",
    ),
    "outputs_several": Refusal("{owner}", "they must be one tensor with the samples first", "Say which one is meant, as pick={example}."),
    "unknown_part": Refusal("{owner}", "the outputs have the parts {known}", "Take one of these, or a function of the outputs."),
    "quantity_twice": Refusal("{owner}", "each quantity must have a name of its own", "Choose another name."),
    "quantity_no_number": Refusal(
        "{owner}", "the function must return one real number", "Return a mean, or another number of all samples."
    ),
    "no_ray": Refusal("{owner}", "Ray must be installed, which is an extra", "Run pip install ray, or leave the engine out."),
    "cluster_failed": Refusal("{owner}", "its workers must live", "Look at their logs, or give each more memory."),
    "no_objective": Refusal("{owner}", "it must name an Objective, or a function that returns one", "Write FILE.py:NAME or MODULE:NAME."),
    "no_objective_name": Refusal(
        "{owner}", "it must name an Objective, or a function that returns one, after a colon", "Write {example}, for example."
    ),
    "only_a_model": Refusal("{owner}", "a landscape needs a loss and data beside a model", "Write EmpiricalRisk(model, loss, data)."),
    "needs_arguments": Refusal(
        "{owner}", "a function that returns the Objective is called without arguments", "Write one that calls it with them."
    ),
    "study_failed": Refusal("{owner}", "its own code must run to its end", "Mend it where the traceback above says."),
    "command_failed": Refusal("{owner}", "it must be possible to compute with it", "Mend what the traceback above says; {kept}."),
    "no_option": Refusal("{owner}", "its options must be those of its help", "Run {owner} --help, which lists them."),
    "result_no_file": Refusal("the result file", "the file must exist and be readable", "Check its path and its rights."),
    "result_not_written": Refusal("the result file", "its folder must exist, be writable and have room", "Choose another path."),
    "result_is_folder": Refusal("{path}", "a result must go into a file of its own", "Write it as FOLDER/FILE.npz."),
    "result_no_folder": Refusal(
        "the folder {path}", "it must exist, and a file can be made in it", "Make it or its rights first, or choose another path."
    ),
    "result_exists": Refusal("{path}", "no file may be there yet", "{instead} to replace it, or choose another path."),
    "result_no_space": Refusal(
        "{path}", "the result needs a disk with {least} MB left", "Make room, choose another disk, or ask for fewer numbers."
    ),
    "result_too_large": Refusal("the result file", "it may hold at most {most} MB of numbers", "Keep fewer steps, or sample fewer points."),
    "result_version": Refusal("the result file", "its format must be {expected}", "Update the program, or save the result again."),
    "result_foreign": Refusal("the result file", "it must be one that save_result wrote", "Choose such a file, or save the result again."),
    "result_damaged": Refusal("the result file", "its content must be as it was saved", "Copy it again from where it was saved."),
    "result_invalid": Refusal("the result", "{name} must be {expected}", "Correct it, or leave that part out."),
    "journal_foreign": Refusal(
        "{owner}",
        "it must have been kept for the same computation",
        "Repeat the command or call that it is of, choose another path, or delete that file.",
    ),
    "journal_failed": Refusal(
        "{owner}",
        "its file must be readable and writable, with room",
        "Free some room and repeat it, which takes it up, or choose another path.",
    ),
    "writes_inputs": Refusal("{owner}", "the model must leave its inputs as they are", "Write x = 2 * x in place of x *= 2."),
    "random_loss": Refusal(
        "{owner}",
        "the loss at one theta must be one number, without random numbers drawn on the way",
        "Pass training=self.training to dropout, and draw noise once, into a buffer; check=False skips this test.",
    ),
    "stateful_loss": Refusal(
        "{owner}",
        "the loss may depend on theta and the data, not on evaluations before",
        "Let no forward pass change buffers or attributes of the model in evaluation mode; check=False skips this test.",
    ),
    "aliased_parameters": Refusal(
        "{owner}",
        "at each call the model must take its trainable parameters from its modules' attributes, all of them registered",
        "Register them (nn.ParameterList), reach them as self.name, and keep no product of them; check=False skips this test.",
    ),
    "parameters_written": Refusal(
        "{owner}",
        "a forward pass must leave the parameters as they are",
        "Write weight = self.weight.clamp(0) in place of self.weight.data.clamp_(0); check=False skips this test.",
    ),
    "flat_loss": Refusal(
        "{owner}",
        "the loss must move when theta does",
        "Look for weights taken from elsewhere than the modules' attributes, or computed once and kept; check=False skips this test.",
    ),
    "wrong_gradient": Refusal(
        "{owner}",
        "the gradient must be the slope of the loss",
        "Look for detach, .data, no_grad, reentrant checkpointing and a wrong backward function; check=False takes it as it is.",
    ),
    "wrong_curvature": Refusal(
        "{owner}",
        "second derivatives must be the slopes of the gradient",
        "Write each backward function of your own in differentiable operations, without .data; check=False takes them as they are.",
    ),
    "reentrant_checkpoint": Refusal(
        "{owner}", "checkpointing must not be reentrant, which has no gradient with respect to theta", "Pass use_reentrant=False."
    ),
    "recomputed": Refusal(
        "{owner}",
        "a model that computes parts of itself again in the backward pass must do so at one theta at a time",
        "Switch activation checkpointing off, since memory=... bounds what is kept; or go backward within risk.held(theta).",
    ),
    "cluster_full": Refusal("{owner}", "the cluster must have room for a worker", "Give back what holds its cores, or add machines."),
    "no_derivative": Refusal(
        "{owner}",
        "gradients need a derivative of every operator, Hessians a second one",
        "Write that operator out in others, or ask for less: gradients, or values.",
    ),
    "nothing_to_train": Refusal("{owner}", "the model must have a parameter with requires_grad", "Unfreeze at least one parameter."),
    "not_a_module": Refusal(
        "{owner}", "the model must be an object of torch.nn.Module", "Pass Net() in place of Net, or wrap the function."
    ),
    "not_a_loss": Refusal(
        "{owner}",
        "the loss must be a function of outputs and targets",
        "Pass nn.MSELoss(reduction='none') in place of nn.MSELoss, or make_loss(name).",
    ),
    "no_real_tensor": Refusal(
        "{owner}", "the {name} must return a tensor of real numbers, one a sample", "Leave float(), .item() and .numpy() out of it."
    ),
    "no_scalar": Refusal(
        "{owner}",
        "the penalty must be a function from theta to a tensor of one number",
        "Return theta.square().sum() without float(), or pass make_penalty(name).",
    ),
    "class_labels": Refusal(
        "{owner}",
        "class labels must be whole numbers from 0 to {most}, where the model has {count} outputs",
        "Number the classes from 0, or give the model an output for each.",
    ),
    "indices": Refusal("{owner}", "{name} takes indices from 0 to {most}", "Number the entries from 0, or make the embedding larger."),
    "other_numbers": Refusal(
        "{owner}", "the {name} must be of a type that the model and the loss take", "Convert them to {dtype}, with which both work."
    ),
    "own_dtype": Refusal(
        "{owner}",
        "{name} must compute in {dtype}",
        "Pass dtype={other}, with which it works, or make its own tensors in the dtype of those that it is given.",
    ),
    "not_copied": Refusal(
        "{owner}", "copy.deepcopy must be able to copy {name}", "Take what it cannot copy, such as open files and locks, out of it."
    ),
    "frozen_program": Refusal(
        "{owner}", "the model must be Python code, whose parameters can be replaced", "Pass the model that it was made from."
    ),
    "lazy": Refusal("{owner}", "every parameter of the model must have its shape", "Run the model once on a few inputs, which sets it."),
    "on_meta": Refusal(
        "{owner}", "parameters and data must hold numbers", "Give them some: model.to_empty(device='cpu'), then load_state_dict."
    ),
    "complex_parameter": Refusal(
        "{owner}", "parameters must be real numbers", "Keep torch.view_as_real of it, and call torch.view_as_complex in forward."
    ),
    "quantized": Refusal("{owner}", "the model must have a parameter with requires_grad", "Pass the model before it was quantized."),
    "not_a_dtype": Refusal("{owner}", "dtype must be one of {known}", "Pass dtype=torch.float64."),
    "no_device": Refusal("{owner}", "torch must be able to compute on the device {name}", "Pass device='cpu'."),
    "not_per_sample": Refusal(
        "{owner}", "the loss must return one value a sample, shape (N,)", "Use reduction='none' and one mean a sample."
    ),
    "too_large_dense": Refusal(
        "{owner}", "at most {most} parameters fit in memory", "Ask for the top eigenpairs, or take a smaller model."
    ),
    "too_few_dimensions": Refusal("{owner}", "a plane needs at least two parameters", "Take a model with more parameters."),
    "no_direction": Refusal("{owner}", "the direction must not be zero", "Let the biases move too, or take the coordinate plane."),
    "no_symmetry": Refusal(
        "{owner}",
        "moving hidden units must leave the loss as it is",
        "Give odd=False where the activation is not odd; units that skip connections tie together cannot be moved.",
    ),
    "not_layered": Refusal("{owner}", "the parameters must be those of dense layers one after another", "Take a multilayer perceptron."),
    "no_movement": Refusal(
        "{owner}", "the path must move", "Take a plane that needs no path, such as random, or another optimizer, loss or start."
    ),
    "no_window": Refusal(
        "{owner}", "each side of the window must run from a smaller to a larger finite number", "Give ((a_lo, a_hi), (b_lo, b_hi))."
    ),
    "narrow_window": Refusal(
        "{owner}", "each side of the window must be wide enough to tell its points apart", "Give a wider window, or fewer points."
    ),
    "window_extreme": Refusal(
        "the window",
        "each side must be wide enough to tell its points apart, and at most {most} times as wide as before",
        "Show the first window again, then zoom less.",
    ),
    "unknown_claim": Refusal("{owner}", "a claim must be one of {known}", "Write {nearest}, which is the nearest to it."),
    "too_long": Refusal("{owner}", "at most {most} characters", "Copy the link again from the app."),
    "link_version": Refusal(
        "{owner}", "its version must be a whole number from 1 to {most}", "Copy the link again from the app, or open it where it was made."
    ),
    "unknown_key": Refusal("{owner}", "its keys must be among {known}", "Write {nearest}, which is the nearest, or leave it out."),
    "idle_setting": Refusal(
        "{owner}",
        "the entry that a setting is of must be named, or be the default scene's",
        "Name it too, as in {example}, or leave it out.",
    ),
    "other_page": Refusal("{owner}", "it must be of a scene on the page Explore", "Open it in a browser, or copy a link from Explore."),
    "given_twice": Refusal("{owner}", "each key may be given once", "Remove one of the two."),
    "not_numbers": Refusal("{owner}", "{name} must be {count} finite numbers joined by commas", "Write them as {example}."),
    "no_edits": Refusal("{owner}", "{name} must be moves, removals and additions, each row once", "Write them as {example}."),
    "many_edits": Refusal("{owner}", "at most {most} edits of points", "Undo some of them, or bring the points as a table."),
    "not_a_fingerprint": Refusal("{owner}", "the fingerprint of a file is 16 hexadecimal digits", "Upload the file again."),
    "gap_in_several": Refusal("{owner}", "several of a kind are named {expected} without a gap", "Name the earlier one first."),
    "wrong_task": Refusal("{owner}", "the task must be one of {expected}", "Pick data of such a task, or another model or loss."),
    "suits_no_data": Refusal("{owner}", "no data set gives it the outputs that it is of", "Pick another loss."),
    "not_images": Refusal("{owner}", "the data must be images", "Pick the data set digits, or a model of flat inputs such as mlp."),
    "wrong_features": Refusal("{owner}", "the number of input features must be one of {expected}", "Pick such data, or the model linear."),
    "full_batch": Refusal("{owner}", "every step takes all samples", "Leave the batch size out, or pick an optimizer such as sgd."),
    "too_many_for_newton": Refusal("{owner}", "at most {most} parameters", "Take a smaller model, or an optimizer such as adam."),
    "no_interval": Refusal("{owner}", "it needs an interval from a smaller to a larger number", "Give its left end first."),
    "no_bracket": Refusal(
        "{owner}",
        "the slope must be negative at the left end and positive at the right one",
        "Move the ends until the curve falls at the left and rises at the right.",
    ),
    "no_matrices": Refusal("{owner}", "it needs weights that are matrices", "Take a network, or an optimizer such as adamw."),
    "expression_long": Refusal("the loss typed", "it may have at most {most} characters", "Write it shorter."),
    "expression_large": Refusal(
        "the loss typed", "it may have at most {most} parts, nested at most {deepest} deep", "Split it less finely, or take brackets out."
    ),
    "expression_sign": Refusal(
        "the loss typed", "it is made of numbers, names, + - * / **, comparisons, brackets, commas and semicolons", "Take that sign out."
    ),
    "expression_name": Refusal(
        "the loss typed", "its names must be among {known}", "Use one of these, or declare a parameter in front, such as delta = 1.5;"
    ),
    "expression_declaration": Refusal(
        "the loss typed",
        "what stands before the formula must declare a parameter, by a new name and a number",
        "Write it as delta = 1.5; and the formula after it.",
    ),
    "expression_empty": Refusal("the loss typed", "it must end in a formula", "Write one, such as residual**2 / 2."),
    "expression_unreadable": Refusal(
        "the loss typed",
        "it must be a formula that can be read",
        "Close every bracket, and put a sign between any two parts, as in 2 * residual.",
    ),
    "expression_arguments": Refusal(
        "the loss typed", "the number of arguments of {name} must be {count}", "Write them in its brackets, with commas between them."
    ),
    "expression_not_finite": Refusal(
        "the loss typed",
        "its value must be a finite number somewhere",
        "Look for a division by zero, or for a root or logarithm below zero.",
    ),
    "expression_constant": Refusal("the loss typed", "its value must depend on {known}", "Write one of these names into the formula."),
    "expression_bottomless": Refusal(
        "the loss typed", "its mean over the points must have a least value", "Let it grow on both sides, as abs(residual) does."
    ),
    "table_no_file": Refusal("the table", "the file must exist and be readable", "Check its path and its rights."),
    "table_too_large": Refusal("the table", "the file may hold at most {most} MB", "Send fewer rows or fewer columns."),
    "table_empty": Refusal("the table", "the file must hold rows of numbers", "Choose a file that has data in it."),
    "table_encoding": Refusal("the table", "its text must be in UTF-8, or Chinese in GB18030", 'Save it as "CSV UTF-8" and send that.'),
    "table_foreign": Refusal(
        "the table", "the file must be text, with one line a row", 'In the program that made it, save it as "CSV UTF-8".'
    ),
    "table_unreadable": Refusal("the table", "cells must be separated by commas, semicolons or tabs", "Save it as CSV; check the quotes."),
    "table_rows": Refusal("the table", "it must have at least {low} rows of data", "Add rows, or leave fewer out."),
    "table_columns": Refusal("the table", "it may have at most {most} columns", "Remove the columns that you do not need."),
    "table_one_column": Refusal(
        "the table",
        "it needs two columns or more, the inputs and the target",
        "Add a column, or separate the cells by commas, semicolons or tabs.",
    ),
    "table_numbers": Refusal("the table", "rows times inputs may be at most {most}", "Leave columns of text out, or send fewer rows."),
    "table_no_inputs": Refusal(
        "the table", "it needs an input column that varies, beside the target", "Add a column of numbers, or choose another target."
    ),
    "table_ragged": Refusal("the table, line {line}", "every row must have {expected} cells, like the first", "Add or remove cells there."),
    "table_text": Refusal(
        "the table, column {column}, line {line}",
        "a column must hold numbers only",
        "Leave such columns out, encode them, or write numbers instead of text.",
    ),
    "table_cell": Refusal(
        "the table, column {column}, line {line}",
        "a cell of a column of numbers must be a number",
        "Correct the cell, or leave such rows or columns out.",
    ),
    "table_gap": Refusal(
        "the table, column {column}, line {line}",
        "no cell may be empty, NaN or infinite",
        "Fill the cell, or leave such rows or columns out.",
    ),
    "table_magnitude": Refusal(
        "the table, column {column}, line {line}",
        "a number must be 0 or have a size from {low} to {high}",
        "Change the column's unit, or leave such rows out.",
    ),
    "table_constant_target": Refusal(
        "the table, target column {column}", "the target must take at least two values", "Choose another target column."
    ),
    "table_classes": Refusal(
        "the table, target column {column}", "there may be at most {most} classes", "Choose another target column, or merge classes."
    ),
    "table_rare_class": Refusal(
        "the table, target column {column}",
        "at least two classes must have two rows or more",
        "Choose another target column, or add rows of these classes.",
    ),
    "too_many_parameters": Refusal("{owner}", "a model drawn live has at most {most} parameters", "Take narrower or fewer layers."),
    "table_missing": Refusal("{owner}", "this scene needs the visitor's own table", "Upload the CSV file that the link was made with."),
    "weights_too_large": Refusal("the weights", "the file may hold at most {most} MB", "Take a smaller model."),
    "weights_foreign": Refusal("the weights", "they must be a safetensors file", "Save them with safetensors.torch.save_file."),
    "weights_damaged": Refusal("the weights", "the file must be as it was saved", "Copy it again from where it was saved."),
    "weights_dtype": Refusal("the weights, tensor {name}", "its type must be one of {known}", "Save floating-point weights only."),
    "weights_finite": Refusal("the weights, tensor {name}", "its numbers must be finite", "Save them before the training diverges."),
    "weights_names": Refusal(
        "the weights, tensor {name}", "the model has exactly {expected}", "Set the data and the model that they were trained for."
    ),
    "weights_shape": Refusal(
        "the weights, tensor {name}", "the model needs shape {expected}", "Set the data and the model that they were trained for."
    ),
    "weights_unknown": Refusal(
        "the weights",
        "they must fit the model on Explore, {model} on {data}, which has {expected}, or another of the catalogue",
        "Set the data and the model on Explore first, then drop the file again.",
    ),
    "weights_missing": Refusal(
        "the model", "this scene needs the visitor's own weights", "Drop the file that the link was made with on the page Open a result."
    ),
}


class LandscapeError(ValueError):
    """A request the package cannot honor.

    `code` names the row of `REFUSALS`; `what`, `rule`, `got` and `remedy` are the four parts in English, and
    `details` are the values from which another language fills its own sentence.
    """

    def __init__(self, code: str, *, got: object, **details: object):
        refusal = REFUSALS[code]
        for name in _SPEAKERS & details.keys():
            if details[name] in PHRASES and not isinstance(details[name], Phrase):
                details[name] = Phrase(details[name])
        self.code = code
        self.details = {"got": got, **details}
        self.what = refusal.what.format(**details)
        self.rule = refusal.rule.format(**details)
        self.got = got
        self.remedy = refusal.remedy.format(**details)
        super().__init__(f"{self.what}: {self.rule}; got {got}. {self.remedy}")

    def __reduce__(self) -> tuple:
        """Pickle as it was made: an exception comes back from another process."""
        return partial(LandscapeError, self.code, **self.details), ()


def listed(phrases: Iterable[Phrase]) -> Phrase:
    """Return the phrases, one or more, as one."""
    return reduce(lambda first, second: Phrase("listed", first=first, second=second), phrases)


def journal_of(journal: object) -> Phrase:
    """Return what a journal is called: by its file, if it has one."""
    path = getattr(journal, "path", None)
    return Phrase("journal") if path is None else Phrase("journal_of", path=path)


class Cancelled(Exception):
    """Raised inside a long computation when its `should_stop` answers True; nothing was wrong."""


class SingularHessian(Exception):
    """Raised by a Newton step where the Hessian has no usable inverse: no step exists there, and the run ends."""


def require_name(noun: str, name: object, known: Iterable[str]) -> str:
    """Return `name` if it is one of `known`; refuse it otherwise."""
    known = tuple(known)
    if not isinstance(name, str) or name not in known:
        raise LandscapeError("unknown_name", noun=noun, got=shown(name), known=", ".join(known))
    return name


def require_range(owner: str, name: str, value: object, low: float | None, high: float | None) -> float:
    """Return `value` if it is a finite number within [low, high] (None: no bound on that side); refuse it otherwise.

    A number is any real one, as a plain, numpy or single tensor value, but no bool: what was meant by True is not clear.
    """
    number = plain(value)
    if not isinstance(number, Real) or isinstance(number, bool) or not (isinstance(number, int) or math.isfinite(number)):
        raise LandscapeError("not_a_number", owner=owner, name=name, got=shown(number), example=low if low is not None else 1)
    low_shown = -math.inf if low is None else low
    high_shown = math.inf if high is None else high
    if not low_shown <= number <= high_shown:
        got = number if abs(number) < 1e60 else shown(number)
        raise LandscapeError("out_of_range", owner=owner, name=name, got=got, low=low_shown, high=high_shown)
    return number


def require_whole(owner: str, name: str, value: object, low: int | None, high: int | None, *, example: int | None = None) -> int:
    """Return `value` as an int if it is a whole number within [low, high], such as 51 or 51.0; refuse it otherwise."""
    number = plain(value)
    if not isinstance(number, Real) or isinstance(number, bool) or not (isinstance(number, int) or float(number).is_integer()):
        raise LandscapeError("not_whole", owner=owner, name=name, got=shown(number), example=low or 1 if example is None else example)
    return int(require_range(owner, name, int(number), low, high))


def require_made(owner: str, name: str, value: object, kind: type | tuple[type, ...], maker: str) -> None:
    """Refuse what is not of the `kind` that `maker` returns."""
    if not isinstance(value, kind):
        raise LandscapeError("no_such_record", owner=owner, name=name, maker=maker, got=f"a {type(value).__name__}")


def require_path(owner: str, path: object) -> None:
    """Refuse what is no path."""
    if not isinstance(path, str | os.PathLike):
        raise LandscapeError("no_path", owner=owner, got=shown(path))


def require_seed(owner: str, seed: object, low: int = 0) -> int:
    """Return a seed of a random generator as an int; refuse what is no whole number from `low` on."""
    return require_whole(owner, "seed", seed, low, MOST_SEED)


def plain(value: object) -> object:
    """Return the value of an array or tensor without axes, or of a numpy scalar, as Python's own; anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


def shown(value: object) -> str:
    """Return a short form of what a visitor or caller passed; hostile input may be megabytes long."""
    text = hex(value) if isinstance(value, int) and value.bit_length() > 200 else repr(value)  # Python writes no long decimals
    text = " ".join(text.split())  # a model takes several lines
    return text if len(text) <= 60 else text[:57] + "..."
