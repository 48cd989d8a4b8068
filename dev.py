"""The one command of a checkout: `python3 dev.py run | test | check | shots | bench`.

Makes `.venv` with the exact versions of `constraints.txt`, and on Debian and Ubuntu looks after
the system libraries Qt needs. `bench` makes `.venv-bench` with the peers in `benchmarks/peers.txt`.
Standard library only. What the checks are is in `pyproject.toml`.
"""

import argparse
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path


def unsupported(major: int, minor: int) -> str:
    """Say in one sentence why this Python will not do; empty if it will. Runs on old ones too."""
    if (3, 11) <= (major, minor) <= (3, 14):
        return ""
    remedy = "install one of them and call it by name, such as `python3.12 dev.py run`."
    return f"Chainstep needs Python 3.11 to 3.14, and this is {major}.{minor}: {remedy}"


if unsupported(*sys.version_info[:2]):
    sys.exit(unsupported(*sys.version_info[:2]))

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BENCH = ROOT / ".venv-bench"
STAMP = VENV / "chainstep-stamp"
SCREEN = "-screen 0 2800x1800x24"  # room for 1280x800 at twice the scale

# Debian's packages for the libraries that every use of Qt loads ...
ANY_QT = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
# ... that a window on a real or virtual X display needs on top ...
X_WINDOW = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
# ... and for the programs that make a virtual one.
VIRTUAL_DISPLAY = {"xvfb-run": "xvfb", "xauth": "xauth"}


def main(arguments: list[str]) -> int:
    """Do one of the four commands; the exit status is that of the tool behind it."""
    parser = argparse.ArgumentParser(
        prog="dev.py",
        usage="python3 dev.py COMMAND [arguments]",
        description="run: the window, or any chainstep command · test: pytest; --long for the long "
        "tests too · check: ruff, format, mypy, import contracts · shots: screenshots [into DIR] · "
        "bench: speed, beside the peers [--quick] [--only SECTION …] [--markdown FILE]",
    )
    parser.add_argument("command", choices=("run", "test", "check", "shots", "bench"))
    command, rest = parser.parse_args(arguments[:1]).command, arguments[1:]
    if command == "check" and rest:
        parser.error("check takes no arguments")
    if sys.platform == "linux":
        look_after_system(command)
    if command == "bench":
        return bench(rest)
    look_after_venv()
    if command == "check":
        return check()
    return {"run": run, "test": test, "shots": shots}[command](rest)


def run(arguments: list[str]) -> int:
    """Start Chainstep in the caller's folder, so that relative file names mean what they say."""
    return call(PYTHON, "-m", "chainstep", *arguments)


def test(arguments: list[str]) -> int:
    """Run the tests on every core: no display, one BLAS thread, unless told otherwise."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    env = {**threads, "QT_QPA_PLATFORM": "offscreen", **os.environ}
    cores = [] if any(word.startswith("-n") for word in arguments) else ["-n", "auto"]
    return call(PYTHON, "-m", "pytest", *cores, *arguments, env=env, folder=ROOT)


def check() -> int:
    """Run every check, even after one has failed; the status is that of the first to fail."""
    contracts = "from importlinter.cli import lint_imports_command as lint; lint(['--no-logo'])"
    checks = ["-m ruff check", "-m ruff format --check", "-m mypy --strict"]
    results = [call(PYTHON, *line.split(), folder=ROOT) for line in checks]
    results.append(call(PYTHON, "-c", contracts, folder=ROOT))
    return next((status for status in results if status), 0)


def shots(arguments: list[str]) -> int:
    """Play the journey and save what it looks like, on a virtual display where there is none."""
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    virtual = ["xvfb-run", "-a", "-s", SCREEN] if sys.platform == "linux" and not display else []
    return call(*virtual, PYTHON, ROOT / "tests" / "shots.py", *arguments)


def bench(arguments: list[str]) -> int:
    """Measure Chainstep beside its peers, in an environment of their own: it is a large one."""
    python = BENCH / PYTHON.relative_to(VENV)
    peers, stamp = ROOT / "benchmarks" / "peers.txt", BENCH / "chainstep-stamp"
    wanted = peers.read_text(encoding="utf-8") + fingerprint()
    if not (stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        say("setting up .venv-bench with the peers; this takes some minutes, once")
        pip = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        what = ("-c", ROOT / "constraints.txt", "-r", peers)
        if call(sys.executable, "-m", "venv", BENCH) or call(python, *pip, *what):
            sys.exit("dev.py: the peers could not be installed, for the reason that stands above.")
        stamp.write_text(wanted, encoding="utf-8")
    paths = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    env = {**os.environ, "PYTHONPATH": paths}
    return call(python, "-m", "benchmarks", *arguments, env=env, folder=ROOT)


def look_after_venv() -> None:
    """Install the project and its tools into `.venv`, unless exactly that is there already."""
    if is_set_up():
        return
    say("setting up .venv; this takes a minute, once and whenever its requirements have changed")
    STAMP.unlink(missing_ok=True)
    if not (install_with_uv() or install_with_pip()):
        sys.exit("dev.py: the packages could not be installed, for the reason that stands above.")
    STAMP.write_text(fingerprint())


def is_set_up() -> bool:
    """Tell whether a finished `.venv` belongs to these files, this Python and this folder."""
    return PYTHON.exists() and STAMP.exists() and STAMP.read_text() == fingerprint()


def fingerprint() -> str:
    """Return what a finished `.venv` depends on, as a short text."""
    files = b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
    place = f"{sys.version_info[:2]} {sys.platform} {ROOT}".encode()
    return hashlib.sha256(files + place).hexdigest()


def install_with_uv() -> bool:
    """Install with uv, where it is present and works with this machine's settings."""
    uv = shutil.which("uv")
    if uv is None:
        return False
    # --seed puts pip in, so that pip can go on from there if uv cannot.
    made = venv_fits() or quiet(uv, "venv", "--seed", "--clear", "--python", sys.executable, VENV)
    return made and quiet(uv, "pip", "install", "--python", PYTHON, *what())


