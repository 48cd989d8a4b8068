"""A live PyTorch module becomes a project that computes what the module computes."""

from typing import Any

import numpy as np
import pytest

import chainstep
from chainstep.errors import FileError
from chainstep.files.torch_module import from_torch

pytestmark = pytest.mark.long


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def sequential(torch: Any) -> Any:
    nn = torch.nn
    return nn.Sequential(nn.Linear(3, 5), nn.GELU(), nn.Dropout(0.5), nn.Linear(5, 2)).double()


def test_a_module_gives_the_same_outputs_as_its_drawing(torch: Any) -> None:
    module = sequential(torch)
    module[0].eval()
    before = [part.training for part in module.modules()]
    rows = np.random.default_rng(1).normal(size=(12, 3))
    project = from_torch(module, rows)
    assert [part.training for part in module.modules()] == before
    module.eval()
    wanted = module(torch.from_numpy(rows)).detach().numpy()
    assert np.abs(chainstep.predict(project, rows) - wanted).max() < 1e-14


def test_gradients_of_the_drawing_are_those_of_autograd(torch: Any) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    module = module.double()
    x, t = torch.tensor([[0.5, -1.0]]).double(), torch.tensor([[0.25]]).double()
    project = from_torch(module, x, t)
    (0.5 * (module(x) - t) ** 2).sum().backward()
    found = chainstep.trace(project, 0).as_dict()["connections"]
    wanted = [*module[0].weight.grad.ravel().tolist(), *module[2].weight.grad.ravel().tolist()]
    assert [c["dE_dw"] for c in found] == pytest.approx(wanted, rel=1e-12)


def test_classes_become_rows_with_a_one(torch: Any) -> None:
    project = from_torch(sequential(torch), [[1, 2, 3], [4, 5, 6]], torch.tensor([1, 0]))
    assert project.data.targets == ((0.0, 1.0), (1.0, 0.0))


def test_the_window_is_started_on_a_document_with_the_examples(
    torch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("subprocess.Popen", lambda command, **_: started.append(command))
    project = chainstep.debug(sequential(torch), [[1, 2, 3]], [[0.5, 0.25]])
    assert started[0][1:3] == ["-m", "chainstep"]
    opened = chainstep.load(started[0][3])
    assert opened.network.same_as(project.network)
    assert opened.data == project.data
    assert opened.data.targets == ((0.5, 0.25),)


def test_what_cannot_be_drawn_is_a_sentence(torch: Any) -> None:
    with pytest.raises(FileError, match=r"needs a torch\.nn\.Module, not int"):
        from_torch(3, 3)
    nn = torch.nn
    convolution = nn.Sequential(nn.Unflatten(1, (1, 3)), nn.Conv1d(1, 2, 2), nn.Flatten())
    with pytest.raises(FileError, match=r"Conv.*cannot be drawn"):
        from_torch(convolution, 3)
    with pytest.raises(FileError, match="must take rows of 4 numbers"):
        from_torch(sequential(torch), 4)
    with pytest.raises(FileError, match="2 rows and 2 outputs"):
        from_torch(sequential(torch), [[1, 2, 3], [4, 5, 6]], [[1.0]])
