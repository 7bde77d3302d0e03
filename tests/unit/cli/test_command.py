from typing import Any

import typer

from boatyard.cli.__main__ import command
from boatyard.shared.settings import OF_THE_COMMAND_LINE, check_environment


def test_a_server_starts_where_the_variables_of_the_command_line_are_set() -> None:
    group: Any = typer.main.get_command(command())
    read = {option.envvar for option in group.params if option.envvar}
    assert read == OF_THE_COMMAND_LINE
    check_environment([], dict.fromkeys(read, "set"))
