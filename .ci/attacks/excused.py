"""The findings of schemathesis that are accepted, each with its reason. Any other finding fails the run.

Each check here replaces one of schemathesis, which .ci/verify-attacks.sh leaves out.
"""

import jsonschema_rs
import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.specs.openapi import checks

# Rules between two values, which the schema of one value cannot express. The document states them in words.
RELATIONS = {
    # A cursor is opaque: it has no public pattern, and an invented one is refused.
    "is not one that this route gave",
    # A range, or a session, that ends before it begins.
    "must not be earlier than from",
    "must not be before the session's start",
    # Times against the sender's clock, and against the retention of the deployment.
    "must not be later than sent_at",
    "is longer ago than sessions are kept",
    # The id is in the path, and again in the start record that an end may contain.
    "must be the id of the session that ended",
    # A null is an absent field.
    "must have exactly one of its kinds of filter",
}
# The kind says whether an object has a namespace, and whether it can have an impact. A request changes each entry once.
RELATION_STARTS = (
    "is required for Mirrord",
    "is required for a Mirrord",
    "must be absent for Mirrord",
    "must be absent: a Mirrord",
    "must be MirrordPolicy or MirrordClusterPolicy",
    "changes Mirrord",
)
# What a spec may be depends on its kind. The document calls it an object.
SPEC = "spec"

# A bad event does not fail the heartbeat or its other events: the answer is a 200 that lists it in `rejected`.
EVENTS = ("started", "ended", "changed", "errors", "children", "stopped")
# Neither does a bad report of the catalog.
REPORTS = ("catalog_status",)

# A path may be read as another route's, whose methods the answer names too: an id may contain a slash, so the first is also the
# path of a session named `.../end`, which can be killed. The others are also paths of a seat with that id, which can be released.
ALLOWED_TOO = {
    "POST /api/v1/sessions/{id}/end": {"POST", "DELETE"},
    "GET /api/v1/seats/history": {"GET", "HEAD", "DELETE"},
    "GET /api/v1/seats/forecast": {"GET", "HEAD", "DELETE"},
}


@schemathesis.check
def described_data_acceptance(ctx, response, case):
    try:
        checks.positive_data_acceptance(ctx, response, case)
    except Failure:
        faults = response.json().get("errors", []) if response.status_code == 400 else []
        if not faults or not all(is_relation(fault) for fault in faults):
            raise


@schemathesis.check
def undescribed_data_rejection(ctx, response, case):
    try:
        checks.negative_data_rejection(ctx, response, case)
    except Failure:
        if not (response.status_code == 200 and case.operation.label == "POST /api/v1/heartbeat" and but_for_events(case)):
            raise


@schemathesis.check
def allow_header(ctx, response, case):
    try:
        checks.allow_header_conformance(ctx, response, case)
    except Failure:
        named = {method.strip() for value in response.headers.get("allow", []) for method in value.split(",")}
        if named != ALLOWED_TOO.get(case.operation.label):
            raise


def is_relation(fault) -> bool:
    message, path = fault["message"], fault["path"].split(".")
    return message in RELATIONS or message.startswith(RELATION_STARTS) or SPEC in path


def but_for_events(case) -> bool:
    """Whether a heartbeat is as described once its events and reports are taken out."""
    if not isinstance(case.body, dict):
        return False
    bare = {
        name: [] if name in EVENTS and isinstance(value, list) else value
        for name, value in case.body.items()
        if name not in REPORTS
    }
    components = case.operation.schema.raw_schema["components"]
    schema = {"$ref": "#/components/schemas/Heartbeat", "components": components}
    return jsonschema_rs.validator_for(schema).is_valid(bare)
