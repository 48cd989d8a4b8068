"""What the bundled examples say to a learner; the nets and numbers are in `build_examples`.

All sentences are our own. Numbers of other authors stand in the documents with their source.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Text(NamedTuple):
    """Title, what to look at, remarks on the source's numbers, and where data come from."""

    title: str
    about: str
    notes: tuple[str, ...] = ()
    source: str = ""


OWN: Final[Mapping[str, Text]] = {
    "xor": Text(
        "XOR",
        "Two hidden units learn what one neuron cannot: answer 1 when exactly one input is 1. "
        "Step through one pass, then train: the loss rests on a plateau for 300 epochs before it "
        "falls. Watch the weight from i2 to h1 meanwhile: it changes its sign.",
    ),
    "diamond": Text(
        "A path that splits and joins",
        "h1 reaches the output along two paths, so its gradient is a sum of two terms. Step by "
        "term through the backward pass at h1: the share through h2 is positive, the one through "
        "h3 negative, and the second takes back almost half of the first.",
    ),
    "and": Text(
        "AND",
        "One neuron is enough for AND: a single line separates (1, 1) from the other corners. "
        "There is no sum over k here, as the output feeds nothing; look at δ times each input.",
    ),
    "or": Text(
        "OR",
        "The same neuron as in AND, with other targets. Train both and compare the biases reached: "
        "the one of AND becomes about three times as negative.",
    ),
    "xor_shortcut": Text(
        "XOR with one hidden unit and direct links",
        "When the inputs also feed the output directly, one hidden unit is enough for XOR. Each "
        "input now feeds two units, so ∂E/∂z of i1 is a sum of two terms. Step back as far as the "
        "inputs to see it.",
    ),
    "deep_chain": Text(
        "A deep chain: δ vanishes",
        "Ten logistic units in a row, every weight 1. Step backward unit by unit: each step "
        "multiplies δ by h′, which is at most 1/4, so at h1 about a millionth is left. Train, and "
        "see that only the last weights move at all.",
    ),
    "sine": Text(
        "A sine curve",
        "Six tanh units and a linear output fit one period of a noisy sine. There are no classes "
        "here: the output is the number itself and the loss half its squared error. Compare the "
        "weights into o1 before and after training.",
    ),
    "moons": Text(
        "Two moons",
        "Two half circles that no straight line separates; a third of the points is held back. "
        "Train, then take away hidden units and train again: three are enough, two are not.",
    ),
    "circles": Text(
        "A circle in a circle",
        "The inner points belong to one class, the outer ones to the other. Each tanh unit "
        "contributes one soft line, and the output closes them to a ring. Three hidden units are "
        "the least that can do it.",
    ),
    "spiral": Text(
        "Two spirals",
        "Two arms wound round each other: the hardest of the point clouds, with two hidden layers. "
        "Units of the first layer feed eight others each, so their sums have eight terms. Step "
        "through one of them, then train.",
    ),
    "iris": Text(
        "Iris: three species from four lengths",
        "150 flowers measured by Anderson and published by Fisher in 1936; a third of each species "
        "is held back. The three outputs form a softmax, so each of them depends on all three a. "
        "Train and read the accuracy on the flowers the net has not seen.",
        (
            "The inputs are standardised with mean and deviation of the training rows; the scaling "
            "is stored, so predictions take raw centimetres.",
            "The table is Fisher's; the UCI file differs from it in rows 35 and 38.",
        ),
        "R. A. Fisher, Annals of Eugenics 7 (1936), 179-188; data/iris.csv",
    ),
    "wine": Text(
        "Wine: three cultivars from thirteen measurements",
        "178 wines of one region; a third of each cultivar is held back. The measurements differ "
        "in size by a factor of a thousand, so they are standardised. Look at the confusion "
        "matrix of the rows held back, then take the scaling away and train again.",
        ("The scaling is stored, so predictions take the raw measurements.",),
        "M. Forina et al., PARVUS (1988), UCI Wine, doi 10.24432/C5PC7J; data/wine.csv",
    ),
    "digits": Text(
        "Digits: handwriting of 8 × 8 pixels",
        "1797 handwritten digits; a third of each is held back. 64 pixels, 32 rectifiers, ten "
        "classes. Train, and look at the confusion matrix for the digits that are taken for each "
        "other; a click on a cell leads to an example.",
        ("A pixel from 0 to 16 is divided by 16; predictions take the raw pixels.",),
        "E. Alpaydin and C. Kaynak (1998), UCI, doi 10.24432/C50P49; data/digits.csv",
    ),
}

