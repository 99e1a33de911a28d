"""Makes sample.png, the picture of the demo and the tests, from sample.txt. Needs Pillow and the DejaVu fonts.

python library/ocr/make_sample.py
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parent
FONTS = "/usr/share/fonts/truetype/dejavu/"


def main() -> None:
    title, *lines = (FOLDER / "sample.txt").read_text(encoding="utf-8").splitlines()
    picture = Image.new("L", (640, 480), 245)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((12, 12, 627, 467), outline=60, width=2)
    draw.text((60, 60), title.replace(" ", "  "), fill=20, font=ImageFont.truetype(FONTS + "DejaVuSans.ttf", 32))
    for number, line in enumerate(lines):
        draw.text(
            (60, 160 + 70 * number),
            line.replace(" ", "  "),
            fill=30,
            font=ImageFont.truetype(FONTS + "DejaVuSans.ttf", 22),
        )
    picture.quantize(16).save(FOLDER / "sample.png", optimize=True)


if __name__ == "__main__":
    main()
