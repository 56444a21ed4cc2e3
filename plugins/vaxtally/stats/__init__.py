"""What the units reported giving: every figure, every revision."""
