"""What decides. Values in, values out: no clock, no file, no await, no log."""
