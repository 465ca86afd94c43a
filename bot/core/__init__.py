"""Everything the bot decides. Pure: values in, values out; no await, no I/O, no clock, no randomness."""
