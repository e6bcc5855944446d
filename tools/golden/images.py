"""Pictures written by Pillow, and what its Image.resize makes of some: data/images/testdata.

Needs Pillow beside what the other scripts need: pip install pillow==13.0.0
"""

import json
import pathlib

from PIL import Image

OUT = pathlib.Path(__file__).resolve().parents[2] / "data/images/testdata"


def pattern(w, h, bands):
    """A picture of sums and products of the coordinates: no two corners are alike."""
    m = Image.new("RGB" if bands == 3 else "L", (w, h))
    for y in range(h):
        for x in range(w):
            v = tuple((x * (7 + 4 * c) + y * (13 - 3 * c) + x * y * (c + 1)) % 256 for c in range(3))
            m.putpixel((x, y), v if bands == 3 else v[0])
    return m


def main():
    OUT.mkdir(exist_ok=True)
    small = Image.new("RGB", (4, 3), (200, 30, 10))
    small.putpixel((0, 0), (255, 255, 255))
    small.putpixel((3, 2), (0, 0, 0))
    small.save(OUT / "small.bmp")
    small.save(OUT / "small.gif")
    small.save(OUT / "small.webp", lossless=True)
    pattern(16, 12, 3).save(OUT / "lossy.webp", quality=80)
    clear = small.convert("RGBA")
    clear.putpixel((1, 1), (200, 30, 10, 0))
    clear.save(OUT / "clear.png")
    # A white 16 x 8 picture whose upper left quarter is black, stored so that orientation t makes it upright.
    upright = Image.new("L", (16, 8), 255)
    upright.paste(0, (0, 0, 8, 4))
    t = Image.Transpose
    stored = {2: t.FLIP_LEFT_RIGHT, 3: t.ROTATE_180, 4: t.FLIP_TOP_BOTTOM, 5: t.TRANSPOSE, 6: t.ROTATE_90, 7: t.TRANSVERSE, 8: t.ROTATE_270}
    for k in range(1, 9):
        exif = Image.Exif()
        exif[274] = k
        (upright.transpose(stored[k]) if k > 1 else upright).save(OUT / f"turn{k}.jpg", quality=95, exif=exif)
    cases = []
    for w, h, bands, to in [(9, 7, 1, (4, 3)), (9, 7, 3, (5, 10)), (5, 4, 1, (11, 9)), (16, 3, 1, (1, 1)), (13, 13, 1, (13, 5)), (1, 6, 3, (3, 2)), (40, 30, 1, (7, 7))]:
        r = pattern(w, h, bands).resize(to, Image.Resampling.BILINEAR)
        cases.append({"width": w, "height": h, "channels": bands, "to": to, "want": list(r.tobytes())})
    (OUT / "resize.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
