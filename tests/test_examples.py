"""Every bundled example loads, saves unchanged, runs every row, and does what it says.

The printed numbers of the worked ones are compared in `engine/test_worked_examples.py`; here it
is asserted that the documents are exactly those nets.
"""

from functools import cache
from itertools import pairwise
from statistics import median

import pytest

from chainstep import resources
from chainstep.errors import FileError, NotRunnable
from chainstep.files import document, examples
from chainstep.files.examples import about, load_example
from chainstep.project import Project
from chainstep.stepping.run import Run
from chainstep.stepping.trace import trace
from tests import build_examples, published

NAMES = examples.names()


@cache
def made() -> dict[str, bytes]:
    return build_examples.documents()


def content(name: str) -> bytes:
    return resources.path("examples", f"{name}.chainstep").read_bytes()


def trained(project: Project, epochs: int | None = None) -> Run:
    run = Run(project)
    run.train(epochs=project.training.epochs if epochs is None else epochs)
    return run


def held_back_accuracy(project: Project) -> float:
    held = trained(project).trainer.held()
    assert held is not None
    assert held.accuracy is not None
    return held.accuracy


# --- all of them ------------------------------------------------------------------------------


def test_there_are_37_examples_24_of_them_worked_ones() -> None:
    files = {file.stem for file in resources.path("examples").glob("*.chainstep")}
    assert len(NAMES) == 37
    assert files == set(NAMES)
    assert set(NAMES) == set(published.entries()) | set(build_examples.MAKERS)
    assert len(published.entries()) == 24
    assert examples.FIRST in NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_byte_for_byte_what_its_generator_makes(name: str) -> None:
    assert content(name) == made()[name], "run: python -m tests.build_examples"


