"""A derivative takes a bounded share of memory, whatever the number of variants."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import io, resource
from PIL import Image
from workers.cpu_processing.decode import Limits
from workers.cpu_processing.heap import keep_pages
from workers.cpu_processing.pipeline import derive

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def made(side, widths):
    out = io.BytesIO()
    Image.radial_gradient("L").resize((side, side)).convert("RGB").save(out, "JPEG", quality=60)
    variants = [{"name": str(n), "width": w, "format": f} for n, (w, f) in enumerate(widths)]
    return out.getvalue(), {"variants": variants}

def run(source):
    derive(*source, Limits(), lambda *_: None, lambda ref: b"")

keep_pages()
run(made(64, [(32, "jpeg"), (32, "webp")]))
source = made(4096, [(w, f) for w in (4096, 3000, 2048, 1600, 1024) for f in ("jpeg", "webp")])
before = peak()
# The making of the source took some of it: only what goes beyond is seen, so begin anew.
open("/proc/self/clear_refs", "w").write("5")
from pathlib import Path
def rss(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024
start = rss("VmRSS")
run(source)
print((rss("VmHWM") - start) / (4096 * 4096 * 3))
"""


def test_ten_variants_take_at_most_four_times_the_decoded_source():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    assert float(run.stdout) <= 4.0
