import json
import platform

import numpy

import kinefuse
from kinefuse.machine import describe_run, installed_versions


def test_a_run_is_described_by_text_that_goes_into_json():
    run = describe_run()
    assert json.loads(json.dumps(run)) == run
    assert run["python"] == platform.python_version()
    assert run["kinefuse"] == kinefuse.__version__
    assert run["numpy"] == numpy.__version__
    assert run["threads"] == str(kinefuse.num_threads())
    assert int(run["cores"]) >= 1


def test_the_command_can_be_pasted_into_a_shell():
    assert describe_run(["kinefuse", "ingest", "my data"])["command"] == "kinefuse ingest 'my data'"


def test_what_is_not_installed_is_left_out():
    assert installed_versions(["numpy", "surely-not-installed"]) == {"numpy": numpy.__version__}
