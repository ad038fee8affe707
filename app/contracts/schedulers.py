"""The names of the diffusion samplers that a request may ask for."""

from __future__ import annotations

# Name -> one sentence for people. The classes behind the names belong to the gpu_diffusion worker.
SCHEDULERS: dict[str, str] = {
    "default": "The sampler that the model's folder brings.",
    "ddim": "Deterministic and plain; wants 30 steps or more.",
    "ddpm": "The original, noisy at each step; wants many steps.",
    "dpm++": "DPM-Solver++ of second order; good from 15 steps.",
    "dpm++-karras": "DPM-Solver++ with Karras noise levels; more detail in few steps.",
    "dpm++-sde": "Stochastic DPM-Solver++; rich textures, wants a few steps more.",
    "dpm++-sde-karras": "Stochastic DPM-Solver++ with Karras noise levels.",
    "euler": "Simple and quick; good from 20 steps.",
    "euler-karras": "Euler with Karras noise levels.",
    "euler-a": "Euler ancestral: adds noise at each step, so more steps change the picture.",
    "heun": "Euler with a correction; twice the work for each step.",
    "lcm": "For models distilled to 4 to 8 steps.",
    "pndm": "Pseudo numerical method; good from 25 steps.",
    "unipc": "Predictor and corrector; good from 10 steps.",
    "flow-euler": "Euler for flow-matching models such as FLUX.",
}

SCHEDULER_NAMES: tuple[str, ...] = tuple(SCHEDULERS)
