"""A problem as an exception: raised anywhere in a service, answered by ``handlers``."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from azuraforge_api.problems.catalog import kind_of
from azuraforge_contract.validation import Problem as Mistake

__all__ = ["FieldProblem", "Problem", "ProblemDocument"]


class FieldProblem(BaseModel):
    """One mistake in what was sent."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    path: str
    """Where, such as spec.config.training.epochs."""
    message: str
    """What was got, what was expected and what to do."""

    @classmethod
    def of(cls, mistake: Mistake) -> Self:
        """Return a mistake in a job file or config as the API tells it."""
        return cls(path=mistake.path, message=f"{mistake.message} {mistake.remedy}".strip())


class ProblemDocument(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, use_attribute_docstrings=True
    )

    type: str
    """Address of a page that explains the kind, relative to this service: /api/v1/problems/CODE."""
    code: str
    """What programs look at."""
    title: str
    """The same for every occurrence."""
    status: int
    """HTTP status."""
    detail: str
    """What happened this time."""
    remedy: str = ""
    """What to do about it."""
    request_id: str = ""
    """Under which the log tells more."""
    errors: tuple[FieldProblem, ...] = ()
    """The mistakes, one by one, where there may be several."""


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Something that the caller is told.

    Args:
        code: of the catalog.
        detail: what happened this time.
        remedy: what to do about it.
        errors: mistakes in what was sent.
        headers: of the answer.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        remedy: str = "",
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind_of(code)
        self.detail = detail
        self.remedy = remedy
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> dict[str, Any]:
        """Return the answer's body."""
        return ProblemDocument(
            type=f"/api/v1/problems/{self.kind.code}",
            code=self.kind.code,
            title=self.kind.title,
            status=self.kind.status,
            detail=self.detail,
            remedy=self.remedy,
            request_id=request_id,
            errors=self.errors,
        ).model_dump(mode="json", by_alias=True)
