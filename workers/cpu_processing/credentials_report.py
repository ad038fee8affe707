"""From the C2PA library's report on a file to the few fields that /verify answers with.

Every text in a report was written by a stranger: each is cut, and so is each list.
"""

from __future__ import annotations

from typing import Any

from workers.cpu_processing.manifests import RECIPE_LABEL

_LONGEST = 300  # characters of a text
_MOST = 50  # entries of a list
_STATES = {"Trusted": "trusted", "Valid": "valid"}
_ACTIONS = ("c2pa.actions", "c2pa.actions.v2")


def summary(report: dict[str, Any]) -> dict[str, Any]:
    """The manifest in force: its state, who made and signed it, what was done, out of what."""
    manifests = _dict(report.get("manifests"))
    active = _dict(manifests.get(report.get("active_manifest", "")))
    found = {
        "state": _STATES.get(report.get("validation_state", ""), "invalid"),
        "claimGenerator": _generator(active),
        "signer": _signer(_dict(active.get("signature_info"))),
        "actions": _actions(active),
        "ingredients": [_ingredient(one, manifests) for one in _dicts(active.get("ingredients"))],
        "recipe": _recipe(active),
        "problems": _problems(_dict(report.get("validation_results"))),
    }
    return {name: value for name, value in found.items() if value not in (None, "", {})}


def _generator(manifest: dict[str, Any]) -> str:
    infos = _dicts(manifest.get("claim_generator_info"))
    named = [f"{_text(one.get('name'))} {_text(one.get('version'))}".strip() for one in infos]
    return ", ".join(named)[:_LONGEST] or _text(manifest.get("claim_generator"))


def _signer(info: dict[str, Any]) -> dict[str, str]:
    names = {
        "issuer": "issuer",
        "commonName": "common_name",
        "algorithm": "alg",
        "time": "time",
    }
    return _texts(info, names)


def _actions(manifest: dict[str, Any]) -> list[dict[str, str]]:
    found = []
    for assertion in _dicts(manifest.get("assertions")):
        if str(assertion.get("label")).startswith(_ACTIONS):
            found += _dicts(_dict(assertion.get("data")).get("actions"))
    return [_action(one) for one in found[:_MOST]]


def _action(action: dict[str, Any]) -> dict[str, str]:
    agent = action.get("softwareAgent")
    if isinstance(agent, dict):
        agent = f"{_text(agent.get('name'))} {_text(agent.get('version'))}".strip()
    names = {name: name for name in ("action", "when", "digitalSourceType", "description")}
    return _texts(action | {"agent": agent}, {**names, "softwareAgent": "agent"})


def _ingredient(ingredient: dict[str, Any], manifests: dict[str, Any]) -> dict[str, Any]:
    names = {name: name for name in ("title", "format", "relationship")}
    manifest = _dict(manifests.get(ingredient.get("active_manifest", "")))
    results = _dict(_dict(ingredient.get("validation_results")).get("activeManifest"))
    state = "none"
    if ingredient.get("active_manifest"):
        state = "invalid" if _dicts(results.get("failure")) else "valid"
    return {**_texts(ingredient, names), "state": state, "actions": _actions(manifest)}


def _recipe(manifest: dict[str, Any]) -> dict[str, str] | None:
    for assertion in _dicts(manifest.get("assertions")):
        if assertion.get("label") == RECIPE_LABEL:
            names = {name: name for name in ("model", "revision", "sha256")}
            return _texts(_dict(assertion.get("data")), names)
    return None


def _problems(results: dict[str, Any]) -> list[dict[str, str]]:
    failures = _dicts(_dict(results.get("activeManifest")).get("failure"))
    for delta in _dicts(results.get("ingredientDeltas")):
        failures += _dicts(_dict(delta.get("validationDeltas")).get("failure"))
    names = {name: name for name in ("code", "explanation")}
    return [_texts(one, names) for one in failures[:_MOST]]


def _texts(data: dict[str, Any], names: dict[str, str]) -> dict[str, str]:
    found = {name: _text(data.get(key)) for name, key in names.items()}
    return {name: text for name, text in found.items() if text}


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else []
    return [one for one in found[:_MOST] if isinstance(one, dict)]
