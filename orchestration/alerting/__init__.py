"""What needs a person, and how they are told."""
