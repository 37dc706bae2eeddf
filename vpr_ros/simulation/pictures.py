"""Things with print on them: posters, book spines, screens, labels, furniture fronts. Stretched once over a face."""

from __future__ import annotations

import cv2
import numpy as np

from vpr_ros.core.records import Array
from vpr_ros.simulation.textures import Colour, brick, noise, tinted, wood


def poster(rng: np.random.Generator, brightness: float = 0.5, side: int = 256) -> Array:
    """A framed print: landscape, geometry, portrait-like blobs or a text sheet; its mean brightness is given."""
    paint = (_landscape, _geometry, _blots, _sheet)[int(rng.integers(0, 4))]
    image = paint(rng, side)
    image = np.clip(image, 0, 1)
    image = image * (brightness / max(float(image.mean()), 0.05))
    border = int(rng.integers(8, 16))
    frame = rng.uniform(0.05, 0.9)
    cv2.rectangle(image, (0, 0), (side - 1, side - 1), (frame, frame * 0.9, frame * 0.75), border)
    return np.asarray(np.clip(image, 0, 1))


def _landscape(rng: np.random.Generator, side: int) -> Array:
    rows = np.linspace(0, 1, side)[:, None, None]
    sky, low = rng.uniform(0.3, 0.95, 3), rng.uniform(0.4, 1, 3)
    image = np.broadcast_to(sky * (1 - rows) + low * rows, (side, side, 3)).copy()
    for layer in range(4):
        ridge = side * (0.35 + 0.15 * layer) + side * 0.07 * noise(rng, side, 2.4)[0]
        below = np.arange(side)[:, None] > ridge[None]
        image[below] = rng.uniform(0.1, 0.75, 3) * (1 - 0.12 * layer)
    image *= (1 + 0.12 * noise(rng, side, 1.2))[..., None]
    at, radius = rng.integers(side // 6, side // 2, 2), int(rng.integers(8, 26))
    cv2.circle(image, (int(at[0]), int(at[1] // 2 + 10)), radius, rng.uniform(0.6, 1, 3).tolist(), -1, cv2.LINE_AA)
    return image


def _geometry(rng: np.random.Generator, side: int) -> Array:
    image = np.ones((side, side, 3)) * rng.uniform(0.3, 0.95, 3)
    for _ in range(int(rng.integers(8, 20))):
        colour = rng.uniform(0, 1, 3).tolist()
        points = rng.integers(0, side, (int(rng.integers(3, 5)), 2)).astype(np.int32)
        if rng.random() < 0.4:
            radius = int(rng.integers(8, side // 5))
            cv2.circle(image, tuple(points[0].tolist()), radius, colour, int(rng.choice([-1, 3, 6])), cv2.LINE_AA)
        else:
            cv2.fillPoly(image, [points], colour, cv2.LINE_AA)
    return image


def _blots(rng: np.random.Generator, side: int) -> Array:
    image = np.ones((side, side, 3)) * rng.uniform(0.2, 0.9, 3)
    for _ in range(3):
        field = noise(rng, side, 2.6)
        for level in np.sort(rng.uniform(-1.2, 1.2, 2)):
            image[field > level] = rng.uniform(0, 1, 3)
    return image * (1 + 0.06 * noise(rng, side, 0.8))[..., None]


def _sheet(rng: np.random.Generator, side: int) -> Array:
    image = np.ones((side, side, 3)) * rng.uniform(0.7, 1, 3)
    ink = rng.uniform(0, 0.45, 3).tolist()
    y = int(rng.integers(14, 30))
    while y < side - 16:
        size = rng.uniform(0.3, 1.5)
        letters = "".join(chr(int(code)) for code in rng.integers(65, 91, 18))
        word = letters[: int(rng.integers(5, 18))]
        _write(image, word, (14, y), int(rng.integers(0, 4)), size, ink, int(rng.integers(1, 3)))
        y += int(12 + 22 * size)
    corner = rng.integers(side // 2, side - 60, 2)
    block = image[corner[1] : corner[1] + 56, corner[0] : corner[0] + 56]
    block[:] = rng.uniform(0, 1, 3) * (0.6 + 0.4 * (noise(rng, 64, 1.8)[:56, :56, None] > 0))
    return image


def _write(image: Array, text: str, at: tuple[int, int], font: int, size: float, ink: list[float], width: int) -> None:
    """OpenCV writes on eight-bit images only: write a mask and mix the ink in."""
    mask = np.zeros(image.shape[:2], dtype=np.uint8)
    cv2.putText(mask, text, at, font, size, 255, width, cv2.LINE_AA)
    image += (np.array(ink) - image) * (mask / 255.0)[..., None]


def books(rng: np.random.Generator, colour: Colour, side: int = 256) -> Array:
    """A shelf of spines with titles, gaps and a leaning one."""
    image = np.ones((side, side, 3)) * 0.07
    x = 0
    while x < side - 4:
        wide = int(rng.integers(7, 22))
        if rng.random() < 0.06:
            x += wide
            continue
        top = int(rng.integers(8, side // 3))
        spine = np.clip(np.array(colour) * 0.35 + rng.uniform(0, 0.75, 3), 0.03, 0.95)
        cv2.rectangle(image, (x, top), (x + wide - 1, side), spine.tolist(), -1)
        cv2.line(image, (x + wide - 1, top), (x + wide - 1, side), (spine * 0.4).tolist(), 1)
        label = (1 - spine if rng.random() < 0.6 else spine * 0.3).tolist()
        start = top + int(rng.integers(8, 30))
        for y in range(start, start + int(rng.integers(30, 110)), 7):
            cv2.line(image, (x + 2, y), (x + wide - 3, y + int(rng.integers(0, 3))), label, int(rng.integers(1, 4)))
        for band in rng.integers(top, side, 2):
            cv2.rectangle(image, (x, int(band)), (x + wide - 1, int(band) + 3), label, -1)
        x += wide
    return np.asarray(np.clip(image, 0, 1))


def panels(rng: np.random.Generator, colour: Colour, columns: int, rows: int, side: int = 256) -> Array:
    """A furniture front: doors or drawers with joints, a profile and handles."""
    image = wood(rng, colour, side, upright=True) if rng.random() < 0.5 else tinted(np.ones((side, side)), colour)
    wide, high = side / columns, side / rows
    for row in range(rows):
        for column in range(columns):
            a = (round(column * wide), round(row * high))
            b = (round((column + 1) * wide) - 1, round((row + 1) * high) - 1)
            cv2.rectangle(image, a, b, (np.array(colour) * 0.3).tolist(), 2)
            inset = int(min(wide, high) * 0.14)
            cv2.rectangle(
                image, (a[0] + inset, a[1] + inset), (b[0] - inset, b[1] - inset), (np.array(colour) * 0.75).tolist(), 2
            )
            middle = (a[0] + b[0]) // 2
            knob = (0.16, 0.15, 0.14)
            if rows > columns:
                cv2.rectangle(image, (middle - 14, a[1] + 8), (middle + 14, a[1] + 13), knob, -1)
            else:
                side_x = b[0] - 12 if column % 2 == 0 else a[0] + 12
                cv2.rectangle(
                    image, (side_x - 2, (a[1] + b[1]) // 2 - 14), (side_x + 2, (a[1] + b[1]) // 2 + 14), knob, -1
                )
    return np.asarray(np.clip(image, 0, 1))


def appliance(rng: np.random.Generator, colour: Colour, kind: str, side: int = 256) -> Array:
    """Fronts of a fridge with notes, an oven, a washing machine or a boiler."""
    image = tinted(1 + 0.01 * noise(rng, side, 1.5), colour)
    dark = (0.1, 0.1, 0.12)
    if kind == "oven":
        cv2.rectangle(image, (20, 70), (side - 20, side - 25), dark, -1)
        cv2.rectangle(image, (36, 86), (side - 36, side - 44), (0.2, 0.15, 0.1), -1)
        cv2.rectangle(image, (24, 56), (side - 24, 63), (0.55, 0.55, 0.57), -1)
        for x in range(34, side - 20, 38):
            cv2.circle(image, (x, 28), 12, (0.15, 0.15, 0.15), -1, cv2.LINE_AA)
            cv2.line(image, (x, 28), (x + int(rng.integers(-8, 8)), 18), (0.9, 0.9, 0.9), 2, cv2.LINE_AA)
    elif kind == "washer":
        cv2.circle(image, (side // 2, 145), 82, (0.5, 0.5, 0.52), -1, cv2.LINE_AA)
        cv2.circle(image, (side // 2, 145), 64, (0.12, 0.14, 0.18), -1, cv2.LINE_AA)
        for _ in range(14):
            at = (int(rng.integers(85, 172)), int(rng.integers(130, 195)))
            cv2.circle(image, at, int(rng.integers(6, 16)), rng.uniform(0.1, 0.8, 3).tolist(), -1, cv2.LINE_AA)
        cv2.rectangle(image, (16, 16), (90, 46), (0.7, 0.72, 0.75), -1)
        cv2.circle(image, (180, 31), 17, (0.4, 0.4, 0.42), -1, cv2.LINE_AA)
    else:
        cv2.line(image, (0, 90), (side, 90), dark, 2)
        for y in (60, 110):
            cv2.rectangle(image, (14, y), (20, y + 22), (0.45, 0.45, 0.47), -1)
        for _ in range(int(rng.integers(6, 12))):
            a = rng.integers(34, side - 70, 2)
            b = a + rng.integers(16, 52, 2)
            note = image[a[1] : b[1], a[0] : b[0]]
            note[:] = rng.uniform(0.25, 0.98, 3)
            for y in range(4, note.shape[0] - 4, 6):
                note[y : y + 2, 3 : -int(rng.integers(3, 12))] *= rng.uniform(0.2, 0.8)
    return np.asarray(np.clip(image, 0, 1))


def screen(rng: np.random.Generator, side: int = 256) -> Array:
    """A monitor that shows windows with text and a picture."""
    image = np.ones((side, side, 3)) * rng.uniform(0.05, 0.35, 3)
    for _ in range(3):
        a = rng.integers(8, side // 2, 2)
        b = a + rng.integers(side // 4, side // 2, 2)
        cv2.rectangle(image, tuple(a.tolist()), tuple(b.tolist()), rng.uniform(0.5, 0.95, 3).tolist(), -1)
        for y in range(int(a[1]) + 8, int(b[1]) - 6, 8):
            cv2.line(
                image,
                (int(a[0]) + 6, y),
                (int(a[0]) + int(rng.integers(20, max(21, b[0] - a[0]))), y),
                rng.uniform(0, 0.4, 3).tolist(),
                2,
            )
    cv2.rectangle(image, (0, 0), (side - 1, side - 1), (0.03, 0.03, 0.03), 10)
    return image


def labels(rng: np.random.Generator, side: int = 128) -> Array:
    """A packet, jar or magazine: blocks of colour and print."""
    image = np.ones((side, side, 3)) * rng.uniform(0.1, 0.95, 3)
    for _ in range(4):
        a = rng.integers(0, side - 20, 2)
        b = a + rng.integers(14, side // 2, 2)
        cv2.rectangle(image, tuple(a.tolist()), tuple(b.tolist()), rng.uniform(0, 1, 3).tolist(), -1)
    word = "".join(chr(int(code)) for code in rng.integers(65, 91, 4))
    _write(image, word, (6, int(rng.integers(40, 100))), 2, 1.3, rng.uniform(0, 1, 3).tolist(), 3)
    return image


def clock(rng: np.random.Generator, side: int = 128) -> Array:
    """A dial on the wall."""
    image = np.ones((side, side, 3)) * rng.uniform(0.1, 0.9, 3)
    middle = (side // 2, side // 2)
    cv2.circle(image, middle, 56, (0.95, 0.95, 0.92), -1, cv2.LINE_AA)
    for hour in range(12):
        direction = np.array([np.cos(hour * np.pi / 6), np.sin(hour * np.pi / 6)])
        ends = [tuple(np.rint(np.array(middle) + direction * radius).astype(int).tolist()) for radius in (44, 53)]
        cv2.line(image, ends[0], ends[1], (0.1, 0.1, 0.1), 3, cv2.LINE_AA)
    for radius in (28, 42):
        angle = rng.uniform(0, 2 * np.pi)
        tip = (int(middle[0] + radius * np.cos(angle)), int(middle[1] + radius * np.sin(angle)))
        cv2.line(image, middle, tip, (0.05, 0.05, 0.05), 4, cv2.LINE_AA)
    return image


def facade(rng: np.random.Generator, colour: Colour, side: int = 512) -> Array:
    """A house across the street: brick, boards or render; windows of its own number, size and dress; balconies."""
    finish = int(rng.integers(0, 3))
    if finish == 0:
        image = brick(rng, colour, side)
    else:
        y = np.arange(side)[:, None] % int(rng.integers(12, 24))
        boards = np.where(y < 2, 0.8, 1.0) if finish == 1 else np.ones((side, 1))
        image = np.clip((boards * (1 + 0.07 * noise(rng, side, 0.9)))[..., None] * np.array(colour), 0, 1)
    columns, rows = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    wide, high = side / columns, side / rows
    share_x, share_y = rng.uniform(0.3, 0.6), rng.uniform(0.4, 0.65)
    frame, shutters = rng.uniform(0.2, 0.95, 3).tolist(), rng.uniform(0.1, 0.7, 3).tolist()
    dressed, arched = rng.random() < 0.4, rng.random() < 0.3
    for row in range(rows):
        for column in range(columns):
            left, top = int((column + 0.5 - share_x / 2) * wide), int((row + 0.5 - share_y / 2) * high)
            right, bottom = int(left + share_x * wide), int(top + share_y * high)
            if dressed:
                leaf = (right - left) // 2
                cv2.rectangle(image, (left - leaf, top), (right + leaf, bottom), shutters, -1)
            if arched:
                cv2.circle(image, ((left + right) // 2, top), (right - left) // 2 + 4, frame, -1)
            cv2.rectangle(image, (left - 4, top - 4), (right + 4, bottom + 4), frame, -1)
            cv2.rectangle(image, (left, top), (right, bottom), rng.uniform(0.08, 0.3, 3).tolist(), -1)
            drawn = int(rng.integers(0, max(2, (right - left) // 2)))
            cv2.rectangle(image, (left, top), (left + drawn, bottom), rng.uniform(0.4, 0.9, 3).tolist(), -1)
            cv2.line(image, ((left + right) // 2, top), ((left + right) // 2, bottom), frame, 3)
            if rng.random() < 0.3:
                cv2.rectangle(
                    image, (left - 10, bottom), (right + 10, bottom + 14), rng.uniform(0.1, 0.6, 3).tolist(), -1
                )
    return np.asarray(np.clip(image, 0, 1))
