"""What a step lights: the numbers that the pass has found, each written when it is looked at."""

from chainstep.app import lighting
from chainstep.app.lighting import marks_of
from chainstep.app.moment import Moment
from chainstep.files import examples
from chainstep.stepping.explain.step import explain
from chainstep.stepping.run import Run


def moment_at(unit: str, part: str) -> Moment:
    run = Run(examples.load_example("mazur_2_2_2"))
    place = [(step.unit, step.part) for step in run.steps.steps].index((unit, part))
    run.seek(place + 1)
    return Moment(run.trainer.project, run, None, explain(run))


def test_a_step_shows_what_was_found_up_to_it_but_not_what_its_pill_says() -> None:
    marks = marks_of(moment_at("h2", "delta"))
    assert marks is not None
    assert marks.outputs.keys() == {"i1", "i2", "h1", "h2", "o1", "o2"}
    assert marks.outputs["o1"] == "0.7514"
    assert marks.values.keys() == {"o1", "o2"}
    assert [text for _, text, _ in marks.values["o1"]] == ["+0.1385", "0.01"]
    assert marks.visited == {"o1", "o2", "h2"}


def test_before_the_end_of_the_forward_pass_nothing_else_is_known() -> None:
    marks = marks_of(moment_at("h2", "activate"))
    assert marks is not None
    assert marks.outputs.keys() == {"i1", "i2", "h1", "h2"}
    assert marks.outputs.get("o1") is None
    assert not marks.values


def test_a_number_that_nobody_looks_at_is_not_written() -> None:
    moment = moment_at("h1", "delta")
    marks = marks_of(moment)
    assert moment.run is not None
    assert marks is not None
    written = lighting._z_texts(moment.run.trace, moment.digits)
    assert not written
    assert marks.outputs["h2"] == "0.5969"
    assert dict(written) == {"h2": "0.5969"}
