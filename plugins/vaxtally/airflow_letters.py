"""The letters that wait for a decision, shown by Airflow's own server to whoever may see the page that asks for it."""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import FastAPI

# Below the address of the user interface.
PREFIX = "/vaxtally/letters"
DAG_ID = "escalate_units"


async def app(scope: Any, receive: Any, send: Any) -> None:
    """What the plugin mounts: made at the first request, as every process of Airflow loads the plugin."""
    await _made()(scope, receive, send)


@cache
def _made() -> "FastAPI":
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api.security import requires_access_dag
    from fastapi import Depends, FastAPI

    made = FastAPI(title="Vaxtally: letters", openapi_url=None)
    may_see = requires_access_dag("GET", DagAccessEntity.HITL_DETAIL, param_dag_id=DAG_ID)
    made.get("/{case_id}", dependencies=[Depends(may_see)])(letter)
    return made


def letter(case_id: int) -> Any:
    """The letter of a case's proposal as PDF; 404 where none waits or is approved."""
    from fastapi import HTTPException, Response

    from vaxtally import db
    from vaxtally.airflow_context import settings_with_connections
    from vaxtally.outreach import escalations

    with db.open_registry(settings_with_connections()) as engine, engine.connect() as connection:
        found = escalations.letters(connection, [case_id])
    if not found:
        raise HTTPException(404, "No letter of this case waits for a decision.")
    headers = {"Content-Disposition": f'inline; filename="{found[0].file_name}"', "Cache-Control": "no-store"}
    return Response(found[0].letter_pdf, media_type="application/pdf", headers=headers)
