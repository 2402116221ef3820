"""Runs in the paper's own interpreter, beside its checkout, and steps its trainer when told to.

It imports nothing of ours: `bench.paper_code` starts it, writes `<steps> <threads>` a line, and
reads the seconds those steps took. The paper's trainer is used as it is, by what HandLatent.train
does: `TrainingConfig` and `CrossEmbodimentTrainer.train`, whose every step waits for its turn.
"""

from __future__ import annotations

import importlib
import io
import sys
import tempfile
import time
from contextlib import redirect_stdout

HANDS = [f"xarm7_{name}_right" for name in ("xhand", "ability", "inspire", "paxini")]
PLENTY = 10**9


def main(batch: int) -> None:
    """Steps the trainer as standard input asks, until that ends."""
    torch = importlib.import_module("torch")
    model = importlib.import_module("HandLatent.model")
    answers = sys.stdout

    class Waiting(model.CrossEmbodimentTrainer):
        """The paper's trainer; a step is as many as the next line says, timed together."""

        def step(self) -> dict[str, float]:
            line = sys.stdin.readline()
            if not line.strip():
                raise SystemExit(0)
            steps, threads = (int(word) for word in line.split())
            torch.set_num_threads(threads)
            began = time.perf_counter()
            for _ in range(steps - 1):
                super().step()
            told = super().step()
            print(time.perf_counter() - began, file=answers, flush=True)
            return told

    torch.manual_seed(7)
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(io.StringIO()):
        config = model.TrainingConfig(
            device=torch.device("cpu"),
            batch_size=batch,
            num_steps=PLENTY,
            checkpoint_dir=folder,
            checkpoint_interval=0,
            pinch_template_iterations=2,  # templates are made before training, and not timed
        )
        trainer = Waiting(HANDS, config)
        print("ready", file=answers, flush=True)
        trainer.train()


if __name__ == "__main__":
    main(int(sys.argv[1]))
