"""What a child is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azuraforge_contract.dataset_folder import SOURCE_KIND, find_sources
from azuraforge_contract.training_job import Gpu, TrainingJob
from azuraforge_operator.names import CLAIM_LABELS
from azuraforge_operator.settings import PodSettings

__all__ = ["ChildRequest"]


@dataclass(frozen=True, kw_only=True)
class ChildRequest:
    """One attempt to create.

    Attributes:
        job: whose attempt it is; it has a uid.
        index: the attempt, from 0.
        image: what runs it.
        settings: what every trainer pod gets.
        is_queued: whether it is created suspended, for its queue to admit.
        single_node_claims: names of those of its claims that one node at a time can mount.
    """

    job: TrainingJob
    index: int
    image: str
    settings: PodSettings
    is_queued: bool = False
    single_node_claims: frozenset[str] = field(default_factory=frozenset)

    @property
    def gpu(self) -> Gpu | None:
        """The GPU to ask the scheduler for; None where a DRA claim stands in its place."""
        spec = self.job.spec
        if spec.device == "cpu":
            return None
        has_claims = spec.pod_overrides is not None and bool(spec.pod_overrides.resource_claims)
        if spec.gpu is None and has_claims:
            return None
        return spec.gpu or Gpu()

    @property
    def claims(self) -> Mapping[str, str]:
        """Use of a claim (runs, cache, dataset, uploads) → its name."""
        claims = {"runs": self.settings.runs_claim, "cache": self.settings.cache_claim}
        if self.job.spec.dataset is not None:
            claims["dataset"] = self.job.spec.dataset.volume.claim_name
        uploads = self.settings.datasets_claim
        kinds = {source["kind"] for _, source in find_sources(self.job.spec.config)}
        # Only who needs it is bound to the node where the service's claim can be mounted.
        if uploads is not None and SOURCE_KIND in kinds:
            claims["uploads"] = uploads
        return claims

    @property
    def claim_labels(self) -> Mapping[str, str]:
        """Labels by which pods that share a single-node claim find one another."""
        return {
            CLAIM_LABELS[use]: claim
            for use, claim in self.claims.items()
            if claim in self.single_node_claims
        }
