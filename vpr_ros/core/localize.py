"""The table of contents: every stage in its order. The node, the replay and the command line all run this."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from vpr_ros.core.coarse_pose import coarse_pose
from vpr_ros.core.describe_image import ImageDescriber, StageClock
from vpr_ros.core.label_room import label_floor, label_room
from vpr_ros.core.named_place import name_first
from vpr_ros.core.place_embeddings import PlaceEmbeddings
from vpr_ros.core.place_table import PlaceTable
from vpr_ros.core.records import (
    Array,
    Candidates,
    CoarsePose,
    Estimate,
    FloatArray,
    Frame,
    LabelGuess,
    Matrix4,
    Rejected,
    VerifiedPose,
)
from vpr_ros.core.rerank_overlap import VoteCounter, rerank_overlap, strongest_votes
from vpr_ros.core.retrieve_places import PlaceIndex, retrieve_places
from vpr_ros.core.settings import Settings
from vpr_ros.core.verify_pose import Verification
from vpr_ros.core.weigh_candidates import choose_weights

NO_EMBEDDINGS = "reranking off: the map has no patch embeddings"
NO_POINTS = "poses off: the map has no points; build it from a drive with poses and a calibrated camera"


class LocalizationMap(Protocol):
    """What of a map the stages need; `maps.PlaceMap` is one."""

    @property
    def map_id(self) -> str: ...
    @property
    def map_frame(self) -> str: ...
    @property
    def base_frame(self) -> str: ...
    @property
    def table(self) -> PlaceTable: ...
    def mounting(self, camera: str, *, exactly: bool = False) -> Matrix4 | None: ...
    def thumbnail(self, row: int) -> Array | None: ...
    @property
    def descriptors(self) -> FloatArray: ...


@dataclass(frozen=True, eq=False)
class OverlapStage:
    """The map's patch embeddings, and what counts their votes."""

    places: PlaceEmbeddings
    counter: VoteCounter


class PoseVerifier(Protocol):
    """The part of `verify_pose.Verifier` that is used here."""

    def verify(self, frames: Sequence[Frame], candidates: Candidates, clock: StageClock) -> Verification:
        """Times itself as `verify_pose`."""


class Localizer:
    """Says where frames were taken. Keeps nothing from frame to frame.

    about_index, about_reranking, about_poses: what its stages are, for a person. Without `overlap` candidates stay as
    retrieved, without `verifier` there are no poses but coarse ones.
    """

    def __init__(
        self,
        place_map: LocalizationMap,
        describer: ImageDescriber,
        index: PlaceIndex,
        settings: Settings,
        overlap: OverlapStage | None = None,
        about_reranking: str = NO_EMBEDDINGS,
        verifier: PoseVerifier | None = None,
        about_poses: str = NO_POINTS,
    ) -> None:
        self.place_map = place_map
        self.about_index = index.about
        self.about_reranking = about_reranking
        self.about_poses = about_poses
        self._describer = describer
        self._index = index
        self._overlap = overlap
        self._verifier = verifier
        self._settings = settings

    @property
    def solves_poses(self) -> bool:
        """Whether poses in metres are sought; `about_poses` says why not."""
        return self._verifier is not None

    def under(self, settings: Settings) -> Localizer:
        """The same stages, which obey other values of those settings that are live."""
        other = copy.copy(self)
        other._settings = dataclasses.replace(
            self._settings, retrieval=settings.retrieval, rerank=settings.rerank, rooms=settings.rooms
        )
        return other

    def localize(self, frame: Frame, further: Sequence[Frame] = ()) -> Estimate:
        """One frame in, what may be believed out. Raises ImageError when the frame's image is no RGB image.

        further: what the robot's other cameras saw last, none of it newer than the frame: places are named by the
        frame alone, the pose is solved from all of them.
        """
        table, settings, clock = self.place_map.table, self._settings, StageClock()
        query = self._describer.describe(frame.image, clock)
        if query.share < settings.retrieval.min_valid_patches:
            numbers = {"share": query.share, "needed": settings.retrieval.min_valid_patches}
            return _refuse(frame, Rejected("too few describable patches", numbers), clock)
        with clock.stage("retrieve_places"):
            candidates = retrieve_places(query.descriptor, self._index, table, settings.retrieval.top_k)
        if not candidates.ranked:  # a map has places, so the descriptor was like nothing at all
            return _refuse(frame, Rejected("the descriptor is not finite"), clock)
        reranked, pose = None, None
        if self._overlap is not None and query.embeddings is not None:
            with clock.stage("rerank_overlap"):
                overlap = self._overlap
                reranked = rerank_overlap(
                    query.embeddings, candidates, overlap.places, overlap.counter, table, settings.rerank
                )
                candidates = reranked.candidates
        if self._verifier is not None:
            verified = self._verifier.verify([frame, *further], candidates, clock)
            candidates, pose = verified.candidates, verified.pose
            if isinstance(pose, VerifiedPose):
                candidates = name_first(candidates, pose, table)
        votes = None
        if reranked is not None:
            with clock.stage("rerank_overlap"):  # of the place that is named in the end
                votes = strongest_votes(reranked.votes_for(candidates.ranked[0].place_id))
        with clock.stage("label_room"):
            room = label_room(candidates, table, settings.rooms) if settings.rooms.enabled else LabelGuess()
            floor = label_floor(candidates, table, settings.rooms) if settings.rooms.enabled else LabelGuess()
        return Estimate(
            stamp_ns=frame.stamp_ns,
            camera=frame.camera,
            source_name=frame.source_name,
            candidates=candidates,
            refusal=None,
            room=room,
            floor=floor,
            coarse_pose=self._coarse_pose(candidates, query.descriptor, isinstance(pose, VerifiedPose)),
            latency_ms=clock.latency_ms,
            votes=votes,
            pose=pose,
        )

    def _coarse_pose(self, candidates: Candidates, descriptor: FloatArray, fixed: bool) -> CoarsePose | None:
        """Where geometry has decided, the pose of the place that it decided for."""
        table, settings = self.place_map.table, self._settings
        if fixed:
            return coarse_pose(candidates, table, settings.rooms.voters)
        weigh = choose_weights(settings.pose, candidates, descriptor, self.place_map.descriptors, table)
        return coarse_pose(candidates, table, settings.rooms.voters, weigh)


def _refuse(frame: Frame, refusal: Rejected, clock: StageClock) -> Estimate:
    return Estimate(
        stamp_ns=frame.stamp_ns,
        camera=frame.camera,
        source_name=frame.source_name,
        candidates=Candidates(()),
        refusal=refusal,
        room=LabelGuess(),
        floor=LabelGuess(),
        coarse_pose=None,
        latency_ms=clock.latency_ms,
    )
