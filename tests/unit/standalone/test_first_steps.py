from boatyard.standalone.first_steps import first_steps
from boatyard.standalone.settings import StandaloneSettings


def steps(**given: object) -> str:
    return first_steps(
        StandaloneSettings.load(**given),
        seconds=1.24,
        registry_version="2.8.2",
        nats_version="nats-server 2.15.1",
        engine="none",
        command=".venv/bin/boatyard",
    )


def test_the_addresses_follow_the_ports() -> None:
    text = steps(port=9090, registry_port=5050)
    assert "http://localhost:9090/api/docs" in text
    assert "Console    http://localhost:9090\n" in text
    assert "docker push localhost:5050/captain/hello:1.0" in text


def test_given_addresses_win() -> None:
    text = steps(public_url="https://boatyard.example", registry_host="images.example")
    assert "https://boatyard.example/api/v1/accounts" in text
    assert "docker login -u captain images.example" in text


def test_the_command_is_told_where_the_server_is() -> None:
    text = steps(port=9090)
    assert ".venv/bin/boatyard login --username captain http://localhost:9090\n" in text
    assert ".venv/bin/boatyard tags list captain/hello\n" in text
