"""Rules of the whole code base that a reader may rely on."""

from __future__ import annotations

import ast
import re

from tests.architecture.modules import ROOT, modules

MOST_LINES = 300
# Who may read or change the environment, and why.
ENVIRONMENT = {
    "config/settings.py",  # the one reader
    "workers/devices.py",  # pins a child to its GPU before CUDA starts
    "app/flower.py",  # Flower takes this one switch from nowhere else
    "scripts/demo/service.py",  # starts the service as a shell would
}
BROAD = {"workers/task.py", "app/errors.py"}


def test_each_module_says_what_it_does() -> None:
    silent = [
        module.path
        for module in modules()
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]

    assert silent == []


def test_no_module_is_long() -> None:
    lengths = {module.path: len(module.text.splitlines()) for module in modules()}

    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_public_functions_and_classes_say_what_they_do() -> None:
    silent = []
    for module in modules("app", "config", "workers"):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef):
                continue
            public = not node.name.startswith("_") and not is_stub_or_inner(node, module.tree)
            if public and not ast.get_docstring(node):
                silent.append(f"{module.path}:{node.lineno} {node.name}")

    assert silent == []


def is_stub_or_inner(node: ast.FunctionDef | ast.ClassDef, tree: ast.Module) -> bool:
    """Whether it is a function within a function, or a Protocol's method without a body."""
    if isinstance(node, ast.FunctionDef):
        outer = [one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
        if any(node is not one and node in ast.walk(one) for one in outer):
            return True
    *_, last = node.body
    return isinstance(last, ast.Expr) and getattr(last.value, "value", None) is ...


def test_the_environment_is_read_in_one_place() -> None:
    touching = {
        module.path
        for module in modules()
        if re.search(r"\bos\.(environ|getenv|putenv)\b|from os import environ", module.text)
    }

    assert touching <= ENVIRONMENT
    assert "config/settings.py" in touching


def test_exceptions_are_caught_broadly_in_two_places() -> None:
    broad = set()
    for module in modules("app", "config", "workers"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "everything"
                reraised = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
                if caught in ("Exception", "BaseException", "everything") and not reraised:
                    broad.add(module.path)

    assert broad <= BROAD


def test_nothing_is_unpickled_and_nothing_is_evaluated() -> None:
    for module in modules("app", "config", "workers"):
        roots = {name.split(".")[0] for name in module.imports()}
        assert not roots & {"pickle", "marshal", "shelve", "dill", "joblib"}, module.path
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec"), f"{module.path}:{node.lineno}"


def test_each_requirement_is_pinned_and_says_why() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                assert re.fullmatch(r"[A-Za-z0-9\[\],._-]+==[0-9][\w.]*\s+# \S.*", line), line


def test_the_repository_is_free_of_machine_paths_and_big_weights() -> None:
    for module in modules():
        assert not re.search(r"(?<![\w.])/(home|root|Users)/\w", module.text), module.path
    weights = [file for file in (ROOT / "models" / "starter").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in weights) <= 40_000_000
    assert not [file for file in weights if file.suffix in (".bin", ".pt", ".ckpt", ".pkl")]
