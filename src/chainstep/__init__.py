"""Chainstep, a laboratory for backpropagation: the public API, and nothing else.

Each name is imported from its room when it is first used (PEP 562), so that `import chainstep`
costs nothing and never loads Qt or NumPy. The command line is in `cli`, the window in `app`.

    project = chainstep.load("net.chainstep")      a document, or a model of another program
    trace = chainstep.trace(project, example=0)    one pass forward and back, every term
    run = chainstep.Run(project)                   training that can be stepped, and taken back
    chainstep.Breakpoint(kind="flip"), .Watch(…)   what a run stops at, what it notes
    chainstep.predict(project, X)                  outputs for rows of inputs
    chainstep.save(run.project, "net.onnx")        by extension: models, programs, pictures
    chainstep.debug(module, inputs, targets)       a torch.nn.Module in the window

Every fault of a user's is a `ChainstepError`, whose text is one plain sentence with the remedy.
`help(chainstep.Run)` and the like tell more.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainstep.engine.predict import predict
    from chainstep.errors import ChainstepError
    from chainstep.files import load, load_weights, save
    from chainstep.files.torch_module import debug, from_torch
    from chainstep.stepping.run import Run
    from chainstep.stepping.trace import trace
    from chainstep.stepping.watching.breakpoints import Breakpoint
    from chainstep.stepping.watching.watches import Watch

__version__ = "0.1.0"
__all__ = [
    "Breakpoint",
    "ChainstepError",
    "Run",
    "Watch",
    "__version__",
    "debug",
    "from_torch",
    "load",
    "load_weights",
    "predict",
    "save",
    "trace",
]

_ROOM_OF = {
    "Breakpoint": "chainstep.stepping.watching.breakpoints",
    "ChainstepError": "chainstep.errors",
    "Run": "chainstep.stepping.run",
    "Watch": "chainstep.stepping.watching.watches",
    "debug": "chainstep.files.torch_module",
    "from_torch": "chainstep.files.torch_module",
    "load": "chainstep.files",
    "load_weights": "chainstep.files",
    "predict": "chainstep.engine.predict",
    "save": "chainstep.files",
    "trace": "chainstep.stepping.trace",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ROOM_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
