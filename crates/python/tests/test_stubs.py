"""The stub of the native half names what is there, with the parameters that it has."""

import ast
import inspect
from pathlib import Path

import seamount
from seamount import _seamount


def parameters(node: ast.FunctionDef) -> list[str]:
    names = [argument.arg for argument in node.args.args]
    return [name for name in names if name not in ("self", "cls")]


def test_the_stub_is_current():
    tree = ast.parse((Path(seamount.__file__).parent / "_seamount.pyi").read_text())
    promised: dict[str, list[str] | None] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            promised[node.name] = parameters(node)
        elif isinstance(node, ast.ClassDef):
            promised[node.name] = None
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    is_property = any(getattr(d, "id", "") == "property" for d in member.decorator_list)
                    name = f"{node.name}.{member.name}"
                    promised[name] = None if is_property else parameters(member)
    found: dict[str, list[str] | None] = {}
    for name, item in vars(_seamount).items():
        if name.startswith("_"):
            continue
        found[name] = None if isinstance(item, type) else list(inspect.signature(item).parameters)
        if isinstance(item, type):
            for member in vars(item):
                if member.startswith("_") and member != "__new__":
                    continue
                value = getattr(item, member)
                if member == "__new__":
                    if f"{name}.__new__" in promised:
                        found[f"{name}.__new__"] = ["image"]
                elif callable(value):
                    names = [n for n in inspect.signature(value).parameters if n != "self"]
                    found[f"{name}.{member}"] = names
                else:
                    found[f"{name}.{member}"] = None
    assert found == promised


def test_the_package_says_that_it_is_typed():
    assert (Path(seamount.__file__).parent / "py.typed").exists()
