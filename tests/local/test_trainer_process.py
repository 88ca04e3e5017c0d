"""What a trainer is started with."""

from pathlib import Path

import pytest

from azuraforge_e2e.waiting import wait_for
from azuraforge_local.trainer_process import TrainerSetting, start_trainer


def test_a_trainer_learns_no_secret_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What opens the service or its database is not in a trainer's environment; the rest is."""
    for name in ("AZURAFORGE_ADMIN_TOKEN", "AZURAFORGE_DATABASE_URL", "AZURAFORGE_TOKEN"):
        monkeypatch.setenv(name, "secret-of-the-service")
    monkeypatch.setenv("MY_PROXY", "of-the-machine")
    setting = TrainerSetting(run=tmp_path, working_directory=tmp_path, cache=tmp_path)
    trainer, record = start_trainer(setting, 0)
    environment = Path(f"/proc/{record.pid}/environ").read_bytes()
    trainer.kill()
    wait_for("the trainer's end", lambda: not trainer.is_running())
    assert b"of-the-machine" in environment
    assert b"AZURAFORGE_RUN_DIR" in environment
    assert b"secret-of-the-service" not in environment
