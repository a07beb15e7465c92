"""What a post says: pure functions, Polars frames in and out."""
