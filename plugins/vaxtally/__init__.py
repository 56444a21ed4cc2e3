"""Vaxtally: from a unit's file to the shortfall mail in its inbox.

One room per verb, in the order of the data: intake, quality, registry, stats, tally, outreach.
"""
