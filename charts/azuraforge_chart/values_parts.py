"""What several of the chart's values are made of."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from azuraforge_contract.validation import StrictModel

__all__ = [
    "Claim",
    "Image",
    "Labels",
    "Objects",
    "OptionalQuantity",
    "Quantities",
    "Quantity",
    "Resources",
    "Storage",
    "Url",
    "ValuesModel",
    "quantities",
]

Quantities = dict[str, str | int]
Labels = dict[str, str]
Objects = list[dict[str, Any]]
_AMOUNT = r"[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?"
Quantity = Annotated[str, Field(pattern=f"^{_AMOUNT}$")]
"""An amount as Kubernetes writes it."""
OptionalQuantity = Annotated[str, Field(pattern=f"^({_AMOUNT})?$")]
Url = Annotated[str, Field(pattern=r"^(https?://\S+)?$")]
"""An address, or nothing."""


def quantities(**amounts: str | int) -> Quantities:
    """Return amounts by resource."""
    return amounts


class ValuesModel(StrictModel):
    """A group of values; names are in camel case."""

    model_config = ConfigDict(alias_generator=to_camel)


class Image(ValuesModel):
    """One image."""

    repository: str
    """Name without a tag."""
    tag: str = ""
    """Tag; empty: that of `images.tag`."""
    digest: Annotated[str, Field(pattern="^(sha256:[0-9a-f]{64})?$")] = ""
    """Digest, which takes the tag's place."""


class Resources(ValuesModel):
    """As in a container."""

    requests: Quantities
    """What is reserved."""
    limits: Quantities
    """What is allowed."""


class Storage(ValuesModel):
    """The volume of a bundled server."""

    size: Quantity
    """Its size."""
    storage_class_name: str = ""
    """Storage class; empty: the cluster's default."""
    keep: bool = True
    """Keep it when the release is uninstalled."""


class Claim(ValuesModel):
    """A PersistentVolumeClaim in each namespace that needs it."""

    name: str
    """Its name."""
    existing_claim: str = ""
    """Name of a claim of your own in its place."""
    size: Quantity
    """Its size."""
    access_mode: Literal["ReadWriteOnce", "ReadWriteMany"] = "ReadWriteOnce"
    """ReadWriteOnce keeps all that mounts it in a namespace on one node; ReadWriteMany takes
    several."""
    storage_class_name: str = ""
    """Storage class; empty: the cluster's default."""
    keep: bool
    """Keep it when the release is uninstalled."""
