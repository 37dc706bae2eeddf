"""One error base. Raised inside, reported at the edge as one line a person can act on."""


class VprError(Exception):
    """What went wrong and what to do about it, in one line. `exit_code` is what a command ends with."""

    exit_code = 1


class UsageError(VprError):
    """The command line contradicts itself or names something that is not there."""

    exit_code = 2


class SettingsError(VprError):
    """A setting is unknown, of the wrong type, out of its range or contradicts another."""

    exit_code = 2


class GpuMemoryError(SettingsError):
    """The GPU's memory is too small for what was asked of it."""


class ImageError(VprError):
    """An image cannot be decoded or cannot be used."""

    exit_code = 3


class SourceError(VprError):
    """A bag or folder is missing, damaged or lacks what was asked of it."""

    exit_code = 3


class MapError(VprError):
    """A map is missing, damaged, of another version, or does not fit the features."""

    exit_code = 4


class WeightsError(VprError):
    """A network's weights are missing, damaged, of another network, or not safe to load; or its library is missing."""

    exit_code = 6


class StorageError(VprError):
    """Something could not be written: the disk is full or not ours."""

    exit_code = 5
