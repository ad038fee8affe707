"""The autoencoder as it stands before training: what is linear is written into its weights.

The encoder is exact: means, packed, and their components. The decoder begins as the exact way
back, smoothly enlarged, and learns the rest. The way back has one difficulty: the decoder doubles
its places by repeating them, and a convolution cannot tell the left one of two from the right one.
So its deepest blocks count: a channel grows by one with each place from the border, where the
padding's nought is. Where the count steps, a place is a left one; where it does not, a right one.
"""

import torch
from diffusers import AutoencoderTiny
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from torch import Tensor, nn

from models.training.diffusion.components import LATENT_CHANNELS, PACKED, Components

WIDTH = 40  # of the decoder
BLOCKS = (22, 6, 6, 3, 1, 0)  # from a thirty-second of the picture's size to the whole
MEAN_LEVELS = 4  # convolutions of the encoder that only average
STEP = 1 / 32  # of the counts: small, or a change in any weight that reads them would be large
SHUT = 4.0  # more than any value that a gate has to hold back
# Channels of the decoder: what latents are above nought and below it, since no channel can be
# negative; the counts; the numbers unpacked; the colours.
SIGNS = 2 * LATENT_CHANNELS
COUNT_X, COUNT_Y, KEPT_X, KEPT_Y = SIGNS, SIGNS + 1, SIGNS + 2, SIGNS + 3
HALF, COLOURS = SIGNS + 4, 14


def build_vae() -> AutoencoderTiny:
    """A fresh autoencoder of this shape; it has no norms, so that crops can be trained on."""
    levels = len(BLOCKS)
    vae = AutoencoderTiny(
        encoder_block_out_channels=(PACKED,) * levels,
        decoder_block_out_channels=(WIDTH,) * levels,
        latent_channels=LATENT_CHANNELS,
        num_encoder_blocks=(0,) * levels,
        num_decoder_blocks=BLOCKS,
    )
    _close(vae)
    return vae.to(memory_format=torch.channels_last)


@torch.no_grad()
def planted_vae(components: Components) -> AutoencoderTiny:
    """An autoencoder whose encoder is ready and whose decoder is the linear way back."""
    vae = build_vae()
    _plant_means(vae)
    _plant_packing(vae)
    _plant_components(vae, components)
    _silence(vae)
    _plant_counting(vae)
    _plant_first_unpacking(vae, components)
    _plant_second_unpacking(vae)
    _plant_enlarging(vae)
    return vae


def _blocks(vae: AutoencoderTiny, level: int) -> list[AutoencoderTinyBlock]:
    """The blocks of one level of the decoder, 0 the deepest."""
    return _level(vae, level)[0]


def _after(vae: AutoencoderTiny, level: int) -> nn.Conv2d:
    """The convolution at a level's end, after the doubling."""
    return _level(vae, level)[1]


def _level(vae: AutoencoderTiny, level: int) -> tuple[list[AutoencoderTinyBlock], nn.Conv2d]:
    levels: list[tuple[list[AutoencoderTinyBlock], nn.Conv2d]] = []
    blocks: list[AutoencoderTinyBlock] = []
    for layer in vae.decoder.layers[2:]:
        if isinstance(layer, AutoencoderTinyBlock):
            blocks.append(layer)
        elif isinstance(layer, nn.Conv2d):
            levels.append((blocks, layer))
            blocks = []
    return levels[level]


def _plant_means(vae: AutoencoderTiny) -> None:
    """The encoder's first levels: three channels of means, halved at each, and nothing else."""
    for level, conv in enumerate(vae.encoder.layers[:MEAN_LEVELS]):
        conv.weight.zero_()
        for channel in range(3):
            if level == 0:
                conv.bias.zero_()
                conv.weight[channel, channel, 1, 1] = 1
            else:
                conv.weight[channel, channel, 1:, 1:] = 0.25


