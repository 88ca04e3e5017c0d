"""All resources of a client, as its attributes."""

from azuraforge_client.operations import AsyncSender, Sender
from azuraforge_client.resources.compare import AsyncCompare, Compare
from azuraforge_client.resources.datasets import AsyncDatasets, Datasets
from azuraforge_client.resources.jobs import AsyncJobs, Jobs
from azuraforge_client.resources.models import AsyncModels, Models
from azuraforge_client.resources.pipelines import AsyncPipelines, Pipelines
from azuraforge_client.resources.predictions import AsyncPredictions, Predictions
from azuraforge_client.resources.reports import AsyncReports, Reports
from azuraforge_client.resources.system import AsyncSystem, System
from azuraforge_client.resources.tokens import AsyncTokens, Tokens
from azuraforge_client.resources.tracking import AsyncTracking, Tracking
from azuraforge_client.resources.webhooks import AsyncWebhooks, Webhooks

__all__ = ["AsyncResources", "Resources"]


class Resources:
    """What the blocking client can do.

    Args:
        sender: carries it out.
    """

    def __init__(self, sender: Sender) -> None:
        self.compare = Compare(sender)
        self.datasets = Datasets(sender)
        self.jobs = Jobs(sender)
        self.models = Models(sender)
        self.pipelines = Pipelines(sender)
        self.predictions = Predictions(sender)
        self.reports = Reports(sender)
        self.system = System(sender)
        self.tokens = Tokens(sender)
        self.tracking = Tracking(sender)
        self.webhooks = Webhooks(sender)


class AsyncResources:
    """What the asynchronous client can do.

    Args:
        sender: carries it out.
    """

    def __init__(self, sender: AsyncSender) -> None:
        self.compare = AsyncCompare(sender)
        self.datasets = AsyncDatasets(sender)
        self.jobs = AsyncJobs(sender)
        self.models = AsyncModels(sender)
        self.pipelines = AsyncPipelines(sender)
        self.predictions = AsyncPredictions(sender)
        self.reports = AsyncReports(sender)
        self.system = AsyncSystem(sender)
        self.tokens = AsyncTokens(sender)
        self.tracking = AsyncTracking(sender)
        self.webhooks = AsyncWebhooks(sender)
