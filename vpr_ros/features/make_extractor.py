"""Features by name. Networks and their libraries are imported only when one of them is asked for."""

from __future__ import annotations

from vpr_ros.core.errors import SettingsError
from vpr_ros.core.feature_settings import FeatureSettings
from vpr_ros.core.records import PatchExtractor


def make_extractor(name: str, settings: FeatureSettings, whole_image: bool = False) -> PatchExtractor:
    """The patch features of this name, at all of `settings.scales`.

    whole_image: a vector of the whole image is wanted as well, even where it costs more than the patches alone.
    Raises SettingsError for `auto`, which `choose_features` settles, WeightsError where a network's weights cannot
    be had or used.
    """
    extractor = _single_scale(name, settings, whole_image)
    if settings.scales == (1.0,):
        return extractor
    from vpr_ros.features.multi_scale import MultiScale

    return MultiScale(extractor, settings.scales)


def _single_scale(name: str, settings: FeatureSettings, whole_image: bool) -> PatchExtractor:
    if name == "dense_sift":
        from vpr_ros.features.patches.dense_sift import DenseSift

        return DenseSift(settings.dense_sift)
    if name == "dinov2":
        from vpr_ros.features.patches.dinov2 import open_dinov2

        return open_dinov2(settings, whole_image)
    if name == "cnn":
        from vpr_ros.features.patches.cnn import open_cnn

        return open_cnn(settings)
    if name in ("salad", "boq", "megaloc"):
        from vpr_ros.features.patches.trained_head import open_trained_head

        return open_trained_head(name, settings)
    if name == "xfeat_netvlad":
        from vpr_ros.features.patches.xfeat_netvlad import open_xfeat_netvlad

        return open_xfeat_netvlad(settings)
    raise SettingsError(f"features.name={name!r} names no features")
