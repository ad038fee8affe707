"""Which diffusers class, with which options, stands behind a sampler's name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from app.contracts.errors import InvalidRequest

_DPM: dict[str, Any] = {"solver_order": 2, "use_karras_sigmas": False}


@dataclass(frozen=True)
class Sampler:
    """A class of diffusers.schedulers, what to set beside the folder's configuration, its kind."""

    class_name: str
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    flow: bool = False


def _dpm(**options: Any) -> Sampler:
    return Sampler("DPMSolverMultistepScheduler", MappingProxyType(_DPM | options))


def _sampler(class_name: str, flow: bool = False, **options: Any) -> Sampler:
    return Sampler(class_name, MappingProxyType(options), flow)


# "default" is not here: it keeps the folder's own scheduler.
SAMPLERS: dict[str, Sampler] = {
    "ddim": _sampler("DDIMScheduler"),
    "ddpm": _sampler("DDPMScheduler"),
    "dpm++": _dpm(algorithm_type="dpmsolver++"),
    "dpm++-karras": _dpm(algorithm_type="dpmsolver++", use_karras_sigmas=True),
    "dpm++-sde": _dpm(algorithm_type="sde-dpmsolver++"),
    "dpm++-sde-karras": _dpm(algorithm_type="sde-dpmsolver++", use_karras_sigmas=True),
    "euler": _sampler("EulerDiscreteScheduler", use_karras_sigmas=False),
    "euler-karras": _sampler("EulerDiscreteScheduler", use_karras_sigmas=True),
    "euler-a": _sampler("EulerAncestralDiscreteScheduler"),
    "heun": _sampler("HeunDiscreteScheduler"),
    "lcm": _sampler("LCMScheduler"),
    "pndm": _sampler("PNDMScheduler", skip_prk_steps=True),
    "unipc": _sampler("UniPCMultistepScheduler"),
    "flow-euler": _sampler("FlowMatchEulerDiscreteScheduler", flow=True),
}


def sampler_for(name: str, folder_class: str) -> Sampler | None:
    """The sampler of a name, None for the folder's own; `folder_class` is that one's class name.

    InvalidRequest for an unknown name and for a sampler that cannot serve the model: one that
    learned flow matching predicts velocities, any other noise, and mixing them gives only noise.
    """
    if name == "default":
        return None
    sampler = SAMPLERS.get(name)
    if sampler is None:
        raise _refusal(f"There is no scheduler called {name!r}.")
    if sampler.flow != folder_class.startswith("FlowMatch"):
        kind = "flow-matching models only" if sampler.flow else "models without flow matching"
        raise _refusal(f"{name!r} serves {kind}; 'default' always fits.")
    return sampler


def _refusal(sentence: str) -> InvalidRequest:
    return InvalidRequest("The scheduler cannot be used.", {"scheduler": [sentence]})
