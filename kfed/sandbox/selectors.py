"""Label and field selectors in their text form, as kube-apiserver reads them, and says what is wrong with them.

Label selectors follow k8s.io/apimachinery ``labels.Parse``, with its wording; field selectors ``fields.ParseSelector``.
Which fields there are depends on the type: kube-apiserver knows a few for some, and the name and namespace for all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kfed.sandbox.errors import bad_request, quoted
from kfed.sandbox.naming import is_label_value, label_key_problem, label_value_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kfed.sandbox.served import ServedType
    from kfed.sandbox.store import Event, Record

    Matches = Callable[[Record], bool]

_TOKEN = re.compile(r"[=!<>]+|[(),]|[^=!<>(),\s]+")
_SPACE = re.compile(r"\s*")
_OPERATORS = {"in": "in", "notin": "notin", "=": "=", "==": "=", "!=": "!=", ">": "gt", "<": "lt"}
_SYMBOLS = frozenset({"!", "=", "==", "!=", ">", "<", "(", ")", ","})
_END = ""
_NAMES = ("metadata.name", "metadata.namespace")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement on one label: ``in``, ``notin``, ``exists``, ``!``, ``gt`` or ``lt``."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether *labels* fulfil it."""
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
            case "exists":
                return value is not None
            case "!":
                return value is None
            case _:
                return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        (bound,) = self.values
        if not _is_integer(value):
            return False
        return int(value) > int(bound) if self.operator == "gt" else int(value) < int(bound)


@dataclass(frozen=True, slots=True)
class FieldTerm:
    """One term of a field selector: ``path = value``, or ``path != value``."""

    path: str
    equal: bool
    value: str


def everything(record: Record) -> bool:
    """Match any object."""
    return record is not None


def compile_selectors(served: ServedType, label_selector: str, field_selector: str) -> Matches:
    """Whether an object matches both selectors, as a function.

    Raises:
        ApiError: 400, one of them cannot be read, or the type has no such field.
    """
    requirements = parse_labels(label_selector)
    terms = parse_fields(served, field_selector)
    if not requirements and not terms:
        return everything

    def matches(record: Record) -> bool:
        return all(requirement.matches(record.labels) for requirement in requirements) and _has_fields(record, terms)

    return matches


def visible(event: Event, matches: Matches) -> str:
    """What a watcher is told of a change when it only sees what *matches*: a type of event, or ``""`` for nothing.

    What begins to match is ``ADDED`` to its eyes, and what no longer does is ``DELETED``.
    """
    before = event.previous is not None and matches(event.previous)
    after = event.type != "DELETED" and matches(event.record)
    if before and after:
        return "MODIFIED"
    if after:
        return "ADDED"
    return "DELETED" if before else ""


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """A label selector's requirements, all of which must hold.

    Raises:
        ApiError: 400, it cannot be read.
    """
    return _LabelParser(text).parse()


