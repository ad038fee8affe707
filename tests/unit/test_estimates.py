"""How much work a payload is said to be."""

from __future__ import annotations

from app.contracts.tasks import FINISH, JobType, Queue
from app.estimates import work_of
from app.submissions import Submission
from config.catalog import load_catalog
from config.settings import Settings

CATALOG = load_catalog(Settings().models_file)
RECIPE = {"entry": "starter", "width": 500, "height": 400, "steps": 10, "num_images": 2}


def test_a_generation_is_megapixels_through_steps_and_then_a_finish() -> None:
    work = work_of(JobType.GENERATE, {"recipe": RECIPE}, CATALOG)

    assert work == {
        "kind": "generate:starter",
        "units": 4.0,
        "after": FINISH,
        "after_units": 0.4,
    }


def test_an_analysis_is_prompts_and_a_derivative_is_variants() -> None:
    analysis = work_of(JobType.ANALYZE, {"count": 3}, CATALOG)
    derivative = work_of(JobType.DERIVATIVE, {"variants": [{}, {}]}, CATALOG)

    assert analysis == {"kind": f"analyze:{CATALOG.text_model}", "units": 3.0}
    assert derivative == {"kind": "derive", "units": 2.0}


def test_the_record_holds_thousandths() -> None:
    given = Submission(units=1.2345, kind="k", after=FINISH, after_units=0.4)

    assert given.work_fields(FINISH) == {
        "kind": "k",
        "work": 1234,
        "after_kind": "finish",
        "after_queue": Queue.CPU_PROCESSING.value,
        "after_work": 400,
    }


def test_an_idempotency_key_is_its_owners() -> None:
    mine = Submission(owner="me", idempotency_key="k").idempotency_name()

    assert mine != Submission(owner="you", idempotency_key="k").idempotency_name()
    assert Submission(owner="me").idempotency_name() == ""
