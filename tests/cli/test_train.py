"""`chainstep train` trains as the document says and writes what was asked for."""

import csv
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chainstep import Run, load, save
from chainstep.engine.initializers import initialised
from chainstep.files.examples import load_example
from chainstep.project import Debug, Stop

from .conftest import Cli, environment, in_own_process, is_one_sentence

Put = Callable[[str], Path]


def history_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))


def test_the_weights_and_losses_are_those_of_a_run(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, out, table = example("xor"), tmp_path / "out.chainstep", tmp_path / "h.csv"
    run = Run(load(file))
    run.train(epochs=25)
    ended = cli("train", file, "--epochs", 25, "-o", out, "--history", table)
    assert (ended.status, ended.err) == (0, "")
    assert load(out).network.same_as(run.project.network)
    rows = history_of(table)
    assert list(rows[0]) == ["epoch", "loss"]
    assert [int(row["epoch"]) for row in rows] == list(range(25))
    assert [float(row["loss"]) for row in rows] == run.losses
    assert f"loss     {run.loss():.6f}\n" in ended.out


def test_without_epochs_it_trains_as_long_as_the_document_says(
    cli: Cli, example: Put, tmp_path: Path
) -> None:
    file, table = example("xor"), tmp_path / "h.csv"
    save(load(file).with_training(epochs=7), file)
    assert cli("train", file, "--history", table).status == 0
    assert len(history_of(table)) == 7


def test_only_the_weights_of_the_document_change(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, out = example("iris"), tmp_path / "out.chainstep"
    before = file.read_bytes()
    cli("train", file, "--epochs", 3, "--seed", 9, "-o", out)
    assert file.read_bytes() == before
    old, new = json.loads(before), json.loads(out.read_bytes())
    assert old.pop("network") != new.pop("network")
    assert old == new


def test_the_document_itself_may_be_the_output(cli: Cli, example: Put) -> None:
    file = example("xor")
    before = file.read_bytes()
    assert cli("train", file, "--epochs", 2, "-o", file).status == 0
    assert file.read_bytes() != before


def test_no_epochs_write_the_weights_as_they_are(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, out, table = example("iris"), tmp_path / "out.chainstep", tmp_path / "h.csv"
    assert cli("train", file, "--epochs", 0, "-o", out, "--history", table).status == 0
    assert out.read_bytes() == file.read_bytes()
    assert table.read_text() == "epoch,loss,validation_loss,validation_accuracy\n"


def test_the_history_has_the_validation_after_each_epoch(
    cli: Cli, example: Put, tmp_path: Path
) -> None:
    file, table = example("iris"), tmp_path / "h.csv"
    ended = cli("train", file, "--epochs", 12, "--history", table)
    rows = history_of(table)
    assert list(rows[0]) == ["epoch", "loss", "validation_loss", "validation_accuracy"]
    run = Run(load(file))
    run.train(epochs=12)
    held = run.trainer.held()
    assert held is not None
    assert float(rows[-1]["validation_loss"]) == held.loss
    assert float(rows[-1]["validation_accuracy"]) == held.accuracy
    printed = re.search(r"^validation_accuracy +(\S+)$", ended.out, re.MULTILINE)
    assert printed
    assert float(printed[1]) == pytest.approx(held.accuracy, abs=1e-6)


def test_seed_never_touches_the_weights(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, out = example("xor"), tmp_path / "out.chainstep"
    cli("train", file, "--seed", 5, "--epochs", 0, "-o", out)
    assert load(out).network.same_as(load(file).network)


def test_seed_draws_another_order_of_the_rows(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "shuffled.chainstep"
    save(load_example("iris").with_training(order="shuffled", batch_size=7), file)
    tables = [tmp_path / f"{seed}.csv" for seed in (1, 1, 2)]
    for table in tables:
        cli("train", file, "--seed", table.stem, "--epochs", 2, "--history", table)
    same, other = tables[0].read_text(), tables[2].read_text()
    assert tables[1].read_text() == same != other


def test_init_draws_new_weights_from_the_seed(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, out = example("xor"), tmp_path / "out.chainstep"
    cli("train", file, "--init", "he", "--seed", 3, "--epochs", 0, "-o", out)
    assert load(out).network.same_as(initialised(load(file), "he", 3).network)


def test_a_wanted_loss_ends_training_when_an_epoch_meets_it(
    cli: Cli, example: Put, tmp_path: Path
) -> None:
    table = tmp_path / "h.csv"
    ended = cli("train", example("xor"), "--until-loss", "0.1", "--history", table)
    losses = [float(row["loss"]) for row in history_of(table)]
    assert ended.status == 0
    assert losses[-1] <= 0.1 < min(losses[:-1])
    assert "not reached" not in ended.out


def test_a_loss_not_reached_is_a_sentence_and_no_failure(cli: Cli, example: Put) -> None:
    ended = cli("train", example("xor"), "--until-loss", "1e-9", "--epochs", 3)
    assert (ended.status, ended.err) == (0, "")
    assert "A loss of 1e-09 was not reached in 3 epochs" in ended.out


def test_the_documents_own_end_is_honoured(cli: Cli, example: Put, tmp_path: Path) -> None:
    file, table = example("xor"), tmp_path / "h.csv"
    save(load(file).with_training(stop=Stop(loss=0.1)), file)
    cli("train", file, "--history", table)
    assert float(history_of(table)[-1]["loss"]) <= 0.1
    save(load(file).with_training(stop=Stop(patience=2), learning_rate=0.0), file)
    cli("train", file, "--history", table)
    assert len(history_of(table)) == 3


def test_numbers_that_break_are_a_sentence_and_nothing_is_written(cli: Cli, tmp_path: Path) -> None:
    file, out, table = tmp_path / "x.chainstep", tmp_path / "o.chainstep", tmp_path / "h.csv"
    save(load_example("hmkcode_2_2_1_linear").with_training(learning_rate=1e6), file)
    ended = cli("train", file, "-o", out, "--history", table)
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)
    assert ended.err.startswith("x.chainstep: ")
    assert "nothing was written" in ended.err
    assert not out.exists()
    assert not table.exists()


@pytest.mark.parametrize("option", ["-o", "--history"])
def test_what_could_not_be_written_is_refused_before_training(
    cli: Cli, example: Put, tmp_path: Path, option: str
) -> None:
    ended = cli("train", example("xor"), "--epochs", 10**9, option, tmp_path / "no" / "x.chainstep")
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert "there is no folder" in ended.err


def test_a_newer_document_is_refused_as_output_before_training(
    cli: Cli, example: Put, tmp_path: Path
) -> None:
    newer = tmp_path / "newer.chainstep"
    newer.write_text('{"format": "chainstep", "version": 99, "network": {}}')
    ended = cli("train", example("xor"), "--epochs", 10**9, "-o", newer)
    assert ended.status == 1
    assert "newer Chainstep" in ended.err
    assert "99" in newer.read_text()


def test_document_and_history_cannot_be_one_file(cli: Cli, example: Put, tmp_path: Path) -> None:
    both = tmp_path / "both.chainstep"
    ended = cli("train", example("xor"), "-o", both, "--history", both)
    assert ended.status == 1
    assert not both.exists()


def test_a_net_that_cannot_be_trained_says_why(cli: Cli, example: Put) -> None:
    ended = cli("train", example("pdp86_xor_threshold"))
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)
    assert "step has no derivative" in ended.err


@pytest.mark.parametrize(
    "wrong", [("--epochs", "-1"), ("--epochs", "x"), ("--until-loss", "nan"), ("--init", "best")]
)
def test_a_value_no_option_can_have_is_wrong_usage(
    cli: Cli, example: Put, wrong: tuple[str, str]
) -> None:
    ended = cli("train", example("xor"), *wrong)
    assert ended.status == 2
    assert "Traceback" not in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl+C to whole consoles only")
def test_ctrl_c_stops_writes_what_was_asked_for_and_says_so(example: Put, tmp_path: Path) -> None:
    file, out, table = example("xor"), tmp_path / "o.chainstep", tmp_path / "h.csv"
    # Python's own line, once it has begun, is the sign that Ctrl+C is listened to.
    code = (
        "import sys; from chainstep.cli import main, training\n"
        "ends = training.Training._ends\n"
        "def told(self):\n"
        "    self.trainer.epoch == 3 and print('begun', flush=True)\n"
        "    return ends(self)\n"
        "training.Training._ends = told\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "train", file, "--epochs", 10**9]
    with subprocess.Popen(
        [*map(str, command), "-o", str(out), "--history", str(table)],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert is_one_sentence(said)
    assert re.search(r"^Interrupted in epoch \d+ of 1000000000; what was reached is in ", said)
    run = Run(load(file))
    run.train(epochs=len(history_of(table)))
    assert [float(row["loss"]) for row in history_of(table)] == run.losses
    assert load(out).network.same_as(run.project.network)
    assert re.search(r"^loss +0\.", printed, re.MULTILINE)


def test_no_bar_is_drawn_where_stderr_is_no_terminal(example: Put) -> None:
    ended = in_own_process("train", example("xor"), "--epochs", 300)
    assert (ended.status, ended.err) == (0, "")


# --- breakpoints ---------------------------------------------------------------------------------


def breaking(file: Path, *breakpoints: dict[str, object]) -> None:
    save(load(file).replace(debug=Debug(breakpoints=breakpoints)), file)


def test_it_stops_at_a_breakpoint_of_the_document_and_says_where(
    cli: Cli, example: Put, tmp_path: Path
) -> None:
    file, out, table = example("xor"), tmp_path / "out.chainstep", tmp_path / "h.csv"
    breaking(file, {"kind": "loss_below", "value": 0.1})
    ended = cli("train", file, "--break", "-o", out, "--history", table)
    assert (ended.status, ended.err) == (0, "")
    losses = [float(row["loss"]) for row in history_of(table)]
    assert losses[-1] < 0.1 <= losses[-2]
    said = rf"Stopped at a breakpoint: loss < 0\.1: it is 0\.\d+ \(epoch {len(losses)} · update\)\."
    assert re.search(said, ended.out)
    straight = Run(load(file))
    straight.train(len(losses))
    assert load(out).network.same_as(straight.project.network)


def test_it_stops_within_a_batch_at_the_weights_before_its_update(
    cli: Cli, example: Put, tmp_path: Path
) -> None:
    file, out = example("xor"), tmp_path / "out.chainstep"
    breaking(file, {"kind": "unit", "unit": "h2", "phase": "backward"})
    ended = cli("train", file, "--break", "-o", out)
    assert "h2, backward (epoch 1 · example 1 of 4 · backward · h2 · term 1 of 1)" in ended.out
    assert load(out).network.same_as(load(file).network)


def test_without_a_breakpoint_there_is_nothing_to_stop_at(cli: Cli, example: Put) -> None:
    ended = cli("train", example("xor"), "--break")
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert "no breakpoint that is on" in ended.err
