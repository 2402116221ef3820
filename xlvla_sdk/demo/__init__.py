"""The demonstration: a hand in no plugin is onboarded, then moves with every other."""
