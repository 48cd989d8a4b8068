"""A PyTorch training loop out: the net, the data and the very updates that Chainstep makes.

Run, it repeats the losses of a run in Chainstep to rounding. The module itself is written by
`pytorch`, the update rules are PyTorch's own, which agree with `engine.optimizers`.
"""

from contextlib import suppress
from textwrap import indent as indented
from typing import Final

from chainstep.engine.readiness import why_not_train
from chainstep.engine.trainer import Trainer
from chainstep.errors import NotRunnable, NumbersBroke
from chainstep.files.programs.common import Program, matrix, number, vector
from chainstep.files.programs.pytorch import masks, module_parts
from chainstep.project import Project, Schedule, Training

_MOST_UPDATES: Final = 2_000
_SHOWN: Final = 10

_LOSSES: Final = {
    "half_squared_error": "0.5 * ((output - target) ** 2).sum()",
    "squared_error": "((output - target) ** 2).sum()",
    "mean_squared_error": "((output - target) ** 2).mean(dim=1).sum()",
    "huber": 'nn.functional.huber_loss(output, target, reduction="sum", delta={delta})',
    "binary_cross_entropy": "nn.functional.binary_cross_entropy_with_logits(\n"
    '        output, target, reduction="sum"\n    )',
    "cross_entropy": "-(target * output.log_softmax(dim=1)).sum()",
    "output": "output.sum()",
}
#: Losses that are computed from the outputs' a.
_FROM_LOGITS: Final = ("binary_cross_entropy", "cross_entropy")

_LOOP: Final = '''
def train(epochs=EPOCHS):
    """Train, and return the loss of each epoch as it was met before the updates."""
    losses = []
{before}    for epoch in range(epochs):
{rate}        order = {order}
        met = 0.0
        for start in range(0, len(X), BATCH):
            batch = order[start : start + BATCH]
            error = loss(network(X[batch]), T[batch])
            optimizer.zero_grad()
            {backward}
{penalty}            optimizer.step()
{freeze}            met += error.item()
        losses.append({reported})
{stop}    return losses
'''

_MAIN: Final = """
# The first losses of the same run in Chainstep.
LOSSES = {losses}

if __name__ == "__main__":
    losses = train()
    for epoch, value in enumerate(losses):
        if epoch < {shown} or (epoch + 1) % max(1, len(losses) // 10) == 0:
            print(f"epoch {{epoch + 1}}: loss {{value:.12g}}")
    for found, expected in zip(losses, LOSSES):
        assert abs(found - expected) <= 1e-9 * max(1.0, abs(expected)), (found, expected)
"""


def write_training(project: Project) -> bytes:
    """Return a Python file that trains the net as the project says. Raises NotRunnable."""
    if reason := why_not_train(project):
        raise NotRunnable(reason)
    program = Program(project)
    shuffled = project.training.order == "shuffled"
    about = "Run it: the losses are those of the same training in Chainstep."
    logits = project.loss.name in _FROM_LOGITS
    schedule = project.training.schedule
    imports = "import math\n\n" if schedule is not None and schedule.name == "cosine" else ""
    imports += "import numpy as np\n" if shuffled else ""
    parts = [
        *module_parts(program, "with its training loop in PyTorch", about, imports, logits),
        _data(project),
        _loss(project),
        _optimizer(program),
        _loop(program),
        _MAIN.strip("\n").format(losses=vector(_first_losses(project)), shown=_SHOWN),
    ]
    return ("\n\n\n".join(part.strip("\n") for part in parts if part) + "\n").encode()


