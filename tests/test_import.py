import subprocess
import sys


def modules_after(statement):
    code = f"import sys; {statement}; print(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_kinefuse_brings_no_optional_dependency():
    loaded = modules_after("import kinefuse")
    heavy = {
        "torch",
        "lightning",
        "scipy",
        "sklearn",
        "matplotlib",
        "typer",
        "rich",
        "pydantic",
        "ray",
    }
    assert not loaded & heavy
