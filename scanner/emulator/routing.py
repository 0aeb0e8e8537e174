"""From a method and a path to its route; what is not known is an error that names it."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, unquote

from scanner.emulator.arm import PAGING, RefusedError, Route

VARIABLE = re.compile(r"\\{(\w+)\\}")


@lru_cache(maxsize=1024)
def _options_of(query: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), value) for name, value in parse_qsl(query, keep_blank_values=True))


class Router:
    """All routes by their number of segments; names of segments compare without case."""

    def __init__(self, routes: Sequence[Route], versions: Mapping[str, tuple[str, ...]]) -> None:
        self._routes: dict[int, list[tuple[re.Pattern[str], Route]]] = {}
        self._versions = {namespace.lower(): known for namespace, known in versions.items()}
        self._namespaces = {route.namespace.lower() for route in routes}
        self._found: dict[tuple[str, str], tuple[Route, Mapping[str, str]]] = {}
        for route in routes:
            pattern = re.compile(VARIABLE.sub(r"(?P<\1>[^/]+)", re.escape(route.template)), re.IGNORECASE)
            self._routes.setdefault(route.template.count("/"), []).append((pattern, route))

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The route and the decoded variable segments; raises RefusedError 404 or 405."""
        found = self._found.get((method, path))
        if found is not None:
            return found
        wrong_method = method != "GET"
        for pattern, route in self._routes.get(path.count("/"), ()):
            match = pattern.fullmatch(path)
            if match is not None and route.method == method:
                found = route, {name: unquote(text) for name, text in match.groupdict().items()}
                self._found[method, path] = found
                return found
            wrong_method = wrong_method or match is not None
        raise self._refuse_method(method, path) if wrong_method else self._refuse_path(path)

    def _refuse_method(self, method: str, path: str) -> RefusedError:
        message = f"The http method '{method}' is not supported at '{path}'."
        return RefusedError(405, "HttpMethodNotSupported", message)

    def _refuse_path(self, path: str) -> RefusedError:
        _, _, tail = path.lower().rpartition("/providers/")
        namespace = tail.partition("/")[0]
        if not namespace:
            return RefusedError(404, "NotFound", f"The embedded Azure has no route '{path}'.")
        if namespace not in self._namespaces:
            message = f"The resource namespace '{namespace}' is invalid. (path '{path}')"
            return RefusedError(404, "InvalidResourceNamespace", message)
        message = f"The resource type could not be found in the namespace '{namespace}'. (path '{path}')"
        return RefusedError(404, "InvalidResourceType", message)

    def options(self, route: Route, query: str) -> dict[str, str]:
        """The query options by lower-cased name; raises RefusedError 400 for an unknown option or api-version."""
        options = dict(_options_of(query))
        allowed = {"api-version", *route.options, *(PAGING if route.collection else ())}
        for name in options:
            if name not in allowed and not (route.open and not route.versions):
                raise RefusedError(400, "InvalidQueryParameter", f"The query option '{name}' is not supported here.")
        self._check_version(route, options.get("api-version"))
        return options

    def _check_version(self, route: Route, version: str | None) -> None:
        supported = self._versions.get(route.namespace.lower(), route.versions) if route.versions else ()
        if not supported:
            return
        if version is None:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            raise RefusedError(400, "MissingApiVersionParameter", message)
        if version not in supported:
            shown = ",".join(reversed(supported))
            message = f"The api-version '{version}' is invalid. The supported versions are '{shown}'."
            raise RefusedError(400, "InvalidApiVersionParameter", message)
