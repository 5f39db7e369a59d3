from kinefuse.data.comparison import find_scattered_subjects, find_twice


def places(*pairs):
    return [{"subject": subject, "folder": folder} for subject, folder in pairs]


def test_folders_of_activities_say_nothing_of_subjects():
    pairs = [(s, a) for s in "123" for a in ("walk", "sit")]
    assert find_scattered_subjects(places(*pairs)) == {}


def test_a_folder_for_each_visit_is_no_mistake():
    pairs = [(s, f"{s}/{visit}") for s in "123" for visit in ("a", "b")]
    assert find_scattered_subjects(places(*pairs)) == {}
    flat = [(s, f"{s}{visit}") for s in "123" for visit in ("a", "b")]
    assert find_scattered_subjects(places(*flat)) == {}


def test_subjects_below_other_folders():
    pairs = [("1", "train/1"), ("2", "train/2"), ("3", "test/3"), ("1", "test/1")]
    assert find_scattered_subjects(places(*pairs)) == {"1": ["test/1", "train/1"]}


def test_notes_without_files_or_folders():
    assert find_scattered_subjects([{"subject": "1"}]) == {}
    assert find_twice([{"id": "a"}, {"id": "b", "content": []}]) == {}


def test_all_files_count():
    notes = [
        {"id": "a", "content": ["1", "2"]},
        {"id": "b", "content": ["1", "3"]},
        {"id": "c", "content": ["1", "2"]},
        {"id": "d", "content": ["1", "2"]},
    ]
    assert find_twice(notes) == {"c": "a", "d": "a"}
