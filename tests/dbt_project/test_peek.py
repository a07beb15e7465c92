import duckdb, polars as pl
from tests.dbt_project.conftest import *
def test_peek(published):
    import shutil; shutil.copy(published.resolve(), '/tmp/gs/explore/invented.duckdb')