def _plant_packing(vae: AutoencoderTiny) -> None:
    """The encoder's next two levels: four neighbours side by side in the channels, twice."""
    for level, conv in enumerate(vae.encoder.layers[MEAN_LEVELS:-1]):
        conv.weight.zero_()
        have = 3 * 4**level
        for place in range(4):
            for channel in range(have):
                row, column = 1 + place // 2, 1 + place % 2
                conv.weight[have * place + channel, channel, row, column] = 1


def _plant_components(vae: AutoencoderTiny, components: Components) -> None:
    """The encoder's last layer and the decoder's first: packed means to latents, latents kept."""
    last, first = vae.encoder.layers[-1], vae.decoder.layers[0]
    last.weight.zero_()
    last.weight[:, :, 1, 1] = components.axes
    last.bias.copy_(-components.axes @ components.centre)
    first.weight[: KEPT_Y + 1] = 0
    first.bias[: KEPT_Y + 1] = 0
    for channel in range(LATENT_CHANNELS):
        first.weight[channel, channel, 1, 1] = 1
        first.weight[LATENT_CHANNELS + channel, channel, 1, 1] = -1


def _silence(vae: AutoencoderTiny) -> None:
    """Every block of the decoder adds nothing yet; what is kept by a level is kept plainly."""
    for module in vae.decoder.modules():
        if isinstance(module, AutoencoderTinyBlock):
            module.conv[-1].weight.zero_()
            module.conv[-1].bias.zero_()


def _plant_counting(vae: AutoencoderTiny) -> None:
    """The deepest blocks: each adds three places to the reach of the two counts."""
    for block in _blocks(vae, 0):
        first, second, last = block.conv[0], block.conv[2], block.conv[4]
        for count, kept, above in ((COUNT_X, KEPT_X, (1, 0)), (COUNT_Y, KEPT_Y, (0, 1))):
            for conv in (first, second):
                _only(conv, count, {(count, *above): 1.0}, STEP)
            _only(first, kept, {(count, 1, 1): 1.0})
            _only(second, kept, {(kept, 1, 1): 1.0})
            # The block's input is added again; what is kept takes it away.
            _only(last, count, {(count, *above): 1.0, (kept, 1, 1): -1.0}, STEP)
    _keep(_after(vae, 0), {channel: channel for channel in range(COUNT_Y + 1)})
    _clear(_after(vae, 0), range(HALF, HALF + LATENT_CHANNELS))


def _plant_first_unpacking(vae: AutoencoderTiny, components: Components) -> None:
    """A sixteenth of the size: of the 48 numbers, each place takes the twelve that are its own."""
    inverse, centre = components.inverse(), components.centre
    for block, row in zip(_blocks(vae, 1)[:2], (0, 1), strict=True):
        first, second, last = block.conv[0], block.conv[2], block.conv[4]
        _plant_sides(first, SIGNS)
        for column in (0, 1):
            for channel in range(12):
                number = 12 * (2 * row + column) + channel
                gate = 12 * column + channel
                ways = inverse[number].tolist()
                taps = {(k, 1, 1): way for k, way in enumerate([*ways, *(-way for way in ways)])}
                _plant_gate(second, gate, taps, float(centre[number]), row, column)
                last.weight[HALF + channel, gate, 1, 1] = 1
        for side in (COUNT_X, COUNT_Y):
            _only(second, side, {(side, 1, 1): 1.0})
            _only(second, side + 2, {(side + 2, 1, 1): 1.0})
            if row == 1:  # both rows are done: from here the counts go by places of this size
                _only(last, side, {(side, 1, 1): STEP, (side + 2, 1, 1): 1.0}, -STEP)
    after = _after(vae, 1)
    _keep(after, {channel: HALF + channel for channel in range(12)})
    _keep(after, {COUNT_X: COUNT_X, COUNT_Y: COUNT_Y})
    _clear(after, range(COLOURS, COLOURS + 3))


