"""`make bench-attribution`: a million orders with up to thirty touches each, next to the bare joins of the same rows.

`--sandbox`: which model is nearest to what was planted. Orders: BENCH_ORDERS (1,000,000).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.attribution.nightly import attribute
from orchestration.settings import DBT_PROJECT, ROOT
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.bench.attribution_sandbox import measure_sandbox

ORDERS = int(os.environ.get("BENCH_ORDERS", "1000000"))
AUTHORS = 2000
# An order's customer hears min(26, an exponential of mean 5) of the authors, each of whom spoke of the brand once in the month before; a
# fifth used a code, a fifth a link, a tenth came from a page, a fifth answered. One customer in ten never ordered.
ROWS = f"""
create schema intermediate; create schema staging; select setseed(0.6);
create table intermediate.int_orders as
select 'files:' || n as order_id, 'files' as platform_id, 'shop' as source_name, n::varchar as native_id, 'order' as kind,
    'kestrel' as brand_id, null::varchar as product_id, 'files:shop:' || n as customer_id, 'x:' || n as customer_author_id,
    1::bigint as quantity, (5 + n % 9000 / 100)::decimal(18, 4) as revenue, (1 + n % 2000 / 100)::decimal(18, 4) as margin,
    'EUR' as currency, case when n % 5 = 0 then 'CODE' || n % {AUTHORS} end as promo_code,
    case when n % 5 = 1 then 'author' || n % {AUTHORS} end as utm_source, null::varchar as utm_medium, null::varchar as utm_campaign,
    null::varchar as utm_term, null::varchar as utm_content,
    case when n % 10 = 2 then 'https://blog' || n % {AUTHORS} || '.example/post' end as referrer,
    case when n % 5 = 3 then 'author' || n % {AUTHORS} end as heard_from,
    timestamptz '2026-09-30 00:00:00+00' + to_seconds(n % 86400) as ordered_at, timestamptz '2026-10-01 02:00:00+00' as observed_at
from range({ORDERS}) as numbers (n);
create table intermediate.int_refunds as
select 'files:r' || n as refund_id, 'files' as platform_id, 'shop' as source_name, 'r' || n as native_id, 'files:' || n as order_id,
    'refund' as kind, null::decimal(18, 4) as revenue, null::decimal(18, 4) as margin, 'EUR' as currency,
    timestamptz '2026-10-01 00:00:00+00' as refunded_at, timestamptz '2026-10-01 02:00:00+00' as observed_at
from range(0, {ORDERS}, 25) as numbers (n);
create table staging.stg_home__brands as select 'kestrel' as brand_id;
create table staging.stg_home__brand_terms as select 'shop.kestrel.example' as term, 'domain' as kind;
create table staging.stg_home__campaign_codes as
select 'CODE' || n as code, 'autumn' as campaign_id, 'author:' || n as author_id, null::date as valid_from
from range({AUTHORS}) as numbers (n);
create table staging.stg_home__campaign_links as
select 'autumn' as campaign_id, 'author:' || n as author_id, null::varchar as post_id, 'author' || n as utm_source,
    null::varchar as utm_campaign, null::varchar as utm_content
from range({AUTHORS}) as numbers (n);
create table marts.dim_authors as
select 'author:' || n as author_id, 'author' || n as handle, null::varchar as display_name, true as is_current
from range({AUTHORS}) as numbers (n);
create table intermediate.int_author_addresses as
select 'author:' || n as author_id, 'https://blog' || n || '.example' as canonical_url from range({AUTHORS}) as numbers (n);
create table marts.bridge_persons_authors as
select 'p' || author_id as person_id, author_id from marts.dim_authors
union all select 'p' || customer_author_id, customer_author_id from intermediate.int_orders;
create table marts.fct_posts as
select 'post:' || n as post_id, 'author:' || n as author_id, null::varchar as canonical_url, false as is_deleted,
    null::timestamptz as published_at
