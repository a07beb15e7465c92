"""The ranking maths: pure functions, frames in and out."""