class _LabelParser:
    """Walks through the tokens of a label selector, as ``labels.Parser`` does."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._place = 0

    def parse(self) -> tuple[Requirement, ...]:
        requirements: list[Requirement] = []
        while self._peek() != _END:
            token = self._peek()
            if token != "!" and token in _SYMBOLS:
                raise bad_request(f"found '{token}', expected: !, identifier, or 'end of string'")
            requirements.append(self._requirement())
            token = self._take()
            if token not in {_END, ","}:
                raise bad_request(f"found '{token}', expected: ',' or 'end of string'")
            following = self._peek()
            if token == "," and (following == _END or (following != "!" and following in _SYMBOLS)):
                raise bad_request(f"found '{following}', expected: identifier after ','")
        return tuple(requirements)

    def _requirement(self) -> Requirement:
        absent = self._peek() == "!"
        if absent:
            self._take()
        key = self._take()
        if key in _SYMBOLS or key == _END:
            raise _unparsed(f"found '{key}', expected: identifier")
        if problem := label_key_problem(key):
            raise _unparsed(f"<nil>: Invalid value: {quoted(key)}: {problem}")
        if absent or self._peek() in {_END, ","}:
            return Requirement(key, "!" if absent else "exists")
        return self._comparison(key)

    def _comparison(self, key: str) -> Requirement:
        token = self._take()
        operator = _OPERATORS.get(token)
        if operator is None:
            raise _unparsed(f"found '{token}', expected: in, notin, =, ==, !=, gt, lt")
        values = self._values() if operator in {"in", "notin"} else frozenset({self._value()})
        if operator in {"gt", "lt"} and not _is_integer(next(iter(values)), signed=True):
            given = quoted(next(iter(values)))
            raise _unparsed(
                f"values[0]: Invalid value: {given}: for 'Gt', 'Lt' operators, the value must be an integer"
            )
        for place, value in enumerate(sorted(values)):
            if not is_label_value(value):
                problem = label_value_problem(value)
                raise _unparsed(f"values[{place}][{key}]: Invalid value: {quoted(value)}: {problem}")
        return Requirement(key, {"=": "in", "!=": "notin"}.get(operator, operator), values)

    def _value(self) -> str:
        token = self._peek()
        if token in {_END, ","}:
            return ""
        if token in _SYMBOLS:
            raise _unparsed(f"found '{token}', expected: identifier")
        return self._take()

    def _values(self) -> frozenset[str]:
        token = self._take()
        if token != "(":
            raise _unparsed(f"found '{token}' expected: '('")
        values: set[str] = set()
        while (token := self._take()) != ")":
            if token == ",":
                values.add("")
                continue
            if token in _SYMBOLS or token == _END:
                raise _unparsed(f"found '{token}', expected: ',', ')' or identifier")
            values.add(token)
            if self._peek() not in {",", ")"}:
                raise _unparsed(f"found '{self._peek()}', expected: ',' or ')'")
            if self._peek() == ",":
                self._take()
                if self._peek() == ")":
                    values.add("")
        return frozenset(values or {""})

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else _END

    def _take(self) -> str:
        token = self._peek()
        self._place += 1
        return token


def _tokens(text: str) -> list[str]:
    """Identifiers and symbols; ``labels.Lexer`` reads as long a symbol as there is."""
    tokens: list[str] = []
    for found in _TOKEN.findall(text):
        if found[0] not in "=!<>":
            tokens.append(found)
            continue
        rest = found
        while rest:
            symbol = rest[:2] if rest[:2] in _SYMBOLS else rest[:1]
            tokens.append(symbol)
            rest = rest[len(symbol) :]
    return tokens


def _unparsed(why: str) -> Exception:
    return bad_request(f"unable to parse requirement: {why}")


def _is_integer(text: str, *, signed: bool = True) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+" if signed else r"[0-9]+", text, re.ASCII) is not None


def parse_fields(served: ServedType, text: str) -> tuple[FieldTerm, ...]:
    """A field selector's terms, all of which must hold.

    Raises:
        ApiError: 400, it cannot be read, or the type has no such field.
    """
    terms = []
    for part in _split(text):
        term = _term(part, text)
        if not term.path and not term.value:
            continue
        _check_field(served, term.path)
        terms.append(term)
    return tuple(terms)


def _split(text: str) -> list[str]:
    """Terms are divided by commas that no backslash stands before."""
    return [part for part in re.split(r"(?<!\\),", text) if part]


def _term(part: str, text: str) -> FieldTerm:
    found = re.match(r"((?:[^=!\\]|\\.|!(?!=))*)(==|!=|=)(.*)", part, re.DOTALL)
    if found is None:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
    return FieldTerm(found[1], found[2] != "!=", _unescaped(found[3]))


def _unescaped(value: str) -> str:
    plain = ""
    characters = iter(value)
    for character in characters:
        if character == "\\":
            following = next(characters, "")
            if following not in {"\\", ",", "="}:
                raise bad_request(f"invalid field selector: invalid escape sequence: \\{following}")
            plain += following
        elif character in ",=":
            raise bad_request(f"invalid field selector: unescaped character in value: {ord(character)}")
        else:
            plain += character
    return plain


# What a type has beside metadata.name and metadata.namespace; in release 1.37, found by asking kube-apiserver.
_FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "pods"): (
        *("spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName", "spec.hostNetwork"),
        *("status.phase", "status.podIP", "status.podIPs", "status.nominatedNodeName"),
    ),
    ("", "nodes"): ("spec.unschedulable",),
    ("", "replicationcontrollers"): ("status.replicas",),
    ("", "events"): (
        *("involvedObject.kind", "involvedObject.namespace", "involvedObject.name", "involvedObject.uid"),
        *("involvedObject.apiVersion", "involvedObject.resourceVersion", "involvedObject.fieldPath"),
        *("reason", "reportingComponent", "source", "type"),
    ),
    ("", "namespaces"): ("status.phase",),
    ("", "secrets"): ("type",),
    ("", "services"): ("spec.clusterIP", "spec.type"),
    ("batch", "jobs"): ("status.successful",),
    ("certificates.k8s.io", "certificatesigningrequests"): ("spec.signerName",),
    ("certificates.k8s.io", "clustertrustbundles"): ("spec.signerName",),
    ("certificates.k8s.io", "podcertificaterequests"): ("spec.signerName", "spec.podName", "spec.nodeName"),
    ("resource.k8s.io", "resourceslices"): ("spec.nodeName", "spec.driver", "spec.pool.name"),
}
_BY_NAME_ONLY = frozenset(
    {"nodes", "namespaces", "certificatesigningrequests", "clustertrustbundles", "resourceslices"}
    | {"podcertificaterequests"}
)
# Fields that are kept elsewhere in the manifest than their names say.
_PLACES = {"source": "source.component", "status.successful": "status.succeeded"}
_NUMBERS = frozenset({"status.replicas", "status.successful"})
_FLAGS = frozenset({"spec.hostNetwork", "spec.unschedulable"})


def _check_field(served: ServedType, path: str) -> None:
    special = _FIELDS.get((served.group, served.plural), ())
    names = _NAMES[:1] if special and served.plural in _BY_NAME_ONLY else _NAMES
    if path in names or path in special or path in served.selectable:
        return
    if served.crd is not None:
        raise bad_request(f"field label not supported: {path}")
    if not special:
        raise bad_request(f'{quoted(path)} is not a known field selector: only "metadata.name", "metadata.namespace"')
    match served.plural:
        case "jobs":
            raise bad_request(f"field label {quoted(path)} not supported for Job")
        case "resourceslices":
            kind = f"{served.resource.gvk.api_version}, Kind=ResourceSlice"
            raise bad_request(f"field label not supported for {kind}: {path}")
    raise bad_request(f"field label not supported: {path}")


def _has_fields(record: Record, terms: tuple[FieldTerm, ...]) -> bool:
    manifest: Any = None
    for term in terms:
        if term.path == "metadata.name":
            found = record.key.name
        elif term.path == "metadata.namespace":
            found = record.key.namespace
        else:
            manifest = record.manifest() if manifest is None else manifest
            found = _field(manifest, term.path)
        if (found == term.value) is not term.equal:
            return False
    return True


def _field(manifest: Any, path: str) -> str:
    """A field as text, as selectors see it: what is absent is ``""``, or a number's or flag's zero."""
    value = manifest
    for step in _PLACES.get(path, path).split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None and path == "source":
        value = manifest.get("reportingComponent")
    if path == "status.podIPs":
        return ",".join(entry.get("ip", "") for entry in manifest.get("status", {}).get("podIPs") or ())
    if isinstance(value, bool) or path in _FLAGS:
        return "true" if value else "false"
    if value is None and path in _NUMBERS:
        return "0"
    return "" if value is None else str(value)
