"""The memory of an installed platform: what each part keeps, and three of them together.

    python benchmarks/platform_memory.py --namespace training --seconds 120

It asks the kubelets through the API server, with the rights of the kubeconfig in use, for each
container's working set: the memory of its control group (memory.current, or memory.usage_in_bytes
of version 1) less what of it is inactive_file, pages of files that the kernel takes back whenever
it likes. That is the figure by which a kubelet evicts. The highest of all looks is kept.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

_RESULTS: Final = Path(__file__).parent / "results" / "platform_memory.json"
_COMPONENT: Final = "app.kubernetes.io/component"
_COUNTED: Final = ("operator", "api", "collector")
_GOAL_MEBIBYTES: Final = 600
_MEBIBYTE: Final = 1 << 20
_LOOK_SECONDS: Final = 10.0


def main() -> int:
    """Measure, print a table and keep the figures; 1 where they miss the goal."""
    arguments = _arguments()
    looks = _look_for(arguments.namespace, arguments.seconds)
    components: dict[str, list[float]] = defaultdict(list)
    for (component, _), values in looks.items():
        components[component].append(max(values))
    highest = {name: round(sum(values), 1) for name, values in sorted(components.items())}
    total = round(sum(highest.get(name, 0.0) for name in _COUNTED), 1)
    missing = [name for name in _COUNTED if name not in highest]
    for name, value in highest.items():
        print(f"{name:12} {value:8.1f} MiB")
    print(f"{' + '.join(_COUNTED)}: {total:.1f} MiB, goal {_GOAL_MEBIBYTES}")
    if missing:
        print(f"There is no pod of {', '.join(missing)} in {arguments.namespace}.", file=sys.stderr)
        return 1
    document = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": arguments.seconds,
        "working_set_mebibytes": highest,
        "operator_api_collector_mebibytes": total,
        "goal_mebibytes": _GOAL_MEBIBYTES,
    }
    arguments.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return int(total > _GOAL_MEBIBYTES)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Memory of an installed platform.")
    parser.add_argument("--namespace", required=True, help="the release's")
    parser.add_argument("--seconds", type=float, default=120.0, help="how long it is looked at")
    parser.add_argument("--out", type=Path, default=_RESULTS, help="where the figures are kept")
    return parser.parse_args()


def _look_for(namespace: str, seconds: float) -> dict[tuple[str, str], list[float]]:
    """Return the working sets, in MiB, of all looks by component and pod."""
    looks: dict[tuple[str, str], list[float]] = defaultdict(list)
    deadline = time.monotonic() + seconds
    while True:
        components = _components(namespace)
        for pod, working_set in _working_sets().items():
            if pod in components:
                looks[components[pod], pod].append(working_set / _MEBIBYTE)
        if time.monotonic() > deadline:
            return looks
        time.sleep(_LOOK_SECONDS)


def _components(namespace: str) -> dict[str, str]:
    """Return the component of each pod of the platform, by its uid."""
    pods = _ask(f"/api/v1/namespaces/{namespace}/pods", f"/api/v1/namespaces/{namespace}-logs/pods")
    return {
        pod["metadata"]["uid"]: pod["metadata"]["labels"][_COMPONENT]
        for answer in pods
        for pod in answer["items"]
        if _COMPONENT in pod["metadata"].get("labels", {})
    }


def _working_sets() -> dict[str, int]:
    """Return what the containers of each pod keep, in bytes, by the pod's uid."""
    [nodes] = _ask("/api/v1/nodes")
    names = [node["metadata"]["name"] for node in nodes["items"]]
    found: dict[str, int] = {}
    for answer in _ask(*(f"/api/v1/nodes/{name}/proxy/stats/summary" for name in names)):
        for pod in answer["pods"]:
            found[pod["podRef"]["uid"]] = sum(
                container.get("memory", {}).get("workingSetBytes", 0)
                for container in pod.get("containers", ())
            )
    return found


def _ask(*paths: str) -> list[dict[str, Any]]:
    return [json.loads(_kubectl("get", "--raw", path)) for path in paths]


def _kubectl(*arguments: str) -> bytes:
    return subprocess.check_output(["kubectl", *arguments])  # noqa: S603, S607 - the one in PATH is meant


if __name__ == "__main__":
    sys.exit(main())
