import subprocess
import sys
from importlib.metadata import requires

import pytest

from kinefuse._extras import EXTRAS, needs_extra
from kinefuse.errors import MissingExtraError

WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {missing!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
from kinefuse.errors import MissingExtraError
try:
    import {module}
except MissingExtraError as error:
    print(error)
"""


@pytest.mark.parametrize(
    "module", ["kinefuse.nn.encoders.resnet1d", "kinefuse.losses", "kinefuse.checkpoint"]
)
def test_without_torch_the_extra_is_named(module):
    code = WITHOUT.format(missing="torch", module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'kinefuse[train]'" in done.stdout
    assert "torch, which is not installed" in done.stdout


def test_another_failing_import_is_passed_on():
    with pytest.raises(ModuleNotFoundError) as raised, needs_extra("train", "this"):
        import kinefuse.no_such_module  # noqa: F401
    assert not isinstance(raised.value, MissingExtraError)


def test_the_modules_are_those_of_the_package_metadata():
    modules = {
        "backports-zstd": "backports",
        "scikit-learn": "sklearn",
        "universal-pathlib": "upath",
    }
    declared = {extra: set() for extra in EXTRAS}
    within = {
        "cli": {"cli", "io", "ray", "remote", "train"},
        "io": {"io"},
        "ray": {"ray"},
        "remote": {"remote"},
        "train": {"train"},
    }
    for requirement in requires("kinefuse"):
        name, _, marker = requirement.partition(";")
        extra = marker.partition("extra ==")[2].strip().strip("'\"")
        distribution = name.split(">")[0].split("[")[0].strip()
        if extra in within and distribution != "kinefuse":
            for user in within[extra]:
                declared[user].add(modules.get(distribution, distribution))
    assert declared == {extra: set(names) for extra, names in EXTRAS.items()}