WORKED: Final[Mapping[str, Text]] = {
    "mazur_2_2_2": Text(
        "Mazur: two by two by two",
        "The example many learners meet first: two inputs, two hidden units, two outputs, one "
        "update at η = 0.5. Step by term at h1, where the shares of o1 and o2 have opposite signs, "
        "and compare every number with the article's.",
        (
            "The source leaves the biases as they are.",
            "Its gradients and new weights are right, but the error after round 1 is 0.291027774, "
            "not 0.291027924. That number and the outputs after 10,000 rounds came from an older "
            "program, which carried the error back through weights it had already updated.",
        ),
    ),
    "han_kamber_3_2_1": Text(
        "Han, Kamber and Pei: three inputs, one update",
        "One training row through a 3-2-1 net, weights and biases updated once at η = 0.9. The "
        "second input is 0, so the weights that leave it get no gradient: look at ∂E/∂w there.",
        (
            "The book's error term has the opposite sign of δ.",
            "It goes on from outputs rounded to three decimals, hence one last digit differs.",
        ),
    ),
    "negnevitsky_xor_trained": Text(
        "Negnevitsky: XOR after training",
        "A 2-2-1 net with the weights it had after 224 epochs. Step forward through all four rows "
        "and see how n3 and n4 divide the work; then look how small every δ has become.",
    ),
    "macleod_2_2_1": Text(
        "MacLeod: a 2-2-1 net without biases",
        "A small net with one row and η = 1. Compare δ of the hidden units with the printed ones: "
        "the source carried the error back through output weights it had just changed, which is "
        "the commonest mistake in backpropagation by hand.",
        (
            "The source's δ has the opposite sign.",
            "It carries the error back through w5 and w6 as already updated, so δ of both hidden "
            "units and their new weights are wrong; backpropagation uses the weights of the "
            "forward pass. The other digits were lost to rounding on the way.",
        ),
    ),
    "hmkcode_2_2_1_linear": Text(
        "hmkcode: a net without curves",
        "All units are linear, so h′ = 1 everywhere and the chain rule is nothing but products of "
        "weights. A good first pass to follow with pencil and paper.",
        ("The source prints its new weights to two decimals.",),
    ),
    "cs231n_sigmoid_neuron": Text(
        "CS231n: one sigmoid neuron",
        "A single neuron whose output itself is differentiated, with no target. Step backward: "
        "h′ = 0.2 arrives at a, and each weight gets it times its input.",
        ("Lecture slides of the same example multiply the rounded 0.2 and so print −0.6.",),
    ),
    "cs231n_sigmoid_gates": Text(
        "CS231n: the same neuron, gate by gate",
        "The sigmoid neuron taken apart into products, sums, exp and 1/x. Step backward through "
        "its eight gates and arrive at the same gradients as the one neuron gives at once.",
    ),
    "cs231n_xyz": Text(
        "CS231n: (x + y) z",
        "The smallest computation with two kinds of gate. A sum hands its gradient on unchanged; "
        "a product hands each factor the other one's value.",
    ),
    "cs231n_gate_patterns": Text(
        "CS231n: what sum, product and max do",
        "Going backward, a sum distributes, a product swaps its factors, and a max sends "
        "everything to its winner. Step to m: z wins, so w gets nothing.",
    ),
    "colah_fanout": Text(
        "Olah: one input, two paths",
        "e = (a + b)(b + 1): b reaches e through both factors. Step back to b and watch 2 and 3 "
        "add up to 5, the smallest example of why a gradient is a sum.",
    ),
    "micrograd_lecture_L": Text(
        "Karpathy, micrograd: L = (ab + c) f",
        "Four numbers, three gates, and one step uphill. The values are weights from a constant "
        "input here, because a weight can learn and an input cannot; take one epoch and see L "
        "rise from −8 to −7.29.",
        ("The learning rate is negative: the source climbs instead of descending.",),
    ),
    "karpathy_guide_neuron": Text(
        "Karpathy's guide: one neuron",
        "A sigmoid neuron with two inputs whose output is to grow. Nudge a weight and compare the "
        "change of the output with the gradient: that is what the gradient promises.",
        (
            "The learning rate is negative: the source climbs instead of descending.",
            "The source moves the inputs too; that is the gate version of this example.",
        ),
    ),
    "karpathy_guide_neuron_gates": Text(
        "Karpathy's guide: all five values move",
        "The same neuron built from gates, so that weights, bias and inputs can all be moved. "
        "Take one epoch: the output rises from 0.8808 to 0.8826.",
        (
            "The values are weights from a constant input, and the learning rate is negative.",
            "The source prints 0.8825, which is cut off instead of rounded.",
        ),
    ),
    "victorzhou_forward": Text(
        "Zhou: forward only",
        "The same neuron three times, and only a forward pass. Step by term through the sums at "
        "h1 and o1; a weight of 0 contributes a term of 0.",
    ),
    "nielsen_single_neuron_1": Text(
        "Nielsen: one neuron learns quickly",
        "A neuron starts at 0.82 and shall put out 0. Train 300 epochs: it falls to 0.09 without "
        "delay. Then open its twin with w = b = 2.",
    ),
    "nielsen_single_neuron_2": Text(
        "Nielsen: one neuron learns slowly",
        "The same task from w = b = 2: the output starts at 0.98, where the logistic curve is "
        "flat. Look at h′ in the first step, and at the long plateau when training: the error is "
        "larger, yet the gradient is smaller.",
    ),
    "iitgn_scalar_neuron": Text(
        "IIT Gandhinagar: one linear neuron",
        "E = (wx + b − t)², the shortest chain rule there is. All numbers are whole: δ is −6, "
        "∂E/∂w is −18. Take one epoch and the error falls from 9 to 5.76.",
    ),
    "stackoverflow_xor_trace": Text(
        "Stack Overflow: XOR that cannot learn",
        "Every weight starts at 0.6, so h1 and h2 are copies and get the same gradient for ever. "
        "Train as long as you like; then change one weight a little and see the copies part.",
        (
            "The source feeds −1 to its bias weights: its weight 0 is minus the bias here.",
            "One row at a time, in the order 00, 01, 10, 11.",
        ),
    ),
    "snns_xor_shortcut": Text(
        "SNNS: XOR with shortcut connections, trained",
        "The net that came with the Stuttgart simulator: one hidden unit, and inputs that also "
        "feed the output. Step back to in_1, where two terms meet.",
        ("Topology and both printed outputs agree with the source; the weights are from memory.",),
    ),
    "pdp86_xor_threshold": Text(
        "PDP 1986: XOR with thresholds",
        "One hidden threshold unit recognises (1, 1) and forbids the output to fire. Forward "
        "only: a step has no slope, and the backward pass says so. Make both units logistic, "
        "and it runs.",
    ),
    "rhw86_symmetry": Text(
        "Rumelhart, Hinton and Williams: mirror symmetry",
        "The net from the Nature paper that answers 1 for patterns that read the same both ways. "
        "Look at the weights: mirrored inputs have opposite signs, and magnitudes 1 : 2 : 4 keep "
        "other patterns from cancelling.",
        ("The source prints weights only: the two numbers here are its bias.",),
    ),
    "goodfellow_xor_relu": Text(
        "Goodfellow, Bengio and Courville: XOR with ReLU",
        "A 2-2-1 net with whole numbers that solves XOR exactly. Step backward and see where a "
        "relu lets nothing through: at a = 0 its derivative counts as 0.",
    ),
    "bishop_5_3_2_instance": Text(
        "Bishop 5.3.2: tanh units, linear outputs",
        "Numbers for the example that the book treats in symbols: tanh hidden units, two linear "
        "outputs, half the sum of squares. There δ of an output is simply z − t.",
        ("The book prints no numbers: these were computed here from its formulas.",),
    ),
    "hinton_prml_skip_instance": Text(
        "Three terms at one unit",
        "Not layered: a feeds b, o1 and o2, so its gradient has three terms, and one of them comes "
        "through b, which must be finished first. Step by unit backward and note the order.",
        ("The lecture gives the formula only; the numbers were computed here.",),
    ),
}

