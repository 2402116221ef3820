"""What other people's stacks need from us so that they fit: their tools drive our hands."""
