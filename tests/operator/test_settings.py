"""The operator's settings, read from the environment and documented."""

import re
from pathlib import Path

import pytest

from azuraforge_contract.errors import JobFileError
from azuraforge_lifecycle import transitions
from azuraforge_lifecycle.reasons import Reason
from azuraforge_operator.metrics import Metrics
from azuraforge_operator.settings import PREFIX, OperatorSettings, PodSettings, read_settings

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "operator.md"
SOURCE = Path(__file__).parents[2] / "operator" / "azuraforge_operator" / "settings.py"


def test_settings_are_read() -> None:
    """Lists by commas, objects as JSON, numbers in their limits; empty means the default."""
    found = read_settings(
        {
            f"{PREFIX}NAMESPACES": "a, b",
            f"{PREFIX}NAMESPACE": "system",
            f"{PREFIX}IDENTITY": "me",
            f"{PREFIX}ALLOWED_IMAGES": "reg/",
            f"{PREFIX}WORKERS": "",
            f"{PREFIX}TOLERATIONS": '[{"key": "gpu"}]',
            f"{PREFIX}NODE_SELECTOR": '{"pool": "train"}',
            f"{PREFIX}DEFAULT_MEMORY": "4Gi",
            # Kubernetes' own, beside Services named azuraforge-operator and -operator-metrics.
            f"{PREFIX}SERVICE_HOST": "10.0.0.1",
            f"{PREFIX}METRICS_SERVICE_PORT": "8080",
            f"{PREFIX}METRICS_SERVICE_PORT_METRICS": "8080",
            f"{PREFIX}METRICS_PORT": "tcp://10.0.0.1:8080",
            f"{PREFIX}METRICS_PORT_8080_TCP": "tcp://10.0.0.1:8080",
            f"{PREFIX}METRICS_PORT_8080_TCP_ADDR": "10.0.0.1",
            "AZURAFORGE_API_SERVICE_HOST": "10.0.0.1",
            "PATH": "/bin",
        }
    )
    assert found == OperatorSettings(
        namespaces=("a", "b"),
        own_namespace="system",
        plugin_namespace="system",
        identity="me",
        allowed_image_prefixes=("reg/",),
        pod=PodSettings(
            tolerations=({"key": "gpu"},),
            node_selector={"pool": "train"},
            default_memory="4Gi",
            datasets_namespace="system",
        ),
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("WORKERS", "many", "expected a whole number from 1 to 256, got 'many'"),
        ("LEASE_SECONDS", "1", "expected a whole number from 5 to 3600, got '1'"),
        ("LOG_LEVEL", "loud", "expected one of debug, info, warning, error, got 'loud'"),
        ("TOLERATIONS", "{}", "expected a JSON list of objects"),
        ("NODE_SELECTOR", '{"a": 1}', "expected a JSON object of texts"),
        ("NODE_SELECTOR", "a=1", "is no JSON"),
        ("DEFAULT_MEMORY", "4GB", "expected a quantity such as 500m, 2 or 8Gi"),
        ("WORKER", "1", "AZURAFORGE_OPERATOR_WORKER: is not a known setting"),
        ("SERVICE_ACCOUNT", "a", "AZURAFORGE_OPERATOR_SERVICE_ACCOUNT: is not a known setting"),
        ("SERVICE_PORTS", "1", "AZURAFORGE_OPERATOR_SERVICE_PORTS: is not a known setting"),
        ("PORT", "8080", "AZURAFORGE_OPERATOR_PORT: is not a known setting"),
        ("METRICS_PORT", "eighty", "expected a whole number from 1 to 65535, got 'eighty'"),
    ],
)
def test_a_wrong_setting_is_named(name: str, text: str, words: str) -> None:
    """Every wrong or misspelt variable is told before anything starts."""
    with pytest.raises(JobFileError, match=re.escape(words)):
        read_settings({f"{PREFIX}{name}": text})


def test_every_setting_is_documented() -> None:
    """The reference names exactly the settings that are read."""
    read = set(re.findall(r'reader\.read\(\s*"([A-Z_]+)"', SOURCE.read_text()))
    documented = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", REFERENCE.read_text()))
    assert documented == read


def test_every_metric_is_documented() -> None:
    """The reference names exactly the metrics that a scrape can give."""
    families = [family.name for family in Metrics().registry.collect()]
    ours = {name for name in families if name.startswith("azuraforge_")}
    documented = set(re.findall(r"`(azuraforge_[a-z_]+)`", REFERENCE.read_text()))
    assert {name.removesuffix("_total") for name in documented} == ours


def test_every_event_is_documented() -> None:
    """The reference names exactly the events that a transition can tell."""
    source = Path(transitions.__file__).read_text(encoding="utf-8")
    told = set(re.findall(r'RecordEvent\(\s*"[^,]*,\s*Reason\.([A-Z_]+)', source))
    reasons = {Reason[name] for name in told}
    reasons |= {reason for reason, _ in transitions._BECAME_TRUE.values()}
    reasons |= set(transitions._ENDS.values())
    section = REFERENCE.read_text(encoding="utf-8").split("## Events")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    documented = {word for row in rows for word in re.findall(r"`([A-Za-z]+)`", row)}
    assert documented == reasons
