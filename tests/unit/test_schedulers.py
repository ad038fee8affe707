"""The names of the samplers, and what stands behind them."""

import diffusers
import pytest

from app.contracts.errors import InvalidRequest
from app.contracts.schedulers import SCHEDULER_NAMES
from workers.gpu_diffusion.schedulers import SAMPLERS, sampler_for


def test_the_gateway_knows_exactly_the_names_that_the_worker_serves():
    assert set(SCHEDULER_NAMES) == {"default", *SAMPLERS}


# torch tensors do not know the copy argument of numpy 2; diffusers' classes run into it.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
def test_every_name_is_a_class_of_diffusers_that_knows_its_options():
    for name, sampler in SAMPLERS.items():
        scheduler = getattr(diffusers, sampler.class_name)(**sampler.options)
        for option, value in sampler.options.items():
            assert scheduler.config[option] == value, name


def test_default_keeps_the_scheduler_of_the_folder():
    assert sampler_for("default", "PNDMScheduler") is None


@pytest.mark.parametrize(
    ("name", "folder_class"),
    [
        ("euler", "FlowMatchEulerDiscreteScheduler"),
        ("flow-euler", "DDIMScheduler"),
        ("dpm+++", "DDIMScheduler"),
    ],
)
def test_a_sampler_that_cannot_serve_the_model_is_refused_by_name(name, folder_class):
    with pytest.raises(InvalidRequest) as caught:
        sampler_for(name, folder_class)

    assert repr(name) in caught.value.details["scheduler"][0]


def test_flow_samplers_serve_flow_matching_models():
    sampler = sampler_for("flow-euler", "FlowMatchEulerDiscreteScheduler")

    assert sampler is not None and sampler.class_name == "FlowMatchEulerDiscreteScheduler"
