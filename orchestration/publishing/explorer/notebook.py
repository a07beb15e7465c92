"""The explorer's page as a marimo notebook: controls, and what is shown of what they say. `groundswell explore` serves it."""

import marimo

app = marimo.App(width="medium", app_title="Groundswell")

with app.setup:
    import marimo as mo

    from orchestration.publishing.explorer import figures, parts
    from orchestration.settings import Settings

    PUBLISHED = Settings().published


@app.cell
def _():
    there = figures.known(PUBLISHED)
    first = figures.first_choice(there)
    return first, there


@app.cell
def _(first, there):
    brand = mo.ui.dropdown(parts.options("all brands", there.brands), value="all brands", label="Brand")
    channel = mo.ui.dropdown(parts.options("all channels", there.channels), value="all channels", label="Channel")
    period = mo.ui.date_range(there.first, there.last, (first.since, first.until), label="Period")
    members_of = mo.ui.dropdown(parts.options("everybody", {name: name for name in there.lists}), value="everybody", label="List")
    page = mo.ui.tabs(dict.fromkeys(parts.PAGES, ""))
    controls = [brand, channel, period, *([members_of] if there.lists else [])]
    mo.vstack([parts.heading(there), mo.hstack(controls, wrap=True, justify="start"), page])
    return brand, channel, members_of, page, period


@app.cell
def _(brand, channel, members_of, period, there):
    since, until = period.value
    choice = figures.Choice(since, until, brand.value, channel.value, members_of.value)
    of = figures.scope_of(choice, there)
    return choice, of


@app.cell
def _(choice, of, page):
    asked = parts.PAGES[page.value].asks(choice, of)
    (frame,) = figures.answers(PUBLISHED, asked)
    table = parts.table(frame, marks="person_id" in frame.columns)
    parts.page(page.value, choice, of, asked, frame, table)
    return (table,)


@app.cell
def _(of, table, there):
    parts.marked(PUBLISHED, table, of, there)
    return


@app.cell
def _():
    name = mo.ui.text(placeholder="name, handle or id", label="Look up a person", full_width=True)
    name
    return (name,)


@app.cell
def _(name, of, there):
    parts.looked_up(PUBLISHED, name.value, of, there)
    return


if __name__ == "__main__":
    app.run()
