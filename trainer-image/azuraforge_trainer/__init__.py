"""One process that carries out one attempt of one TrainingJob."""