from range({AUTHORS}) as numbers (n);
create table marts.fct_mentions as
select 'm' || n as mention_id, 'post:' || n as post_id, 'author:' || n as author_id, 'kestrel' as brand_id, null::varchar as stance,
    timestamptz '2026-09-02 00:00:00+00' + to_seconds(n * 2400000 // {AUTHORS}) as said_at
from range({AUTHORS}) as numbers (n);
create table marts.fct_influence_edges as
with heard as (
    select n, least(26, floor(-5 * ln(1 - random())))::bigint as authors, floor(random() * {AUTHORS})::bigint as first_author
    from range({ORDERS}) as numbers (n)
)
select 'px:' || n as audience_person_id, 'author:' || (first_author + 37 * k) % {AUTHORS} as author_id, 'follows' as edge_class,
    timestamptz '2026-01-01 00:00:00+00' as first_at
from heard cross join range(26) as places (k) where k < authors;
create table marts.fct_adoptions (adoption_id varchar, person_id varchar, adopted_at timestamptz);
"""
# Who said what to whom first: left to choose, DuckDB begins with a cross product of orders and mentions, a thousand times slower.
BARE = """
set threads = 2; set enable_progress_bar = false;
create table bare as
with heard as materialized (
    select edges.audience_person_id, mentions.author_id, mentions.said_at
    from marts.fct_influence_edges as edges
    inner join marts.fct_mentions as mentions on edges.author_id = mentions.author_id
)
select orders.order_id, orders.ordered_at, heard.author_id, heard.said_at, orders.revenue
from intermediate.int_orders as orders
inner join marts.bridge_persons_authors as bridge on orders.customer_author_id = bridge.author_id
inner join heard on bridge.person_id = heard.audience_person_id and heard.said_at < orders.ordered_at;
create table bare_last as
select author_id, sum(revenue) as revenue from (
    select author_id, revenue from bare qualify row_number() over (partition by order_id order by said_at desc) = 1
) group by author_id;
"""
TOUCHES = "int_order_problems fct_conversions fct_refunds int_exposures int_unconverted_exposures fct_touches"
CHECK = """
select count(*), count(*) filter (where total is distinct from revenue or net is distinct from net_revenue or abs(credit - 1) > 1e-9)
from (
    select conversion_id, model, sum(revenue) as total, sum(net_revenue) as net, sum(credit) as credit
    from marts.fct_attribution group by all
) as shares inner join (select conversion_id, revenue, net_revenue from marts.fct_conversions) using (conversion_id)
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process took: seconds, and the most memory that it ever had, in MB."""

    seconds: float
    memory: float


def run(*command: str, warehouse: Path) -> Spent:
    """Runs a command to its end in a process of its own. Raises CalledProcessError."""
    environment = {**os.environ, "GROUNDSWELL_WAREHOUSE": str(warehouse), "DBT_LOG_PATH": str(warehouse.parent)}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-W", "ignore", *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Spent(time.perf_counter() - started, usage.ru_maxrss / 1024)


def dbt(warehouse: Path, select: str) -> Spent:
    """Builds models without their tests."""
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT), "--target-path", str(warehouse.parent / "target")]
    script = "from dbt.cli.main import cli; cli()"
    return run("-c", script, "--quiet", "run", *places, "--select", *select.split(), warehouse=warehouse)


def measure_size(console: Console) -> None:
    """Prints time and memory of each step, and what they are to the bare joins."""
    with tempfile.TemporaryDirectory() as name:
        warehouse = Path(name) / "warehouse.duckdb"
        create_raw_tables(Warehouse(warehouse), [])
        console.print(f"making {ORDERS:,} orders")
        with Warehouse(warehouse).transaction() as connection:
            connection.execute(ROWS)
        bare = f"import duckdb; duckdb.connect({str(warehouse)!r}).execute({BARE!r})"
        learn = f"from pathlib import Path; from tests.bench.attribution import learn; learn(Path({str(warehouse)!r}))"
        spent = {
            "bare SQL: the joins, the last one's revenue": run("-c", bare, warehouse=warehouse),
            "dbt: conversions, refunds, touches": dbt(warehouse, TOUCHES),
            "Markov, Shapley, influence": run("-c", learn, warehouse=warehouse),
            "dbt: eight models, money shared": dbt(
                warehouse, "stg_attribution__touch_credits stg_attribution__influence_credits fct_attribution"
            ),
        }
        with duckdb.connect(warehouse, read_only=True) as connection:
            touches = connection.execute(
                """
                select count(*), max(n), count(*) filter (where n > 12)
                from (select count(*) as n from marts.fct_touches group by conversion_id)
                """
            ).fetchone()
            ((rows,),) = connection.execute("select count(*) from marts.fct_attribution").fetchall()
            ((total,),) = connection.execute("select count(*) from marts.fct_touches").fetchall()
            ((checked, wrong),) = connection.execute(CHECK).fetchall()
    assert touches
    base = spent["bare SQL: the joins, the last one's revenue"]
    whole = list(spent.values())[1:]
    spent["all of attribution"] = Spent(sum(step.seconds for step in whole), max(step.memory for step in whole))
    table = Table(
        "step", "seconds", "x bare", "peak MB", "x bare", box=None, title=f"{ORDERS:,} orders, {total:,} touches", title_justify="left"
    )
    for step, cost in spent.items():
        times = (f"{cost.seconds:,.1f}", f"{cost.seconds / base.seconds:,.1f}", f"{cost.memory:,.0f}", f"{cost.memory / base.memory:,.1f}")
        table.add_row(step, *times)
    console.print(table)
    console.print(
        f"{touches[0]:,} orders have touches, at most {touches[1]}, {touches[2]:,} of them more than 12; {rows:,} rows of fct_attribution; "
        f"{checked:,} sums of a conversion and model checked, {wrong:,} wrong"
    )


def learn(warehouse: Path) -> None:
    """The step between the two of dbt."""
    attribute(Warehouse(warehouse))


if __name__ == "__main__":
    if "--sandbox" in sys.argv[1:]:
        measure_sandbox(Console())
    else:
        measure_size(Console())