def install_with_pip() -> bool:
    """Install with Python's own venv and pip, under whatever settings pip finds."""
    made = venv_fits() or call(sys.executable, "-m", "venv", "--clear", VENV) == 0
    pip = ("-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    return made and call(PYTHON, *pip, *what()) == 0


def what() -> list[str | Path]:
    """Return the arguments that name what to install."""
    return ["-c", ROOT / "constraints.txt", "-e", f"{ROOT}[onnx,pictures,test]"]


def venv_fits() -> bool:
    """Tell whether `.venv` works, has pip, and is of the Python that runs this."""
    code = f"import sys, pip; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
    return PYTHON.exists() and quiet(PYTHON, "-c", code)


def look_after_system(command: str) -> None:
    """Install the Debian packages a command still needs, or print the line that would."""
    needed = missing_for(command)
    if needed and shutil.which("apt-get") and is_root():
        say(f"installing the system packages {' '.join(needed)}")
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        call("apt-get", "-qq", "update", env=env)
        call("apt-get", "-qq", "install", "-y", "--no-install-recommends", *needed, env=env)
        needed = missing_for(command)
    if needed:
        say("some system packages are missing; on Debian and Ubuntu this installs them:")
        say(f"    sudo apt-get install --no-install-recommends {' '.join(needed)}")
    optional: set[str] = set()
    if command in ("run", "test", "bench"):
        optional |= {*X_WINDOW.values(), *VIRTUAL_DISPLAY.values()}
    if command in ("run", "bench"):  # some of it needs no Qt; the window speaks for itself
        optional |= {*ANY_QT.values()}
    if set(needed) - optional:
        sys.exit("dev.py: nothing was run; please try again when they are there.")


def missing_for(command: str) -> list[str]:
    """Return the Debian packages that a command lacks."""
    libraries = {} if command == "check" else {**ANY_QT, **X_WINDOW}
    tools = VIRTUAL_DISPLAY if command in ("test", "shots", "bench") else {}
    missing = [package for library, package in libraries.items() if not loads(library)]
    missing += [package for tool, package in tools.items() if not shutil.which(tool)]
    if not is_set_up() and importlib.util.find_spec("ensurepip") is None:
        missing.insert(0, f"python3.{sys.version_info[1]}-venv")
    return missing


def is_root() -> bool:
    """Tell whether packages can be installed without sudo."""
    return bool(getattr(os, "geteuid", lambda: 1)() == 0)


def loads(library: str) -> bool:
    """Tell whether the loader finds a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def quiet(*command: str | Path) -> bool:
    """Run a program whose words matter to nobody, since there is another way if it fails."""
    return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def call(
    *command: str | Path, env: dict[str, str] | None = None, folder: Path | None = None
) -> int:
    """Run a program to its end and return its status, 128 + n if signal n ended it."""
    with subprocess.Popen(command, env=env, cwd=folder) as process:
        while True:
            try:
                status = process.wait()
                return status if status >= 0 else 128 - status
            except KeyboardInterrupt:  # the program got it too, and decides how to end
                continue


def say(sentence: str) -> None:
    """Tell the user what is going on, apart from what the tools print."""
    print(f"dev.py: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