@pytest.mark.parametrize("name", NAMES)
def test_an_example_saves_as_the_bytes_it_was_loaded_from(name: str) -> None:
    assert document.dumps(load_example(name)) == content(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_an_example_runs_forward_and_backward(name: str) -> None:
    project = load_example(name)
    assert project.data.inputs
    count = len(project.data.inputs)
    for row in range(0, count, max(1, count // 150)):
        refused = trace(project, row).as_dict().get("backward_refused")
        if name == "pdp86_xor_threshold":
            assert "step has no derivative" in refused
        else:
            assert refused is None


@pytest.mark.parametrize("name", NAMES)
def test_an_example_says_in_a_few_lines_what_to_look_at(name: str) -> None:
    info = about(load_example(name))
    assert info is not None
    assert name in examples.GROUPS[info.level]
    assert 0 < len(info.title) <= 60
    assert 80 <= len(info.about) <= 330
    assert info.about.endswith(".")


def test_no_two_examples_have_the_same_title() -> None:
    infos = [about(load_example(name)) for name in NAMES]
    assert len({info.title for info in infos if info}) == len(NAMES)


@pytest.mark.parametrize("name", published.entries())
def test_a_worked_example_carries_its_source_and_every_printed_number(name: str) -> None:
    info = about(load_example(name))
    expected = published.entries()[name]["expected"]
    assert info is not None
    assert info.source
    assert info.source_status
    assert [(p.key, p.value, p.decimals) for p in info.printed] == [
        (e["key"], e["value"], e["decimals"]) for e in expected
    ]
    assert [p.rounding for p in info.printed] == [bool(e.get("rounding")) for e in expected]


@pytest.mark.parametrize("name", NAMES)
def test_every_unit_of_an_example_has_a_place_of_its_own(name: str) -> None:
    project = load_example(name)
    places = project.view.positions
    assert set(places) == {unit.id for unit in project.network.units}
    assert len(set(places.values())) == len(places)
    inputs = {places[unit.id][0] for unit in project.network.inputs}
    outputs = {places[unit.id][0] for unit in project.network.outputs}
    others = {x for x, _ in places.values()} - inputs - outputs
    assert max(inputs) < min(outputs)
    assert all(max(inputs) < x < min(outputs) for x in others)
    assert name == "digits" or len(inputs) == len(outputs) == 1


def test_an_unknown_example_is_refused_by_name() -> None:
    with pytest.raises(FileError, match="no example called nonsense"):
        load_example("nonsense")


@pytest.mark.parametrize("told", [None, 5, "xor", {}, {"title": 1, "about": []}])
def test_a_project_with_other_extras_says_nothing_as_an_example(told: object) -> None:
    assert about(Project(extras={} if told is None else {"example": told})) is None


# --- what each of them promises ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["xor", "and", "or", "xor_shortcut"])
def test_a_gate_is_learnt_within_its_own_epochs(name: str) -> None:
    run = trained(load_example(name))
    assert run.loss() < 0.01
    assert run.losses[0] > 0.1


def test_xor_rests_on_a_plateau_while_a_weight_changes_its_sign() -> None:
    project = load_example("xor")
    run = trained(project, 300)
    assert run.loss() > 0.9 * run.losses[0]
    assert project.network.by_ends["i2", "h1"].weight > 0
    assert run.project.network.by_ends["i2", "h1"].weight < 0


def test_the_bias_of_and_becomes_three_times_that_of_or() -> None:
    of_and, of_or = (
        trained(load_example(name)).project.network.by_id["o1"].bias for name in ("and", "or")
    )
    assert of_and is not None
    assert of_or is not None
    assert 2.5 < of_and / of_or < 3.5
    assert of_or < 0


def test_the_terms_at_the_head_of_the_diamond_have_opposite_signs() -> None:
    through_h2, through_h3 = trace(load_example("diamond"), 0).unit("h1").outgoing
    assert through_h2.delta_term is not None
    assert through_h3.delta_term is not None
    assert through_h2.delta_term > 0 > through_h3.delta_term
    assert 0.4 < -through_h3.delta_term / through_h2.delta_term < 0.5


def test_delta_shrinks_to_a_millionth_along_the_deep_chain() -> None:
    project = load_example("deep_chain")
    first_row = trace(project, 0)
    units = [unit.id for unit in project.network.units if not unit.is_input]
    deltas = [first_row.delta(unit_id) for unit_id in units]
    assert all(abs(near) <= abs(far) / 4 for near, far in pairwise(deltas))
    assert 5e-7 < deltas[0] / deltas[-1] < 2e-6
    weights = [c.weight for c in trained(project).project.network.connections]
    assert [round(weight, 2) for weight in weights[:-2]] == [1.0] * 8


def test_the_sine_is_fitted_down_to_its_noise() -> None:
    assert trained(load_example("sine")).loss() < 0.001


@pytest.mark.parametrize("name", ["moons", "circles", "spiral"])
def test_a_point_cloud_is_learnt_and_its_held_back_points_too(name: str) -> None:
    run = trained(load_example(name))
    assert run.trainer.measure(run.trainer.rows).accuracy == 1.0
    held = run.trainer.held()
    assert held is not None
    assert held.accuracy is not None
    assert held.accuracy >= 0.95


def test_iris_reaches_95_percent_on_the_held_back_third_median_of_10_splits() -> None:
    accuracies = [held_back_accuracy(build_examples.iris(seed)) for seed in range(10)]
    assert len(set(accuracies)) > 1
    assert median(accuracies) >= 0.95
    assert held_back_accuracy(load_example("iris")) >= 0.95


def test_iris_holds_back_a_third_of_each_species_and_undoes_its_scaling() -> None:
    data = load_example("iris").data
    _, flowers = build_examples.iris_table()
    species = [data.targets[row].index(1.0) for row in data.validation]
    assert sorted(species.count(k) for k in range(3)) == [16, 17, 17]
    for row, flower in zip(data.inputs, flowers, strict=True):
        scales = [data.scaling[name] for name in data.columns[:4]]
        raw = [value * sd + mean for value, (mean, sd) in zip(row, scales, strict=True)]
        assert raw == pytest.approx([float(value) for value in flower[:4]], abs=1e-12)


def test_the_bundled_iris_is_fishers_table_and_not_the_miscopied_one() -> None:
    _, flowers = build_examples.iris_table()
    assert flowers[34] == ["4.9", "3.1", "1.5", "0.2", "setosa"]
    assert flowers[37] == ["4.9", "3.6", "1.4", "0.1", "setosa"]
    means = [sum(float(flower[k]) for flower in flowers) / 150 for k in range(4)]
    assert [round(mean, 3) for mean in means] == [5.843, 3.057, 3.758, 1.199]


@pytest.mark.parametrize(("name", "least"), [("wine", 0.95), ("digits", 0.94)])
def test_the_other_real_tables_are_learnt_too(name: str, least: float) -> None:
    assert held_back_accuracy(load_example(name)) >= least


@pytest.mark.parametrize(("name", "sizes"), [("wine", (59, 71, 48)), ("digits", (178, 182, 177))])
def test_a_bundled_table_has_its_classes_and_a_note_of_its_source(
    name: str, sizes: tuple[int, ...]
) -> None:
    _, rows = build_examples.table(name)
    classes = sorted({row[-1] for row in rows})
    counts = [sum(row[-1] == one for row in rows) for one in classes]
    assert sorted(counts[: len(sizes)]) == sorted(sizes)
    note = resources.path("examples", "data", f"{name}.source.txt").read_text("utf-8")
    assert note.startswith(f"{name}.csv: {len(rows)} ")
    data = load_example(name).data
    for column, unit in enumerate(load_example(name).network.inputs):
        mean, sd = data.scaling[unit.id]
        raw = data.inputs[7][column] * sd + mean
        assert raw == pytest.approx(float(rows[7][column]), abs=1e-9)


def test_the_stack_overflow_net_keeps_its_hidden_units_identical() -> None:
    network = trained(load_example("stackoverflow_xor_trace"), 200).project.network
    assert network.by_id["h1"].bias == network.by_id["h2"].bias
    for source in ("x1", "x2"):
        pair = (network.by_ends[source, "h1"], network.by_ends[source, "h2"])
        assert pair[0].weight == pair[1].weight


@pytest.mark.parametrize(
    ("name", "output", "reached"),
    [
        ("nielsen_single_neuron_1", "n", 0.09),
        ("nielsen_single_neuron_2", "n", 0.20),
        ("micrograd_lecture_L", "L", -7.29),
        ("karpathy_guide_neuron_gates", "s", 0.88),
    ],
)
def test_a_worked_example_trains_as_long_as_its_source_does(
    name: str, output: str, reached: float
) -> None:
    project = trained(load_example(name)).project
    assert trace(project, 0).z(output) == pytest.approx(reached, abs=0.005)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "pdp86_xor_threshold"])
def test_an_example_trains_for_its_own_epochs_without_breaking(name: str) -> None:
    assert len(trained(load_example(name)).losses) == load_example(name).training.epochs


def test_the_threshold_net_cannot_train_and_says_which_unit_stops_it() -> None:
    with pytest.raises(NotRunnable, match="step has no derivative"):
        trained(load_example("pdp86_xor_threshold"), 1)