def _first_losses(project: Project) -> list[float]:
    """Return the losses of the first epochs, as many as are quickly had."""
    trainer = Trainer(project)
    epochs = min(_SHOWN, project.training.epochs, _MOST_UPDATES // trainer.batches_an_epoch())
    with suppress(NumbersBroke):
        trainer.train(epochs)
    return list(trainer.losses)


def _data(project: Project) -> str:
    data = project.data
    rows = data.training_rows
    inputs = [data.inputs[n] for n in rows]
    held = f"  # without the {len(data.validation)} rows held back" if data.validation else ""
    text = f"# The examples.{held}\nX = torch.tensor({matrix(inputs)})\n"
    if not data.targets:
        return text + f"T = torch.zeros(len(X), {len(project.network.outputs)})  # no targets"
    return text + f"T = torch.tensor({matrix([data.targets[n] for n in rows])})"


def _loss(project: Project) -> str:
    formula = _LOSSES[project.loss.name].replace("{delta}", number(project.loss.delta))
    logits = project.loss.name in _FROM_LOGITS
    what = "the weighted inputs a of the outputs" if logits else "the outputs z"
    return (
        "def loss(output, target):\n"
        f'    """Return {project.loss.name}, summed over a batch; output: {what}."""\n'
        f"    return {formula}"
    )


def _optimizer(program: Program) -> str:
    training = program.project.training
    made = {
        "sgd": "SGD({groups}, lr={rate})",
        "momentum": "SGD({groups}, lr={rate}, momentum={momentum})",
        "nesterov": "SGD({groups}, lr={rate}, momentum={momentum}, nesterov=True)",
        "rmsprop": "RMSprop({groups}, lr={rate}, alpha={rho}, eps={epsilon})",
        "adagrad": "Adagrad({groups}, lr={rate}, eps={epsilon})",
        "adam": "Adam({groups}, lr={rate}, betas=({beta1}, {beta2}), eps={epsilon})",
        "adamw": "AdamW({groups}, lr={rate}, betas=({beta1}, {beta2}), eps={epsilon})",
    }
    kind = training.optimizer
    if kind == "nesterov" and training.momentum == 0:
        kind = "sgd"
    numbers = {
        name: number(getattr(training, name))
        for name in ("momentum", "rho", "epsilon", "beta1", "beta2")
    }
    rate = number(max(0.0, training.learning_rate))
    text = made[kind].format(groups="GROUPS", rate=rate, **numbers)
    return "\n".join([*_settings(program), *_groups(training), f"optimizer = torch.optim.{text}"])


def _settings(program: Program) -> list[str]:
    training = program.project.training
    lines = [f"EPOCHS = {training.epochs}"]
    size = "len(X)" if training.batch_size is None else str(training.batch_size)
    lines.append(f"BATCH = {size}")
    if training.order == "shuffled":
        lines.append(f"SEED = {training.seed}")
    if training.l1:
        lines.append(f"L1 = {number(training.l1)}")
    frozen = masks(program)
    if frozen:
        lines.append("# 1 where a number is trained, 0 where it is frozen.")
        entries = [
            f'"{key}": torch.tensor({matrix(m.tolist()) if m.ndim == 2 else vector(m.tolist())}),'
            for key, m in frozen.items()
        ]
        lines.append("TRAINED = {\n" + indented("\n".join(entries), "    ") + "\n}")
        lines.append("FROZEN_AT = {key: network.state_dict()[key].clone() for key in TRAINED}")
    return lines


def _groups(training: Training) -> list[str]:
    """Return the parameters: weights decay, biases do not."""
    weights = '[p for name, p in network.named_parameters() if name.endswith("weight")]'
    biases = '[p for name, p in network.named_parameters() if name.endswith("bias")]'
    decay = number(training.weight_decay)
    return [
        f"weights = {weights}",
        f"biases = {biases}",
        "GROUPS = [",
        f'    {{"params": weights, "weight_decay": {decay}}},',
        '    {"params": biases, "weight_decay": 0.0},',
        "]",
    ]


def _loop(program: Program) -> str:
    project, training = program.project, program.project.training
    mean = training.reduction == "mean"
    order = "torch.arange(len(X))"
    if training.order == "shuffled":
        order = "torch.from_numpy(np.random.default_rng([SEED, epoch]).permutation(len(X)))"
    before, stop = _stop(project)
    penalty = (
        "            for p in weights:\n"
        "                if p.grad is not None:\n"
        "                    p.grad += L1 * p.detach().sign()\n"
        if training.l1
        else ""
    )
    freeze = (
        "            with torch.no_grad():\n"
        "                for key, p in network.named_parameters():\n"
        "                    if key in TRAINED:\n"
        "                        p.copy_(torch.where(TRAINED[key] > 0, p, FROZEN_AT[key]))\n"
        if masks(program)
        else ""
    )
    return _LOOP.format(
        before=before,
        rate=_rate(training),
        order=order,
        backward="(error / len(batch)).backward()" if mean else "error.backward()",
        penalty=penalty,
        freeze=freeze,
        reported="met / len(X)" if mean else "met",
        stop=stop,
    )


def _rate(training: Training) -> str:
    """Return the lines that set the learning rate of an epoch, where it is not always the same."""
    formula = number(training.learning_rate)
    schedule = training.schedule or Schedule()
    period = schedule.period
    if schedule.name == "step":
        formula += f" * {number(schedule.factor)} ** (epoch // {period})"
    elif schedule.name == "cosine":
        formula += f" * 0.5 * (1 + math.cos(math.pi * min(epoch / {period}, 1)))"
    elif schedule.name == "inverse_time":
        formula += f" / (1 + epoch / {period})"
    elif training.learning_rate >= 0:
        return ""
    setting = f'            group["lr"] = {formula}\n'
    return f"        for group in optimizer.param_groups:\n{setting}"


def _stop(project: Project) -> tuple[str, str]:
    """Return the lines before the loop and at its end that end training early."""
    stop = project.training.stop
    before, lines = "", ""
    if stop is not None and stop.loss is not None:
        lines += f"        if losses[-1] <= {number(stop.loss)}:\n            break\n"
    if stop is not None and stop.patience is not None and not project.data.validation:
        before = '    best, waited = float("inf"), 0\n'
        lines += (
            "        waited = 0 if losses[-1] < best else waited + 1\n"
            "        best = min(best, losses[-1])\n"
            f"        if waited >= {stop.patience}:\n            break\n"
        )
    return before, lines
