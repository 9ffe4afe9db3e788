"""The walls of the house: which way imports go, and what every file keeps to."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("core", "billing", "affiliates", "marketplace")
HIGHEST = len(FLOORS)
LONGEST_FILE, LONGEST_FUNCTION = 400, 45


def sources() -> list[Path]:
    files = [path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")]
    return [*files, ROOT / "wsgi.py"]


def floor_of(module: str) -> int | None:
    top = module.split(".", maxsplit=1)[0]
    return FLOORS.index(top) if top in FLOORS else HIGHEST if top == "wsgi" else None


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def upward(path: str, text: str) -> list[str]:
    """The imports of a file that point to a higher floor."""
    here = floor_of(path.replace("/", ".").removesuffix(".py"))
    assert here is not None
    return [name for name in imports(ast.parse(text)) if (there := floor_of(name)) is not None and there > here]


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path: Path) -> None:
    assert upward(str(path.relative_to(ROOT)), path.read_text()) == []


def test_an_upward_import_would_be_found() -> None:
    assert upward("billing/ledger.py", "from marketplace.sales import models") == ["marketplace.sales"]
    assert upward("core/jobs.py", "def f():\n    import billing.ledger") == ["billing.ledger"]


def test_stripe_is_imported_in_one_file_at_most() -> None:
    users = [
        path for path in sources() if any(n.split(".")[0] == "stripe" for n in imports(ast.parse(path.read_text())))
    ]
    assert len(users) <= 1


def test_package_files_are_empty() -> None:
    assert [p for floor in FLOORS for p in (ROOT / floor).rglob("__init__.py") if p.read_text().strip()] == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    functions = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno + 1 > LONGEST_FUNCTION]
    assert long == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_stand_at_the_top(path: Path) -> None:
    functions = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)]
    assert [f.name for f in functions for _ in imports(f)] == []
