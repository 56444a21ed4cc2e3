"""A backtest: a made-up city through some weeks, with and without mails; docs/simulation.md says what it shows."""
