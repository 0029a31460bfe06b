"""Every rule a finding can name, with the sentence that explains it."""

from __future__ import annotations

RULES = {
    # Text
    "alias-bomb": "A document's aliases expand to more than a Kubernetes object could hold.",
    "binary-file": "A file is not text, so it holds no manifests.",
    "duplicate-key": "A map has one key twice.",
    "empty-file": "A file holds no manifest.",
    "json-syntax": "A document is not valid JSON.",
    "not-json-value": "A value has no JSON form, so no API server could take it.",
    "too-deep": "A document is nested deeper than any Kubernetes object.",
    "too-large": "A document is larger than any API server accepts.",
    "yaml-syntax": "A document is not valid YAML.",
    "yaml-tag": "A YAML tag has no meaning in a manifest.",
    # Manifests
    "bad-name": "A name or namespace is not one that Kubernetes allows.",
    "duplicate-object": "One object is given twice.",
    "ignored-object": "An object is neither federated nor used to render one.",
    "not-a-manifest": "A document is no Kubernetes object.",
    "unsupported-kind": "A kind belongs to a feature that kfed does not have yet.",
    # Types
    "ambiguous-type": "More than one type answers to a federated kind.",
    "propagation-disabled": "The FederatedTypeConfig of a type says that its objects are not propagated.",
    "unchecked-version": "A result is of a version whose schema is not known, so it was not checked.",
    "unknown-type": "No type answers to a federated kind.",
    "unreadable-schema": "A CustomResourceDefinition's schema cannot be used.",
    # Placement
    "bad-selector": "A label selector is not one that Kubernetes allows.",
    "namespace-not-federated": "The namespace of an object is not federated, so the object goes nowhere.",
    "namespace-not-placed": "The namespace of an object does not go to a cluster that the object names.",
    "no-clusters": "No cluster is known, so nothing can be rendered.",
    "no-federated-objects": "No federated object is in the input.",
    "not-federated-namespace": "A FederatedNamespace is not one that can be federated.",
    "unknown-object": "An object that is to be explained is not in the input.",
    "unknown-cluster": "A cluster is named that no KubeFedCluster has.",
    # Overrides
    "ambiguous-element": "A match in brackets fits more than one element of a list.",
    "bad-path": "The path of an override cannot be read.",
    "duplicate-cluster": "A cluster has two lists of overrides.",
    "forbidden-path": "The path of an override holds the identity of the object.",
    "index-into-keyed-list": "An override goes by position into a list whose elements have keys.",
    "missing-parent": "An override goes into something that is not there.",
    "missing-value": "An override adds or replaces, and gives no value.",
    "not-a-list-key": "A match in brackets names a field that is not the key of the list.",
    "nothing-matched": "An override replaces or removes something that is not there.",
    "repeated-path": "An override replaces what another entry of the same list has replaced before.",
    "unused-override": "Overrides are given for a cluster that the object does not go to.",
    "wrong-path": "The path of an override does not fit the shape of the object.",
    # Template and results
    "duplicate-list-item": "Two elements of a keyed list have one key.",
    "missing-required": "A required field is missing.",
    "not-in-enum": "A value is not one of those allowed.",
    "out-of-range": "A number, a length or a count is beyond its bounds.",
    "partial-template": "A template lacks a required field that overrides supply.",
    "schema-combination": "A value does not fit an allOf, anyOf, oneOf or not of its schema.",
    "secret-not-written": "A Secret was rendered and not written.",
    "server-field": "A template holds a field that the API server writes.",
    "template-identity": "A template gives a name, namespace or kind of its own.",
    "unknown-field": "A field is not one that the type has.",
    "wrong-format": "A text does not have the form that its field asks for.",
    "wrong-type": "A value is of another type than its field.",
    # Output
    "foreign-file": "A file that kfed did not write stands where kfed would write.",
    "stray-file": "A file that kfed did not write stands where it is taken for part of what was rendered.",
    "out-of-date": "A file differs from what would be rendered.",
}
