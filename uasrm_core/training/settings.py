"""What a recipe says: what examples are made from, what is damaged in them, how they are learnt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from uasrm_core.model.config import LOWEST_RATE, HybridConfig
from uasrm_core.model.fit import FitSettings
from uasrm_core.model.losses import LossWeights

# Examples of each band for a minute of training, so that two processor cores see each about twice,
# and the fewest and most that are worth their preparation.
EXAMPLES_A_MINUTE = 85
FEWEST_EXAMPLES, MOST_EXAMPLES = 320, 5120


@dataclass(frozen=True)
class KindSettings:
    """How recordings of one kind are drawn, and how far they are varied.

    Attributes
    ----------
    share
        How many of the examples are of this kind, beside those of the others.
    length_power
        How a recording's chance grows with its length: of speech, phrases count for more than
        syllables.
    other_speed
        Chance of being played faster or slower, by up to a quarter.
    slower
        Chance that what has more frames a second than `LOWEST_RATE` is brought to fewer.
    equalise, add_room, add_noise, narrow_band, code_as_mp3
        Chance of each variation, see `training.augmentation`.
    """

    share: float
    length_power: float = 0.5
    other_speed: float = 0.3
    slower: float = 0.2
    equalise: float = 0.25
    add_room: float = 0.0
    add_noise: float = 0.1
    narrow_band: float = 0.0
    code_as_mp3: float = 0.1


# There are few voices to learn from: speech is varied most, and another speed makes another voice.
# Most recordings of speech are kept at 16 kHz, and few of a corpus are.
SPEECH = KindSettings(
    share=0.56,
    length_power=1.0,
    other_speed=0.7,
    slower=0.6,
    equalise=0.5,
    add_room=0.35,
    add_noise=0.5,
    narrow_band=0.15,
    code_as_mp3=0.4,
)


@dataclass(frozen=True)
class DataSettings:
    """What examples are made from.

    Attributes
    ----------
    music, speech, sounds
        By the kind of recording, see `training.corpus`.
    voice_power, most_of_voice_s
        How a voice's chance grows with how much there is of it, and up to where.
    lowest_rate
        How much a voice's chance counts if it was recorded at `LOWEST_RATE` or less.
    read_on
        Short recordings of speech begin and end in silence: chance that these rests are cut to the
        pauses of somebody who reads on.
    slower_rates, slower_rate_shares
        The rates that recordings are brought to, in Hz, and how often.
    """

    music: KindSettings = KindSettings(0.42, slower=0.15, code_as_mp3=0.12)
    speech: KindSettings = SPEECH
    sounds: KindSettings = KindSettings(0.02, add_room=0.25, add_noise=0.2)
    voice_power: float = 0.5
    most_of_voice_s: float = 600.0
    lowest_rate: float = 1.0
    read_on: float = 0.7
    slower_rates: tuple[int, ...] = (LOWEST_RATE, 24000, 32000)
    slower_rate_shares: tuple[float, ...] = (0.7, 0.15, 0.15)

    def __post_init__(self) -> None:
        if len(self.slower_rates) != len(self.slower_rate_shares):
            raise ValueError("there are not as many shares as rates")

    def of(self, kind: str) -> KindSettings:
        """Return the settings for a kind of recording."""
        kinds = {"music": self.music, "speech": self.speech, "sounds": self.sounds}
        return kinds[kind]


@dataclass(frozen=True)
class Band:
    """A range of gap lengths that share a window length, so that they can share a shard.

    Attributes
    ----------
    share
        How many of the batches are of this range, beside those of the others.
    """

    name: str
    shortest_frames: int
    longest_frames: int
    window_frames: int
    share: float = 1.0


# At 44.1 kHz 5 to 120 ms, and 100 to 700; at 16 kHz 14 to 330, and 276 to 1000.
SHORT = Band("short", 220, 5292, 32768, share=0.35)
LONG = Band("long", 4410, 30870, 65536, share=0.65)


@dataclass(frozen=True)
class BoxSettings:
    """Damage in part of the spectrum: what sounds there over the programme, or instead of it.

    Attributes
    ----------
    share
        Of the batches, those in which only part of the spectrum is damaged.
    above_db, below_db
        What is laid over is at most so much louder than the programme in that part of the spectrum,
        and at most so much quieter.
    noise, unsteady, weaker
        Shares of the damages in which noise is laid over, for the rest another sound; in which the
        noise swells and fades; and in which only some of the programme is left.
    """

    share: float = 0.3
    above_db: float = 24.0
    below_db: float = 6.0
    noise: float = 0.7
    unsteady: float = 0.5
    weaker: float = 0.25


@dataclass(frozen=True)
class DamageSettings:
    """What is damaged in examples.

    Attributes
    ----------
    short, long
        The lengths of gaps.
    one_sided
        Share of the gaps that lie at either end of the sound.
    """

    short: Band = SHORT
    long: Band = LONG
    one_sided: float = 0.03
    box: BoxSettings = field(default_factory=BoxSettings)

    def __post_init__(self) -> None:
        if not self.bands:
            raise ValueError("neither short nor long gaps have a share")

    @property
    def bands(self) -> tuple[Band, ...]:
        """The lengths that have a share."""
        return tuple(band for band in (self.short, self.long) if band.share > 0.0)


class Objective(StrEnum):
    """What a network learns to return."""

    SAMPLES = "samples"
    MIDDLE = "middle"


@dataclass(frozen=True)
class AdversarialSettings:
    """What discriminators have to say, beside the energy distance.

    Attributes
    ----------
    share
        How large the gradients of what they say of takes are, beside the distance's; with 0 there
        are no discriminators.
    features, features_repelled
        The same for how near takes are to the truth in their features, and how much of that is to
        be how far takes are apart.
    rate
        The learning rate of the discriminators.
    first_steps
        So many steps they learn alone, from takes as they were.
    """

    share: float = 0.0
    features: float = 0.5
    features_repelled: float = 0.5
    rate: float = 4e-4
    first_steps: int = 225


@dataclass(frozen=True)
class TrainSettings:
    """What a training run is asked for.

    Attributes
    ----------
    minutes
        Time to spend on steps, over all sittings.
    examples, validation_examples
        How many to prepare for each band of gap lengths.
    objective
        What is learnt: ``samples`` of what could have been, by the energy distance, or the
        ``middle`` of all of them, by the distance to the one that was.
    data, damage
        What examples are made from, and what is damaged in them.
    checkpoint_minutes
        Time between validations, each followed by writing the state and the model; less in a short
        training, which has at least `train.FEWEST_CHECKPOINTS`.
    adversarial
        Discriminators beside the energy distance; they need the objective of samples.
    way
        How far the model that is written lies from the weights that training started from, 0, to
        those that were learnt, 1. (Wortsman et al., "Robust fine-tuning of zero-shot models",
        CVPR 2022.)
    start
        A model file to start from, or empty to start from nothing learnt.
    name
        Of the model that a stage of a recipe leaves beside the recipe's own; empty for none.
    """

    minutes: float = 60.0
    examples: int = MOST_EXAMPLES
    validation_examples: int = 128
    batch: int = 8
    seed: int = 0
    objective: Objective = Objective.SAMPLES
    checkpoint_minutes: float = 8.0
    model: HybridConfig = field(
        default_factory=lambda: HybridConfig(channels=(48, 72, 96, 128, 192))
    )
    fit: FitSettings = field(default_factory=FitSettings)
    data: DataSettings = field(default_factory=DataSettings)
    damage: DamageSettings = field(default_factory=DamageSettings)
    weights: LossWeights = field(default_factory=LossWeights)
    adversarial: AdversarialSettings = field(default_factory=AdversarialSettings)
    way: float = 1.0
    start: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if self.adversarial.share > 0.0 and self.objective is not Objective.SAMPLES:
            raise ValueError("discriminators need the objective “samples”")


def examples_for(minutes: float) -> int:
    """Return how many examples of each band a training of that length deserves."""
    return round(min(max(EXAMPLES_A_MINUTE * minutes, FEWEST_EXAMPLES), MOST_EXAMPLES))