#: The letters a source writes with, where there are some, and which sign it carries back.
NOTATION: Final[Mapping[str, tuple[str, str]]] = {
    "mazur_2_2_2": ("mazur", "positive"),
    "han_kamber_3_2_1": ("bishop", "negative"),
    "negnevitsky_xor_trained": ("bishop", "negative"),
    "macleod_2_2_1": ("bishop", "negative"),
    "nielsen_single_neuron_1": ("nielsen", "positive"),
    "nielsen_single_neuron_2": ("nielsen", "positive"),
    "pdp86_xor_threshold": ("mazur", "negative"),
    "rhw86_symmetry": ("hinton", "positive"),
    "goodfellow_xor_relu": ("goodfellow", "positive"),
    "hinton_prml_skip_instance": ("hinton", "positive"),
}

#: Remarks of the collection on single numbers, in plain words.
REMARKS: Final[Mapping[str, str]] = {
    "dE_o1/dout_h1": "the share of o1",
    "sum over the two outputs k": "the sum of both shares",
    "source used NEW w5": "the source used the new w5",
    "source used NEW w6": "the source used the new w6",
    "follows": "follows from the source's δ",
    "rounded intermediates": "the source went on from rounded numbers",
}
#: How many epochs a worked example trains, where its source says so.
EPOCHS: Final[Mapping[str, int]] = {
    "nielsen_single_neuron_1": 300,
    "nielsen_single_neuron_2": 300,
    "micrograd_lecture_L": 1,
    "karpathy_guide_neuron_gates": 1,
}
OLD_PROGRAM: Final = "from a program that used weights it had already updated"

#: What "seen" and "recalled" in the collection mean, in words for a reader.
STATUS: Final[Mapping[str, str]] = {
    "seen": "numbers compared with the source",
    "partly seen": "numbers partly compared with the source",
    "recalled": "numbers quoted from memory, not compared with the source",
}


def status_in_words(status: str) -> str:
    """Return what the collection says of how a source was read, in words for a reader."""
    if status in STATUS:
        return STATUS[status]
    if status.startswith("FORMULAS"):
        return "formulas from the source, numbers computed here"
    return "structure compared with the source, weights quoted from memory"
