"""An image-classification folder of a few kilobytes that calls red pictures nsfw, for tests."""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessorPil

SIDE = 8
LABELS = ("normal", "nsfw")


def write_tiny_classifier(folder: Path, labels: tuple[str, str] = LABELS) -> Path:
    """Save it: a ViT of one layer that weighs red against green and blue."""
    config = ViTConfig(
        hidden_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        intermediate_size=4,
        image_size=SIDE,
        patch_size=SIDE,
        id2label=dict(enumerate(labels)),
        label2id={name: number for number, name in enumerate(labels)},
    )
    model = ViTForImageClassification(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        _see_red(model)
    model.save_pretrained(folder)
    size = {"height": SIDE, "width": SIDE}
    ViTImageProcessorPil(size=size).save_pretrained(folder)
    return folder


def _see_red(model: ViTForImageClassification) -> None:
    """The patch's redness goes up in one channel, down in the next, and on to the class token."""
    vit = model.vit
    patch = vit.embeddings.patch_embeddings.projection
    for channel, sign in ((0, 1.0), (1, -1.0)):
        patch.weight[channel, 0] = sign / SIDE**2
        patch.weight[channel, 1:] = -sign / 2 / SIDE**2
        patch.bias[channel] = -sign  # pure red comes to 2, grey to 0
    layer = vit.layers[0]
    for norm in (layer.layernorm_before, layer.layernorm_after, vit.layernorm):
        norm.weight.fill_(1.0)
    layer.attention.v_proj.weight.copy_(torch.eye(4))
    layer.attention.o_proj.weight.copy_(torch.eye(4))
    model.classifier.weight[1, 0] = 4.0
