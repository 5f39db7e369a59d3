import torch

from kinefuse.methods.threads import with_threads_of_recipe


class Settings:
    threads = 3


def test_a_stage_runs_with_its_threads_and_sets_back_what_was_set():
    before = torch.get_num_threads()

    @with_threads_of_recipe
    def stage(store, recipe, *, fail):
        assert torch.get_num_threads() == 3
        if fail:
            raise RuntimeError
        return store

    assert stage("store", Settings, fail=False) == "store"
    assert torch.get_num_threads() == before
    try:
        stage("store", Settings, fail=True)
    except RuntimeError:
        assert torch.get_num_threads() == before
