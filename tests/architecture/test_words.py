"""What is in the repository makes sense on every machine."""

import re

from tests.architecture.tree import ROOT, files

# A folder that exists on the machine of whoever wrote it.
MACHINE_PATH = re.compile(r"(?<![\w.}<$~])/(?:home|Users|root|work|workspace|tmp)/\w")
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".sh", ".mako", ".ts", ".tsx", ".css", ""}


def test_no_file_names_a_folder_of_one_machine() -> None:
    found = [
        f"{path}:{number}: {match[0]}…: take a folder that is given, or a temporary one"
        for path in files()
        if path.suffix in TEXT
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1)
        if (match := MACHINE_PATH.search(line))
    ]
    assert not found, "\n".join(found)


def test_the_lock_file_names_no_registry_but_pypi() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)/", (ROOT / "uv.lock").read_text()))
    assert hosts <= {"pypi.org", "files.pythonhosted.org"}, f"lock against PyPI itself: {hosts}"
