"""What does a process remember between passes, and what does it cost to lose it?"""

from bot.passes.memory.memory import Memory

__all__ = ["Memory"]
