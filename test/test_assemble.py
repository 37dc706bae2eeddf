"""Maps of every kind of descriptor, built and asked through the same seams."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from noise_maps import COUNT, SMALL, build, frame

from vpr_ros.assemble import load_localizer, make_ingredients
from vpr_ros.core.errors import MapError, SettingsError, WeightsError
from vpr_ros.core.parse_settings import override_settings
from vpr_ros.core.settings import Settings
from vpr_ros.features import find_weights
from vpr_ros.features.patches.dense_sift import DenseSift
from vpr_ros.maps.ingredients import make_describer
from vpr_ros.maps.open_map import open_map
from vpr_ros.maps.vocabulary_file import read_vocabulary, write_vocabulary


@pytest.mark.parametrize(
    ("assignments", "vocabularies", "length"),
    [
        (["aggregation.name=soft_vlad"], [(8, 128)], 1024),
        (["aggregation.name=gem"], [None], 128),
        (["aggregation.name=gem_signed"], [None], 128),
        (["aggregation.keep_clusters=[1, 5]"], [(8, 128)], 256),
        (["ensemble.members=[dense_sift+vlad, dense_sift+gem]"], [(8, 128), None], 1152),
        (["ensemble.members=[dense_sift+gem, dense_sift+soft_vlad]"], [None, (8, 128)], 1152),
        (
            ["ensemble.members=[dense_sift+vlad, dense_sift+soft_vlad]", "ensemble.combine=average"],
            [(8, 128)] * 2,
            1024,
        ),
        (["features.scales=[1.0, 0.7]"], [(8, 128)], 1024),
    ],
)
def test_a_map_of_this_descriptor_finds_its_own_places(tmp_path, assignments, vocabularies, length):
    build(tmp_path / "m", *assignments)
    place_map = open_map(tmp_path / "m")
    assert [each and each.centres.shape for each in place_map.vocabularies] == vocabularies
    assert place_map.descriptors.shape == (COUNT, length)
    localizer = load_localizer(tmp_path / "m", Settings())
    for number in range(COUNT):
        best = localizer.localize(frame(number)).candidates.best
        assert best.place_id == number
        assert best.similarity == pytest.approx(1, abs=1e-5)


def test_the_batch_a_map_is_built_with_changes_nothing(tmp_path):
    build(tmp_path / "one", "features.batch=1")
    build(tmp_path / "three", "features.batch=3")
    one, three = open_map(tmp_path / "one"), open_map(tmp_path / "three")
    np.testing.assert_allclose(one.descriptors, three.descriptors, atol=1e-6)
    np.testing.assert_array_equal(one.vocabularies[0].centres, three.vocabularies[0].centres)


def test_an_ensemble_shares_features_that_members_have_in_common():
    settings = override_settings(Settings(), [*SMALL, "ensemble.members=[dense_sift+vlad, dense_sift+gem]"])
    (first, _), (second, _) = make_ingredients(settings).members
    assert first is second


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ("[dense_sfit+vlad]", "did you mean dense_sift+vlad"),
        ("[dense_sift]", "is not FEATURES+AGGREGATION"),
        ("[dense_sift+gem, dense_sift+gem, dense_sift+gem, dense_sift+gem, dense_sift+gem]", "4 are the most"),
        ("[auto+vlad]", "is not FEATURES"),
        ("[dense_sift+global]", "features dense_sift make no vector of the whole image"),
    ],
)
def test_members_that_cannot_be_are_an_error(members, told):
    with pytest.raises(SettingsError, match=told.replace("+", r"\+")):
        make_ingredients(override_settings(Settings(), [*SMALL, f"ensemble.members={members}"]))


def test_descriptors_of_different_lengths_are_not_averaged(tmp_path):
    with pytest.raises(SettingsError, match="wants descriptors of one length, these have 1024, 128"):
        build(tmp_path / "m", "ensemble.members=[dense_sift+vlad, dense_sift+gem]", "ensemble.combine=average")


def test_a_vocabulary_travels_from_map_to_map(tmp_path):
    build(tmp_path / "a")
    write_vocabulary(tmp_path / "v", read_vocabulary(tmp_path / "a"))
    build(tmp_path / "b", f"aggregation.vocabulary={tmp_path / 'v'}", "aggregation.seed=5")
    first, second = open_map(tmp_path / "a").vocabularies[0], open_map(tmp_path / "b").vocabularies[0]
    np.testing.assert_array_equal(first.centres, second.centres)
    assert second.origin == first.origin
    (tmp_path / "v").unlink()  # the map holds it: a robot needs no other file
    assert load_localizer(tmp_path / "b", Settings()).localize(frame(2)).place_id == 2


def test_a_vocabulary_of_other_features_is_refused(tmp_path):
    build(tmp_path / "a")
    with pytest.raises(MapError, match=r"is of other features than those asked for .*step_px 8 there, 6 here"):
        build(tmp_path / "b", f"aggregation.vocabulary={tmp_path / 'a'}", "features.dense_sift.step_px=6")
    assert not (tmp_path / "b" / "manifest.json").exists()


def test_features_of_another_name_are_told_by_their_names_alone(tmp_path, monkeypatch):
    build(tmp_path / "m", "ensemble.members=[dense_sift+gem, dense_sift+gem_signed]")
    monkeypatch.setattr(DenseSift, "fingerprint", {"name": "dense_surf", "version": 1})
    told = "descriptor 0: name dense_sift there, dense_surf here, descriptor 1: name dense_sift there, dense_surf here"
    with pytest.raises(MapError, match=rf"are not ours \({told}\); rebuild it"):
        load_localizer(tmp_path / "m", Settings())


def test_a_map_without_a_vocabulary_has_none_to_lend(tmp_path):
    build(tmp_path / "a", "aggregation.name=gem")
    with pytest.raises(MapError, match="need no vocabulary, so it has none to lend"):
        build(tmp_path / "b", f"aggregation.vocabulary={tmp_path / 'a'}")


def test_what_each_machine_chooses_for_itself_does_not_contradict_a_map(tmp_path):
    build(tmp_path / "m")
    settings = override_settings(Settings(), ["features.device=cpu", "features.batch=2", "features.precision=fp32"])
    named = {"features.device", "features.batch", "features.precision"}
    assert load_localizer(tmp_path / "m", settings, named).localize(frame(1)).place_id == 1


def test_another_ensemble_than_the_maps_is_refused(tmp_path):
    build(tmp_path / "m")
    settings = override_settings(Settings(), ["ensemble.members=[dense_sift+gem]"])
    with pytest.raises(MapError, match=r"was built with ensemble\.members="):
        load_localizer(tmp_path / "m", settings, {"ensemble.members"})


def test_weights_that_are_gone_or_others_are_told_by_the_maps_own(tmp_path, monkeypatch):
    timm, torch = pytest.importorskip("timm"), pytest.importorskip("torch")
    monkeypatch.setenv("VPR_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr(find_weights, "why_unreachable", lambda *_: "no network")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    mine, moved = tmp_path / "mine.pth", tmp_path / "moved.pth"
    network = timm.create_model("mobilenetv2_100", pretrained=False)
    torch.save(network.state_dict(), mine)
    build(tmp_path / "m", "ensemble.members=[dense_sift+gem, cnn+gem]", f"features.cnn.weights={mine}")
    mine.rename(moved)
    with pytest.raises(WeightsError, match=rf"no weights for mobile.*; the map was built with .*weights={mine}$"):
        load_localizer(tmp_path / "m", Settings())
    named = override_settings(Settings(), [f"features.cnn.weights={moved}"])
    assert load_localizer(tmp_path / "m", named, {"features.cnn.weights"}).localize(frame(2)).place_id == 2
    torch.save({key: tensor * 0.9 for key, tensor in network.state_dict().items()}, mine)
    with pytest.raises(
        MapError, match=rf"m: was built with features\.cnn\.weights={mine} \(.*, the file found .*FILE, or"
    ):
        load_localizer(tmp_path / "m", Settings())


def test_a_blank_image_is_refused_whatever_describes_it(tmp_path):
    build(tmp_path / "m", "ensemble.members=[dense_sift+vlad, dense_sift+gem]")
    blank = dataclasses.replace(frame(0), image=np.full((120, 160, 3), 90, np.uint8))
    assert load_localizer(tmp_path / "m", Settings()).localize(blank).refusal is not None


@pytest.mark.parametrize("cut", [(slice(13), slice(None)), (slice(None), slice(13)), (slice(1), slice(1))])
def test_an_image_smaller_than_a_patch_is_refused_although_it_is_enlarged(tmp_path, cut):
    build(tmp_path / "m", "retrieval.min_valid_patches=0.001")
    crumb = dataclasses.replace(frame(0), image=np.ascontiguousarray(frame(0).image[cut]))
    refusal = load_localizer(tmp_path / "m", Settings()).localize(crumb).refusal
    assert refusal is not None
    assert refusal.numbers["share"] == 0


def test_a_keyframe_smaller_than_a_patch_is_left_out_of_a_map():
    settings = override_settings(Settings(), [*SMALL, "aggregation.name=gem"])
    describer = make_describer(make_ingredients(settings), settings, [None], None)
    images = [frame(0).image, np.ascontiguousarray(frame(1).image[:10, :10])]
    share, crumb = (each.share for each in describer.describe_batch(images))
    assert share > 0.9
    assert crumb == 0