def _plant_second_unpacking(vae: AutoencoderTiny) -> None:
    """An eighth of the size: of the twelve numbers, each place takes its own three colours."""
    block = _blocks(vae, 2)[0]
    first, second, last = block.conv[0], block.conv[2], block.conv[4]
    _plant_sides(first, 12)
    for place in range(4):
        for colour in range(3):
            gate = 3 * place + colour
            _plant_gate(second, gate, {(gate, 1, 1): 1.0}, 0.0, place // 2, place % 2)
            last.weight[COLOURS + colour, gate, 1, 1] = 1


def _plant_sides(conv: nn.Conv2d, kept: int) -> None:
    """Some channels as they are, whether a place is a right and a lower one, and the counts."""
    for channel in range(kept):
        _only(conv, channel, {(channel, 1, 1): 1.0})
    sharp = 2 / STEP
    _only(conv, COUNT_X, {(COUNT_X, 1, 1): -sharp, (COUNT_X, 1, 0): sharp}, 1.0)
    _only(conv, COUNT_Y, {(COUNT_Y, 1, 1): -sharp, (COUNT_Y, 0, 1): sharp}, 1.0)
    _only(conv, KEPT_X, {(COUNT_X, 1, 1): 1.0})
    _only(conv, KEPT_Y, {(COUNT_Y, 1, 1): 1.0})


def _plant_gate(
    conv: nn.Conv2d,
    gate: int,
    taps: dict[tuple[int, int, int], float],
    level: float,
    row: int,
    column: int,
) -> None:
    """A number that comes through where a place is of this row and column of its four."""
    taps = dict(taps)
    for side, wanted in ((COUNT_X, column), (COUNT_Y, row)):
        taps[(side, 1, 1)] = SHUT if wanted else -SHUT
        level -= SHUT * wanted
    _only(conv, gate, taps, level)


def _plant_enlarging(vae: AutoencoderTiny) -> None:
    """The last levels: the three colours, smoothly enlarged."""
    tent = torch.tensor([0.25, 0.5, 0.25])
    for level in range(2, len(BLOCKS)):
        conv = _after(vae, level)
        conv.weight[:3] = 0
        for colour in range(3):
            if level == len(BLOCKS) - 1:
                conv.bias[colour] = 0
                conv.weight[colour, colour, 1, 1] = 1
            else:
                begin = COLOURS + colour if level == 2 else colour
                conv.weight[colour, begin] = tent[:, None] * tent


def _only(
    conv: nn.Conv2d, channel: int, taps: dict[tuple[int, int, int], float], level: float = 0.0
) -> None:
    """Make a channel exactly these taps (of channel, row, column) and this level."""
    conv.weight[channel] = 0
    for (source, row, column), weight in taps.items():
        conv.weight[channel, source, row, column] = weight
    if conv.bias is not None:
        conv.bias[channel] = level


def _keep(conv: nn.Conv2d, sources: dict[int, int]) -> None:
    for channel, source in sources.items():
        _only(conv, channel, {(source, 1, 1): 1.0})


def _clear(conv: nn.Conv2d, channels: range) -> None:
    for channel in channels:
        _only(conv, channel, {})


def _close(vae: AutoencoderTiny) -> None:
    """Training leaves alone what is planted deep: the counts, and the gates that go by them."""
    closed = (vae.encoder, vae.decoder.layers[0], *_blocks(vae, 0), _after(vae, 0))
    gates = (*_blocks(vae, 1)[:2], _after(vae, 1), _blocks(vae, 2)[0])
    for part in (*closed, *gates):
        part.requires_grad_(False)
    for block in _blocks(vae, 1)[2:]:
        for parameter in block.conv[4].parameters():
            parameter.register_hook(_without_counts)


def _without_counts(slope: Tensor) -> Tensor:
    slope = slope.clone()
    slope[[COUNT_X, COUNT_Y]] = 0
    return slope
