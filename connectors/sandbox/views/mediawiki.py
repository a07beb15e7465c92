"""The wiki as MediaWiki's Action API: parameters, errors and continuation. mediawiki_lists.py and mediawiki_pages.py give the data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.names import iso
from connectors.sandbox.sandbox import Sandbox, base_of, json_answer
from connectors.sandbox.views.mediawiki_call import ApiError, Call
from connectors.sandbox.views.mediawiki_lists import Lists
from connectors.sandbox.views.mediawiki_pages import Pages


class MediaWiki:
    """Routes below the folder of api.php. Every answer is formatversion 2, and an error comes with status 200."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        lists, pages = Lists(sandbox), Pages(sandbox)
        self.modules: Mapping[str, Mapping[str, Callable[[Call], None]]] = {
            "list": {
                "recentchanges": lists.recent_changes,
                "usercontribs": lists.user_contributions,
                "logevents": lists.log_events,
                "search": lists.search,
                "users": lists.users,
            },
            "prop": {"info": pages.info, "revisions": pages.revisions},
            "meta": {"siteinfo": pages.site_info},
        }

    def routes(self) -> list[Route]:
        """The paths that it answers."""
        return [Route("/api.php", self._api, methods=["GET", "POST"])]

    async def _api(self, request: Request) -> Response:
        form = await request.form() if request.method == "POST" else {}
        params = {**{key: str(value) for key, value in form.items()}, **request.query_params}
        call = Call(params, base_of(request), self.sandbox.now)
        try:
            self._run(call)
        except ApiError as error:
            return self._error(call, error)
        document: dict[str, Any] = {}
        if "curtimestamp" in params:
            document["curtimestamp"] = iso(self.sandbox.now)
        if call.warnings:
            plain = params.get("errorformat", "bc") != "bc"
            document["warnings"] = (
                [{"code": "badvalue", "text": text, "module": module} for module, text in call.warnings]
                if plain
                else {module: {"warnings": text} for module, text in call.warnings}
            )
        if not call.going_on or not call.is_inside_page:
            document["batchcomplete"] = True
        if call.going_on:
            document["continue"] = call.going_on | {"continue": "||" if call.is_inside_page else "-||"}
        document["query"] = call.query
        return json_answer(document, headers={"MediaWiki-Login-Suppressed": "true"})

    def _run(self, call: Call) -> None:
        if call.params.get("format") != "json":
            raise ApiError("badvalue", "this wiki answers format=json only")
        if call.params.get("action") != "query":
            raise ApiError("badvalue", f'Unrecognized value for parameter "action": {call.params.get("action", "")}.')
        for kind, modules in self.modules.items():
            for name in filter(None, call.params.get(kind, "").split("|")):
                if name in modules:
                    modules[name](call)
                else:
                    call.warnings.append(("query", f'Unrecognized value for parameter "{kind}": {name}'))

    def _error(self, call: Call, error: ApiError) -> Response:
        docref = f"See {call.base}/wiki/api.php for API usage."
        if call.params.get("errorformat", "bc") == "bc":
            document: dict[str, Any] = {"error": {"code": error.code, "info": error.text, "docref": docref}}
        else:
            document = {"errors": [{"code": error.code, "text": error.text, "module": "query"}], "docref": docref}
        return json_answer(document, headers={"MediaWiki-API-Error": error.code})
