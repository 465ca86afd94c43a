"""What every test gets: its exchanges with the simulator are recorded when `make contract` asks for it."""

from hypothesis import settings

from tests.contract.recording_plugin import record_the_run

__all__ = ["record_the_run"]

# Examples are judged by what they give, never by how long a busy machine takes over them.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
