"""What every test gets: its exchanges with the simulator are recorded when `make contract` asks for it."""

from tests.contract.recording_plugin import record_the_run

__all__ = ["record_the_run"]
