"""What can be chosen about training, in plain words, each with one sentence of explanation.

The rules themselves are in `engine.losses`, `engine.optimizers` and `engine.initializers`.
"""

from typing import Final

from chainstep.app.panels.choice import Option

LOSSES: Final = (
    Option(
        "half_squared_error", "half squared error", "E = ½ Σ (z − t)²: the usual one to learn with."
    ),
    Option("squared_error", "squared error", "E = Σ (z − t)², summed over the outputs."),
    Option("mean_squared_error", "mean squared error", "E = (1/K) Σ (z − t)², K the outputs."),
    Option("huber", "huber", "A square near the target, a line far from it: outliers pull less."),
    Option(
        "binary_cross_entropy",
        "binary cross-entropy",
        "E = −Σ t ln z + (1 − t) ln(1 − z): yes or no; the outputs must be logistic.",
    ),
    Option(
        "cross_entropy",
        "cross-entropy",
        "E = −Σ t ln p: one class of several; the outputs must be softmax.",
    ),
    Option("output", "the output itself", "E = Σ z: differentiates the outputs; needs no targets."),
)
OPTIMIZERS: Final = (
    Option("sgd", "gradient descent", "w ← w − η g: straight down the slope."),
    Option("momentum", "momentum", "Keeps some of its speed, so that it rolls on along a valley."),
    Option("nesterov", "nesterov", "Momentum that looks one step ahead."),
    Option("rmsprop", "rmsprop", "Divides each step by the recent size of that gradient."),
    Option("adagrad", "adagrad", "Divides each step by the size of all gradients so far."),
    Option("adam", "adam", "Momentum and rmsprop in one, corrected for its start at zero."),
    Option("adamw", "adamw", "Adam whose weight decay is apart from the gradient."),
)
ORDERS: Final = (
    Option("fixed", "as in the table", "Each epoch goes through the rows from first to last."),
    Option("shuffled", "shuffled", "Each epoch goes through the rows in an order of its own."),
)
REDUCTIONS: Final = (
    Option("mean", "mean of the rows", "The gradients of a batch are averaged over its rows."),
    Option("sum", "sum of the rows", "The gradients of a batch are added up."),
)
INITIALIZERS: Final = (
    Option("xavier", "Xavier (Glorot)", "Uniform, wider where fewer connections meet: for tanh."),
    Option("he", "He", "Normal, wider where fewer connections come in: for rectifiers."),
    Option("uniform", "uniform ±0.5", "Every weight between −0.5 and 0.5."),
    Option(
        "zeros",
        "all zeros",
        "Every weight 0: units that are alike get the same gradients and never part.",
    ),
)
SCHEDULES: Final = (
    Option("constant", "constant", "η stays as it is."),
    Option("step", "steps", "η is multiplied by the factor after every period."),
    Option("cosine", "cosine", "η falls along half a cosine, to 0 at the end of the period."),
    Option("inverse_time", "1/t", "η is divided by 1 + epoch / period: it halves in one period."),
)
PERIOD_TIP: Final = "The epochs of one period; counted from the start of the run."
FACTOR_TIP: Final = "What η is multiplied by after each period, such as 0.5."
STOP_LOSS_TIP: Final = "Training ends after an epoch with a loss this small; empty: never."
PATIENCE_TIP: Final = (
    "Training ends after so many epochs without a better loss, on the validation rows where there "
    "are any; empty: never."
)
#: What is said below the initializer that is chosen.
INITIALIZER_NOTES: Final = {
    "xavier": "Keeps the size of z and δ from level to level, for tanh and logistic.",
    "he": "Twice the variance, since a rectifier lets only half of it through.",
    "uniform": "Fits small nets; in deep ones z and δ shrink or grow from level to level.",
    "zeros": "This fails: units that are alike get the same gradients, so they never part.",
}
#: The fields of each optimiser, beside the learning rate, in the order shown.
FIELDS: Final = {
    "sgd": ("weight_decay", "l1"),
    "momentum": ("momentum", "weight_decay", "l1"),
    "nesterov": ("momentum", "weight_decay", "l1"),
    "rmsprop": ("rho", "epsilon", "weight_decay", "l1"),
    "adagrad": ("epsilon", "weight_decay", "l1"),
    "adam": ("beta1", "beta2", "epsilon", "weight_decay", "l1"),
    "adamw": ("beta1", "beta2", "epsilon", "weight_decay", "l1"),
}
#: Field of `Training` → label and tooltip.
NUMBERS: Final = {
    "momentum": ("momentum μ", "How much of its speed is kept from one update to the next."),
    "rho": ("memory ρ", "How slowly the recent size of the gradients is forgotten."),
    "beta1": ("memory β₁", "How slowly the average of the gradients is forgotten."),
    "beta2": ("memory β₂", "How slowly the average of their squares is forgotten."),
    "epsilon": ("epsilon ε", "A small number that keeps the division from being one by zero."),
    "weight_decay": ("weight decay λ", "Pulls every weight a little towards 0; not the biases."),
    "l1": ("L1 penalty λ₁", "Pulls every weight to 0 by a constant; not the biases."),
}
#: What a field takes where not every number makes sense: an average forgets at least a little.
LEAST: Final = {"rho": 0.0, "beta1": 0.0, "beta2": 0.0, "epsilon": 0.0}
BELOW: Final = {"rho": 1.0, "beta1": 1.0, "beta2": 1.0}
LEARNING_RATE_TIP: Final = (
    "The size of a step: w ← w − η · gradient. It can be changed in the middle of a run."
)
BATCH_TIP: Final = "So many rows are gone through before each update; 1 updates after every row."
ALL_ROWS_TIP: Final = "One update an epoch, from all the training rows together."
EPOCHS_TIP: Final = "Train stops after so many epochs; pressed again, it goes on."
BIASES_TIP: Final = "Without the tick training changes the weights alone."
DELTA_TIP: Final = "How far from the target the square turns into a line."
DICE_TIP: Final = (
    "Draw new weights with the next seed, or with the one typed; biases become 0, frozen ones stay."
)
SEED_TIP: Final = (
    "What new random weights and shuffled orders come from: the same seed, the same numbers."
)
RESET_TIP: Final = "Go back to the weights that this run began with."
